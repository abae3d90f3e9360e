"""What has reached the end of its time goes, completely, whatever happens in between; nothing else goes."""

import io
import logging
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from azure.storage.blob.aio import BlobServiceClient
from PIL import Image

from shared.clock import SetClock
from shared.errors import NotFound, Unavailable
from shared.evidence import intake
from shared.evidence import service as evidence
from shared.evidence.models import State, UploadRequest
from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import ReportSubmission
from shared.retention import disposal, sweep
from shared.retention.disposable import Disposable
from shared.storage.blobs import Blobs
from shared.storage.cosmos import Container, Document
from shared.storage.objects import Objects
from tests.support.media import place
from tests.support.trust import TRUSTED
from tests.support.world import World, theft

ALMOST_A_YEAR = timedelta(days=364)
TWO_DAYS = timedelta(days=2)
BY_ORGANISATION = ("reports", "evidence", "keyring")


@pytest.fixture
async def later(platform: Platform) -> Platform:
    """The platform as it will be in two days, where nothing that others left behind is still due."""
    there = replace(platform, clock=SetClock(platform.clock.now() + TWO_DAYS))
    while (await sweep.run(there)).disposed:
        pass
    return there


def tally(**disposed: int) -> Counter[str]:
    return Counter(disposed)


@pytest.fixture(scope="session")
async def storage_client(storage: str) -> AsyncIterator[BlobServiceClient]:
    async with BlobServiceClient.from_connection_string(storage) as client:
        yield client


def photo() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (32, 20), "orange").save(written, "JPEG")
    return written.getvalue()


@dataclass
class Due:
    """A report whose time is up in a day, and everything that hangs on it."""

    report: str
    stored: str
    awaiting: str

    @property
    def all(self) -> set[str]:
        return {self.report, self.stored, self.awaiting}


async def submit(world: World, age: timedelta) -> str:
    occurred = (world.platform.clock.now() - age).isoformat()
    form = ReportSubmission.model_validate(theft(world, occurredAt=occurred, people=[]))
    report = await reports.submit(world.platform, world.reporter.principal, form, uuid.uuid4().hex, notify=False)
    return report.id


async def announce(world: World, report: str, *, send: bool = False) -> str:
    """An item that awaits its upload; with ``send``, the upload is there and nobody has looked at it yet."""
    form = UploadRequest.model_validate(
        {"reportId": report, "kind": "image", "mimeType": "image/jpeg", "sizeBytes": len(photo())}
    )
    permission = await evidence.request_upload(world.platform, world.reporter.principal, form, uuid.uuid4().hex)
    if send:
        async with httpx.AsyncClient(verify=TRUSTED, timeout=60) as client:
            await client.put(permission.upload_url, content=photo(), headers=permission.required_headers)
    return permission.evidence_id


async def process(world: World, item: str) -> None:
    await place(world.platform, f"{world.home.id}/{item}", photo())
    await intake.process(world.platform, f"{world.home.id}/{item}")


async def due(world: World) -> Due:
    report = await submit(world, ALMOST_A_YEAR)
    stored, awaiting = await announce(world, report), await announce(world, report, send=True)
    await process(world, stored)
    for community in (*world.home.communities, "one-it-has-left"):
        entry = {"id": report, "communityId": community, "organisationId": world.home.id, "reportId": report}
        await world.platform.container("feed").upsert(entry)
    message = {"id": uuid.uuid4().hex, "organisationId": world.home.id, "reportId": report, "kind": "outbox"}
    await world.platform.container("reports").create(message)
    return Due(report, stored, awaiting)


