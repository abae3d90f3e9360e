"""Where the media of an item lie, and the only way in and out. Names are made of ids, which tell nothing."""

from enum import StrEnum
from typing import IO

from shared.evidence.media_key import ItemMediaKey
from shared.evidence.models import Evidence
from shared.platform import Platform
from shared.sealing.records import Record


class Part(StrEnum):
    ORIGINAL = "original"
    RENDITION = "rendition"


ARCHIVE = "archive"


def upload_name(organisation: str, evidence_id: str) -> str:
    return f"{organisation}/{evidence_id}"


def owner(upload: str) -> tuple[str, str] | None:
    """The organisation and the item of :func:`upload_name`; None for a name that it did not make."""
    match upload.split("/"):
        case [organisation, evidence_id] if organisation and evidence_id:
            return organisation, evidence_id
        case _:
            return None


async def seal(platform: Platform, item: Evidence, part: Part, content: bytes) -> None:
    await platform.blobs.seal(_sealed_name(item.organisation_id, item.id, part), content, await _key(platform, item))


async def unseal(platform: Platform, item: Evidence, part: Part) -> bytes:
    return await platform.blobs.open(_sealed_name(item.organisation_id, item.id, part), await _key(platform, item))


async def unseal_to(platform: Platform, item: Evidence, part: Part, file: IO[bytes]) -> None:
    """For what may be too large for memory."""
    await platform.blobs.open_into(_sealed_name(item.organisation_id, item.id, part), await _key(platform, item), file)


async def unseal_part(platform: Platform, item: Evidence, part: Part, start: int, count: int) -> bytes:
    name = _sealed_name(item.organisation_id, item.id, part)
    return await platform.blobs.open_part(name, await _key(platform, item), start, count)


# -- archives of other records, under those records' keys -------------------------------------------------------------


async def seal_archive(platform: Platform, record: Record, file: IO[bytes], size: int) -> None:
    name = _sealed_name(record.organisation_id, record.id, ARCHIVE)
    await platform.blobs.seal_file(name, file, size, await _key(platform, record))


async def archive_part(platform: Platform, record: Record, start: int, count: int) -> bytes:
    name = _sealed_name(record.organisation_id, record.id, ARCHIVE)
    return await platform.blobs.open_part(name, await _key(platform, record), start, count)


async def discard_archive(platform: Platform, organisation: str, record_id: str) -> None:
    await platform.blobs.delete(_sealed_name(organisation, record_id, ARCHIVE))


# -- forgetting ------------------------------------------------------------------------------------------------------


async def discard_sealed(platform: Platform, organisation: str, evidence_id: str) -> None:
    for part in Part:
        await platform.blobs.delete(_sealed_name(organisation, evidence_id, part))


async def discard(platform: Platform, organisation: str, evidence_id: str) -> None:
    """Deletes every blob of an item, sealed or not yet; what is gone already is no error."""
    await discard_sealed(platform, organisation, evidence_id)
    await platform.blobs.delete_upload(upload_name(organisation, evidence_id))


def _sealed_name(organisation: str, evidence_id: str, part: str) -> str:
    return f"{organisation}/{evidence_id}/{part}"


async def _key(platform: Platform, item: Record) -> ItemMediaKey:
    """Raises :class:`shared.errors.NotFound` when the item's key has been destroyed, and the media with it."""
    return ItemMediaKey(await platform.keyring.fetch(item.organisation_id, item.key_id))
