"""Where the media of an item lie, and the only way in and out. Names are made of ids, which tell nothing."""

import secrets
from collections.abc import AsyncIterator, Callable
from enum import StrEnum

from shared.errors import NotFound
from shared.evidence.media_key import ItemMediaKey
from shared.evidence.models import Evidence
from shared.platform import Platform
from shared.sealing.records import Record


class Part(StrEnum):
    ORIGINAL = "original"
    RENDITION = "rendition"


ARCHIVE = "archive"
"""The part that holds a bundle."""


def video_rendition(number: int) -> str:
    return f"{Part.RENDITION}.{number}"


def thumbnail_part(rendition_part: str) -> str:
    """Of a video: the small picture that was made from that rendition."""
    return rendition_part.replace(Part.RENDITION, "thumbnail")


def video_tracks(number: int) -> str:
    return f"tracks.{number}"


def video_piece(number: int, step: int | str) -> str:
    """What one step of the work on a video has made, until all of it is put together."""
    return f"work.{number}.{step}"


SLICE = 32 << 20
"""Bytes of one sealed blob. Longer content lies in several, so that no worker ever needs more memory than for two."""


def upload_name(organisation: str, evidence_id: str) -> str:
    return f"{organisation}/{evidence_id}"


def owner(upload: str) -> tuple[str, str] | None:
    """The organisation and the item of :func:`upload_name`; None for a name that it did not make."""
    match upload.split("/"):
        case [organisation, evidence_id] if organisation and evidence_id:
            return organisation, evidence_id
        case _:
            return None


def rendition_part(item: Evidence) -> str:
    return item.rendition_part


def fresh_rendition() -> str:
    """A part that no other rendition has."""
    return f"{Part.RENDITION}.{secrets.token_hex(8)}"


async def seal(platform: Platform, item: Evidence, part: str, content: bytes) -> None:
    await platform.blobs.seal(_sealed_name(item.organisation_id, item.id, part), content, await _key(platform, item))


async def unseal(platform: Platform, item: Evidence, part: str) -> bytes:
    return b"".join([chunk async for chunk in unsealed(platform, item, part)])


async def seal_stream(platform: Platform, record: Record, part: str, chunks: AsyncIterator[bytes]) -> None:
    """Seals what may be larger than memory, in slices; one after the other, so that a few of them are in memory."""
    key, slice_, number = await _key(platform, record), bytearray(), 0
    async for chunk in chunks:
        slice_ += chunk
        while len(slice_) >= SLICE:
            await platform.blobs.seal(_slice_name(record, part, number), bytes(slice_[:SLICE]), key)
            del slice_[:SLICE]
            number += 1
    if slice_ or number == 0:
        await platform.blobs.seal(_slice_name(record, part, number), bytes(slice_), key)


async def is_sealed(platform: Platform, record: Record, part: str, size: int) -> bool:
    """Whether all of ``size`` bytes are there: slices are sealed in order, so the last one tells."""
    last = _slice_name(record, part, max(size - 1, 0) // SLICE)
    return last in await platform.blobs.sealed_names(last)


async def unsealed(platform: Platform, record: Record, part: str) -> AsyncIterator[bytes]:
    """The content, slice by slice; NotFound when there is none."""
    key, number = await _key(platform, record), 0
    while True:
        try:
            content = await platform.blobs.open(_slice_name(record, part, number), key)
        except NotFound:
            if number == 0:
                raise
            return
        yield content
        if len(content) < SLICE:
            return
        number += 1


async def unseal_part(platform: Platform, record: Record, part: str, start: int, count: int) -> bytes:
    """Up to ``count`` bytes from ``start`` on, which lie within the content."""
    key, found = await _key(platform, record), bytearray()
    while len(found) < count:
        number, offset = divmod(start + len(found), SLICE)
        wanted = min(count - len(found), SLICE - offset)
        found += await platform.blobs.open_part(_slice_name(record, part, number), key, offset, wanted)
    return bytes(found)


# -- forgetting ------------------------------------------------------------------------------------------------------


async def discard_sealed(platform: Platform, organisation: str, record_id: str) -> None:
    await platform.blobs.delete_all(f"{organisation}/{record_id}/")


async def discard_part(platform: Platform, organisation: str, record_id: str, part: str) -> None:
    await platform.blobs.delete_all(f"{organisation}/{record_id}/{part}")


async def discard_renditions_but(platform: Platform, item: Evidence) -> None:
    """Every picture that was painted before the one that counts, and those of whoever decided too late."""
    kept = _sealed_name(item.organisation_id, item.id, item.rendition_part)
    await platform.blobs.delete_all(_sealed_name(item.organisation_id, item.id, Part.RENDITION), kept)


async def discard_numbered(platform: Platform, item: Evidence, is_outdated: Callable[[str, int], bool]) -> None:
    """Deletes the parts of a video for which ``is_outdated(kind, number)``: work, tracks, rendition or thumbnail."""
    for name in await platform.blobs.sealed_names(f"{item.organisation_id}/{item.id}/"):
        kind, *rest = name.rpartition("/")[2].split(".")
        number = rest[0].partition("-")[0] if rest else ""
        if number.isdigit() and is_outdated(kind, int(number)):
            await platform.blobs.delete(name)


async def discard(platform: Platform, organisation: str, evidence_id: str) -> None:
    """Deletes every blob of an item, sealed or not yet; what is gone already is no error."""
    await discard_sealed(platform, organisation, evidence_id)
    await platform.blobs.delete_upload(upload_name(organisation, evidence_id))


def _sealed_name(organisation: str, evidence_id: str, part: str) -> str:
    return f"{organisation}/{evidence_id}/{part}"


def _slice_name(record: Record, part: str, number: int) -> str:
    """What fits into one slice has the plain name."""
    name = _sealed_name(record.organisation_id, record.id, part)
    return f"{name}-{number}" if number else name


async def _key(platform: Platform, item: Record) -> ItemMediaKey:
    """Raises :class:`shared.errors.NotFound` when the item's key has been destroyed, and the media with it."""
    return ItemMediaKey(await platform.keyring.fetch(item.organisation_id, item.key_id))
