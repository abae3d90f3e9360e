"""What auditors see and prove, what everybody can verify, and that nothing personal leaves when nobody can account."""

import asyncio
import itertools
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.storage.blob.aio import BlobServiceClient

import function_app
from shared.audit import tiles
from shared.audit.notes import Checkpoint, PublicKey
from shared.http.door import ENDPOINTS, Endpoint
from tests.e2e.test_reports_api import read
from tests.support.stack import ROOT, StackUnderTest
from tests.support.waiting import eventually
from tests.support.world import Person, World, fresh_key, problem, submit, theft

assert function_app.app
MASTER = {"x-functions-key": "master"}
NEEDLES = ("rucksack", "razor", "jacket", "ZX71", "WM/4471")


async def search(person: Person, **asked: Any) -> list[dict[str, Any]]:
    answer = await person.api.get("/api/audit", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["entries"]
    return found


async def sealed(world: World, **asked: Any) -> list[dict[str, Any]]:
    """The entries, once the timer has run and there is nothing left to seal."""
    found = await search(world.auditor, **asked)
    async with world.anonymous(**MASTER) as admin:
        assert (await admin.post("/admin/functions/audit_seal", json={})).status_code == 202
    await until_at_rest(world)
    leaves = {each["id"]: each["leafIndex"] for each in await search(world.auditor, **asked)}
    assert all(leaves[each["id"]] is not None for each in found)
    return [each | {"leafIndex": leaves[each["id"]]} for each in found]


async def until_at_rest(world: World) -> None:
    """A run of the timer goes on by itself; it is over when every entry is marked and the head has moved."""
    container, unsealed = world.platform.container("audit"), "SELECT c.id FROM c WHERE c.unsealed = true"

    async def sealed() -> bool:
        return not [each async for each in container.query(unsealed, key=[world.home.id])]

    assert await eventually(sealed, what="the timer seals")


async def a_read(world: World) -> str:
    """A report that was submitted, read by an investigator, and refused to somebody of another site."""
    report: str = (await submit(world.reporter, theft(world))).json()["id"]
    assert (await read(world.investigator, report)).status_code == 200
    assert (await read(world.elsewhere, report)).status_code == 403
    return report


async def described(world: World) -> dict[str, Any]:
    found: dict[str, Any] = (await world.auditor.api.get("/api/audit/log")).json()
    return found


# -- searching -------------------------------------------------------------------------------------------------------


async def test_auditors_and_privacy_officers_see_who_did_what(world: World) -> None:
    """Source: the design, §8 Audit: who saw or changed what, why, and under which policy."""
    report = await a_read(world)
    for person in (world.auditor, world.privacy_officer):
        refused, seen, made = await search(person, subject=report)
        assert (refused["actor"], refused["outcome"]) == (world.elsewhere.id, "denied")
        assert (seen["actor"], seen["action"], seen["purpose"]) == (world.investigator.id, "report:read", "INVESTIGATE")
        assert seen["policies"] == ["investigators-read-reports-of-their-organisation"]
        assert (made["actor"], made["action"]) == (world.reporter.id, "report:submit")


@pytest.mark.parametrize("name", ["reporter", "investigator", "admin", "operator"])
@pytest.mark.parametrize(
    "path", ["/api/audit", "/api/audit/log", "/api/audit/019abc00-0000-7000-8000-000000000000/proof"]
)
async def test_nobody_else_sees_the_audit_log(world: World, name: str, path: str) -> None:
    """Source: roles.cedar, auditors-read-the-audit-log."""
    assert problem(await world.people[name].api.get(path))["status"] == 403


@pytest.mark.parametrize("path", ["/api/audit", "/api/audit/log"])
async def test_the_audit_log_needs_a_sign_in(world: World, path: str) -> None:
    """Source: the design, §1: one door."""
    async with world.anonymous() as api:
        assert (await api.get(path)).status_code == 401


async def test_filters_narrow_the_search(world: World) -> None:
    """By time, actor, action, subject and outcome, and by all of them together."""
    report = await a_read(world)
    [seen] = await search(world.auditor, subject=report, action="report:read", outcome="allowed")
    assert [each["id"] for each in await search(world.auditor, subject=report, actor=world.investigator.id)] == [
        seen["id"]
    ]
    assert len(await search(world.auditor, subject=report, outcome="denied")) == 1
    assert len(await search(world.auditor, subject=report, since=seen["at"])) == 2
    assert len(await search(world.auditor, subject=report, until=seen["at"])) == 1
    assert await search(world.auditor, subject=report, actor=world.stranger.id) == []
    everything = {"since": seen["at"], "actor": world.investigator.id, "action": "report:read", "outcome": "allowed"}
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert len(await search(world.auditor, subject=report, until=later, **everything)) == 1


@pytest.mark.parametrize(
    "asked",
    [{"outcome": "maybe"}, {"since": "yesterday"}, {"limit": 101}, {"limit": 0}, {"actor": "x" * 81}, {"what": "x"}],
    ids=["outcome", "since", "limit too high", "limit too low", "actor too long", "unknown"],
)
async def test_a_filter_that_makes_no_sense_is_refused(world: World, asked: dict[str, Any]) -> None:
    """Source: RFC 9457."""
    assert problem(await world.auditor.api.get("/api/audit", params=asked))["status"] == 400


async def test_pages_show_every_entry_once_newest_first(world: World) -> None:
    """Source: the design, §9: every list is a page with an opaque signed cursor."""
    report = await a_read(world)
    for _ in range(4):
        await read(world.investigator, report)
    seen: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"subject": report, "limit": 3}
    while True:
        page = (await world.auditor.api.get("/api/audit", params=asked)).json()
        seen += page["entries"]
        if not page["nextCursor"]:
            break
        asked["cursor"] = page["nextCursor"]
    assert len({each["id"] for each in seen}) == len(seen) == 7
    assert seen == sorted(seen, key=lambda each: (each["at"], each["id"]), reverse=True)
    for person, other in ((world.privacy_officer, {}), (world.auditor, {"outcome": "denied"})):
        answer = await person.api.get("/api/audit", params=asked | other)
        assert problem(answer)["errors"][0]["at"] == "query:cursor"


