"""One step of the work on a video, in a process of its own with bounds on memory and time.

Decoders are large programs in C that read what strangers send; one that crashes takes this process with it and nothing
else. It is also the only place that loads them (docs/decisions/2026-11-28-video-without-gpl-codecs.md).

``python -m shared.evidence.video.process FD`` reads its order, a line of JSON, from standard input. It asks for what it
needs with a line of JSON on standard output and reads the bytes from standard input, so that no original ever lies on
a disk. What it makes goes into the file descriptor ``FD``; the last line says what was found.
"""

import io
import json
import os
import resource
import sys
import traceback
from pathlib import Path
from typing import Any, BinaryIO

from shared.evidence.video.unworkable import Unworkable
from shared.evidence.video.work import Failure

MEMORY = 3_000_000_000
SECONDS = 400
BLOCK = 4 << 20
"""Bytes that are asked for at once: one region of what is sealed."""
BLOCKS = 8
"""How many are kept; pictures and sound of the same moment lie apart."""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    said, heard = sys.stdout.buffer, sys.stdin.buffer
    order = json.loads(heard.readline())
    with os.fdopen(int(sys.argv[1]), "w+b", closefd=False) as made:
        try:
            found = done(order, Shelf(said, heard, order["size"]), made)
        except Unworkable as reason:
            found = {"failure": reason.failure.value}
        except MemoryError:
            found = {"failure": Failure.TOO_MANY_PIXELS.value}
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            found = {"broke": f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}"}
        made.flush()
    _say(said, found)


def done(order: dict[str, Any], shelf: "Shelf", made: BinaryIO) -> dict[str, Any]:
    """Imports are here because each loads a codec library."""
    from shared.evidence.video import finding, joining, painting, reading, sounding  # noqa: PLC0415

    match order["task"]:
        case "look":
            return reading.described(shelf.original(), order["type"])
        case "find":
            return finding.found(shelf.original(), order, made)
        case "paint":
            return painting.painted(shelf.original(), order, made)
        case "sound":
            return sounding.kept(shelf.original(), order, made)
        case "join":
            return joining.joined(shelf, order, made)
        case other:
            raise ValueError(other)


class Shelf:
    """What the app hands over when asked."""

    def __init__(self, said: BinaryIO, heard: BinaryIO, size: int) -> None:
        self._said, self._heard, self._size = said, heard, size

    def original(self) -> io.BufferedReader:
        return io.BufferedReader(_Original(self, self._size), buffer_size=1 << 16)

    def read(self, start: int, count: int) -> bytes:
        _say(self._said, {"read": [start, count]})
        return self._exactly(count)

    def piece(self, name: int | str) -> bytes:
        _say(self._said, {"piece": name})
        return self._exactly(int(self._heard.readline()))

    def _exactly(self, count: int) -> bytes:
        content = self._heard.read(count)
        if len(content) != count:
            raise EOFError("the app has gone")
        return content


class _Original(io.RawIOBase):
    """The original as a file that can be read from anywhere."""

    def __init__(self, shelf: Shelf, size: int) -> None:
        self._shelf, self._size, self._at = shelf, size, 0
        self._blocks: dict[int, bytes] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._size:
            return 0
        number, offset = divmod(self._at, BLOCK)
        part = self._block(number)[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks[number] = self._blocks.pop(number)  # the one that was used last goes last
        else:
            start = number * BLOCK
            self._blocks[number] = self._shelf.read(start, min(BLOCK, self._size - start))
            if len(self._blocks) > BLOCKS:
                del self._blocks[next(iter(self._blocks))]
        return self._blocks[number]


def _say(said: BinaryIO, message: dict[str, Any]) -> None:
    said.write(json.dumps(message).encode() + b"\n")
    said.flush()


if __name__ == "__main__":
    main()
