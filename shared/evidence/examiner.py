"""Examines and renders one file in a process of its own, with a bound on memory and time.

Decoders are large programs in C that read what strangers send. One that crashes, hangs or swallows memory takes this
process with it and nothing else; the app itself never loads them. ``python -m shared.evidence.examiner`` reads a line
of JSON and the file from standard input, and answers with a line of JSON and, for a picture, its rendition.
"""

import io
import json
import resource
import sys
from typing import Any

from shared.evidence.media_types import MediaType
from shared.evidence.obscuring import rendering
from shared.evidence.obscuring.places import Place
from shared.evidence.refusals import Reason, Refused

MEMORY = 1_500_000_000
SECONDS = 60
MOST_PAGES = 5_000
ACTIVE = {
    "/JavaScript", "/JS", "/Launch", "/EmbeddedFiles", "/RichMedia", "/ImportData", "/SubmitForm", "/GoToR", "/GoToE",
}  # fmt: skip
"""What a document may not do: PDF 32000-1, sections 7.11.4, 12.6.4 and 13.6."""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    order = json.loads(sys.stdin.buffer.readline())
    found, content = answer(order, sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(found).encode() + b"\n" + content)


def answer(order: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    media_type = MediaType(order["type"])
    try:
        if media_type is MediaType.PDF:
            return {"pages": pages(content)}, b""
        regions = [Place(*each) for each in order["regions"]]
        crop = Place(*order["crop"]) if order["crop"] else None
        picture = rendering.rendered(content, media_type, regions, crop)
    except Refused as refusal:
        return {"refused": refusal.reason.value}, b""
    except MemoryError:
        return {"refused": Reason.TOO_MANY_PIXELS.value}, b""
    found = {
        "width": picture.width,
        "height": picture.height,
        "renditionWidth": picture.rendition_width,
        "renditionHeight": picture.rendition_height,
    }
    return found, picture.rendition


def pages(content: bytes) -> int:
    """How many a document has. Raises :class:`Refused` for one that is damaged, too long, or does things."""
    from pypdf import PdfReader  # noqa: PLC0415 - only this process needs it
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    if b"%%EOF" not in content[-2048:]:
        raise Refused(Reason.TRUNCATED)
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise Refused(Reason.UNREADABLE)
        count = reader.get_num_pages()
        if count > MOST_PAGES:
            raise Refused(Reason.TOO_MANY_PAGES)
        if count == 0:
            raise Refused(Reason.UNREADABLE)
        if _acts(reader):
            raise Refused(Reason.ACTIVE_CONTENT)
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError):
        raise Refused(Reason.UNREADABLE) from None
    return count


def _acts(reader: Any) -> bool:
    """Looks through every object there is, because an action can hang on anything."""
    for generation in reader.xref.values():
        for number in generation:
            if _names(reader.get_object(number)) & ACTIVE:
                return True
    return any(_names(reader.get_object(number)) & ACTIVE for number in reader.xref_objStm)


def _names(found: Any, depth: int = 0) -> set[str]:
    """The keys and names of an object, and of those inside it, but not of those that it refers to."""
    names: set[str] = set()
    if depth > 8:
        return names
    if isinstance(found, dict):
        names |= {str(key) for key in found}
        for value in dict.values(found):
            names |= _names(value, depth + 1)
    elif isinstance(found, list):
        for value in list.__iter__(found):
            names |= _names(value, depth + 1)
    elif isinstance(found, str) and found.startswith("/"):
        names.add(str(found))
    return names


if __name__ == "__main__":
    main()
