"""The way in for what is large, late, malicious or interrupted, and the ways of showing what came in."""

import asyncio
import hashlib
import io
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops

from shared.errors import Conflict, NotFound, PreconditionFailed, RangeNotSatisfiable
from shared.evidence import intake, scanning, service, vault
from shared.evidence.media_types import MediaType
from shared.evidence.models import Evidence, EvidenceView, State, UploadPermission, UploadRequest
from shared.evidence.obscuring import service as obscuring
from shared.evidence.obscuring.models import RegionsForm
from shared.evidence.refusals import Reason, Refused
from shared.evidence.vault import Part
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import Report, ReportSubmission
from shared.retention import holds
from shared.retention.models import HoldForm
from tests.support.media import movie, pdf, picture, place, samples
from tests.support.trust import TRUSTED
from tests.support.waiting import eventually
from tests.support.world import World, theft

INVESTIGATE = Purpose.INVESTIGATE


@pytest.fixture(scope="module")
async def report(world: World) -> Report:
    form = ReportSubmission.model_validate(theft(world))
    return await reports.submit(world.platform, world.reporter.principal, form, uuid.uuid4().hex, notify=False)


async def announced(
    world: World, report: Report, media_type: MediaType, size: int, key: str | None = None
) -> UploadPermission:
    values = {"reportId": report.id, "kind": media_type.kind, "mimeType": media_type, "sizeBytes": size}
    form = UploadRequest.model_validate(values)
    return await service.request_upload(world.platform, world.reporter.principal, form, key or uuid.uuid4().hex)


def name_of(world: World, evidence_id: str) -> str:
    return f"{world.home.id}/{evidence_id}"


async def taken(world: World, report: Report, content: bytes, media_type: MediaType) -> Evidence:
    permission = await announced(world, report, media_type, len(content))
    await place(world.platform, name_of(world, permission.evidence_id), content)
    await intake.process(world.platform, name_of(world, permission.evidence_id))
    return await item_of(world, permission.evidence_id)


async def item_of(world: World, evidence_id: str) -> Evidence:
    return await world.platform.records(Evidence).read(evidence_id, [world.home.id, evidence_id])


async def media(world: World, item: Evidence, **how: Any) -> service.Media:
    principal = world.investigator.principal
    return await service.content(world.platform, principal, item.id, INVESTIGATE, **how)


@pytest.mark.parametrize("media_type", list(MediaType))
async def test_every_accepted_kind_is_stored(world: World, report: Report, media_type: MediaType) -> None:
    content = samples()[media_type]
    item = await taken(world, report, content, media_type)
    assert item.state is State.STORED, item.refusal
    assert item.original
    assert item.original.sha256 == hashlib.sha256(content).hexdigest()
    assert (item.rendition is not None) == (media_type.kind == "image")
    assert (await media(world, item, rendition=False)).content == content


# -- large -----------------------------------------------------------------------------------------------------------


async def test_long_recordings_lie_in_slices_and_are_shown_in_parts(
    world: World, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "SLICE", 1 << 20)
    content = movie(media=bytes(range(256)) * 15_000)
    item = await taken(world, report, content, MediaType.MP4)
    assert item.state is State.STORED
    assert b"".join([each async for each in vault.unsealed(world.platform, item, Part.ORIGINAL)]) == content
    for start, count in ((0, 10), ((1 << 20) - 5, 10), (len(content) - 7, 100), (5, 3 << 20)):
        part = await media(world, item, rendition=False, wanted=(start, count))
        assert part.content == content[start : start + count]
        assert part.total == len(content)
    with pytest.raises(RangeNotSatisfiable):
        await media(world, item, rendition=False, wanted=(len(content), 1))


async def test_a_large_file_is_sent_in_blocks_and_goes_on_after_an_interruption(world: World, report: Report) -> None:
    size, key = 300_000_000, uuid.uuid4().hex
    permission = await announced(world, report, MediaType.MP4, size, key)
    assert permission.block_bytes
    content = movie(media=bytes(20_000_000))
    blocks = [content[at : at + permission.block_bytes] for at in range(0, len(content), permission.block_bytes)]
    ids = [f"{number:032}" for number in range(len(blocks))]
    async with httpx.AsyncClient(verify=TRUSTED, timeout=60) as client:
        for number in (0, 1):
            sent = await client.put(f"{permission.upload_url}&comp=block&blockid={ids[number]}", content=blocks[number])
            assert sent.status_code == 201
        again = await announced(world, report, MediaType.MP4, size, key)  # the connection was lost: a fresh URL
        assert again.evidence_id == permission.evidence_id
        for number in range(2, len(blocks)):
            url = f"{again.upload_url}&comp=block&blockid={ids[number]}"
            assert (await client.put(url, content=blocks[number])).status_code == 201
        listed = "".join(f"<Latest>{each}</Latest>" for each in ids)
        body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'
        assert (await client.put(f"{again.upload_url}&comp=blocklist", content=body.encode())).status_code == 201
    name = name_of(world, permission.evidence_id)
    assert b"".join([chunk async for chunk in world.platform.blobs.read_upload(name)]) == content
    await intake.process(world.platform, name)
    item = await item_of(world, permission.evidence_id)
    assert item.refusal is Reason.WRONG_SIZE  # 20 MB came where 300 were announced


