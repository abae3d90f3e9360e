"""Whether a recording is whole: looked at as it passes by, because it may be far larger than a worker's memory.

Nothing is decoded. A container says of each of its parts how long it is, and a file that ends before its parts do has
lost its end; one in which the parts do not follow each other is damaged, or is something else.
"""

import struct
from typing import Protocol

from shared.evidence.media_types import MediaType
from shared.evidence.refusals import Reason, Refused

LONGEST_SECONDS = 24 * 3600
TOP_LEVEL = {
    b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"uuid", b"moof", b"mfra", b"sidx", b"styp", b"meta",
    b"pnot", b"udta", b"pdin", b"emsg", b"ssix", b"prft",
}  # fmt: skip
"""Boxes of ISO/IEC 14496-12 and QuickTime files. Anything else there is damage or a stowaway."""
MOVIE_HEADER = 300
"""Bytes from the beginning of ``moov`` that hold its header, with the duration."""
UNKNOWN_LENGTHS = {0, 0xFFFFFFFF}
"""What recorders write that do not know yet how long it will be."""
ARCHIVES = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf")
LOOSE_ENDS = 4096
"""Bytes that recorders are known to leave behind the end."""


class Walker(Protocol):
    """Is fed every byte in order, then asked. Both raise :class:`Refused`."""

    def feed(self, chunk: bytes) -> None: ...
    def finish(self) -> None: ...


def walker(media_type: MediaType, size: int) -> Walker:
    match media_type:
        case MediaType.MP4 | MediaType.QUICKTIME | MediaType.M4A:
            return Boxes(size)
        case MediaType.AVI | MediaType.WAV:
            return Riff(size)
        case _:
            return Unstructured()


class Unstructured:
    """MP3 is a row of frames that a player joins anywhere: there is no end that could be missing."""

    def feed(self, chunk: bytes) -> None:
        pass

    def finish(self) -> None:
        pass


class _Parts:
    """Walks from header to header and passes over what is in between."""

    def __init__(self, size: int) -> None:
        self._size, self._at, self._next, self._buffer = size, 0, 0, b""

    def feed(self, chunk: bytes) -> None:
        self._buffer += chunk
        while self._buffer:
            ahead = self._next - self._at
            self._at += min(ahead, len(self._buffer))
            self._buffer = self._buffer[ahead:]
            if not self._buffer or not self._enter(self._buffer):
                return

    def _enter(self, buffer: bytes) -> bool:
        """Reads the header at the beginning of ``buffer``; False while too little of it is there."""
        raise NotImplementedError


class Boxes(_Parts):
    """ISO base media (MP4, MOV, M4A): boxes of a length and a type, one after the other, to the last byte."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._kinds: set[bytes] = set()

    def _enter(self, buffer: bytes) -> bool:
        if len(buffer) < 16 and len(buffer) < self._size - self._at:
            return False
        if len(buffer) < 8:
            raise Refused(Reason.TRUNCATED)
        length, kind = struct.unpack_from(">I4s", buffer)
        if length == 1 and len(buffer) >= 16:
            [length] = struct.unpack_from(">Q", buffer, 8)
        elif length == 0:
            length = self._size - self._at
        if buffer.startswith(ARCHIVES):
            raise Refused(Reason.SEVERAL_FORMATS)
        if kind not in TOP_LEVEL or length < 8:
            raise Refused(Reason.UNREADABLE)
        if kind == b"moov":
            wanted = min(length, MOVIE_HEADER, self._size - self._at)
            if len(buffer) < wanted:
                return False
            _check_duration(buffer[:wanted])
        self._kinds.add(kind)
        self._next = self._at + length
        return True

    def finish(self) -> None:
        if self._next != self._size or not self._kinds & {b"moov", b"moof"}:
            raise Refused(Reason.TRUNCATED)


def _check_duration(movie: bytes) -> None:
    place = movie.find(b"mvhd")
    if place < 0 or len(movie) < place + 40:
        return
    if movie[place + 4]:
        scale, duration = struct.unpack_from(">IQ", movie, place + 24)
    else:
        scale, duration = struct.unpack_from(">II", movie, place + 16)
    if scale and duration not in {0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF} and duration / scale > LONGEST_SECONDS:
        raise Refused(Reason.TOO_LONG)


class Riff(_Parts):
    """AVI and WAV: one chunk as long as the file; a large AVI is a row of them (OpenDML)."""

    def _enter(self, buffer: bytes) -> bool:
        wanted = min(64 if self._at == 0 else 12, self._size - self._at)
        if len(buffer) < wanted:
            return False
        if buffer[:4] != b"RIFF" or len(buffer) < 12:
            if buffer.startswith(ARCHIVES):
                raise Refused(Reason.SEVERAL_FORMATS)
            if self._at == 0 or self._size - self._at > LOOSE_ENDS:
                raise Refused(Reason.UNREADABLE)
            self._next = self._size
            return True
        [length] = struct.unpack_from("<I", buffer, 4)
        if buffer[8:12] == b"WAVE" and buffer[12:16] == b"fmt " and len(buffer) >= 32:
            [rate] = struct.unpack_from("<I", buffer, 28)
            if rate and self._size / rate > LONGEST_SECONDS:
                raise Refused(Reason.TOO_LONG)
        self._next = self._size if length in UNKNOWN_LENGTHS else self._at + 8 + length + length % 2
        return True

    def finish(self) -> None:
        if self._next > self._size + 1:
            raise Refused(Reason.TRUNCATED)
