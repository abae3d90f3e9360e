"""A camera posts, a person compares, and only then others are warned."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.organisations import devices
from shared.organisations.devices import DeviceCredential
from shared.plates import service as plates
from shared.storage.cosmos import metered
from tests.e2e.test_reports_api import alerts_about
from tests.support.waiting import WITHIN, eventually
from tests.support.world import World, fresh_key, problem, submit, theft, time_is_up

PURPOSE = {"purpose": "PREVENT_OFFENCE"}


@pytest.fixture(scope="module")
async def camera(world: World) -> DeviceCredential:
    return await devices.register_device(world.platform, world.site, "rekor")


def passage(plate: str, **changes: Any) -> dict[str, Any]:
    now = int(datetime.now(UTC).timestamp() * 1000)
    return {
        "data_type": "alpr_group",
        "epoch_start": now,
        "agent_uid": "A",
        "camera_id": 1,
        "best_uuid": f"A-{now}-{plate}",
        "best_plate_number": plate,
        "best_confidence": 90.0,
        "vehicle": {"color": [{"name": "red", "confidence": 80}]},
    } | changes


async def post(world: World, camera: DeviceCredential, message: Any, secret: str | None = None) -> httpx.Response:
    async with world.anonymous() as api:
        auth = ("camera", camera.secret if secret is None else secret)
        return await api.post(f"/api/plates/{camera.device}", json=message, auth=auth)


async def watch(world: World, plate: str, **changes: Any) -> dict[str, Any]:
    form = {
        "plate": plate,
        "reason": "Seen at two thefts",
        "caseReference": "C-1",
        "expiresAt": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
    } | changes
    answer = await world.investigator.api.post("/api/watchlists/entries", json=form, headers=fresh_key())
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def candidates(world: World, entry: dict[str, Any], *, within: float = WITHIN) -> list[dict[str, Any]]:
    until = asyncio.get_running_loop().time() + within
    while True:
        page = await world.investigator.api.get("/api/plates/candidates", params=PURPOSE | {"limit": 50})
        assert page.status_code == 200, page.text
        found = [c for c in page.json()["candidates"] if c["listed"] and c["listed"]["id"] == entry["id"]]
        if found or asyncio.get_running_loop().time() > until:
            return found
        await asyncio.sleep(0.3)


async def matched(world: World, camera: DeviceCredential, entry: dict[str, Any], message: Any) -> dict[str, Any]:
    """Posts until the worker's watchlist, at most ten seconds old, knows the entry."""

    async def candidate() -> list[dict[str, Any]]:
        assert (await post(world, camera, message)).status_code == 200
        return await candidates(world, entry, within=0)

    return (await eventually(candidate, every=1))[0]


async def test_a_match_is_a_candidate_that_only_investigators_hear_of(world: World, camera: DeviceCredential) -> None:
    entry = await watch(world, "KE19 QXT", colour="blue")
    found = await matched(world, camera, entry, passage("KE19QXT"))
    assert found["state"] == "candidate"
    assert found["doubts"] == ["another colour than listed"]
    assert found["listed"]["plate"] == "KE19 QXT"
    assert len(await alerts_about(world.investigator, found["id"])) == 1
    for person in (world.reporter, world.officer, world.partner_investigator, world.stranger):
        assert await alerts_about(person, found["id"], within=0) == []


async def test_a_confirmation_by_a_person_warns_the_staff_of_the_site(world: World, camera: DeviceCredential) -> None:
    entry = await watch(world, "LN20 QAB")
    found = await matched(world, camera, entry, passage("LN20QAB"))
    at, etag = f"/api/plates/candidates/{found['id']}/decision", {"If-Match": found["etag"]}
    decision = {"decision": "confirmed", "comparedPlateAndPicture": True}
    for refused in ({"decision": "confirmed"}, decision | {"comparedPlateAndPicture": False}):
        answer = await world.investigator.api.post(at, json=refused, params=PURPOSE, headers=etag)
        assert answer.status_code == 400
    assert (await world.reporter.api.post(at, json=decision, params=PURPOSE, headers=etag)).status_code == 403
    assert (await world.stranger.api.post(at, json=decision, params=PURPOSE, headers=etag)).status_code == 404
    done = await world.investigator.api.post(at, json=decision, params=PURPOSE, headers=etag)
    assert (done.status_code, done.json()["state"]) == (200, "confirmed")
    assert done.json()["decidedBy"] == world.investigator.id
    told = await alerts_about(world.reporter, found["id"])
    assert [alert["cause"] for alert in told] == ["plate_confirmed"]
    assert await alerts_about(world.elsewhere, found["id"], within=0) == []
    again = await world.investigator.api.post(at, json=decision, params=PURPOSE, headers=etag)
    assert again.status_code == 409


async def test_a_rejection_warns_nobody(world: World, camera: DeviceCredential) -> None:
    entry = await watch(world, "MX21 QCD")
    found = await matched(world, camera, entry, passage("MX21QCD"))
    decision = {"decision": "rejected", "comparedPlateAndPicture": True, "note": "Another vehicle"}
    at, etag = f"/api/plates/candidates/{found['id']}/decision", {"If-Match": found["etag"]}
    done = await world.investigator.api.post(at, json=decision, params=PURPOSE, headers=etag)
    assert done.json()["state"] == "rejected"
    assert await alerts_about(world.reporter, found["id"], within=2) == []