async def test_a_refused_recording_leaves_no_slice(
    world: World, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "SLICE", 1 << 18)
    content = movie(media=bytes(1_000_000))[:-50]
    item = await taken(world, report, content, MediaType.MP4)
    assert item.refusal is Reason.TRUNCATED
    with pytest.raises(NotFound):
        [each async for each in vault.unsealed(world.platform, item, Part.ORIGINAL)]


# -- malicious -------------------------------------------------------------------------------------------------------


@pytest.fixture
def scanned(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = world.platform.settings.model_copy(update={"malware_scan": True})
    monkeypatch.setattr(world.platform, "settings", wanted)


async def event(world: World, evidence_id: str, found: str, etag: str | None = None) -> scanning.Result:
    name = name_of(world, evidence_id)
    current = etag or await world.platform.blobs.upload_etag(name)
    values = {"blobUri": f"https://x.blob.core.windows.net/uploads/{name}", "eTag": current}
    return scanning.Result.model_validate(values | {"scanResultType": found, "scanFinishedTimeUtc": "2026-01-01"})


@pytest.mark.usefixtures("scanned")
@pytest.mark.parametrize(
    ("found", "state"), [("No threats found", State.STORED), ("Malicious", State.REFUSED), ("Error", "waits")]
)
async def test_an_upload_waits_for_the_scanner(world: World, report: Report, found: str, state: str) -> None:
    content = picture("JPEG")
    permission = await announced(world, report, MediaType.JPEG, len(content))
    name = name_of(world, permission.evidence_id)
    await place(world.platform, name, content)
    await intake.process(world.platform, name)
    assert (await item_of(world, permission.evidence_id)).state is State.AWAITING_UPLOAD
    stale = await event(world, permission.evidence_id, "No threats found", '"0x8DOTHER"')
    await scanning.judge(world.platform, stale)
    assert (await item_of(world, permission.evidence_id)).state is State.AWAITING_UPLOAD
    verdict = await event(world, permission.evidence_id, found)
    await scanning.judge(world.platform, verdict)
    item = await item_of(world, permission.evidence_id)
    assert item.state == (State.AWAITING_UPLOAD if state == "waits" else state)
    if state is State.REFUSED:
        assert item.refusal is Reason.MALWARE
    await scanning.judge(world.platform, verdict)  # delivered twice


async def test_a_verdict_about_something_else_changes_nothing(world: World) -> None:
    values = {"eTag": "x", "scanResultType": "Malicious"}
    for uri in ("https://x/other/a/b", f"https://x/uploads/{world.home.id}/{uuid.uuid4()}", "nonsense"):
        await scanning.judge(world.platform, scanning.Result.model_validate(values | {"blobUri": uri}))


# -- late and interrupted --------------------------------------------------------------------------------------------


async def test_uploads_that_no_delivery_finished_are_taken_up(
    world: World, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = pdf()
    permission = await announced(world, report, MediaType.PDF, len(content))
    await place(world.platform, name_of(world, permission.evidence_id), content)
    await intake.sweep(world.platform)
    assert (await item_of(world, permission.evidence_id)).state is State.AWAITING_UPLOAD  # perhaps still in the queue
    monkeypatch.setattr(intake, "LEFT_BEHIND_AFTER", timedelta(seconds=-5))
    done, failed = await intake.sweep(world.platform)
    assert done >= 1
    assert failed == 0
    assert (await item_of(world, permission.evidence_id)).state is State.STORED


async def test_a_refusal_that_comes_too_late_destroys_nothing(
    world: World, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two deliveries of one upload, and one of them finds it damaged, be it because its examiner was killed."""
    content = pdf()
    permission = await announced(world, report, MediaType.PDF, len(content))
    name = name_of(world, permission.evidence_id)
    await place(world.platform, name, content)
    examined = intake._examined

    async def meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr(intake, "_examined", examined)
        await intake.process(world.platform, name)
        raise Refused(Reason.UNREADABLE)

    monkeypatch.setattr(intake, "_examined", meanwhile)
    with pytest.raises(PreconditionFailed):
        await intake.process(world.platform, name)
    item = await item_of(world, permission.evidence_id)
    assert item.state is State.STORED
    assert (await media(world, item, rendition=False)).content == content


async def test_uploads_that_wait_for_long_do_not_keep_others_from_their_turn(world: World) -> None:
    names = {f"waiting-{uuid.uuid4().hex}/{number}" for number in range(3)}
    for name in names:
        await place(world.platform, name, b"x")
    since, seen = datetime.now(UTC) + timedelta(hours=1), set[str]()

    async def all_seen() -> bool:
        seen.update(await world.platform.blobs.waiting_uploads(since, 1))
        return names <= seen

    assert await eventually(all_seen, every=0, what="the turn of each of them")
    for name in names:
        await world.platform.blobs.delete_upload(name)


# -- shown -----------------------------------------------------------------------------------------------------------


async def test_pictures_are_shown_with_who_looks_and_when(world: World, report: Report) -> None:
    item = await taken(world, report, picture("PNG", "gray", (900, 600)), MediaType.PNG)
    shown = Image.open(io.BytesIO((await media(world, item, rendition=True)).content)).convert("RGB")
    stored = Image.open(io.BytesIO(await vault.unseal(world.platform, item, vault.rendition_part(item)))).convert("RGB")
    assert shown.size == stored.size
    difference = ImageChops.difference(shown, stored).convert("L").point(lambda value: 255 * (value > 24))
    left, top, right, bottom = difference.getbbox() or (0, 0, 0, 0)
    assert right - left > 700
    assert bottom - top > 400


# -- destroyed early -------------------------------------------------------------------------------------------------


async def decided(world: World, report: Report) -> Evidence:
    item = await taken(world, report, picture("JPEG"), MediaType.JPEG)
    form = RegionsForm.model_validate({"regions": [], "checkedPlatesAndScreens": True})
    await obscuring.decide(world.platform, world.investigator.principal, item.id, form, INVESTIGATE, item.etag)
    return await item_of(world, item.id)


async def destroyed(world: World, item: Evidence) -> EvidenceView:
    principal = world.investigator.principal
    gone = await service.destroy_original(world.platform, principal, item.id, INVESTIGATE, item.etag)
    return service.view(gone, frozenset())


async def test_an_original_is_destroyed_and_its_rendition_stays(world: World, report: Report) -> None:
    item = await decided(world, report)
    view = await destroyed(world, item)
    assert view.original_destroyed_at
    assert view.original == item.original  # its fingerprint
    with pytest.raises(NotFound, match="destroyed"):
        await media(world, item, rendition=False)
    with pytest.raises(NotFound):
        await vault.unseal(world.platform, item, Part.ORIGINAL)
    assert (await media(world, item, rendition=True)).content
    form = RegionsForm.model_validate({"regions": [], "checkedPlatesAndScreens": True})
    with pytest.raises(Conflict, match="stays as it is"):
        await obscuring.decide(world.platform, world.investigator.principal, item.id, form, INVESTIGATE, item.etag)
    again = await destroyed(world, item)
    assert again.original_destroyed_at
    assert abs(again.original_destroyed_at - view.original_destroyed_at) < timedelta(seconds=1)


async def test_nothing_is_destroyed_that_nobody_has_decided_on_or_that_is_held(world: World, report: Report) -> None:
    fresh = await taken(world, report, picture("JPEG"), MediaType.JPEG)
    with pytest.raises(Conflict, match="Decide first"):
        await destroyed(world, fresh)
    item = await decided(world, report)
    with pytest.raises(PreconditionFailed):
        await destroyed(world, item.model_copy(update={"etag": fresh.etag}))
    held = await decided(world, report)
    ends = world.platform.clock.now() + timedelta(days=20)
    values = {"records": [{"kind": "evidence", "id": held.id}], "until": ends, "caseReference": "T1/26"}
    form = HoldForm.model_validate(values | {"reason": "The defence has asked for it."})
    await holds.set_hold(world.platform, world.privacy_officer.principal, form, uuid.uuid4().hex)
    with pytest.raises(Conflict, match="held"):
        await destroyed(world, held)


async def test_two_at_once_destroy_once(world: World, report: Report) -> None:
    item = await decided(world, report)
    found = await asyncio.gather(destroyed(world, item), destroyed(world, item), return_exceptions=True)
    assert any(isinstance(each, EvidenceView) for each in found)
    assert all(isinstance(each, EvidenceView | PreconditionFailed) for each in found)
