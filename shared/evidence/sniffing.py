"""What a file truly is, by its content. Names, extensions and announcements are only claims."""

import re

import filetype

from shared.evidence.media_types import MediaKind, MediaType, usual_name
from shared.evidence.refusals import Reason, Refused

HEAD = 64 << 10
"""Bytes from the beginning that are enough to tell a type, and to find a second one."""
TAIL = 66 << 10
"""Bytes from the end that hold the directory of a ZIP archive, its longest comment included."""
LARGEST = {MediaKind.IMAGE: 100_000_000, MediaKind.DOCUMENT: 200_000_000}
"""What is examined as a whole; recordings are examined as they pass by."""

ANIMATED = {"image/apng"}
PAGES = re.compile(rb"<(?:!doctype html|html|script|svg|\?php|\?xml)\b|<%@", re.IGNORECASE)
ARCHIVES = (b"PK\x05\x06", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
DOCUMENT = b"%PDF-"
TEST_VIRUS = b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""Of the file with which everybody tries out whether malware is noticed (eicar.org); it is harmless."""


def true_type(content: bytes) -> MediaType:
    """Raises :class:`Refused` for whatever is not on the list, HTML, SVG and archives among it."""
    found = filetype.guess(content[:8192])
    mime_type = usual_name(found.mime) if found else ""
    if mime_type in ANIMATED:
        raise Refused(Reason.SEVERAL_PICTURES)
    try:
        return MediaType(mime_type)
    except ValueError:
        raise Refused(Reason.TYPE_NOT_ACCEPTED) from None


def check_size(size: int, announced: int, announced_type: MediaType) -> None:
    if size == 0:
        raise Refused(Reason.EMPTY)
    if size != announced:
        raise Refused(Reason.WRONG_SIZE)
    if size > LARGEST.get(announced_type.kind, size):
        raise Refused(Reason.TOO_LARGE)


def check_head(head: bytes, announced: MediaType) -> None:
    """The first :data:`HEAD` bytes are those of the announced type, and of no second one."""
    if TEST_VIRUS in head:
        raise Refused(Reason.MALWARE)
    found = true_type(head)
    if found is not announced:
        raise Refused(Reason.TYPE_MISMATCH)
    if found is not MediaType.PDF and DOCUMENT in head[:1024]:
        raise Refused(Reason.SEVERAL_FORMATS)
    if found is not MediaType.PDF and PAGES.search(head[:1024]):
        raise Refused(Reason.SEVERAL_FORMATS)


def check_tail(tail: bytes, media_type: MediaType) -> None:
    """The last :data:`TAIL` bytes carry no archive and no page that somebody else would open."""
    if TEST_VIRUS in tail:
        raise Refused(Reason.MALWARE)
    if any(mark in tail for mark in ARCHIVES):
        raise Refused(Reason.SEVERAL_FORMATS)
    if media_type.kind is MediaKind.IMAGE and re.search(rb"<(?:html|script|\?php)\b", tail, re.IGNORECASE):
        raise Refused(Reason.SEVERAL_FORMATS)
