"""From a video to a rendition in which nobody can be recognised: asked for, worked on step by step, shared."""

import io
import uuid
import zipfile
from typing import Any

import numpy as np
import pytest
from PIL import Image

from shared.audit import search
from shared.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from shared.evidence import disposal, intake, vault
from shared.evidence import service as evidence
from shared.evidence.models import Evidence, UploadRequest
from shared.evidence.obscuring import detector
from shared.evidence.video import service, steps, store, working, workshop
from shared.evidence.video.models import VideoForm, VideoView
from shared.evidence.video.work import WORKING, Failure, Stage, VideoOrder
from shared.evidence.video.workshop import BrokeDownError
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import Report, ReportSubmission
from shared.sharing import feed
from tests.service.test_cases_bundles import build, case_of, fetched, requested
from tests.support.media import movie, place
from tests.support.videos import CREATED, SECRETS, Planes, film, grid, shown, where, with_a_face
from tests.support.world import World, theft

INVESTIGATE = Purpose.INVESTIGATE
LEFT_HALF = {"x": 0.0, "y": 0.0, "width": 0.5, "height": 1.0}


def track(begin: float = 1.0, end: float = 3.0, **changes: Any) -> dict[str, Any]:
    return {"points": [{"at": begin, **LEFT_HALF}, {"at": end, **LEFT_HALF}], "obscured": True} | changes


def decided(*tracks: dict[str, Any], **changes: Any) -> VideoForm:
    return VideoForm.model_validate({"tracks": list(tracks), "checkedPlatesAndScreens": True} | changes)


async def stored(world: World, content: bytes, media_type: str = "video/mp4") -> tuple[str, str]:
    """(report, evidence): a video that has arrived."""
    form = ReportSubmission.model_validate(theft(world))
    report = await reports.submit(world.platform, world.reporter.principal, form, uuid.uuid4().hex, notify=False)
    upload = UploadRequest.model_validate(
        {"reportId": report.id, "kind": "video", "mimeType": media_type, "sizeBytes": len(content)}
    )
    permission = await evidence.request_upload(world.platform, world.reporter.principal, upload, uuid.uuid4().hex)
    await place(world.platform, f"{world.home.id}/{permission.evidence_id}", content)
    await intake.process(world.platform, f"{world.home.id}/{permission.evidence_id}")
    return report.id, permission.evidence_id


async def seen(world: World, item: str) -> VideoView:
    return await service.read(world.platform, world.investigator.principal, item, INVESTIGATE)


async def asked(world: World, item: str, form: VideoForm) -> VideoView:
    etag = (await seen(world, item)).etag
    return await service.decide(world.platform, world.investigator.principal, item, form, INVESTIGATE, etag)


async def record(world: World, item: str) -> Evidence:
    return await world.platform.records(Evidence).read(item, [world.home.id, item])


async def due(world: World, item: str) -> VideoOrder:
    """The message that waits in the queue."""
    now = await record(world, item)
    assert now.video
    return VideoOrder.model_validate(store.order(now, now.video).body)


async def worked(world: World, item: str) -> VideoView:
    """What the queue would do, to the end."""
    while (view := await seen(world, item)).stage in WORKING:
        await working.work(world.platform, await due(world, item), last_try=False)
    return view


async def rendition(world: World, item: str) -> bytes:
    media = await evidence.content(world.platform, world.investigator.principal, item, INVESTIGATE, rendition=True)
    return media.content


async def blobs(world: World, item: str) -> set[str]:
    names = await world.platform.blobs.sealed_names(f"{world.home.id}/{item}/")
    return {name.rpartition("/")[2] for name in names}


