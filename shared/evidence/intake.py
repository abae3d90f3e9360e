"""From an upload to sealed evidence. The item tells of nothing that is not in place, so it changes state last."""

import asyncio
import hashlib
import logging
from dataclasses import dataclass, field

from shared.audit.trail import Entry
from shared.errors import NotFound
from shared.evidence import sniffing, stripping, vault
from shared.evidence.media_types import MediaKind, MediaType
from shared.evidence.models import Content, Evidence, State
from shared.evidence.obscuring import detection
from shared.evidence.obscuring.regions import Region
from shared.evidence.refusals import Reason, Refused
from shared.evidence.vault import Part
from shared.platform import Platform
from shared.retention.terms import terms_of

log = logging.getLogger("reeve.evidence")

ACTOR = "evidence-intake"
"""Of the audit entries about what happens to an upload without anybody's doing."""


async def process(platform: Platform, upload: str, content: bytes) -> None:
    """Turns the upload of this name into sealed evidence, or refuses it.

    Whatever is interrupted is done again by the next delivery, which writes over what the first one left; what is
    done is not done twice. The upload goes last, because it is what a delivery begins with.
    """
    item = await _item(platform, upload)
    if item is None:
        log.warning("an upload belongs to no item and is deleted")
        await _discard(platform, upload)
        return
    if item.state is State.AWAITING_UPLOAD:
        try:
            examined = await asyncio.to_thread(_examine, item, content)
        except Refused as refusal:
            await _refuse(platform, item, refusal.reason)
        else:
            await _store(platform, item, content, examined)
    await platform.blobs.delete_upload(upload)


async def _item(platform: Platform, upload: str) -> Evidence | None:
    """The item that awaits this upload, or has had it. None if there is none, or it is being disposed of."""
    owner = vault.owner(upload)
    if owner is None:
        return None
    organisation, evidence_id = owner
    try:
        item = await platform.records(Evidence).read(evidence_id, [organisation, evidence_id])
    except NotFound:
        return None
    return None if item.state is State.DISPOSING else item


async def _discard(platform: Platform, upload: str) -> None:
    """Everything under this name, also what an earlier delivery may have sealed just before its item went."""
    if owner := vault.owner(upload):
        await vault.discard(platform, *owner)
    await platform.blobs.delete_upload(upload)


@dataclass(frozen=True)
class _Examined:
    original: Content
    rendition: Content | None
    rendition_bytes: bytes
    faces: list[Region] | None = field(default_factory=list)
    """None where nobody could tell."""


def _examine(item: Evidence, content: bytes) -> _Examined:
    """Computation only; runs in a thread, because pictures take their time."""
    media_type = sniffing.check(content, item.announced_type, item.announced_bytes)
    if media_type.kind is not MediaKind.IMAGE:
        return _Examined(_described(content, media_type), None, b"")
    picture = stripping.examine(content, media_type)
    return _Examined(
        _described(content, media_type, picture.width, picture.height),
        _described(picture.rendition, MediaType.JPEG, picture.rendition_width, picture.rendition_height),
        picture.rendition,
        detection.suggested(picture.rendition),
    )


def _described(content: bytes, media_type: MediaType, width: int | None = None, height: int | None = None) -> Content:
    return Content(
        mime_type=media_type,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        width=width,
        height=height,
    )


async def _store(platform: Platform, item: Evidence, content: bytes, examined: _Examined) -> None:
    await vault.seal(platform, item, Part.ORIGINAL, content)
    if examined.rendition:
        await vault.seal(platform, item, Part.RENDITION, examined.rendition_bytes)
    terms = await terms_of(platform, item.organisation_id, item.site_id)
    stored = item.model_copy(
        update={
            "state": State.STORED,
            "original": examined.original,
            "rendition": examined.rendition,
            "regions": examined.faces or [],
            "needs_review": examined.faces != [],
            "processed_at": platform.clock.now(),
            "dispose_at": terms.dispose_at("evidence", item.event_at),
        }
    )
    await _account(platform, item, "evidence:store")
    await platform.records(Evidence).replace(stored, item.etag)


async def _refuse(platform: Platform, item: Evidence, reason: Reason) -> None:
    """Nothing of the content is kept, not even what an earlier, interrupted delivery may have sealed."""
    await vault.discard_sealed(platform, item.organisation_id, item.id)
    refused = item.model_copy(
        update={"state": State.REFUSED, "refusal": reason, "processed_at": platform.clock.now()},
    )
    await _account(platform, item, "evidence:refuse")
    await platform.records(Evidence).replace(refused, item.etag)
    log.info("evidence %s refused: %s", item.id, reason)


async def _account(platform: Platform, item: Evidence, action: str) -> None:
    await platform.trail.record(
        Entry(
            organisation=item.organisation_id,
            actor=ACTOR,
            actor_organisation=item.organisation_id,
            action=action,
            subjects=[item.id],
        )
    )