async def traces(world: World, client: BlobServiceClient, ids: set[str]) -> list[str]:
    """Where anything is left of ``ids``, but for the audit trail, which holds nothing else."""
    found = []
    for name in BY_ORGANISATION:
        everything = world.platform.container(name).query(
            "SELECT * FROM c", key=[world.home.id] if name != "keyring" else world.home.id
        )
        found += [f"{name}: {each['id']}" async for each in everything if ids & set(map(str, each.values()))]
    feed = world.platform.container("feed").query("SELECT * FROM c")
    found += [f"feed: {each['communityId']}" async for each in feed if each["id"] in ids]
    for name in ("uploads", "evidence"):
        blobs = client.get_container_client(name).list_blob_names()
        found += [f"{name}: {blob}" async for blob in blobs if any(each in blob for each in ids)]
    return found


async def disposals(world: World, subject: str) -> list[Document]:
    found = world.platform.container("audit").query(
        "SELECT * FROM c WHERE c.action = 'retention:dispose' AND ARRAY_CONTAINS(c.subjects, @subject)",
        {"subject": subject},
        key=[world.home.id],
    )
    return [entry async for entry in found]


async def test_a_report_goes_with_everything_that_hangs_on_it(
    world: World, later: Platform, storage_client: BlobServiceClient
) -> None:
    gone = await due(world)
    before = await traces(world, storage_client, gone.all)
    assert len(before) == 12, before  # 4 in reports and evidence, 3 keys, 2 feeds, 1 upload, 2 sealed media
    assert (await sweep.run(later)).disposed == tally(report=1)
    assert await traces(world, storage_client, gone.all) == []
    with pytest.raises(NotFound):
        await reports.read(world.platform, world.investigator.principal, gone.report, Purpose.INVESTIGATE)


async def test_what_is_not_due_stays(world: World, later: Platform, storage_client: BlobServiceClient) -> None:
    report = await submit(world, timedelta(days=1))
    item = await announce(world, report)
    await process(world, item)
    before = await traces(world, storage_client, {report, item})
    await due(world)
    await sweep.run(later)
    assert await traces(world, storage_client, {report, item}) == before
    opened = await evidence.content(
        world.platform, world.investigator.principal, item, Purpose.INVESTIGATE, rendition=False
    )
    assert opened.content == photo()


async def test_nothing_goes_before_its_time(world: World, storage_client: BlobServiceClient) -> None:
    early = await due(world)
    await sweep.run(world.platform)
    assert len(await traces(world, storage_client, early.all)) == 12


async def test_every_disposal_is_accounted_for(world: World, later: Platform) -> None:
    gone = await due(world)
    await sweep.run(later)
    for subject, category in (
        (gone.report, "report"),
        (gone.stored, "evidence"),
        (gone.awaiting, "evidence_upload"),
    ):
        (entry,) = await disposals(world, subject)
        assert entry["actor"] == "retention"
        assert entry["purpose"] is None
        assert entry["policies"] == [f"retention-{category}", "retention-why-due"]


async def test_an_upload_that_never_arrived_goes_and_its_report_stays(
    world: World, later: Platform, storage_client: BlobServiceClient
) -> None:
    report = await submit(world, timedelta(hours=2))
    item = await announce(world, report)
    assert (await sweep.run(later)).disposed == tally(evidence=1)
    assert await traces(world, storage_client, {item}) == []
    assert await traces(world, storage_client, {report})


async def test_an_upload_that_comes_after_the_disposal_leaves_nothing(
    world: World, later: Platform, storage_client: BlobServiceClient
) -> None:
    item = await announce(world, await submit(world, timedelta(hours=2)), send=True)
    await sweep.run(later)
    await process(world, item)
    assert await traces(world, storage_client, {item}) == []


