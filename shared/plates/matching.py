"""The watchlist in memory: a read that matches nothing costs no call to anything.

One index per worker and organisation, of tokens only. Changes are fetched when the index is more than ten seconds old;
every five minutes it is built anew, so that what was deleted leaves it too.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from shared.platform import Platform
from shared.sealing.tokens import plate_tokens

REFRESH_SECONDS = 10.0
REBUILD_SECONDS = 300.0


@dataclass(frozen=True)
class Match:
    entry_id: str
    plate: str
    confidence: float
    folded: bool
    alternative: bool


@dataclass
class Index:
    exact: dict[str, dict[str, datetime]] = field(default_factory=dict)
    """Token to the entries that have it, with the moment at which each expires."""
    folded: dict[str, dict[str, datetime]] = field(default_factory=dict)
    newest: int = 0
    """The ``_ts`` of the latest change that is in here."""
    refreshed: float = float("-inf")
    built: float = float("-inf")
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


_indexes: dict[str, Index] = {}


async def matches(platform: Platform, organisation: str, guesses: list[tuple[str, float]]) -> list[Match]:
    """The entries that one of the camera's readings fits, each once, by its best reading. First guess first."""
    index = await _current(platform, organisation)
    keys = (await platform.keyring.index(organisation)).keys
    now, found = platform.clock.now(), dict[str, Match]()
    for position, (plate, confidence) in enumerate(guesses):
        for entry, is_folded in _fitting(index, [plate_tokens(key, plate) for key in keys], now):
            found.setdefault(entry, Match(entry, plate, confidence, is_folded, position > 0))
    return list(found.values())


def _fitting(index: Index, tokens: list[tuple[str, str]], now: datetime) -> Iterator[tuple[str, bool]]:
    """Entries that are in force, each with whether only its folded form fits; exact ones first."""
    for position, table in enumerate((index.exact, index.folded)):
        for pair in tokens:
            for entry, expires in table.get(pair[position], {}).items():
                if expires > now:
                    yield entry, bool(position)


def forget() -> None:
    """Empties the memory of this worker."""
    _indexes.clear()


async def _current(platform: Platform, organisation: str) -> Index:
    index = _indexes.setdefault(organisation, Index())
    if time.monotonic() - index.refreshed < REFRESH_SECONDS:
        return index
    async with index.turn:
        now = time.monotonic()
        if now - index.refreshed >= REFRESH_SECONDS:
            await _refresh(platform, organisation, index, anew=now - index.built >= REBUILD_SECONDS)
            index.refreshed = now
            index.built = now if now - index.built >= REBUILD_SECONDS else index.built
    return index


async def _refresh(platform: Platform, organisation: str, index: Index, *, anew: bool) -> None:
    columns = "c.id, c.exactToken, c.foldedToken, c.expiresAt, c._ts"
    text = f"SELECT {columns} FROM c WHERE c.kind = 'entry' AND c._ts >= @since"  # noqa: S608
    fresh = Index() if anew else index
    since = 0 if anew else index.newest
    async for entry in platform.container("watchlists").query(text, {"since": since}, key=organisation):
        expires = datetime.fromisoformat(entry["expiresAt"])
        fresh.exact.setdefault(entry["exactToken"], {})[entry["id"]] = expires
        fresh.folded.setdefault(entry["foldedToken"], {})[entry["id"]] = expires
        fresh.newest = max(fresh.newest, entry["_ts"])
    index.exact, index.folded, index.newest = fresh.exact, fresh.folded, fresh.newest
