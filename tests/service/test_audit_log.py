"""Entries become leaves once each, whatever happens in between; and the log does not grow on what was tampered with."""

import asyncio
import base64
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.audit import ledger, logs, sealer, verifier
from shared.audit.disposal import Disposal
from shared.audit.entries import sought_digest
from shared.audit.logs import Place, Stores
from shared.audit.merkle import VerificationError
from shared.audit.notes import Checkpoint, PublicKey
from shared.audit.trail import Entry, Trail, day_key, witnessed
from shared.audit.verifier import Stock, Verified
from shared.clock import SetClock
from shared.errors import NotFound
from shared.organisations import service as organisations
from shared.organisations.models import OrganisationKind
from shared.platform import Platform
from shared.sealing.roots import PLATFORM
from shared.storage.cosmos import Document
from tests.support.stack import StackUnderTest
from tests.support.waiting import eventually


@pytest.fixture
def log(platform: Platform) -> Stores:
    return Stores(
        entries=platform.container("audit"),
        organisations=platform.container("organisations"),
        immutable=platform.blobs.objects(logs.IMMUTABLE),
        latest=platform.blobs.objects(logs.LATEST),
        keyring=platform.keyring,
    )


@pytest.fixture
async def organisation(platform: Platform) -> str:
    """A new one for each test, with a log of its own."""
    return (await organisations.onboard(platform, "Alder & Finch", OrganisationKind.RETAILER, "GB")).id


async def record(trail: Trail, organisation: str, count: int = 1, **changes: Any) -> None:
    """``count`` entries, as the services write them."""
    who = {"actor": "019abc00-0000-7000-8000-00000000bbbb", "actor_organisation": organisation}
    given = {"action": "report:read", "subjects": [secrets.token_hex(8)], "purpose": "INVESTIGATE"} | who | changes
    for _ in range(count):
        await trail.record(Entry(organisation=organisation, **given))


async def stored(log: Stores, organisation: str) -> list[Document]:
    query = log.entries.query("SELECT * FROM c WHERE c.kind = 'entry'", key=[organisation])
    return [{"leafIndex": None} | each async for each in query]


async def place(log: Stores, organisation: str) -> Place:
    return await logs.place_of(log, await logs.existing_head(log, organisation))


async def verified(log: Stores, organisation: str, earlier: bytes | None = None) -> Verified:
    """As somebody from outside sees it, who knows the public key."""
    where = await place(log, organisation)

    async def fetch(path: str) -> bytes | None:
        container = log.latest if path == "checkpoint" else log.immutable
        try:
            return (await container.read(where.name(path))).content
        except NotFound:
            return None

    return await verifier.verify(fetch, where.key.public, earlier)


async def stock(log: Stores, organisation: str) -> Stock:
    return verifier.take_stock(await verified(log, organisation), await stored(log, organisation))


# -- sealing ---------------------------------------------------------------------------------------------------------


async def test_entries_are_sealed_once_each_in_order(platform: Platform, log: Stores, organisation: str) -> None:
    """Source: the design, §8 Audit."""
    await record(platform.trail, organisation, 5)
    assert await sealer.seal(log, organisation) == 5
    assert await sealer.seal(log, organisation) == 0
    entries = sorted(await stored(log, organisation), key=lambda each: each["at"])
    assert [each["leafIndex"] for each in entries] == list(range(5))
    assert await stock(log, organisation) == Stock(matching=5)


async def test_every_checkpoint_is_continued_by_all_later_ones(
    platform: Platform, log: Stores, organisation: str
) -> None:
    """Source: C2SP tlog-checkpoint: a log MUST NOT sign a checkpoint inconsistent with one it signed before."""
    notes: list[bytes] = []
    for count in (1, 2, 100, 153, 1, 60):
        await record(platform.trail, organisation, count)
        assert await sealer.seal(log, organisation) == count
        notes.append((await verified(log, organisation)).note)
        for earlier in notes:
            await verified(log, organisation, earlier)
    assert (await stock(log, organisation)).matching == 317


