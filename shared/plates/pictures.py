"""The picture beside a candidate, so that a person can compare: one a candidate, small, sealed, and soon gone.

Of what a camera sends the smallest cut-out that shows the vehicle or its plate is taken, never a whole scene with
whoever walks by if there is a cut-out. It is sealed under the candidate's own key, in the same batch as the candidate.
A rejected or expired candidate has none, and of a confirmed one it goes after :data:`KEPT` by itself. Nothing is
decoded here: the bytes are taken apart as far as ISO/IEC 10918-1, annex B says where one marker ends and the next
begins, and what is no part of the image, such as place, time and owner, is left behind.
"""

import base64
import binascii
from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar, Literal

from shared.errors import NotFound
from shared.ids import derived_id
from shared.plates.models import Candidate, PlateRead
from shared.platform import Platform
from shared.sealing.records import Clear, Record, Sealed
from shared.storage.cosmos import Key

KEPT = timedelta(hours=72)
MOST_BYTES = 200_000
"""A cut-out has 5 to 50 kB. A whole scene in 4K has more, and is not kept."""
START, END, SCAN = b"\xff\xd8", 0xD9, 0xDA
NEEDED = {0xE0, 0xEE}
"""JFIF and Adobe: by these a viewer knows the colours."""
ALONE = {0x01, *range(0xD0, 0xD8)}
"""Markers without a length."""


class Picture(Record):
    """Lives and dies with its candidate's key."""

    container: ClassVar[str] = "plateReads"

    site_id: str
    day: Clear[str]
    kind: Literal["picture"] = "picture"
    candidate_id: str
    content: Sealed[str]
    """A JPEG in base64."""
    ttl: int

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.site_id, self.day]

    @property
    def key_id(self) -> str:
        return self.candidate_id


def of(candidate: Candidate, read: PlateRead) -> Picture | None:
    """None if the read has no picture that can be shown."""
    content = first(read)
    if content is None:
        return None
    return Picture(
        id=_id(candidate.id),
        organisation_id=candidate.organisation_id,
        site_id=candidate.site_id,
        day=candidate.day,
        candidate_id=candidate.id,
        content=base64.b64encode(content).decode(),
        ttl=int(KEPT.total_seconds()),
    )


def first(read: PlateRead, most: int = MOST_BYTES) -> bytes | None:
    """The first of the read's pictures that can be shown, without what is no part of the image, and has no more than
    ``most`` bytes."""
    return next((bare for each in read.pictures if (bare := _bare(each)) and len(bare) <= most), None)


async def read(platform: Platform, candidate: Candidate) -> bytes:
    """A JPEG. Raises :class:`NotFound` if the camera sent none, or it is gone."""
    if not candidate.has_picture(platform.clock.now()):
        raise NotFound("There is no picture of this candidate, or its time is over.")
    return base64.b64decode((await platform.records(Picture).read(_id(candidate.id), candidate.key)).content)


async def delete(platform: Platform, candidate: str, key: Key) -> None:
    await platform.container(Picture.container).delete(_id(candidate), key)


def _id(candidate: str) -> str:
    return derived_id("picture", candidate)


def _bare(sent: bytes | str) -> bytes | None:
    """As the camera sent it, in base64 or not; None for what is no JPEG, or too large."""
    if len(sent) > MOST_BYTES * 3 // 2:
        return None
    if isinstance(sent, str):
        try:
            sent = base64.b64decode(sent.rpartition(",")[2], validate=True)
        except (binascii.Error, ValueError):
            return None
    return bare(sent) if len(sent) <= MOST_BYTES else None


def bare(jpeg: bytes) -> bytes | None:
    """The image and nothing beside it; None if it is not a whole JPEG."""
    if not jpeg.startswith(START):
        return None
    kept, whole = [START], False
    for marker, segment in _segments(jpeg):
        whole = marker == END
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE) or marker in NEEDED:
            kept.append(segment)
    return b"".join(kept) if whole and len(kept) > 2 else None


def _segments(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """Each marker with what belongs to it, up to the end of the image: what stands behind it is no part of it."""
    at = len(START)
    while at + 2 <= len(jpeg) and jpeg[at] == 0xFF:
        marker, ends = jpeg[at + 1], at + 2
        if marker == 0xFF:
            at += 1  # padding
            continue
        if marker != END and marker not in ALONE:
            ends += int.from_bytes(jpeg[ends : ends + 2])
        if marker == SCAN:
            ends = _end_of_scan(jpeg, ends)
        yield marker, jpeg[at:ends]
        if marker == END:
            return
        at = ends


def _end_of_scan(jpeg: bytes, at: int) -> int:
    """In the data of a scan 0xFF is followed by 0 or a restart; anything else is the next marker."""
    while (at := jpeg.find(b"\xff", at)) >= 0:
        following = jpeg[at + 1 : at + 2]
        if following and following[0] != 0 and following[0] not in ALONE:
            return at
        at += 2
    return len(jpeg)
