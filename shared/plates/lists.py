"""The watchlists that apply to an organisation's cameras, each held in memory: its own, and those of the communities
whose entries it takes.

A list is read once and then follows the change feed, so that a worker knows of a change ten seconds later. Entries end
by a change of their end, which the feed shows; an hour after it was read a list is read anew, so that what was deleted
without one leaves the memory too.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.errors import NotFound, Problem
from shared.organisations import service as organisations
from shared.plates import gates
from shared.plates.table import Table
from shared.platform import Platform
from shared.sealing.tokens import FoldedNumbers, number_of
from shared.sharing import communities
from shared.storage.cosmos import Document

log = logging.getLogger("reeve.plates")

REFRESH_SECONDS = 10.0
REBUILD_SECONDS = 3600.0
COLUMNS = "c.id, c.foldedToken, c.expiresAt, c.reviewAt, c.shut"
PAGE = 1_000


@dataclass
class _Kept:
    """One list of this worker."""

    table: Table = field(default_factory=Table)
    mark: str | None = None
    refreshed: float = float("-inf")
    built: float = float("-inf")
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    rebuilding: asyncio.Task[None] | None = None


@dataclass(frozen=True)
class List:
    """``id`` is the organisation's or the community's; ``numbers`` make what its table is asked, one a key."""

    id: str
    table: Table
    numbers: Sequence[FoldedNumbers]


@dataclass(frozen=True)
class _Applying:
    until: float
    numbers: dict[str, list[FoldedNumbers]]
    """By list. Made with the keys and not with each read: beginning an HMAC costs as much as finishing one."""


_kept: dict[str, _Kept] = {}
_applying: dict[str, _Applying] = {}


async def applying(platform: Platform, organisation: str) -> list[List]:
    """None of them older than ten seconds. Costs no call when they are fresh."""
    found = []
    for name, numbers in (await _numbers(platform, organisation)).items():
        kept = _kept.setdefault(name, _Kept())
        if time.monotonic() - kept.refreshed >= REFRESH_SECONDS:
            await _refresh(platform, name, kept)
        found.append(List(name, kept.table, numbers))
    return found


def remembered(organisation: str) -> list[List]:
    """What this worker knows of the lists, however old it is; nothing if it has not read them yet."""
    known = _applying.get(organisation)
    found = known.numbers if known else {}
    return [List(name, _kept[name].table, numbers) for name, numbers in found.items() if name in _kept]


def forget() -> None:
    """Empties the memory of this worker."""
    _kept.clear()
    _applying.clear()


async def _numbers(platform: Platform, organisation: str) -> dict[str, list[FoldedNumbers]]:
    """Which lists apply, with what makes the numbers of each; asked again every ten seconds."""
    known = _applying.get(organisation)
    if known and known.until > time.monotonic():
        return known.numbers
    indexes = {organisation: await platform.keyring.index(organisation)}
    home = await organisations.organisation(platform, organisation)
    for community in home.communities:
        mine = await communities.membership(platform, community, organisation)
        if mine and mine.is_in and mine.lists.takes:
            try:
                indexes[community] = await platform.community_index.index(community, organisation)
            except NotFound:
                continue  # it is just leaving
    numbers = {name: [FoldedNumbers(key) for key in index.keys] for name, index in indexes.items()}
    _applying[organisation] = _Applying(time.monotonic() + REFRESH_SECONDS, numbers)
    return numbers


async def _refresh(platform: Platform, name: str, kept: _Kept) -> None:
    async with kept.turn:
        now = time.monotonic()
        if now - kept.refreshed < REFRESH_SECONDS:
            return  # somebody else just did
        if kept.mark is None:
            kept.table, kept.mark = await _read(platform, name)
            kept.built = now
        else:
            documents, kept.mark = await platform.container("watchlists").changes(name, kept.mark)
            for each in documents:
                _put(platform, name, kept.table, each)
        kept.refreshed = now
        if now - kept.built >= REBUILD_SECONDS and (kept.rebuilding is None or kept.rebuilding.done()):
            kept.rebuilding = asyncio.create_task(_rebuild(platform, name, kept))


async def _rebuild(platform: Platform, name: str, kept: _Kept) -> None:
    """Beside the reads, which go on with the table as it is. What changed meanwhile, the feed tells again."""
    try:
        table, mark = await _read(platform, name)
    except Problem as problem:
        log.warning(
            "a watchlist could not be read anew (%s); its worker goes on with what it has", type(problem).__name__
        )
        return
    async with kept.turn:
        kept.table, kept.mark, kept.built = table, mark, time.monotonic()


async def _read(platform: Platform, name: str) -> tuple[Table, str]:
    """All of it, and where the change feed stood before."""
    watchlists, table = platform.container("watchlists"), Table()
    _, mark = await watchlists.changes(name, None)
    async for each in watchlists.query(f"SELECT {COLUMNS} FROM c", key=name, page=PAGE):  # noqa: S608
        _put(platform, name, table, each)
    return table, mark


def _put(platform: Platform, name: str, table: Table, document: Document) -> None:
    """An entry that was not reviewed in time matches no more, like one that has expired. Beside the entries an
    organisation's own list tells whose cameras were shut out."""
    if note := document.get("shut"):
        gates.heard(platform, name, note)
        return
    ends = min(datetime.fromisoformat(document[each]) for each in ("expiresAt", "reviewAt"))
    table.put(number_of(document["foldedToken"]), document["id"], ends)
