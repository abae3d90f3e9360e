"""A tree as its tiles hold it: the root at any size, and the proofs, each from a handful of tiles."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from shared.audit import tiles
from shared.audit.merkle import Span, complete_subtrees, consistency_path, fold, inclusion_path, root_of
from shared.audit.tiles import Tile

type Fetch = Callable[[str], Awaitable[bytes]]
"""The content under a path of the log. Raises whatever its transport raises when there is none."""


class StoredTree:
    """The tree of a log at ``size``, for which the log has a checkpoint: so its partial tiles exist."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch, self.size = fetch, size
        self._known: dict[Tile, list[bytes]] = {}

    async def root(self) -> bytes:
        [root] = await self._hashes([(0, self.size)])
        return root

    async def inclusion_proof(self, index: int) -> list[bytes]:
        return await self._hashes(inclusion_path(index, self.size))

    async def consistency_proof(self, old: int) -> list[bytes]:
        return await self._hashes(consistency_path(old, self.size))

    async def _hashes(self, spans: list[Span]) -> list[bytes]:
        places = [[tiles.place_of(node, self.size) for node in complete_subtrees(span)] for span in spans]
        await self._load({tile for span in places for tile, _ in span})
        return [fold([root_of(self._known[tile][part]) for tile, part in span]) for span in places]

    async def _load(self, wanted: Iterable[Tile]) -> None:
        missing = [tile for tile in wanted if tile not in self._known]
        contents = await asyncio.gather(*(self._fetch(tile.path) for tile in missing))
        for tile, content in zip(missing, contents, strict=True):
            self._known[tile] = tiles.parted(content, tile.width)
