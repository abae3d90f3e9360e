"""Where the media of an item lie, and the only way in and out. Names are made of ids, which tell nothing."""

from enum import StrEnum

from shared.evidence.media_key import ItemMediaKey
from shared.evidence.models import Evidence
from shared.platform import Platform


class Part(StrEnum):
    ORIGINAL = "original"
    RENDITION = "rendition"


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


async def discard_sealed(platform: Platform, organisation: str, evidence_id: str) -> None:
    for part in Part:
        await platform.blobs.delete(_sealed_name(organisation, evidence_id, part))


async def discard(platform: Platform, organisation: str, evidence_id: str) -> None:
    """Deletes every blob of an item, sealed or not yet; what is gone already is no error."""
    await discard_sealed(platform, organisation, evidence_id)
    await platform.blobs.delete_upload(upload_name(organisation, evidence_id))


def _sealed_name(organisation: str, evidence_id: str, part: Part) -> str:
    return f"{organisation}/{evidence_id}/{part}"


async def _key(platform: Platform, item: Evidence) -> ItemMediaKey:
    """Raises :class:`shared.errors.NotFound` when the item's key has been destroyed, and the media with it."""
    return ItemMediaKey(await platform.keyring.fetch(item.organisation_id, item.key_id))