async def test_a_run_takes_in_no_more_than_it_may(
    platform: Platform, log: Stores, organisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Source: the design, §3: timers are bounded per run."""
    monkeypatch.setattr(sealer, "NEXT", sealer.NEXT.replace("256", "3"))
    await record(platform.trail, organisation, 8)
    assert await sealer.seal(log, organisation, most=4) == 6
    assert await sealer.seal(log, organisation, most=4) == 2
    assert (await stock(log, organisation)).matching == 8


async def test_all_organisations_are_served(platform: Platform, log: Stores, organisation: str) -> None:
    """Source: the design, §8: each organisation has its own log."""
    other = (await organisations.onboard(platform, "Quill & Co", OrganisationKind.RETAILER, "GB")).id
    for each in (organisation, other):
        await record(platform.trail, each, 2)
    assert (await sealer.seal_all(log)).sealed >= 4
    for each in (organisation, other):
        assert (await stock(log, each)).matching == 2
    assert (await place(log, organisation)).origin != (await place(log, other)).origin


async def test_a_log_that_hangs_holds_up_no_other(platform: Platform, log: Stores, stores: StackUnderTest) -> None:
    """Neither do many of them, as long as they are fewer than may be worked on at once."""
    new = [await organisations.onboard(platform, "Quill & Co", OrganisationKind.RETAILER, "GB") for _ in range(3)]
    for each in new:
        await record(platform.trail, each.id)
    unsealed = log.entries.query("SELECT DISTINCT c.organisationId FROM c WHERE c.unsealed = true")
    order = [each["organisationId"] async for each in unsealed]
    first, *others = sorted((each.id for each in new), key=order.index)

    async def sealed() -> bool:
        entries = [entry for each in others for entry in await stored(log, each)]
        return all(entry["leafIndex"] is not None for entry in entries)

    hanging = {"action": "delay", "seconds": 600, "method": "GET", "path": f"/colls/organisations/docs/{first}"}
    with stores.faults("cosmos").happening(hanging):
        run = asyncio.create_task(sealer.seal_all(log))
        assert await eventually(sealed, what="the other logs have gone on")
        assert not run.done()
        run.cancel()
    assert await sealer.seal(log, first) == 1


async def test_made_up_organisations_are_sealed_in_one_run(platform: Platform, log: Stores) -> None:
    """They share the platform's log, and wait for each other there."""
    invented = ["00000000-0000-7000-8000-" + secrets.token_hex(6) for _ in range(20)]
    for each in invented:
        await record(platform.trail, each, outcome="denied")
    await sealer.seal_all(log)
    entries = [entry for each in invented for entry in await stored(log, each)]
    assert all(entry["leafIndex"] is not None for entry in entries)


async def test_requests_about_organisations_that_do_not_exist_are_kept_by_the_platform(
    platform: Platform, log: Stores
) -> None:
    """A refusal is accounted for even if what was asked for was made up."""
    invented = "00000000-0000-7000-8000-" + secrets.token_hex(6)
    await record(platform.trail, invented, outcome="denied")
    before = (await logs.head_of(log, PLATFORM)).size
    assert await sealer.seal(log, invented) == 1
    [entry] = await stored(log, invented)
    assert entry["leafIndex"] >= before
    assert (await verified(log, PLATFORM)).checkpoint.size > before


async def test_many_runs_at_once_seal_each_entry_once(platform: Platform, log: Stores, organisation: str) -> None:
    """Source: the design, §3: each timer is safe to run twice."""
    await record(platform.trail, organisation, 40)
    await asyncio.gather(*(sealer.seal(log, organisation) for _ in range(4)))
    assert await stock(log, organisation) == Stock(matching=40)


async def test_entries_written_during_a_run_are_not_lost(platform: Platform, log: Stores, organisation: str) -> None:
    """Source: the design, §1: nothing acknowledged is lost."""
    writing = [record(platform.trail, organisation, 10) for _ in range(3)]
    await asyncio.gather(*writing, *(sealer.seal(log, organisation) for _ in range(3)))
    await sealer.seal(log, organisation)
    assert await stock(log, organisation) == Stock(matching=30)


async def test_an_entry_that_a_stale_query_shows_again_gets_no_second_leaf(
    platform: Platform, log: Stores, organisation: str
) -> None:
    """Source: Microsoft Learn, "Consistency levels in Azure Cosmos DB": a session may read what others have changed."""
    await record(platform.trail, organisation, 2)
    await sealer.seal(log, organisation)
    entry = (await stored(log, organisation))[0]
    await log.entries.replace({**entry, "unsealed": True}, entry["_etag"])  # as the query would see it
    await record(platform.trail, organisation, 1)
    await sealer.seal(log, organisation)
    assert await stock(log, organisation) == Stock(matching=3, void=1)


async def test_the_log_keeps_its_key_when_the_root_is_rotated(
    platform: Platform, log: Stores, organisation: str
) -> None:
    """Source: the design, §6: a new version of the root is written, old ones are read."""
    await record(platform.trail, organisation)
    await sealer.seal(log, organisation)
    first = await verified(log, organisation)
    value = base64.b64encode(secrets.token_bytes(32)).decode()
    await platform.roots._vault.set_secret(f"root-{organisation}", value)
    platform.roots.forget()
    await record(platform.trail, organisation)
    await sealer.seal(log, organisation)
    assert (await verified(log, organisation, first.note)).checkpoint.size == 2


# -- interrupted -----------------------------------------------------------------------------------------------------


class Interrupted(Exception):  # noqa: N818 - what happened, not an error of ours
    """The process ends here."""


class Interrupting:
    """The real stores, until the n-th call; that one is carried out or not, and nothing after it is."""

    def __init__(self, after: int, carried_out: bool) -> None:
        self.left, self.carried_out = after, carried_out

    def around(self, store: object) -> Any:
        interrupting = self

        class Proxy:
            def __getattr__(self, name: str) -> Any:
                method = getattr(store, name)
                return method if name == "query" else interrupting.interrupted(method)

        return Proxy()

    def interrupted(self, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any) -> Any:
            self.left -= 1
            if self.left < 0:
                raise Interrupted
            result = await method(*arguments) if self.left or self.carried_out else None
            if not self.left:
                raise Interrupted
            return result

        return call


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
async def test_a_run_may_end_at_any_step_and_the_next_one_finishes_it(
    platform: Platform, log: Stores, organisation: str, carried_out: bool
) -> None:
    """Source: the design, §3: each timer is resumable."""
    step, written, notes = 0, 0, list[bytes]()
    while True:
        step += 1
        await record(platform.trail, organisation, 2)
        written += 2
        ending = Interrupting(step, carried_out)
        ended = replace(
            log,
            entries=ending.around(log.entries),
            immutable=ending.around(log.immutable),
            latest=ending.around(log.latest),
        )
        try:
            await sealer.seal(ended, organisation)
        except Interrupted:
            await sealer.seal(log, organisation)
        else:
            break
        assert await stock(log, organisation) == Stock(matching=written), f"after step {step}"
        notes.append((await verified(log, organisation)).note)
    assert step > 15
    for earlier in notes:
        await verified(log, organisation, earlier)


# -- tampered with ---------------------------------------------------------------------------------------------------


type Tampering = Callable[[BlobServiceClient, Stores, str], Awaitable[None]]


async def _overwrite(client: BlobServiceClient, container: str, name: str, change: Callable[[bytes], bytes]) -> None:
    blob = client.get_blob_client(container, name)
    content = await (await blob.download_blob()).readall()
    await blob.upload_blob(change(content), overwrite=True)


def _flipped(content: bytes) -> bytes:
    return content[:-2] + bytes([content[-2] ^ 1]) + content[-1:]


def _changes(path: str, container: str = logs.IMMUTABLE) -> Tampering:
    async def tamper(client: BlobServiceClient, log: Stores, organisation: str) -> None:
        await _overwrite(client, container, (await place(log, organisation)).name(path), _flipped)

    return tamper


def _removes(path: str, container: str = logs.IMMUTABLE) -> Tampering:
    async def tamper(client: BlobServiceClient, log: Stores, organisation: str) -> None:
        await client.get_blob_client(container, (await place(log, organisation)).name(path)).delete_blob()

    return tamper


async def _rolls_back_the_head(_client: BlobServiceClient, log: Stores, organisation: str) -> None:
    head = await logs.existing_head(log, organisation)
    where = await place(log, organisation)
    note = (await log.immutable.read(where.name("checkpoints/2"))).content
    first = Checkpoint.opened(note, where.key.public)
    await logs.moved(log, replace(head, size=first.size, root=first.root))


async def _removes_the_head(_client: BlobServiceClient, log: Stores, organisation: str) -> None:
    await log.entries.delete(logs.HEAD, [organisation, logs.HEAD])


async def _rolls_back_the_checkpoint(client: BlobServiceClient, log: Stores, organisation: str) -> None:
    where = await place(log, organisation)
    earlier = (await log.immutable.read(where.name("checkpoints/2"))).content
    await _overwrite(client, logs.LATEST, where.name("checkpoint"), lambda _content: earlier)


async def _rolls_back_everything(client: BlobServiceClient, log: Stores, organisation: str) -> None:
    await _rolls_back_the_head(client, log, organisation)
    await _rolls_back_the_checkpoint(client, log, organisation)


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(_changes("tile/0/000.p/3"), id="a tile changed"),
        pytest.param(_removes("tile/0/000.p/3"), id="a tile removed"),
        pytest.param(_changes("tile/entries/000.p/3"), id="an entry changed"),
        pytest.param(_removes("tile/entries/000.p/3"), id="entries removed"),
        pytest.param(_changes("checkpoint", logs.LATEST), id="the checkpoint changed"),
        pytest.param(_removes("checkpoint", logs.LATEST), id="the checkpoint removed"),
        pytest.param(_rolls_back_the_head, id="the head rolled back"),
        pytest.param(_removes_the_head, id="the head removed"),
        pytest.param(_rolls_back_the_checkpoint, id="the checkpoint rolled back"),
        pytest.param(_rolls_back_everything, id="head and checkpoint rolled back"),
    ],
)
async def test_nothing_is_signed_on_top_of_what_was_tampered_with(
    platform: Platform, log: Stores, organisation: str, storage: str, tamper: Tampering
) -> None:
    """Source: C2SP tlog-checkpoint: a log MUST NOT sign a checkpoint inconsistent with one it signed before."""
    for count in (2, 1):
        await record(platform.trail, organisation, count)
        await sealer.seal(log, organisation)
    where = await place(log, organisation)
    async with BlobServiceClient.from_connection_string(storage) as client:
        await tamper(client, log, organisation)
        await record(platform.trail, organisation, 2)
        with pytest.raises(VerificationError):
            await sealer.seal(log, organisation)
        signed = client.get_container_client(logs.IMMUTABLE).list_blob_names(
            name_starts_with=where.name("checkpoints/")
        )
        assert {name.rpartition("/")[2] async for name in signed} == {"2", "3"}
    await _repair(log, organisation)


