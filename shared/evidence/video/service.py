"""What a person does about the people in a video: has faces looked for, decides, has it rendered, calls it off."""

from shared.errors import Conflict, FieldError, Invalid, NotFound, PreconditionFailed
from shared.evidence.media_types import MediaKind
from shared.evidence.models import Evidence, State
from shared.evidence.service import account, to_obscure
from shared.evidence.video import store
from shared.evidence.video.models import VideoFailure, VideoForm, VideoView
from shared.evidence.video.steps import planned
from shared.evidence.video.work import MOST_BYTES, SENTENCES, WORKING, Stage, VideoWork
from shared.identity.principals import Principal
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose

TRIES = 5
"""To write past a step of the work that was stored in between."""


async def read(platform: Platform, principal: Principal, evidence_id: str, purpose: Purpose) -> VideoView:
    item, decision = await _opened(platform, principal, evidence_id, purpose)
    await account(platform, principal, "evidence:regions", item, decision, purpose)
    return await view(platform, item)


async def suggest(platform: Platform, principal: Principal, evidence_id: str, purpose: Purpose, etag: str) -> VideoView:
    """Has faces looked for. The report waits from now on: what is found may not be shared before it is decided on."""
    item, decision = await _to_change(platform, principal, evidence_id, purpose, etag)
    if item.video is not None and item.video.stage in WORKING:
        raise Conflict("The video is being worked on. Wait, or cancel that first.")
    await account(platform, principal, "evidence:suggest", item, decision, purpose)
    asked = _asked(platform, principal, item, Stage.LOOKING)
    return await _changed(platform, item, etag, {"video": asked, "needs_review": True})


async def decide(
    platform: Platform, principal: Principal, evidence_id: str, form: VideoForm, purpose: Purpose, etag: str
) -> VideoView:
    """Stores what was decided and has it rendered. Until that is done the report waits, also where there is a
    rendition already: it may show the very person for whose sake somebody decided anew."""
    item, decision = await _to_change(platform, principal, evidence_id, purpose, etag)
    if item.video is not None and item.video.stage is Stage.LOOKING:
        raise Conflict("Faces are being looked for. Wait for what is found, or cancel that first.")
    _check(form, item)
    await account(platform, principal, "evidence:obscure", item, decision, purpose)
    asked = _asked(platform, principal, item, Stage.RENDERING)
    await store.write_tracks(platform, item, asked.number, form.tracks)
    asked = asked.model_copy(update={"tracks": asked.number, "keep_sound": form.keep_sound})
    asked = asked.model_copy(update={"steps": len(planned(asked))})
    return await _changed(platform, item, etag, {"video": asked, "needs_review": True})


async def cancel(platform: Platform, principal: Principal, evidence_id: str, purpose: Purpose, etag: str) -> VideoView:
    """Everything is as it was before it was asked for, apart from what was decided: that stays written down."""
    item, decision = await _to_change(platform, principal, evidence_id, purpose, etag)
    if item.video is None or item.video.stage not in WORKING:
        raise Conflict("Nothing is being worked on that could be cancelled.")
    await account(platform, principal, "evidence:cancel", item, decision, purpose)
    work = item.video.model_copy(update={"stage": Stage.CANCELLED})
    shown = await _changed(platform, item, etag, {"video": work, "needs_review": work.waited})
    await store.discard_outdated(platform, item.model_copy(update={"video": work}))
    return shown


async def view(platform: Platform, item: Evidence) -> VideoView:
    work = item.video
    failure = VideoFailure(code=work.failure, detail=SENTENCES[work.failure]) if work and work.failure else None
    return VideoView(
        stage=work.stage if work else Stage.NONE,
        percent=100 * work.step // work.steps if work else 0,
        failure=failure,
        width=work.width if work else None,
        height=work.height if work else None,
        seconds=work.seconds if work else None,
        sound=work.sound if work else None,
        keep_sound=work.keep_sound if work else False,
        tracks=await store.tracks(platform, item),
        needs_review=item.needs_review,
        obscured_by=item.obscured_by,
        obscured_at=item.obscured_at,
        rendition=item.rendition,
        etag=version(item),
    )


def version(item: Evidence) -> str:
    """Changes with what people ask for and with what they are shown to decide on, not with each step of the work."""
    return f'"{item.video.number}-{item.video.stage.value}"' if item.video else '"0"'


# -- how it is done --------------------------------------------------------------------------------------------------


def _asked(platform: Platform, principal: Principal, item: Evidence, stage: Stage) -> VideoWork:
    """Work that begins. Whether anything waited before it is asked of the work that it takes the place of."""
    before = item.video or VideoWork(stage=Stage.NONE, number=0, asked_by="", asked_at=platform.clock.now())
    asked = before.model_copy(
        update={
            "stage": stage,
            "number": before.number + 1,
            "step": 0 if before.seconds is None else 1,  # it has been looked at already
            "keep_sound": False,
            "failure": None,
            "waited": before.waited if before.stage in WORKING else item.needs_review,
            "asked_by": principal.id,
            "asked_at": platform.clock.now(),
        }
    )
    return asked.model_copy(update={"steps": len(planned(asked))})


async def _changed(platform: Platform, item: Evidence, etag: str, changes: dict[str, object]) -> VideoView:
    """A step of the work may be stored at any moment, so the item is read again where it has moved on."""
    for _ in range(TRIES):
        changed = item.model_copy(update=changes)
        try:
            return await view(platform, await store.replace(platform, changed, item.etag))
        except PreconditionFailed:
            item = await platform.records(Evidence).read(item.id, item.key)
            _check_version(item, etag)
    raise Conflict("The video changes too fast at the moment. Try again.", headers={"Retry-After": "2"})


def _check(form: VideoForm, item: Evidence) -> None:
    """A suggestion that nobody decided on is no decision."""
    undecided = [number for number, track in enumerate(form.tracks) if track.obscured is None]
    if undecided:
        errors = [
            FieldError(f"/tracks/{number}/obscured", "undecided", "Say whether this region is painted over.")
            for number in undecided[:25]
        ]
        raise Invalid("Some regions have not been decided on.", errors)
    seconds = item.video.seconds if item.video else None
    late = [number for number, track in enumerate(form.tracks) if seconds and track.points[0].at > seconds]
    if late:
        errors = [FieldError(f"/tracks/{n}/points/0/at", "too_late", "The video is over then.") for n in late[:25]]
        raise Invalid("Some regions begin after the end of the video.", errors)


def _check_version(item: Evidence, etag: str) -> None:
    if version(item) != etag:
        raise PreconditionFailed("The video has changed since it was read. Read it again and repeat the change.")


async def _to_change(
    platform: Platform, principal: Principal, evidence_id: str, purpose: Purpose, etag: str
) -> tuple[Evidence, Decision]:
    item, decision = await _opened(platform, principal, evidence_id, purpose)
    if item.original_destroyed_at:
        raise Conflict("The original has been destroyed, so the rendition stays as it is.")
    if item.original is not None and item.original.size_bytes > MOST_BYTES:
        raise Conflict("Videos of up to 2 GB can be obscured. Upload the part that shows the event.")
    _check_version(item, etag)
    return item, decision


async def _opened(
    platform: Platform, principal: Principal, evidence_id: str, purpose: Purpose
) -> tuple[Evidence, Decision]:
    item, decision = await to_obscure(platform, principal, evidence_id, purpose)
    if item.media_kind is not MediaKind.VIDEO:
        raise NotFound("This is no video. Pictures have their regions under /regions.")
    if item.state is not State.STORED:
        raise Conflict("The video has not arrived yet, or was refused.")
    return item, decision
