"""How a tree grows: from the partial tiles at its right edge and new entries to the files that have to be written."""

from dataclasses import dataclass, field

from shared.audit import tiles
from shared.audit.merkle import VerificationError, fold, leaf_hash, root_of
from shared.audit.tiles import WIDTH, Tile
from shared.audit.tree import Fetch


@dataclass
class Edge:
    """The right edge of a tree: the hashes of its partial tile at each level, and the entries of the last bundle."""

    size: int = 0
    levels: list[list[bytes]] = field(default_factory=list)
    entries: list[bytes] = field(default_factory=list)

    @property
    def root(self) -> bytes:
        subtrees = []
        for hashes in reversed(self.levels):
            subtrees += [root_of(hashes[part]) for part in _complete(len(hashes))]
        return fold(subtrees)

    def grown(self, entries: list[bytes]) -> dict[str, bytes]:
        """Takes in the entries, and returns what has to be written, by path."""
        before, files = self.size, dict[str, bytes]()
        for entry in entries:
            self.entries.append(entry)
            self.size += 1
            if len(self.entries) == WIDTH:
                files[self._last_tile(0).bundle_path] = tiles.bundled(self.entries)
                self.entries = []
            self._add(leaf_hash(entry), files)
        if self.entries:
            files[self._last_tile(0).bundle_path] = tiles.bundled(self.entries)
        for tile in tiles.edge_tiles(self.size):
            if before >> tiles.HEIGHT * tile.level != self.size >> tiles.HEIGHT * tile.level:
                files[tile.path] = tiles.joined(self.levels[tile.level])
        return files

    def _add(self, found: bytes, files: dict[str, bytes]) -> None:
        """Puts a leaf's hash into the tile at the bottom; a tile that is full becomes a hash in the one above."""
        level = 0
        while True:
            if level == len(self.levels):
                self.levels.append([])
            self.levels[level].append(found)
            if len(self.levels[level]) < WIDTH:
                return
            files[self._last_tile(level).path] = tiles.joined(self.levels[level])
            found = root_of(self.levels[level])
            self.levels[level] = []
            level += 1

    def _last_tile(self, level: int) -> Tile:
        count = self.size >> tiles.HEIGHT * level
        return tiles.tile_at(level, (count - 1) // WIDTH, self.size)


async def stored_edge(fetch: Fetch, size: int, root: bytes) -> Edge:
    """The edge as it was stored. Raises :class:`VerificationError` unless it gives the root it should."""
    edge = Edge(size, [[] for _ in range(_height(size))])
    for tile in tiles.edge_tiles(size):
        edge.levels[tile.level] = tiles.parted(await fetch(tile.path), tile.width)
        if tile.level == 0:
            edge.entries = tiles.unbundled(await fetch(tile.bundle_path), tile.width)
    if [leaf_hash(entry) for entry in edge.entries] != (edge.levels or [[]])[0]:
        raise VerificationError("the last entries of the log are not those in its tree")
    if edge.root != root:
        raise VerificationError(f"the tiles of the tree of {size} do not give its root")
    return edge


def _height(size: int) -> int:
    """How many levels of tiles a tree has."""
    return (size.bit_length() + tiles.HEIGHT - 1) // tiles.HEIGHT


def _complete(count: int) -> list[slice]:
    """The complete subtrees of the first ``count`` hashes of a tile, left to right."""
    found, start = [], 0
    while start < count:
        width = 1 << (count - start).bit_length() - 1
        found.append(slice(start, start + width))
        start += width
    return found
