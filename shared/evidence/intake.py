"""From an upload to sealed evidence. The item tells of nothing that is not in place, so it changes state last."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

from shared.errors import NotFound, Problem
from shared.evidence import examination, sniffing, structure, vault, worked
from shared.evidence.media_types import MediaKind, MediaType
from shared.evidence.models import Content, Evidence, State, Verdict
from shared.evidence.obscuring import detection
from shared.evidence.obscuring.regions import Region
from shared.evidence.refusals import Reason, Refused
from shared.evidence.vault import Part
from shared.platform import Platform
from shared.retention.terms import terms_of

log = logging.getLogger("reeve.evidence")

ACTOR = "evidence-intake"
"""Of the audit entries about what happens to an upload without anybody's doing."""
LEFT_BEHIND_AFTER = timedelta(minutes=15)
MOST_SWEPT = 50


async def process(platform: Platform, upload: str) -> None:
    """Turns the upload of this name into sealed evidence, or refuses it.

    Whatever is interrupted is done again by the next delivery, which writes over what the first one left; what is
    done is not done twice. The upload goes last, because it is what a delivery begins with. Where malware is looked
    for, the upload waits until the scanner has spoken.
    """
    item = await _item(platform, upload)
    if item is None:
        log.warning("an upload belongs to no item and is deleted")
        await _discard(platform, upload)
        return
    if item.state is State.AWAITING_UPLOAD:
        if platform.settings.malware_scan and item.verdict is None:
            return
        try:
            examined = await _examined(platform, item, upload)
        except Refused as refusal:
            item = await _refuse(platform, item, refusal.reason)
        else:
            await _store(platform, item, examined)
    if item.state is State.REFUSED:  # decided first, so that nothing goes that another delivery has stored
        await vault.discard_sealed(platform, item.organisation_id, item.id)
    await platform.blobs.delete_upload(upload)


async def judge(platform: Platform, upload: str, verdict: Verdict) -> None:
    """What the scanner found in an upload; then the upload goes on its way."""
    item = await _item(platform, upload)
    if item is not None and item.state is State.AWAITING_UPLOAD and item.verdict is None:
        await platform.records(Evidence).replace(item.model_copy(update={"verdict": verdict}), item.etag)
        action = f"evidence:scan:{verdict.value}"
        await worked.account(platform, item, actor=ACTOR, action=action, since=item.requested_at)
    await process(platform, upload)


async def sweep(platform: Platform) -> tuple[int, int]:
    """Takes up uploads that no delivery has finished. How many were, and how many failed again."""
    done = failed = 0
    for name in await platform.blobs.waiting_uploads(platform.clock.now() - LEFT_BEHIND_AFTER, MOST_SWEPT):
        try:
            await process(platform, name)
            done += 1
        except Problem as problem:
            failed += 1
            log.warning("an upload could not be processed again: %s", type(problem).__name__)
    return done, failed


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
    rendition: Content | None = None
    rendition_bytes: bytes = b""
    faces: list[Region] | None = field(default_factory=list)
    """None where nobody could tell."""


async def _examined(platform: Platform, item: Evidence, upload: str) -> _Examined:
    """Looks at every byte once, on its way into the vault. Raises :class:`Refused`."""
    if item.verdict is Verdict.MALICIOUS:
        raise Refused(Reason.MALWARE)
    size, announced = await platform.blobs.upload_size(upload), item.announced_type
    sniffing.check_size(size, item.announced_bytes, announced)
    watch = _Watch(announced, size)
    passed = watch.over(platform.blobs.read_upload(upload))
    if announced.kind in sniffing.LARGEST:
        content = b"".join([chunk async for chunk in passed])
        examined = await asyncio.to_thread(_looked_at, content, announced, watch)
        await vault.seal(platform, item, Part.ORIGINAL, content)
        return examined
    await vault.seal_stream(platform, item, Part.ORIGINAL, passed)
    return _Examined(watch.described())


@dataclass
class _Watch:
    """Sees a file pass by: its hash, its beginning, its end, and whether it is whole."""

    announced: MediaType
    size: int

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256()
        self._walker = structure.walker(self.announced, self.size)

    async def over(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        head, tail, checked = b"", b"", False
        async for chunk in chunks:
            self._hash.update(chunk)
            if not checked:
                head += chunk
                if checked := len(head) >= min(sniffing.HEAD, self.size):
                    sniffing.check_head(head[: sniffing.HEAD], self.announced)
            self._walker.feed(chunk)
            tail = (tail + chunk)[-sniffing.TAIL :]
            yield chunk
        sniffing.check_tail(tail, self.announced)
        self._walker.finish()

    def described(self, width: int | None = None, height: int | None = None, pages: int | None = None) -> Content:
        return Content(
            mime_type=self.announced,
            size_bytes=self.size,
            sha256=self._hash.hexdigest(),
            width=width,
            height=height,
            pages=pages,
        )


def _looked_at(content: bytes, announced: MediaType, watch: _Watch) -> _Examined:
    """Computation only, in other processes; runs in a thread, because pictures take their time."""
    if announced.kind is MediaKind.DOCUMENT:
        return _Examined(watch.described(pages=examination.document(content)))
    picture = examination.picture(content, announced)
    rendition = Content(
        mime_type=MediaType.JPEG,
        size_bytes=len(picture.rendition),
        sha256=hashlib.sha256(picture.rendition).hexdigest(),
        width=picture.rendition_width,
        height=picture.rendition_height,
    )
    original = watch.described(picture.width, picture.height)
    return _Examined(original, rendition, picture.rendition, detection.suggested(picture.rendition))


async def _store(platform: Platform, item: Evidence, examined: _Examined) -> None:
    if examined.rendition:
        await vault.seal(platform, item, vault.rendition_part(item), examined.rendition_bytes)
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
    await worked.account(platform, item, actor=ACTOR, action="evidence:store", since=item.requested_at)
    await platform.records(Evidence).replace(stored, item.etag)


async def _refuse(platform: Platform, item: Evidence, reason: Reason) -> Evidence:
    refused = item.model_copy(
        update={"state": State.REFUSED, "refusal": reason, "processed_at": platform.clock.now()},
    )
    await worked.account(platform, item, actor=ACTOR, action="evidence:refuse", since=item.requested_at)
    log.info("evidence %s refused: %s", item.id, reason)
    return await platform.records(Evidence).replace(refused, item.etag)
