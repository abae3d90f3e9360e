"""From a photo to a rendition in which nobody can be recognised, decided by a person, before anything is shared."""

import asyncio
import io
import uuid
from typing import Any

import pytest
from azure.storage.blob.aio import ContainerClient
from PIL import Image

from shared.errors import Conflict, Forbidden, Invalid, PreconditionFailed
from shared.evidence import intake
from shared.evidence import service as evidence
from shared.evidence.models import UploadRequest
from shared.evidence.obscuring import detection, service
from shared.evidence.obscuring.models import RegionsForm
from shared.evidence.obscuring.regions import Region
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import ReportSubmission
from shared.sharing import feed
from tests.support.media import place
from tests.support.world import World, theft

INVESTIGATE = Purpose.INVESTIGATE
FACE = Region(x=0.25, y=0.25, width=0.25, height=0.5, origin="suggested", confidence=0.9)


def photo() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (320, 192), "orange").save(written, "JPEG")
    return written.getvalue()


async def picture(world: World, monkeypatch: pytest.MonkeyPatch, faces: list[Region] | None) -> tuple[str, str]:
    """(report, evidence): a photo in which the detector finds these faces."""
    form = ReportSubmission.model_validate(theft(world))
    report = await reports.submit(world.platform, world.reporter.principal, form, uuid.uuid4().hex, notify=False)
    upload = UploadRequest.model_validate(
        {"reportId": report.id, "kind": "image", "mimeType": "image/jpeg", "sizeBytes": len(photo())}
    )
    permission = await evidence.request_upload(world.platform, world.reporter.principal, upload, uuid.uuid4().hex)
    with monkeypatch.context() as patch:
        patch.setattr(detection, "suggested", lambda _: faces)
        await place(world.platform, f"{world.home.id}/{permission.evidence_id}", photo())
        await intake.process(world.platform, f"{world.home.id}/{permission.evidence_id}")
    return report.id, permission.evidence_id


def decided(**changes: Any) -> RegionsForm:
    regions = [
        FACE.model_copy(update={"obscured": True}),
        Region(x=0.75, y=0.75, width=0.2, height=0.2, obscured=False),
    ]
    return RegionsForm.model_validate({"regions": regions, "checked_plates_and_screens": True} | changes)


async def rendition(world: World, evidence_id: str) -> Image.Image:
    media = await evidence.content(
        world.platform, world.investigator.principal, evidence_id, INVESTIGATE, rendition=True
    )
    return Image.open(io.BytesIO(media.content)).convert("RGB")


async def test_a_person_decides_and_the_face_is_gone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, item = await picture(world, monkeypatch, [FACE])
    investigator = world.investigator.principal
    seen = await service.read_regions(world.platform, investigator, item, INVESTIGATE)
    assert seen.needs_review
    assert [each.origin for each in seen.regions] == ["suggested"]
    done = await service.decide(world.platform, investigator, item, decided(), INVESTIGATE, seen.etag)
    assert not done.needs_review
    assert done.obscured_by == investigator.id
    painted = await rendition(world, item)
    assert max(painted.getpixel((120, 100))) < 10  # type: ignore[arg-type]
    assert painted.getpixel((300, 180))[0] > 200  # type: ignore[index]
    original = await evidence.content(world.platform, investigator, item, INVESTIGATE, rendition=False)
    assert original.content == photo()
    again = await service.decide(world.platform, investigator, item, decided(regions=[]), INVESTIGATE, done.etag)
    assert (await rendition(world, item)).getpixel((120, 100))[0] > 200  # type: ignore[index]
    with pytest.raises(PreconditionFailed):
        await service.decide(world.platform, investigator, item, decided(), INVESTIGATE, done.etag)
    assert again.etag != done.etag
    assert (await rendition(world, item)).getpixel((120, 100))[0] > 200, "painted by nobody who was too late"  # type: ignore[index]


async def test_of_two_who_decide_at_once_one_counts_and_it_is_their_picture(
    world: World, monkeypatch: pytest.MonkeyPatch, storage: str
) -> None:
    _, item = await picture(world, monkeypatch, [FACE])
    investigator = world.investigator.principal
    seen = await service.read_regions(world.platform, investigator, item, INVESTIGATE)
    forms = [decided(), decided(regions=[])]
    answers = await asyncio.gather(
        *(service.decide(world.platform, investigator, item, form, INVESTIGATE, seen.etag) for form in forms),
        return_exceptions=True,
    )
    [won] = [number for number, answer in enumerate(answers) if not isinstance(answer, BaseException)]
    assert isinstance(answers[1 - won], PreconditionFailed)
    shown = (await rendition(world, item)).getpixel((120, 100))
    assert isinstance(shown, tuple)
    assert (max(shown) < 10) == (won == 0)
    async with ContainerClient.from_connection_string(storage, "evidence") as client:
        names = [name async for name in client.list_blob_names() if item in name]
    assert len(names) == 2, "no picture stays that nobody decided on"


@pytest.mark.parametrize("faces", [[FACE], None], ids=["faces were found", "nobody could tell"])
async def test_nothing_is_shared_before_somebody_has_looked(
    world: World, monkeypatch: pytest.MonkeyPatch, faces: list[Region] | None
) -> None:
    report, item = await picture(world, monkeypatch, faces)
    investigator = world.investigator.principal
    with pytest.raises(Conflict, match="suggested faces") as refused:
        await feed.share(world.platform, investigator, report, world.community)
    assert refused.value.extra == {"evidenceIds": [item]}
    seen = await service.read_regions(world.platform, investigator, item, INVESTIGATE)
    await service.decide(world.platform, investigator, item, decided(), INVESTIGATE, seen.etag)
    assert (await feed.share(world.platform, investigator, report, world.community)).choice == "shared"


async def test_a_picture_without_faces_waits_for_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    report, _ = await picture(world, monkeypatch, [])
    assert (await feed.share(world.platform, world.investigator.principal, report, world.community)).choice == "shared"


async def test_a_suggestion_is_decided_on_one_way_or_the_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, item = await picture(world, monkeypatch, [FACE])
    investigator = world.investigator.principal
    seen = await service.read_regions(world.platform, investigator, item, INVESTIGATE)
    with pytest.raises(Invalid, match="not been decided"):
        await service.decide(world.platform, investigator, item, decided(regions=[FACE]), INVESTIGATE, seen.etag)


async def test_reporters_do_not_decide(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, item = await picture(world, monkeypatch, [FACE])
    with pytest.raises(Forbidden):
        await service.read_regions(world.platform, world.reporter.principal, item, INVESTIGATE)