async def test_an_upload_that_is_stored_while_it_expires_is_kept(
    world: World, later: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = await announce(world, await submit(world, timedelta(hours=2)))
    claim = disposal._claimed

    async def overtaken(platform: Platform, kind: Disposable, found: Document) -> Document:
        await process(world, item)
        return await claim(platform, kind, found)

    with monkeypatch.context() as patch:
        patch.setattr(disposal, "_claimed", overtaken)
        assert (await sweep.run(later)).failed == 1
    assert not (await sweep.run(later)).disposed
    _, view = await evidence.read(world.platform, world.investigator.principal, item, Purpose.INVESTIGATE)
    assert view.state is State.STORED


async def test_an_item_that_was_claimed_is_gone_for_everybody(
    world: World, later: Platform, storage_client: BlobServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for the delivery of its upload, which throws everything away; the timer then finishes."""
    item = await announce(world, await submit(world, timedelta(hours=2)), send=True)
    with monkeypatch.context() as patch:
        patch.setattr(later.keyring, "destroy", unreachable)
        assert (await sweep.run(later)).failed == 1
    with pytest.raises(NotFound):
        await evidence.read(world.platform, world.investigator.principal, item, Purpose.INVESTIGATE)
    await process(world, item)
    assert [each for each in await traces(world, storage_client, {item}) if each.startswith("uploads")] == []
    assert (await sweep.run(later)).disposed == tally(evidence=1)
    assert await traces(world, storage_client, {item}) == []


async def unreachable(*_: object) -> None:
    raise Unavailable("away")


async def test_a_record_that_fails_is_named_and_does_not_stop_the_rest(
    world: World,
    later: Platform,
    storage_client: BlobServiceClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    many = [await due(world) for _ in range(3)]
    delete = Blobs.delete

    async def failing(self: Blobs, name: str) -> None:
        if many[1].stored in name:
            raise Unavailable("away")
        await delete(self, name)

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING, "reeve.retention"):
        patch.setattr(Blobs, "delete", failing)
        outcome = await sweep.run(later)
    assert outcome.disposed["report"] == 2
    assert outcome.failed >= 1
    assert many[1].report in caplog.text
    assert "Unavailable" in caplog.text
    assert await traces(world, storage_client, many[0].all | many[2].all) == []
    assert (await sweep.run(later)).failed == 0
    assert await traces(world, storage_client, many[1].all) == []


async def test_a_run_is_bounded(world: World, later: Platform, storage_client: BlobServiceClient) -> None:
    items = {await announce(world, await submit(world, timedelta(hours=2))) for _ in range(5)}
    assert [(await sweep.run(later, most=2)).disposed["evidence"] for _ in range(4)] == [2, 2, 1, 0]
    assert await traces(world, storage_client, items) == []


class Crash(BaseException):
    """The process dies here."""


STEPS = [
    (Container, "delete"),
    (Container, "create"),
    (Container, "replace"),
    (Container, "upsert"),
    (Container, "batch"),
    (Objects, "create"),
    (Blobs, "delete"),
    (Blobs, "delete_upload"),
]


def dying_at(patch: pytest.MonkeyPatch, step: int) -> None:
    """The process dies just before its change number ``step`` in any store."""
    left = step

    def wrapped(plain: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def change(*arguments: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Crash
            return await plain(*arguments)

        return change

    for owner, name in STEPS:
        patch.setattr(owner, name, wrapped(getattr(owner, name)))


async def test_a_run_that_dies_at_any_step_is_finished_by_the_next(
    world: World, later: Platform, storage_client: BlobServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    died, step = True, 0
    while died:
        gone, counted = await due(world), await contributions(world)
        with monkeypatch.context() as patch:
            dying_at(patch, step)
            try:
                await sweep.run(later)
                died = False
            except Crash:
                step += 1
        assert (await sweep.run(later)).failed == 0
        assert await traces(world, storage_client, gone.all) == [], f"after step {step}"
        assert await contributions(world) == counted + 1, f"after step {step}"
        for subject in gone.all:
            assert 1 <= len(await disposals(world, subject)) <= 2
    assert step > 20


async def contributions(world: World) -> int:
    cells = world.platform.container("insights").query("SELECT c.count FROM c WHERE c.kind = 'cell'", key=world.home.id)
    return sum([cell["count"] async for cell in cells])