async def _repair(log: Stores, organisation: str) -> None:
    """So that the log does not count as damaged in the runs of other tests."""
    for entry in await stored(log, organisation):
        await log.entries.delete(entry["id"], [organisation, entry["day"]])
    await log.entries.delete(logs.HEAD, [organisation, logs.HEAD])


async def test_a_damaged_log_does_not_keep_others_from_being_sealed(
    platform: Platform, log: Stores, organisation: str, storage: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One bad log is an alarm, not an outage."""
    other = (await organisations.onboard(platform, "Quill & Co", OrganisationKind.RETAILER, "GB")).id
    await record(platform.trail, organisation, 3)
    await sealer.seal(log, organisation)
    async with BlobServiceClient.from_connection_string(storage) as client:
        await _changes("tile/0/000.p/3")(client, log, organisation)
    for each in (organisation, other):
        await record(platform.trail, each)
    assert (await sealer.seal_all(log)).damaged >= 1
    assert (await stock(log, other)).matching == 1
    assert f"the audit log of {organisation} has been tampered with" in caplog.text
    await _repair(log, organisation)


@pytest.mark.parametrize("name", ["action", "actor", "at", "subjects", "outcome", "nonce"])
async def test_a_changed_entry_is_found_in_the_database(
    platform: Platform, log: Stores, organisation: str, name: str
) -> None:
    """Whoever can write to the database still cannot rewrite what happened."""
    await record(platform.trail, organisation, 3)
    await sealer.seal(log, organisation)
    entry = (await stored(log, organisation))[1]
    changed = {"subjects": [], "nonce": "00" * 32}.get(name, "2026-01-01")
    await log.entries.replace({**entry, name: changed}, entry["_etag"])
    with pytest.raises(VerificationError, match=entry["id"]):
        await stock(log, organisation)


async def test_a_removed_entry_is_found_in_the_database(platform: Platform, log: Stores, organisation: str) -> None:
    """Its leaf stays behind."""
    await record(platform.trail, organisation, 3)
    await sealer.seal(log, organisation)
    entry = (await stored(log, organisation))[1]
    await log.entries.delete(entry["id"], [organisation, entry["day"]])
    assert [leaf["id"] for leaf in (await stock(log, organisation)).missing] == [entry["id"]]


# -- proofs ----------------------------------------------------------------------------------------------------------


async def test_an_entry_comes_with_a_proof_that_needs_only_the_key(
    platform: Platform, log: Stores, organisation: str
) -> None:
    """Source: RFC 6962 §2.1.1."""
    await record(platform.trail, organisation, 7)
    await sealer.seal(log, organisation)
    for entry in await stored(log, organisation):
        proof = await ledger.proof(log, await ledger.entry(log, organisation, entry["id"]))
        checkpoint = Checkpoint.opened(proof.checkpoint, PublicKey.parse(proof.public_key))
        hashes = [base64.b64decode(each) for each in proof.inclusion]
        verifier.verify_entry(proof.entry, proof.leaf_index, hashes, checkpoint)


async def test_an_entry_that_waits_has_no_proof_yet(platform: Platform, log: Stores, organisation: str) -> None:
    """It will have one when the timer has run; before that, and before the very first run, the answer says so."""
    for sealed_before in (False, True):
        await record(platform.trail, organisation)
        waiting = next(each for each in await stored(log, organisation) if each["leafIndex"] is None)
        with pytest.raises(NotFound, match="not been sealed yet"):
            await ledger.proof(log, await ledger.entry(log, organisation, waiting["id"]))
        await sealer.seal(log, organisation)
        assert sealed_before or (await stock(log, organisation)).matching == 1


@pytest.mark.parametrize("identifier", ["ffffffff-ffff-7fff-bfff-ffffffffffff", "00000000-0000-7000-8000-000000000000"])
async def test_there_is_no_such_entry(log: Stores, organisation: str, identifier: str) -> None:
    """Any UUID may be asked for."""
    with pytest.raises(NotFound):
        await ledger.entry(log, organisation, identifier)


async def test_the_entries_of_others_are_not_found(platform: Platform, log: Stores, organisation: str) -> None:
    """The partition is the organisation's."""
    await record(platform.trail, organisation)
    [entry] = await stored(log, organisation)
    with pytest.raises(NotFound):
        await ledger.entry(log, PLATFORM, entry["id"])


# -- what was searched -----------------------------------------------------------------------------------------------


async def test_what_was_searched_is_sealed_and_can_be_checked(
    platform: Platform, log: Stores, organisation: str
) -> None:
    """Source: Cal. Civ. Code §1798.90.52: date and time, plate or other data queried, who, for whom, and purpose."""
    await record(platform.trail, organisation, action="plate:search", sought="ZX71 QLM")
    [entry] = await stored(log, organisation)
    assert "ZX71" not in str(entry)
    sought = await platform.trail.sought(entry)
    assert sought
    assert sought.text == "ZX71 QLM"
    assert sought_digest(sought.salt, sought.text) == entry["soughtDigest"]
    assert entry["at"]
    assert entry["actor"]
    assert entry["actorOrganisation"] == organisation
    assert entry["purpose"] == "INVESTIGATE"
    await sealer.seal(log, organisation)
    assert (await stock(log, organisation)).matching == 1


async def test_what_was_searched_is_forgotten_with_its_key(platform: Platform, log: Stores, organisation: str) -> None:
    """The entry and its proof stay good."""
    await record(platform.trail, organisation, sought="ZX71 QLM")
    await sealer.seal(log, organisation)
    [entry] = await stored(log, organisation)
    await platform.keyring.destroy(organisation, day_key(entry))
    assert await platform.trail.sought(entry) is None
    assert (await stock(log, organisation)).matching == 1


async def test_the_witness_counts_what_was_stored(platform: Platform, organisation: str) -> None:
    """No entry, no data: the door looks at this count."""
    with witnessed() as seen:
        await record(platform.trail, organisation, 2)
    assert seen.entries == 2


# -- forgetting ------------------------------------------------------------------------------------------------------


async def test_old_entries_go_and_the_log_stays_whole(platform: Platform, log: Stores, organisation: str) -> None:
    """Source: the retention table: 24 months, from the entry."""
    then = SetClock(datetime(2019, 5, 4, 10, tzinfo=UTC))
    past = Trail(platform.container("audit"), then, platform.keyring)
    await record(past, organisation, 3, sought="ZX71 QLM")
    [old, *_] = await stored(log, organisation)
    await sealer.seal(log, organisation)
    await record(past, organisation)
    then.advance(timedelta(days=1))
    await record(past, organisation, 2)
    await sealer.seal(log, organisation)

    disposal = Disposal(platform.container("audit"), platform.keyring, platform.trail)
    assert await disposal.sweep(datetime(2019, 5, 4, 23, tzinfo=UTC), 100) == 0
    assert await disposal.sweep(datetime(2019, 5, 5, 9, tzinfo=UTC), 100) == 4
    assert await disposal.sweep(datetime(2019, 5, 5, 9, tzinfo=UTC), 100) == 0

    left = await stored(log, organisation)
    assert sorted(each["action"] for each in left) == ["audit:dispose", "report:read", "report:read"]
    with pytest.raises(NotFound):
        await platform.keyring.fetch(organisation, day_key(old))
    found = await stock(log, organisation)
    assert (found.matching, len(found.missing)) == (2, 4)


async def test_what_has_not_been_sealed_is_not_disposed_of(platform: Platform, log: Stores, organisation: str) -> None:
    """A log that is behind must be repaired first, or nobody would ever know what it should have held."""
    past = Trail(platform.container("audit"), SetClock(datetime(2018, 5, 4, tzinfo=UTC)), platform.keyring)
    await record(past, organisation, 2)
    disposal = Disposal(platform.container("audit"), platform.keyring, platform.trail)
    assert await disposal.sweep(datetime(2018, 6, 1, tzinfo=UTC), 100) == 0
    assert len(await stored(log, organisation)) == 2
    await sealer.seal(log, organisation)
    assert await disposal.sweep(datetime(2018, 6, 1, tzinfo=UTC), 1) == 1
    assert await disposal.sweep(datetime(2018, 6, 1, tzinfo=UTC), 100) == 1