async def test_what_cameras_confuse_still_matches_and_says_so(world: World, camera: DeviceCredential) -> None:
    entry = await watch(world, "OD10 QSB")
    found = await matched(world, camera, entry, passage("0D1OQ5B"))
    assert found["doubts"] == ["characters that cameras confuse"]


async def test_one_passage_told_many_times_is_one_candidate(world: World, camera: DeviceCredential) -> None:
    entry = await watch(world, "PW70 QEF")
    message = passage("PW70QEF")
    await matched(world, camera, entry, message)
    answers = await asyncio.gather(*(post(world, camera, message) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await candidates(world, entry)) == 1


async def test_a_read_without_a_match_leaves_no_trace(world: World, camera: DeviceCredential) -> None:
    await post(world, camera, passage("WARMUP1"))
    text = "SELECT VALUE 1 FROM c"
    reads = world.platform.container("plateReads")
    before = len([1 async for _ in reads.query(text, key=[world.home.id])])
    assert (await post(world, camera, passage("RK12QGH"))).json() == {"received": 1}
    assert len([1 async for _ in reads.query(text, key=[world.home.id])]) == before


@pytest.mark.parametrize("secret", ["", "guess"])
async def test_a_wrong_secret_is_refused(world: World, camera: DeviceCredential, secret: str) -> None:
    assert (await post(world, camera, passage("AB12QCD"), secret)).status_code == 401


@pytest.mark.parametrize("form", ["basic", "bearer", "header", "query"])
async def test_a_device_may_send_its_secret_as_it_can(world: World, camera: DeviceCredential, form: str) -> None:
    at, heartbeat = f"/api/plates/{camera.device}", {"data_type": "heartbeat"}
    async with world.anonymous() as api:
        sent = {
            "basic": lambda: api.post(at, json=heartbeat, auth=("any", camera.secret)),
            "bearer": lambda: api.post(at, json=heartbeat, headers={"Authorization": f"Bearer {camera.secret}"}),
            "header": lambda: api.post(at, json=heartbeat, headers={"X-Device-Key": camera.secret}),
            "query": lambda: api.post(at, json=heartbeat, params={"key": camera.secret}),
        }
        answer = await sent[form]()
    assert (answer.status_code, answer.json()) == (200, {"received": 0})


async def test_a_camera_sees_nothing(world: World, camera: DeviceCredential) -> None:
    async with world.anonymous(Authorization=f"Bearer {camera.secret}") as api:
        for path in ("/api/me", "/api/reports?purpose=INVESTIGATE", "/api/plates/candidates?purpose=INVESTIGATE"):
            assert (await api.get(path)).status_code == 401


@pytest.mark.parametrize(
    "change",
    [{"caseReference": None}, {"expiresAt": "2020-01-01T00:00:00Z"}, {"expiresAt": "2099-01-01T00:00:00Z"},
     {"reason": ""}, {"plate": "X"}, {"reportId": "00000000-0000-8000-8000-000000000000"}],
)  # fmt: skip
async def test_a_watchlist_entry_needs_a_reason_a_ground_and_an_end(world: World, change: dict[str, Any]) -> None:
    form = {
        "plate": "AB12 QCD",
        "reason": "Seen",
        "caseReference": "C",
        "expiresAt": (datetime.now(UTC) + timedelta(days=9)).isoformat(),
    }
    answer = await world.investigator.api.post("/api/watchlists/entries", json=form | change, headers=fresh_key())
    assert answer.status_code == 400
    problem(answer)


async def test_an_entry_may_rest_on_a_report(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    entry = await watch(world, "ST13 QIJ", reportId=report, caseReference=None)
    listed = await world.investigator.api.get("/api/watchlists/entries", params=PURPOSE)
    assert entry["id"] in [each["id"] for each in listed.json()["entries"]]
    assert (await world.reporter.api.get("/api/watchlists/entries", params=PURPOSE)).status_code == 403


async def test_no_entry_rests_on_a_report_whose_time_is_up(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    await time_is_up(world, report)
    ends = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    form = {"plate": "ST13 QIK", "reason": "Seen at two thefts", "reportId": report, "expiresAt": ends}
    entry = await world.investigator.api.post("/api/watchlists/entries", json=form, headers=fresh_key())
    assert entry.status_code == 400
    assert problem(entry)["errors"][0]["code"] == "unknown_report"


async def test_budgets_of_reads(world: World) -> None:
    """Counted through the SDK in this process: nothing for a read that is dropped, one write for one that is kept, with
    its gate in the same batch."""
    for keep, expected in ((False, []), (True, ["batch"])):
        made = await devices.register_device(world.platform, world.site, "rekor", keep_unmatched=keep)
        device = await world.platform.principals.device(made.device, made.secret)
        first, second = (json.dumps(passage(plate)).encode() for plate in ("VU14QKL", "VU14QKM"))
        await plates.receive(world.platform, device, {}, first)  # warms the watchlist and the key of the day
        with metered() as meter:
            await plates.receive(world.platform, device, {}, second)
        assert [operation for operation, _ in meter.calls] == expected
