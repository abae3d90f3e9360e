"""Works on a video, one step for each message. What a step has made is stored before the item says so, and under
the same name when it is done again: nothing is left of a step that was interrupted, and nothing is made twice.
"""

import asyncio
import hashlib
import json
import logging
import tempfile
from collections.abc import AsyncIterator
from typing import IO, Any

from shared.clock import rfc3339
from shared.errors import NotFound, PreconditionFailed
from shared.evidence import vault, worked
from shared.evidence.media_types import MediaType
from shared.evidence.models import Content, Evidence, State
from shared.evidence.video import store, tracking, workshop
from shared.evidence.video.steps import Step, bounds, planned, segment_seconds
from shared.evidence.video.unworkable import Unworkable
from shared.evidence.video.work import WORKING, Failure, Stage, VideoOrder, VideoWork
from shared.evidence.video.workshop import BrokeDownError
from shared.platform import Platform
from shared.storage import outbox

log = logging.getLogger("reeve.evidence")

ACTOR = "video-worker"
CHUNK = 4 << 20


async def work(platform: Platform, order: VideoOrder, *, last_try: bool) -> None:
    """Does the step that the message is about, unless it is done already or nobody wants it any more."""
    item = await _current(platform, order)
    if item is not None and item.video is not None and item.video.step == order.step:
        try:
            changes = await _stepped(platform, item, item.video)
        except Unworkable as reason:
            changes = await _failed(platform, item, item.video, reason.failure)
        except BrokeDownError:
            if not last_try:
                raise
            changes = await _failed(platform, item, item.video, Failure.BROKE_DOWN)
        await _store(platform, order, changes)
    await outbox.confirm(platform.container("evidence"), order.message_id, [order.organisation_id, order.evidence_id])


async def _current(platform: Platform, order: VideoOrder) -> Evidence | None:
    """The item, if this work on it goes on."""
    key = [order.organisation_id, order.evidence_id]
    try:
        item = await platform.records(Evidence).read(order.evidence_id, key)
    except NotFound:
        return None
    wanted = item.video is not None and item.video.number == order.number and item.video.stage in WORKING
    return item if wanted and item.state is State.STORED else None


async def _stepped(platform: Platform, item: Evidence, work: VideoWork) -> dict[str, Any]:
    """What the item says once the step is done."""
    step = planned(work)[work.step]
    with tempfile.TemporaryFile() as made:  # has no name, and is gone with this process
        match step.task:
            case "look":
                return {"video": await _looked_at(platform, item, work, made)}
            case "track":
                return await _tracked(platform, item, work)
            case "join":
                return await _joined(platform, item, work, made)
            case _:
                found = await workshop.done(platform, item, work.number, await _order(platform, item, work, step), made)
                made.seek(0)
                name = step.task if step.task == "sound" else step.segment
                await vault.seal(platform, item, vault.video_piece(work.number, name), made.read())
                log.info("a step of a video is done: %s, %s", step.task, found)
                return {"video": work.model_copy(update={"step": work.step + 1})}


async def _order(platform: Platform, item: Evidence, work: VideoWork, step: Step) -> dict[str, Any]:
    order = {**_original(item), "task": step.task}
    if step.task == "sound":
        return order
    begin, end = bounds(work, step.segment)
    order |= {"begin": begin, "end": end, "width": work.width, "height": work.height, "rate": work.rate}
    if step.task == "paint":
        tracks = [each for each in await store.tracks(platform, item) if each.obscured]
        order["tracks"] = [[(p.at, p.x, p.y, p.width, p.height) for p in each.points] for each in tracks]
    return order


def _original(item: Evidence) -> dict[str, Any]:
    if item.original is None:
        raise Unworkable(Failure.UNREADABLE)
    return {"type": item.original.mime_type.value, "size": item.original.size_bytes}


async def _looked_at(platform: Platform, item: Evidence, work: VideoWork, made: IO[bytes]) -> VideoWork:
    order = {**_original(item), "task": "look"}
    found = await workshop.done(platform, item, work.number, order, made)
    each = segment_seconds(found["width"], found["height"], found["rate"])
    seen = {name: found[name] for name in ("width", "height", "seconds", "rate", "sound")}
    known = work.model_copy(update=seen | {"segment_seconds": each, "step": 1})
    return known.model_copy(update={"steps": len(planned(known))})