def strays(one: Planes, other: Planes) -> float:
    """The largest difference in brightness between two pictures, of the means of blocks of 16 by 16 pixels."""
    apart = np.abs(one.astype(float) - other).reshape(one.shape[0] // 16, 16, one.shape[1] // 16, 16)
    return float(apart.mean(axis=(1, 3)).max())


@pytest.fixture
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds each, so that a small video has several."""
    monkeypatch.setattr(steps, "LONGEST", 2.0)


@pytest.mark.usefixtures("short_steps")
@pytest.mark.parametrize("media_type", ["video/mp4", "video/quicktime", "video/x-msvideo"])
async def test_what_is_painted_over_is_gone_and_the_rest_stays(world: World, media_type: str) -> None:
    original = film(media_type=media_type)
    _, item = await stored(world, original, media_type)
    await asked(world, item, decided(track()))
    done = await worked(world, item)
    assert (done.stage, done.percent, done.needs_review) == (Stage.DONE, 100, False)
    assert (done.width, done.height, done.seconds) == (320, 240, 6.0)
    assert done.obscured_by == world.investigator.principal.id
    made = shown(await rendition(world, item))
    assert [round(time, 2) for time, _ in made] == [round(n / 25, 2) for n in range(150)]
    for number, (time, luma) in enumerate(made):
        source = grid(number, 320, 240)[:240]
        if 0.8 <= time <= 3.2:
            assert luma[:, :152].max() <= 24, time
        elif not 0.7 <= time <= 3.3:
            assert strays(luma, source) < 12, time  # neither painted nor a ghost of the box
        assert strays(luma[:, 176:], source[:, 176:]) < 12, time
    assert await blobs(world, item) == {"original", "rendition.1", "thumbnail.1", "tracks.1"}


async def test_nothing_of_the_source_but_its_pixels_is_in_it(world: World) -> None:
    original = film(2, sound=True)
    assert all(each.encode() in original for each in SECRETS.values())
    _, item = await stored(world, original)
    await asked(world, item, decided(track(0, 1)))
    await worked(world, item)
    content = await rendition(world, item)
    for secret in (*SECRETS.values(), CREATED, "2019", "Lavf", "Lavc", "mp4a", "location"):
        assert secret.encode() not in content, secret
    assert content.count(b"trak") == content.count(b"mdia") == 1, "no sound, no subtitles, no data"
    header = content.index(b"mvhd")
    assert content[header + 8 : header + 16] == bytes(8), "neither when it was made nor when it was changed"
    assert b"painted over by decision of user " + world.investigator.id.encode() in content
    assert b"Sound left out" in content


async def test_sound_is_kept_for_whoever_asks(world: World) -> None:
    _, item = await stored(world, film(2, sound=True))
    await asked(world, item, decided(keep_sound=True))
    done = await worked(world, item)
    assert (done.sound, done.keep_sound) == (True, True)
    content = await rendition(world, item)
    assert b"mp4a" in content
    assert b"Sound kept" in content


@pytest.mark.usefixtures("short_steps")
async def test_a_step_that_comes_twice_is_done_once(world: World) -> None:
    _, item = await stored(world, film())
    await asked(world, item, decided(track()))
    first = await due(world, item)
    await working.work(world.platform, first, last_try=False)
    await working.work(world.platform, first, last_try=False)
    after = await record(world, item)
    assert after.video
    assert after.video.step == 1
    done = await worked(world, item)
    assert done.stage is Stage.DONE
    await working.work(world.platform, first, last_try=False)
    assert await blobs(world, item) == {"original", "rendition.1", "thumbnail.1", "tracks.1"}


@pytest.mark.usefixtures("short_steps")
async def test_a_new_decision_takes_the_place_of_the_old(world: World) -> None:
    _, item = await stored(world, film())
    await asked(world, item, decided(track()))
    await working.work(world.platform, await due(world, item), last_try=False)
    late = await due(world, item)
    await asked(world, item, decided(track(0, 6)))
    await working.work(world.platform, late, last_try=False)
    done = await worked(world, item)
    assert (done.rendition is not None, len(done.tracks)) == (True, 1)
    assert all(luma[:, :152].max() <= 24 for _, luma in shown(await rendition(world, item)))
    assert await blobs(world, item) == {"original", "rendition.2", "thumbnail.2", "tracks.2"}
    again = await asked(world, item, decided())
    assert again.needs_review, "the rendition from before may show somebody"
    await worked(world, item)
    last = shown(await rendition(world, item))
    assert max(strays(luma, grid(number, 320, 240)[:240]) for number, (_, luma) in enumerate(last)) < 12
    assert await blobs(world, item) == {"original", "rendition.3", "thumbnail.3", "tracks.3"}


@pytest.mark.usefixtures("short_steps")
async def test_cancelling_leaves_nothing_behind(world: World) -> None:
    report, item = await stored(world, film())
    await asked(world, item, decided(track()))
    for _ in range(2):
        await working.work(world.platform, await due(world, item), last_try=False)
    before = await seen(world, item)
    assert 0 < before.percent < 100
    late, investigator = await due(world, item), world.investigator.principal
    gone = await service.cancel(world.platform, investigator, item, INVESTIGATE, before.etag)
    assert (gone.stage, gone.needs_review, gone.rendition) == (Stage.CANCELLED, False, None)
    await working.work(world.platform, late, last_try=False)
    assert await blobs(world, item) == {"original", "tracks.1"}
    with pytest.raises(Conflict):
        await service.cancel(world.platform, investigator, item, INVESTIGATE, gone.etag)
    with pytest.raises(NotFound, match="no rendition yet"):
        await rendition(world, item)
    assert (await feed.share(world.platform, investigator, report, world.community)).choice == "shared"


async def test_the_report_waits_while_something_is_under_way(world: World) -> None:
    report, item = await stored(world, film(2))
    investigator = world.investigator.principal
    await asked(world, item, decided(track()))
    with pytest.raises(Conflict) as refused:
        await feed.share(world.platform, investigator, report, world.community)
    assert refused.value.extra == {"evidenceIds": [item]}
    await worked(world, item)
    assert (await feed.share(world.platform, investigator, report, world.community)).choice == "shared"


async def test_a_bundle_takes_the_rendition_and_a_picture_from_it(world: World) -> None:
    report, item = await stored(world, film(2))
    case = await case_of(world, await world.platform.records(Report).read(report, [world.home.id, report]))
    with pytest.raises(Invalid, match="no rendition"):
        await requested(world, case, evidence=[{"id": item}])
    await asked(world, item, decided(track(0, 2)))
    with pytest.raises(Invalid):
        await requested(world, case, evidence=[{"id": item}])
    await worked(world, item)
    ready = await build(world, await requested(world, case, evidence=[{"id": item}]))
    with zipfile.ZipFile(io.BytesIO(await fetched(world, ready))) as opened:
        [name] = [each for each in opened.namelist() if each.endswith(".mp4")]
        assert opened.read(name) == await rendition(world, item)
    small = Image.open(io.BytesIO(await vault.unseal(world.platform, await record(world, item), "thumbnail.1")))
    assert small.size == (320, 240)
    assert max(high for _, high in small.crop((0, 0, 140, 240)).getextrema()) < 24, "painted over there, too"


async def test_everybody_who_touched_it_is_in_its_chain_of_custody(world: World) -> None:
    _, item = await stored(world, film(2))
    await asked(world, item, decided(track(0, 1)))
    await worked(world, item)
    entries = await search.newest(
        world.platform.container("audit"), world.home.id, search.Wanted(subject=item), None, 100
    )
    by = {entry["action"]: entry["actor"] for entry in entries}
    assert by["evidence:obscure"] == world.investigator.id
    assert by["evidence:render"] == working.ACTOR


async def test_a_worker_killed_between_the_log_and_the_item_is_accounted_for_once(world: World) -> None:
    _, item = await stored(world, film(2))
    await asked(world, item, decided(track(0, 1)))
    while (now := await record(world, item)).video and now.video.step + 1 < now.video.steps:
        await working.work(world.platform, await due(world, item), last_try=False)
    assert now.video
    await working._stepped(world.platform, now, now.video)  # and is killed before the item says so
    assert (await worked(world, item)).stage is Stage.DONE
    wanted = search.Wanted(subject=item, action="evidence:render")
    entries = await search.newest(world.platform.container("audit"), world.home.id, wanted, None, 100)
    assert len(entries) == 1


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("short_steps")
async def test_faces_are_suggested_followed_and_painted_over(world: World) -> None:
    """With the real detector, and a drawn face that walks."""
    report, item = await stored(world, film(3, size=(640, 480), drawn=with_a_face))
    investigator = world.investigator.principal
    etag = (await seen(world, item)).etag
    asked_for = await service.suggest(world.platform, investigator, item, INVESTIGATE, etag)
    assert (asked_for.stage, asked_for.needs_review) == (Stage.LOOKING, True)
    with pytest.raises(Conflict, match="worked on"):
        await service.suggest(world.platform, investigator, item, INVESTIGATE, asked_for.etag)
    found = await worked(world, item)
    assert (found.stage, found.needs_review, found.rendition) == (Stage.REVIEW, True, None)
    assert found.etag != asked_for.etag, "there is something new to decide on"
    assert all(each.origin == "suggested" and each.obscured is None for each in found.tracks)
    assert max(each.confidence or 0 for each in found.tracks) >= 0.8
    with pytest.raises(Conflict) as refused:
        await feed.share(world.platform, investigator, report, world.community)
    assert refused.value.extra == {"evidenceIds": [item]}
    with pytest.raises(Invalid, match="not been decided"):
        await asked(world, item, VideoForm(tracks=found.tracks, checked_plates_and_screens=True))
    accepted = [each.model_copy(update={"obscured": True}) for each in found.tracks]
    await asked(world, item, VideoForm(tracks=accepted, checked_plates_and_screens=True))
    done = await worked(world, item)
    assert (done.stage, done.needs_review) == (Stage.DONE, False)
    for number, (_, luma) in enumerate(shown(await rendition(world, item))):
        left, top = where(number)
        eyes_to_mouth = luma[top + 36 : top + 80, left + 30 : left + 70]
        assert eyes_to_mouth.max() <= 24, number
        if number % 25 == 0:
            assert detector.one_pass(Image.fromarray(luma).convert("RGB"), 640, 0) == [], number
    assert (await feed.share(world.platform, investigator, report, world.community)).choice == "shared"
    again = await service.suggest(world.platform, investigator, item, INVESTIGATE, done.etag)
    assert again.needs_review
    called_off = await service.cancel(world.platform, investigator, item, INVESTIGATE, again.etag)
    assert not called_off.needs_review
    assert [each.obscured for each in called_off.tracks] == [True] * len(accepted), "what was decided stays"


async def test_a_video_without_faces_waits_for_nobody_and_drawn_regions_stay(world: World) -> None:
    report, item = await stored(world, film(2))
    await asked(world, item, decided(track()))
    done, investigator = await worked(world, item), world.investigator.principal
    await service.suggest(world.platform, investigator, item, INVESTIGATE, done.etag)
    found = await worked(world, item)
    assert (found.stage, found.needs_review) == (Stage.REVIEW, False)
    assert [each.origin for each in found.tracks] == ["drawn"]
    assert (await feed.share(world.platform, investigator, report, world.community)).choice == "shared"


async def test_a_video_that_cannot_be_read_says_so(world: World) -> None:
    _, item = await stored(world, movie())
    await asked(world, item, decided(track()))
    failed = await worked(world, item)
    assert failed.stage is Stage.FAILED
    assert failed.failure
    assert failed.failure.code is Failure.UNREADABLE
    assert "Export it again" in failed.failure.detail
    assert not failed.needs_review, "nothing can be seen of it outside, so the report need not wait for ever"
    assert await blobs(world, item) == {"original", "tracks.1"}


async def test_a_process_that_dies_is_tried_again_and_then_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, item = await stored(world, film(2))
    await asked(world, item, decided(track()))
    order = await due(world, item)
    with monkeypatch.context() as patch:
        patch.setattr(workshop, "MODULE", "shared.evidence.video.nothing")
        with pytest.raises(BrokeDownError):
            await working.work(world.platform, order, last_try=False)
        assert (await seen(world, item)).stage is Stage.RENDERING
        await working.work(world.platform, order, last_try=True)
    failed = await seen(world, item)
    assert failed.failure
    assert failed.failure.code is Failure.BROKE_DOWN
    await asked(world, item, decided(track()))
    assert (await worked(world, item)).stage is Stage.DONE


async def test_what_is_disposed_of_meanwhile_leaves_nothing(world: World) -> None:
    _, item = await stored(world, film(2))
    await asked(world, item, decided(track()))
    await working.work(world.platform, await due(world, item), last_try=False)
    order, now = await due(world, item), await record(world, item)
    document = await world.platform.container("evidence").read(item, now.key)
    await disposal.EVIDENCE.dispose(world.platform, document)
    assert await blobs(world, item) == set()
    await world.platform.container("evidence").delete(item, now.key)
    await working.work(world.platform, order, last_try=False)
    assert await blobs(world, item) == set()


async def test_an_old_version_decides_nothing(world: World) -> None:
    _, item = await stored(world, film(2))
    etag = (await seen(world, item)).etag
    await asked(world, item, decided(track()))
    investigator = world.investigator.principal
    for change in (service.suggest, service.cancel):
        with pytest.raises(PreconditionFailed):
            await change(world.platform, investigator, item, INVESTIGATE, etag)


async def test_what_makes_no_sense_says_what_to_fix(world: World) -> None:
    _, item = await stored(world, film(2))
    with pytest.raises(Invalid, match="not been decided"):
        await asked(world, item, decided(track(obscured=None)))
    await asked(world, item, decided(track(0, 1)))
    await worked(world, item)
    with pytest.raises(Invalid, match="after the end"):
        await asked(world, item, decided(track(7, 8)))
    with pytest.raises(ValueError, match="Blur and mosaic can be undone"):
        decided(method="blur")
    with pytest.raises(ValueError, match="follow each other"):
        decided(track(3, 1))


async def test_reporters_do_not_decide(world: World) -> None:
    _, item = await stored(world, film(2))
    with pytest.raises(Forbidden):
        await service.read(world.platform, world.reporter.principal, item, INVESTIGATE)


def test_ghosts_would_be_seen() -> None:
    """The tests above can fail: a box that stayed for one picture too long strays far."""
    source = grid(0, 320, 240)[:240]
    painted = source.copy()
    painted[16:48, 16:48] = 16
    assert strays(source, source) == 0
    assert strays(painted, source) > 50