async def test_who_searches_the_log_is_in_the_log(world: World) -> None:
    """Looking at who looked is a use of personal data, too."""
    report = await a_read(world)
    shown = await search(world.privacy_officer, subject=report)
    [newest, *_] = await search(world.auditor, actor=world.privacy_officer.id, action="audit:list", limit=1)
    assert newest["subjects"] == [each["id"] for each in shown]


async def test_entries_are_in_the_log_of_whose_data_it_is(world: World) -> None:
    """Somebody else's auditor cannot see them, nor have them proven."""
    report = await a_read(world)
    [entry, *_] = await search(world.auditor, subject=report)
    assert (await read(world.stranger, report, world.home.id)).status_code == 404
    assert (await search(world.auditor, subject=report, actor=world.stranger.id))[0]["outcome"] == "denied"
    assert (await world.stranger.api.get(f"/api/audit/{entry['id']}/proof")).status_code == 403


# -- proving and verifying -------------------------------------------------------------------------------------------


def reeve(*arguments: str | Path, token: str = "") -> subprocess.CompletedProcess[str]:
    """The command, from a directory and with an environment that know nothing of the stack."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | ({"REEVE_TOKEN": token} if token else {})
    command = [sys.executable, "-m", "cli", "audit", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False, cwd="/")


async def verify(*arguments: str | Path, token: str = "") -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(reeve, "verify", *arguments, token=token)


@pytest.fixture
async def log_url(world: World) -> str:
    """The log at rest: no entry waits, so the timer has nothing to do while a test looks."""
    await a_read(world)
    async with world.anonymous(**MASTER) as admin:
        assert (await admin.post("/admin/functions/audit_seal", json={})).status_code == 202
    await until_at_rest(world)
    return f"{world.stack.base_url}/api/public/log/{(await described(world))['logId']}"


@pytest.fixture
async def public(world: World, log_url: str) -> PublicKey:
    """As anybody gets it."""
    async with world.anonymous() as api:
        published = await api.get(f"{log_url}/key")
    assert published.text.strip() == (await described(world))["publicKey"]
    return PublicKey.parse(published.text)


@pytest.fixture
def key(public: PublicKey, tmp_path: Path) -> Path:
    """As somebody outside keeps it."""
    path = tmp_path / "log.key"
    path.write_text(f"{public}\n")
    return path


async def test_an_entry_is_proven_to_somebody_who_has_only_the_key(
    world: World, public: PublicKey, key: Path, tmp_path: Path
) -> None:
    """Source: RFC 6962 §2.1.1."""
    report = await a_read(world)
    entry = (await sealed(world, subject=report))[0]
    answer = await world.auditor.api.get(f"/api/audit/{entry['id']}/proof")
    assert answer.status_code == 200
    assert answer.json()["entry"] == entry
    proof = tmp_path / "proof.json"
    proof.write_text(answer.text)
    done = await asyncio.to_thread(reeve, "prove", proof, "--key", str(public))
    assert done.returncode == 0, done.stderr
    assert f"number {entry['leafIndex']} of" in done.stdout

    for forged in (
        {"entry": entry | {"actor": world.reporter.id}},
        {"leafIndex": entry["leafIndex"] - 1},
        {"inclusion": answer.json()["inclusion"][1:]},
        {"checkpoint": answer.json()["checkpoint"].replace("\n\n", "\nmore\n\n")},
    ):
        proof.write_text(json.dumps(answer.json() | forged))
        done = await asyncio.to_thread(reeve, "prove", proof, "--key", key)
        assert done.returncode == 1, forged
        assert "NOT INTACT" in done.stderr


async def test_an_entry_without_a_leaf_has_no_proof_yet(world: World) -> None:
    """Asked between two runs of the timer; a run at this very moment makes it a proof."""
    report = await a_read(world)
    [entry, *_] = await search(world.auditor, subject=report)
    answer = await world.auditor.api.get(f"/api/audit/{entry['id']}/proof")
    if answer.status_code != 200:
        assert problem(answer)["status"] == 404
        assert answer.headers["retry-after"] == "300"


async def test_the_log_is_verified_from_outside_and_against_what_was_kept(
    world: World, log_url: str, public: PublicKey, key: Path, tmp_path: Path
) -> None:
    """Source: the acceptance of the audit log: a larger tree's checkpoint is consistent with every earlier one."""
    kept = tmp_path / "checkpoint"
    first = await verify(log_url, "--key", key, "--checkpoint", kept)
    assert first.returncode == 0, first.stderr
    assert "intact" in first.stdout
    size = Checkpoint.opened(kept.read_bytes(), public).size
    await sealed(world, subject=await a_read(world))
    second = await verify(f"{log_url}/", "--key", key, "--checkpoint", kept)
    assert second.returncode == 0, second.stderr
    assert f"continues the checkpoint of {size} entries" in second.stdout
    assert Checkpoint.opened(kept.read_bytes(), public).size > size


