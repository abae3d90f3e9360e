"""Pictures and films in an answer: which of them may be given, and the copies that are handed over.

Given is a rendition that somebody decided on and that the privacy officer looked at, never an original, which shows
bystanders. The copy is sealed under the answer's own key, so that it goes with the answer, and stays until then even
if the item is erased because the person asked for that as well.
"""

import hashlib
from collections.abc import AsyncIterator
from typing import Any, Final

from shared.errors import CannotOpen, Conflict, FieldError, Invalid, NotFound
from shared.evidence import vault
from shared.evidence.models import Content, Evidence
from shared.platform import Platform
from shared.rights.answer_models import Answer, CannotGive, EvidenceFacts, GivenFile, Package, Source
from shared.rights.decisions import Decided, Decision, Disclose

LARGEST: Final = 200_000_000
"""Bytes of one file."""
MOST_BYTES: Final = 500_000_000
"""Of all files of an answer."""
PIECE: Final = 20_000_000
"""A longer file is handed over in pieces of this size: no worker ever holds more of it in memory."""
WHY_NOT: Final = {
    "no_rendition": "It has no rendition in which others are painted over. Ask an investigator to make one.",
    "not_reviewed": "Nobody has decided yet who is painted over in it. Ask an investigator to do so.",
    "too_large": f"It is larger than {LARGEST // 1_000_000} MB. Hand it over by another way, and say so in the note.",
}


# -- deciding --------------------------------------------------------------------------------------------------------


def facts(item: Evidence) -> EvidenceFacts:
    return EvidenceFacts(
        report_id=item.report_id, media_kind=item.media_kind, rendition=item.rendition, cannot_give=_why_not(item)
    )


def check(item: Evidence, wanted: Decision) -> None:
    """Raises :class:`Invalid` unless what is given is the reviewed rendition that the officer has looked at."""
    if wanted.disclose is not Disclose.GIVE:
        return
    if why := _why_not(item):
        raise Invalid("This cannot be given.", [FieldError("/disclose", why, WHY_NOT[why])])
    errors = []
    if not wanted.others_obscured:
        what = "Look at the whole of it, and confirm that nobody but the person can be recognised."
        errors.append(FieldError("/othersObscured", "required", what))
    if not _is(item, wanted.rendition):
        errors.append(FieldError("/rendition", "not_this_one", "Give the SHA-256 of the rendition that there is now."))
    if errors:
        raise Invalid("Others may be recognised in what would be given.", errors)


def given(item: Evidence, wanted: Decision) -> GivenFile:
    """As it is listed. Raises :class:`Conflict` if it was painted anew since the officer looked at it."""
    content = item.rendition
    if _why_not(item) or content is None or item.obscured_at is None or not _is(item, wanted.rendition):
        raise _changed(item.id)
    return GivenFile(
        number=1,
        name=_name(1, content),
        mime_type=content.mime_type,
        size_bytes=content.size_bytes,
        pieces=max(1, -(-content.size_bytes // PIECE)),
        sha256=content.sha256,
        obscured_on=item.obscured_at.date(),
    )


def numbered(files: list[GivenFile]) -> list[GivenFile]:
    """Raises :class:`Conflict` for more than one answer can hold."""
    if sum(each.size_bytes for each in files) > MOST_BYTES:
        most = MOST_BYTES // 1_000_000
        raise Conflict(f"The files of an answer may have {most} MB. Hand over some by another way, and say so.")
    return [
        each.model_copy(update={"number": number, "name": f"{each.name.partition('-')[0]}-{number}.{_ending(each)}"})
        for number, each in enumerate(files, 1)
    ]


def sources(decided: list[Decided], package: Package) -> list[Source]:
    """From which item each file of the package comes: in the order in which they were decided on."""
    waiting = [each for each in decided if each.decision.kind == "evidence" and each.decision.disclose is Disclose.GIVE]
    found = list[Source]()
    for file in package.files:
        one = next(each for each in waiting if each.decision.rendition == file.sha256)
        waiting.remove(one)
        found.append(Source(number=file.number, evidence_id=one.record_id))
    return found


# -- copies ----------------------------------------------------------------------------------------------------------


async def copy(platform: Platform, answer: Answer) -> None:
    """Seals what is given under the answer's key, slice by slice. Safe to repeat; a copy that is whole stays.

    Raises :class:`Conflict` if an item is gone or was painted anew meanwhile.
    """
    for source in answer.sources:
        file = answer.package.file(source.number)
        if not await vault.is_sealed(platform, answer, _part(file.number), file.size_bytes):
            await _copy(platform, answer, source, file)


async def piece(platform: Platform, answer: Answer, number: int, wanted: int) -> bytes:
    """One piece of a file, counted from one."""
    file, start = answer.package.file(number), (wanted - 1) * PIECE
    return await vault.unseal_part(platform, answer, _part(number), start, min(PIECE, file.size_bytes - start))


async def discard(platform: Platform, organisation: str, answer_id: str) -> None:
    await vault.discard_sealed(platform, organisation, answer_id)


async def _copy(platform: Platform, answer: Answer, source: Source, file: GivenFile) -> None:
    organisation, digest = answer.organisation_id, hashlib.sha256()
    try:
        item = await platform.records(Evidence).read(source.evidence_id, [organisation, source.evidence_id])
        if not _is(item, file.sha256):
            raise _changed(item.id)
        passed = _passing(vault.unsealed(platform, item, item.rendition_part), digest)
        await vault.seal_stream(platform, answer, _part(file.number), passed)
    except NotFound:
        raise _changed(source.evidence_id) from None
    if digest.hexdigest() != file.sha256:
        await discard(platform, organisation, answer.id)
        raise CannotOpen("The content does not have the fingerprint with which it was stored.")


async def _passing(chunks: AsyncIterator[bytes], digest: Any) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        digest.update(chunk)
        yield chunk


def _why_not(item: Evidence) -> CannotGive | None:
    if item.rendition is None:
        return "no_rendition"
    if item.needs_review or item.obscured_at is None:
        return "not_reviewed"
    return "too_large" if item.rendition.size_bytes > LARGEST else None


def _is(item: Evidence, sha256: str | None) -> bool:
    return item.rendition is not None and item.rendition.sha256 == sha256


def _changed(evidence_id: str) -> Conflict:
    text = "A picture or film was painted anew, or has gone, since you decided about it. Look at it and decide again."
    return Conflict(text, extra={"ids": [evidence_id]})


def _name(number: int, content: Content) -> str:
    return f"{content.mime_type.kind}-{number}.{content.mime_type.extension}"


def _ending(file: GivenFile) -> str:
    return file.mime_type.extension


def _part(number: int) -> str:
    return f"file.{number}"
