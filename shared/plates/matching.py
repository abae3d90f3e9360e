"""Which entries a read may be of: looked up in memory, so that a read without a match costs no call to anything.

What is found here is a possibility. The lists in memory know the beginnings of folded tokens, not plates: how close an
entry really is, and whether it still stands, is seen when it is opened (:func:`shared.plates.watchlists.usable`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shared.plates import lists
from shared.plates.likeness import folded, one_off
from shared.plates.lists import List
from shared.platform import Platform

SURE = 0.95
"""A camera this sure of its first reading is not tried for one character off."""
MOST = 20
"""Of one read; only a list that holds a vehicle many times reaches it."""


@dataclass(frozen=True)
class Match:
    """``list_id`` names the list on which the entry was found; ``position`` is that of the reading, the camera's first
    being 0."""

    list_id: str
    entry_id: str
    plate: str
    confidence: float
    position: int


async def matches(platform: Platform, organisation: str, guesses: Sequence[tuple[str, float]]) -> list[Match]:
    """Each entry once, by the best reading that fits it, in the order of the camera's readings.

    Only if none of the readings is listed as it is, or confused, is the first one tried with one character off.
    """
    return _among(platform, await lists.applying(platform, organisation), guesses)


def may_match(platform: Platform, organisation: str, guesses: Sequence[tuple[str, float]]) -> bool:
    """By the lists as this worker remembers them, however old, without a call to anything: the store may be away."""
    return bool(_among(platform, lists.remembered(organisation), guesses))


def _among(platform: Platform, where: Sequence[List], guesses: Sequence[tuple[str, float]]) -> list[Match]:
    applying = [each for each in where if len(each.table)]
    found = dict[str, Match]()
    for each in applying:
        for match in _as_read(platform, each, guesses):
            known = found.get(match.entry_id)
            if known is None or match.position < known.position:
                found[match.entry_id] = match
    if not found and guesses[0][1] < SURE:
        for each in applying:
            for match in _one_off(platform, each, *guesses[0]):
                found.setdefault(match.entry_id, match)
    return sorted(found.values(), key=lambda match: (match.position, -match.confidence))[:MOST]


def _as_read(platform: Platform, where: List, guesses: Sequence[tuple[str, float]]) -> Iterator[Match]:
    for position, (plate, confidence) in enumerate(guesses):
        for entry in _entries(platform, where, [folded(plate)]):
            yield Match(where.id, entry, plate, confidence, position)


def _one_off(platform: Platform, where: List, plate: str, confidence: float) -> Iterator[Match]:
    for entry in _entries(platform, where, one_off(folded(plate))):
        yield Match(where.id, entry, plate, confidence, 0)


def _entries(platform: Platform, where: List, plates: Iterable[str]) -> Iterator[str]:
    now, holds = platform.clock.now(), where.table.holds
    for plate in plates:
        for each in where.numbers:
            number = each.number(plate)
            if holds(number):
                yield from where.table.find(number, now)
