"""The view from outside: is this log what it says it is, and does it still say what it said before?

Needs the log's public key and a way to fetch its files, nothing else. It shares the definition of the tree
(:mod:`shared.audit.merkle`) and of the files' layout with the log, and none of the code that writes them: every tile
and every root is computed anew from the published entries.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.audit import entries, tiles
from shared.audit.merkle import EMPTY_ROOT, Frontier, VerificationError, leaf_hash, root_of, verify_inclusion
from shared.audit.notes import Checkpoint, PublicKey
from shared.audit.tiles import WIDTH, Tile

type Fetch = Callable[[str], Awaitable[bytes | None]]
"""The file under a path of the log, or None when there is none."""


@dataclass(frozen=True)
class Verified:
    """A log of which every file is as the signed checkpoint says."""

    note: bytes
    checkpoint: Checkpoint
    leaves: list[bytes]


async def verify(fetch: Fetch, key: PublicKey, earlier: bytes | None = None) -> Verified:
    """Recomputes the whole log. Raises :class:`VerificationError` for the first thing that is not as it should be.

    ``earlier`` is a checkpoint kept from another day: the log must begin with exactly the entries it had then. Only
    so can anybody notice that a log was cut off or rewritten as a whole by who holds its key.
    """
    note = await _required(fetch, "checkpoint")
    checkpoint = Checkpoint.opened(note, key)
    before = Checkpoint.opened(earlier, key) if earlier else Checkpoint(key.name, 0, EMPTY_ROOT)
    if checkpoint.size < before.size:
        raise VerificationError(f"the log has been cut off: it had {before.size} entries and has {checkpoint.size}")
    walk = _Walk(fetch, checkpoint.size, before)
    await walk.through()
    if walk.tree.root != checkpoint.root:
        raise VerificationError("the entries do not give the root that was signed")
    return Verified(note, checkpoint, walk.leaves)


@dataclass
class _Walk:
    """From the first entry to the last, comparing each tile as soon as what is below it is known."""

    fetch: Fetch
    size: int
    before: Checkpoint
    tree: Frontier = field(default_factory=Frontier)
    leaves: list[bytes] = field(default_factory=list)
    levels: list[list[bytes]] = field(default_factory=lambda: [[]])
    """By level, what the tile that is being filled must hold."""

    async def through(self) -> None:
        self._compare_with_before()
        for index in range(-(-self.size // WIDTH)):
            for entry in await self._entries(tiles.tile_at(0, index, self.size)):
                self.leaves.append(entry)
                self.tree.append(leaf_hash(entry))
                self._compare_with_before()
                await self._climb(leaf_hash(entry))
        for level, hashes in enumerate(self.levels):
            if hashes:
                await self._compare(level, hashes)

    async def _climb(self, found: bytes) -> None:
        level = 0
        self.levels[0].append(found)
        while len(self.levels[level]) == WIDTH:
            await self._compare(level, self.levels[level])
            above = root_of(self.levels[level])
            self.levels[level] = []
            level += 1
            if level == len(self.levels):
                self.levels.append([])
            self.levels[level].append(above)

    async def _compare(self, level: int, hashes: list[bytes]) -> None:
        index = ((self.tree.size >> tiles.HEIGHT * level) - 1) // WIDTH
        tile = Tile(level, index, len(hashes))
        content, width = await self._file(tile, lambda each: each.path)
        if tiles.parted(content, width)[: tile.width] != hashes:
            raise VerificationError(f"{tile.path} does not fit the entries below it")

    async def _entries(self, tile: Tile) -> list[bytes]:
        content, width = await self._file(tile, lambda each: each.bundle_path)
        return tiles.unbundled(content, width)[: tile.width]

    def _compare_with_before(self) -> None:
        if self.tree.size == self.before.size and self.tree.root != self.before.root:
            raise VerificationError(f"the first {self.before.size} entries are not those of the earlier checkpoint")

    async def _file(self, tile: Tile, path_of: Callable[[Tile], str]) -> tuple[bytes, int]:
        """A tile's file and its width. A log may drop a partial tile when the full one is there."""
        for candidate in dict.fromkeys((tile, tile.full)):
            if (found := await self.fetch(path_of(candidate))) is not None:
                return found, candidate.width
        raise VerificationError(f"{path_of(tile)} is missing")


async def _required(fetch: Fetch, path: str) -> bytes:
    found = await fetch(path)
    if found is None:
        raise VerificationError(f"{path} is missing")
    return found


# -- entries against the log -----------------------------------------------------------------------------------------


def verify_entry(entry: Mapping[str, Any], index: int, path: Iterable[bytes], checkpoint: Checkpoint) -> None:
    """That one entry, with its nonce, stands in the log."""
    leaf = leaf_hash(entries.leaf(entry))
    verify_inclusion(leaf, index, checkpoint.size, list(path), checkpoint.root)


@dataclass
class Stock:
    """What comparing stored entries with the log has shown."""

    matching: int = 0
    waiting: int = 0
    """Not sealed yet."""
    void: int = 0
    missing: list[dict[str, Any]] = field(default_factory=list)
    """Leaves whose entry was not shown."""


def take_stock(log: Verified, shown: Iterable[Mapping[str, Any]]) -> Stock:
    """Compares what an organisation's audit search shows with the log. Raises :class:`VerificationError` for an entry
    that is not as it was when it was sealed; whether a missing one may be missing is for the caller to judge."""
    stock, leaves = Stock(), dict(enumerate(log.leaves))
    for entry in shown:
        index = entry["leafIndex"]
        if index is None or index >= log.checkpoint.size:
            stock.waiting += 1
        elif leaves.pop(index, None) == entries.leaf(entry):
            stock.matching += 1
        else:
            raise VerificationError(f"the entry {entry['id']} is not what was sealed as leaf {index}")
    for leaf in map(entries.read_leaf, leaves.values()):
        if leaf.get("void"):
            stock.void += 1
        else:
            stock.missing.append(leaf)
    return stock