async def _tracked(platform: Platform, item: Evidence, work: VideoWork) -> dict[str, Any]:
    """The faces of all segments as tracks, which wait for a person. Nothing found: nobody has to wait."""
    segments = [step.segment for step in planned(work) if step.task == "find"]
    pieces = [await vault.unseal(platform, item, vault.video_piece(work.number, each)) for each in segments]
    suggested = await asyncio.to_thread(tracking.tracks, [sample for piece in pieces for sample in json.loads(piece)])
    drawn = [each for each in await store.tracks(platform, item) if each.origin == "drawn"]
    await store.write_tracks(platform, item, work.number, [*suggested, *drawn])
    await _account(platform, item, work, "evidence:find")
    reached = work.model_copy(update={"stage": Stage.REVIEW, "step": work.step + 1, "tracks": work.number})
    return {"video": reached, "needs_review": bool(suggested)}


# -- the rendition ---------------------------------------------------------------------------------------------------


async def _joined(platform: Platform, item: Evidence, work: VideoWork, made: IO[bytes]) -> dict[str, Any]:
    steps, tracks = planned(work), await store.tracks(platform, item)
    order = {
        **_original(item),
        "task": "join",
        "pieces": [step.segment for step in steps if step.task == "paint"],
        "sound": any(step.task == "sound" for step in steps),
        "statement": _statement(item, work, sum(bool(each.obscured) for each in tracks)),
    }
    found = await workshop.done(platform, item, work.number, order, made)
    digest, size, part = hashlib.sha256(), made.seek(0, 2), vault.video_rendition(work.number)
    await vault.seal_stream(platform, item, part, _passing(made, digest))
    await vault.seal(platform, item, vault.thumbnail_part(part), bytes.fromhex(found["thumbnail"]))
    await _account(platform, item, work, "evidence:render")
    rendition = Content(
        mime_type=MediaType.MP4, size_bytes=size, sha256=digest.hexdigest(), width=work.width, height=work.height
    )
    return {
        "video": work.model_copy(update={"stage": Stage.DONE, "step": work.step + 1}),
        "rendition": rendition,
        "rendition_part": part,
        "needs_review": False,
        "obscured_by": work.asked_by,
        "obscured_at": work.asked_at,
    }


def _statement(item: Evidence, work: VideoWork, count: int) -> str:
    """Who had what obscured, in the file itself. Ids only: whoever may know looks them up."""
    return (
        f"Rendition {work.number} of evidence {item.id}. {count} regions painted over by decision of user "
        f"{work.asked_by} at {rfc3339(work.asked_at)}. Sound {'kept' if work.keep_sound else 'left out'}."
    )


async def _passing(made: IO[bytes], digest: Any) -> AsyncIterator[bytes]:
    made.seek(0)
    while chunk := made.read(CHUNK):
        digest.update(chunk)
        yield chunk


# -- what the item says ----------------------------------------------------------------------------------------------


async def _failed(platform: Platform, item: Evidence, work: VideoWork, failure: Failure) -> dict[str, Any]:
    """Whatever waited for a decision goes on waiting, and so does a rendition that somebody wanted to replace."""
    action = "evidence:render-failed" if work.stage is Stage.RENDERING else "evidence:find-failed"
    await _account(platform, item, work, action)
    log.info("the work on video %s failed: %s", item.id, failure)
    waits = work.waited or item.rendition is not None
    return {"video": work.model_copy(update={"stage": Stage.FAILED, "failure": failure}), "needs_review": waits}


async def _store(platform: Platform, order: VideoOrder, changes: dict[str, Any]) -> None:
    """Writes what was reached, with the message for the next step beside it; nothing, if nobody wants it any more."""
    while True:
        item = await _current(platform, order)
        if item is None or item.video is None or item.video.step != order.step:
            await _tidy(platform, order)
            return
        changed = item.model_copy(update=changes)
        try:
            await store.replace(platform, changed, item.etag)
        except PreconditionFailed:
            continue  # something else about the item has changed meanwhile
        break
    if changes["video"].stage not in WORKING:
        await _tidy(platform, order)


async def _tidy(platform: Platform, order: VideoOrder) -> None:
    """Forgets what only this work needed: its pieces, and everything if the item itself has gone."""
    organisation, evidence_id = order.organisation_id, order.evidence_id
    try:
        item = await platform.records(Evidence).read(evidence_id, [organisation, evidence_id])
    except NotFound:
        item = None
    if item is None or item.state is State.DISPOSING:
        await vault.discard_sealed(platform, organisation, evidence_id)
    else:
        await store.discard_outdated(platform, item)


async def _account(platform: Platform, item: Evidence, work: VideoWork, action: str) -> None:
    await worked.account(platform, item, actor=ACTOR, action=action, since=work.asked_at)