async def test_stored_entries_are_compared_with_the_log(world: World, log_url: str, key: Path) -> None:
    """Source: the acceptance of the audit log: changing or removing stored entries is detected."""
    token, api = world.stack.token(world.auditor.sub), f"{world.stack.base_url}/api"
    intact = await verify(log_url, "--key", key, "--entries", api, token=token)
    assert intact.returncode == 0, intact.stderr
    assert "0 were disposed of" in intact.stdout

    container = world.platform.container("audit")
    entry = (await sealed(world, actor=world.investigator.id, limit=1))[0]
    stored = await container.read(entry["id"], [world.home.id, entry["at"][:10]])
    changed = await container.replace({**stored, "actor": world.stranger.id}, stored["_etag"])
    found = await verify(log_url, "--key", key, "--entries", api, token=token)
    assert found.returncode == 1
    assert f"{entry['id']} is not what was sealed" in found.stderr

    await container.delete(entry["id"], [world.home.id, entry["at"][:10]])
    found = await verify(log_url, "--key", key, "--entries", api, token=token)
    assert found.returncode == 1
    assert f"gone before their time, the first {entry['id']}" in found.stderr

    await container.create({name: value for name, value in stored.items() if not name.startswith("_")})
    assert changed["actor"] == world.stranger.id
    again = await verify(log_url, "--key", key, "--entries", api, token=token)
    assert again.returncode == 0, again.stderr


