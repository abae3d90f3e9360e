"""What a file truly is, by its content. Names, extensions and announcements are only claims."""

import filetype

from shared.evidence.media_types import MediaType, usual_name
from shared.evidence.refusals import Reason, Refused

HEADER_BYTES = 8192
ANIMATED = {"image/apng", "image/gif"}


def true_type(content: bytes) -> MediaType:
    """Raises :class:`Refused` for whatever is not on the list, HTML, SVG and archives among it."""
    found = filetype.guess(content[:HEADER_BYTES])
    mime_type = usual_name(found.mime) if found else ""
    if mime_type in ANIMATED:
        raise Refused(Reason.SEVERAL_PICTURES)
    try:
        return MediaType(mime_type)
    except ValueError:
        raise Refused(Reason.TYPE_NOT_ACCEPTED) from None


def check(content: bytes, announced: MediaType, announced_size: int) -> MediaType:
    """The true type of an upload that is what its uploader said it would be."""
    if not content:
        raise Refused(Reason.EMPTY)
    if len(content) != announced_size:
        raise Refused(Reason.WRONG_SIZE)
    found = true_type(content)
    if found is not announced:
        raise Refused(Reason.TYPE_MISMATCH)
    return found
