"""The layout of a log as static files, C2SP tlog-tiles: 256 hashes a tile, 256 entries a bundle, and their paths.

Source: https://c2sp.org/tlog-tiles
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from shared.audit.merkle import HASH_BYTES, Node, VerificationError

HEIGHT = 8
WIDTH = 1 << HEIGHT
PATH = re.compile(
    r"tile/(?:\d|[1-5]\d|6[0-3]|entries)/"
    r"(?:x\d{3}/)*\d{3}"
    r"(?:\.p/(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-5]))?",
    re.ASCII,
)


@dataclass(frozen=True)
class Tile:
    """``width`` hashes at ``level``; at level 0 those of the leaves, above them each of a full tile below."""

    level: int
    index: int
    width: int

    @property
    def path(self) -> str:
        return f"tile/{self.level}/{self._place}"

    @property
    def bundle_path(self) -> str:
        """Where the entries stand whose hashes a tile of level 0 has."""
        return f"tile/entries/{self._place}"

    @property
    def full(self) -> "Tile":
        return Tile(self.level, self.index, WIDTH)

    @property
    def _place(self) -> str:
        digits = f"{self.index:d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return path if self.width == WIDTH else f"{path}.p/{self.width}"


def is_path(path: str) -> bool:
    """Whether a tile or bundle could stand there."""
    return PATH.fullmatch(path) is not None


def tile_at(level: int, index: int, size: int) -> Tile:
    """The tile as a tree of ``size`` has it: full, or partial at the right edge."""
    return Tile(level, index, min(WIDTH, (size >> HEIGHT * level) - index * WIDTH))


def edge_tiles(size: int) -> list[Tile]:
    """The partial tiles of a tree of ``size``, lowest level first."""
    found, level = [], 0
    while count := size >> HEIGHT * level:
        if count % WIDTH:
            found.append(Tile(level, count // WIDTH, count % WIDTH))
        level += 1
    return found


def place_of(node: Node, size: int) -> tuple[Tile, slice]:
    """In which tile, and from which of its hashes, the hash of a subtree is computed."""
    level, above = divmod(node.height, HEIGHT)
    first = node.index << above
    tile = tile_at(level, first // WIDTH, size)
    return tile, slice(first % WIDTH, first % WIDTH + (1 << above))


# -- contents --------------------------------------------------------------------------------------------------------


def joined(hashes: Sequence[bytes]) -> bytes:
    return b"".join(hashes)


def parted(content: bytes, width: int) -> list[bytes]:
    """The hashes of a tile that is as wide as it says."""
    if len(content) != width * HASH_BYTES:
        raise VerificationError(f"a tile of {len(content)} bytes does not hold {width} hashes")
    return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]


def bundled(entries: Sequence[bytes]) -> bytes:
    """Each entry after its length in two bytes."""
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def unbundled(content: bytes, width: int) -> list[bytes]:
    """The entries of a bundle that is as wide as it says."""
    entries, at = [], 0
    while at < len(content):
        if at + 2 > len(content):
            raise VerificationError("an entry bundle ends within a length")
        [length] = struct.unpack_from(">H", content, at)
        at += 2 + length
        entries.append(content[at - length : at])
    if at != len(content) or len(entries) != width:
        raise VerificationError(f"an entry bundle does not hold the {width} entries it should")
    return entries