@pytest.fixture
async def blobs(stack: StackUnderTest) -> AsyncIterator[BlobServiceClient]:
    async with BlobServiceClient.from_connection_string(stack.environment["EVIDENCE_STORAGE"]) as client:
        yield client


@pytest.mark.parametrize("what", ["entries", "leaves", "checkpoint"])
@pytest.mark.parametrize("how", ["changed", "removed", "cut off"])
async def test_tampering_with_what_is_published_is_found_from_outside(
    log_url: str, public: PublicKey, key: Path, blobs: BlobServiceClient, what: str, how: str
) -> None:
    """Source: the acceptance of the audit log: changing, removing or truncating tiles is detected."""
    log_id = log_url.rpartition("/")[2]
    heads = blobs.get_blob_client("audit-heads", f"{log_id}/checkpoint")
    note = await (await heads.download_blob()).readall()
    tile = tiles.edge_tiles(Checkpoint.opened(note, public).size)[0]
    path = {"entries": tile.bundle_path, "leaves": tile.path}.get(what, "")
    blob = blobs.get_blob_client("audit-log", f"{log_id}/{path}") if path else heads
    content = await (await blob.download_blob()).readall()
    changed = {"changed": content[:20] + bytes([content[20] ^ 1]) + content[21:], "cut off": content[:-40]}
    try:
        if how == "removed":
            await blob.delete_blob()
        else:
            await blob.upload_blob(changed[how], overwrite=True)
        done = await verify(log_url, "--key", key)
        assert done.returncode == 1, done.stdout
        assert "NOT INTACT" in done.stderr
    finally:
        await blob.upload_blob(content, overwrite=True)
    assert (await verify(log_url, "--key", key)).returncode == 0


async def test_a_log_that_cannot_be_reached_is_neither_intact_nor_tampered_with(key: Path) -> None:
    """The exit code says which."""
    done = await verify("http://127.0.0.1:9/api/public/log/x", "--key", key)
    assert done.returncode == 2
    assert "could not be checked" in done.stderr


async def test_another_logs_key_verifies_nothing(log_url: str) -> None:
    """Source: C2SP signed-note: the note is ignored unless a trusted key has signed it."""
    go = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    assert (await verify(log_url, "--key", go)).returncode == 1


# -- what everybody gets ---------------------------------------------------------------------------------------------


async def test_the_public_log_holds_nothing_personal(world: World, log_url: str) -> None:
    """Commitments, random ids and hours: neither whose log it is nor who did anything."""
    async with world.anonymous() as api:
        note = await api.get(f"{log_url}/checkpoint")
        assert note.headers["content-type"] == "text/plain; charset=utf-8"
        size = Checkpoint.parse(note.text.partition("\n\n")[0] + "\n").size
        for index in range(-(-size // 256)):
            tile = tiles.tile_at(0, index, size)
            bundle = await api.get(f"{log_url}/{tile.bundle_path}")
            for entry in map(json.loads, tiles.unbundled(bundle.content, tile.width)):
                assert set(entry) == {"commitment", "id", "time", "v"}
                assert entry["time"].endswith(":00:00Z")
            for secret in (world.home.id, *(person.id for person in world.people.values()), *NEEDLES):
                assert secret not in bundle.text
                assert secret not in note.text


async def test_files_of_the_log_are_served_as_the_specification_says(world: World, log_url: str) -> None:
    """Source: C2SP tlog-tiles: content types and caching."""
    async with world.anonymous() as api:
        note = await api.get(f"{log_url}/checkpoint")
        size = Checkpoint.parse(note.text.partition("\n\n")[0] + "\n").size
        assert note.headers["cache-control"] == "public, max-age=5"
        for path in itertools.chain.from_iterable((t.path, t.bundle_path) for t in tiles.edge_tiles(size)[:1]):
            found = await api.get(f"{log_url}/{path}")
            assert found.status_code == 200
            assert found.headers["content-type"] == "application/octet-stream"
            assert "immutable" in found.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/999",
        "tile/9/000",
        "tile/0/0",
        "tile/0/000.p/300",
        "tile/..%2Fkey",
        "tile/0/000%2F..%2F..%2Fkey",
        "tile/",
        "tile/x",
    ],
)
async def test_what_is_not_in_the_log_is_not_found(world: World, log_url: str, path: str) -> None:
    """Source: C2SP tlog-tiles: paths have one form."""
    async with world.anonymous() as api:
        answer = await api.get(f"{log_url}/{path}")
    assert answer.status_code == 404
    assert b"reeve.example" not in answer.content


