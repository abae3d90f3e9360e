"""Where the regions of a video lie, and how its item is changed: together with the message for what comes next."""

from pydantic import TypeAdapter

from shared.errors import NotFound
from shared.evidence import vault
from shared.evidence.models import Evidence
from shared.evidence.video.models import Track
from shared.evidence.video.work import WORKING, VideoOrder, VideoWork
from shared.ids import derived_id
from shared.platform import Platform
from shared.storage import outbox

QUEUE = "video-work"

_TRACKS = TypeAdapter(list[Track])


async def tracks(platform: Platform, item: Evidence) -> list[Track]:
    """In force; sealed in a blob of their own, because there can be more of them than a document may hold."""
    if item.video is None or item.video.tracks is None:
        return []
    try:
        return _TRACKS.validate_json(await vault.unseal(platform, item, vault.video_tracks(item.video.tracks)))
    except NotFound:
        return []


async def write_tracks(platform: Platform, item: Evidence, number: int, found: list[Track]) -> None:
    await vault.seal(platform, item, vault.video_tracks(number), _TRACKS.dump_json(found, by_alias=True))


async def replace(platform: Platform, item: Evidence, etag: str) -> Evidence:
    """Writes the item and, where work is under way, the message for its next step in one batch; then sends it."""
    work = item.video
    if work is None or work.stage not in WORKING:
        return await platform.records(Evidence).replace(item, etag)
    message = order(item, work)
    partition = {"organisationId": item.organisation_id, "evidenceId": item.id}
    left = outbox.document(message, partition, platform.clock.now())
    stored = await platform.records(Evidence).replace(item, etag, left)
    await platform.bus.send_or_leave(message)
    return stored


def order(item: Evidence, work: VideoWork) -> outbox.Message:
    message_id = derived_id("video-step", item.id, str(work.number), str(work.step))
    body = VideoOrder(
        organisation_id=item.organisation_id,
        evidence_id=item.id,
        number=work.number,
        step=work.step,
        message_id=message_id,
    )
    return outbox.Message(message_id, QUEUE, body.model_dump(mode="json", by_alias=True))


async def discard_outdated(platform: Platform, item: Evidence) -> None:
    """Deletes what no work needs any more. What is newer than the item is about to be written into it."""
    work = item.video
    if work is None:
        return
    under_way = work.number if work.stage in WORKING else None
    kept = {vault.rendition_part(item), vault.thumbnail_part(vault.rendition_part(item)), f"tracks.{work.tracks}"}

    def is_outdated(kind: str, number: int) -> bool:
        return number <= work.number and number != under_way and f"{kind}.{number}" not in kept

    await vault.discard_numbered(platform, item, is_outdated)