@pytest.mark.parametrize("what", ["checkpoint", "key", "tile/0/000"])
async def test_a_log_that_does_not_exist_is_not_found(world: World, what: str) -> None:
    """Ids are not to be guessed, and an organisation's id is not its log's."""
    async with world.anonymous() as api:
        for log_id in ("00000000-0000-8000-8000-000000000000", world.home.id):
            assert (await api.get(f"/api/public/log/{log_id}/{what}")).status_code == 404


# -- no entry, no data -----------------------------------------------------------------------------------------------


def personal_reads() -> list[Endpoint]:
    return [each for each in ENDPOINTS.values() if each.personal and each.method == "GET" and each.access == "user"]


async def ask(person: Person, endpoint: Endpoint, ids: dict[str, str], purpose: str) -> httpx.Response:
    path = endpoint.path
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    asked = {"purpose": purpose} if "purpose" in endpoint.query.model_fields else {}
    return await person.api.get(path, params=asked)


@pytest.mark.parametrize("status", [403, 500])
async def test_with_audit_storage_failing_no_personal_data_leaves_any_endpoint(
    world: World, stack: StackUnderTest, status: int
) -> None:
    """Source: the acceptance of the audit log."""
    report = await a_read(world)
    [entry, *_] = await sealed(world, subject=report)
    ids = {"reportId": report, "entryId": entry["id"], "communityId": world.community}
    people = [world.people[name] for name in ("reporter", "investigator", "admin", "privacy_officer", "auditor")]
    usual = [await ask(p, e, ids, "INVESTIGATE") for e in personal_reads() if "{" not in _left(e, ids) for p in people]
    assert sum(answer.status_code == 200 for answer in usual) >= 5
    assert any("rucksack" in answer.text for answer in usual)

    down = {"action": "status", "status": status, "method": "POST", "path": "/colls/audit/docs/?$", "times": None}
    with stack.faults("cosmos").happening(down):
        for endpoint, person in itertools.product(personal_reads(), people):
            if "{" in _left(endpoint, ids):
                continue
            answer = await ask(person, endpoint, ids, "INVESTIGATE")
            assert answer.status_code >= 400, f"{endpoint.name} answered {answer.status_code}"
            assert not any(needle.lower() in answer.text.lower() for needle in NEEDLES), endpoint.name
        made = await world.reporter.api.post("/api/reports", json=theft(world), headers=fresh_key())
        assert made.status_code >= 500
        assert not any(needle.lower() in made.text.lower() for needle in NEEDLES)
    assert (await read(world.investigator, report)).status_code == 200


async def test_the_audit_log_is_not_shown_to_somebody_who_cannot_be_accounted_for(
    world: World, stack: StackUnderTest
) -> None:
    """Whichever of the calls to the audit storage fails, its last one, the entry, included."""
    report = await a_read(world)
    down = {"action": "status", "status": 500, "method": "POST", "path": "/colls/audit/docs/?$", "times": None}
    for calls in itertools.count():
        with stack.faults("cosmos").happening(down | {"after": calls}):
            answer = await world.auditor.api.get("/api/audit", params={"subject": report})
        if answer.status_code == 200:
            break
        assert report not in answer.text
    assert calls >= 2  # the search, and the entry


def _left(endpoint: Endpoint, ids: dict[str, str]) -> str:
    path = endpoint.path
    for name in ids:
        path = path.replace(f"{{{name}}}", "")
    return path
