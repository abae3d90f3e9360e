"""Request charges, by the illustration that Microsoft publishes ("Understand request unit consumption").

Its tables give the cost of reads and writes by size; each index term written or removed adds 0.2 RU. A replacement
deletes and inserts; a patch adds 0.4 RU for each property it changes. There is no public formula for queries: that one
is a guess, which counts what is documented to count most, the items that are loaded. Those are all that the conditions
on indexed paths leave, whether or not the other conditions then hold. What the index itself costs is in the 2.3 RU of
the round trip, however long its lists are: the service documents an index seek to be constant for each condition.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_KILOBYTES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]
_READ = [1, 1.04, 1.14, 1.33, 1.67, 2.19, 4.76, 9.95, 20.28, 40.95, 145.9, 291.8]
_WRITE = [4.95, 6.29, 6.67, 7.04, 9.52, 11.23, 22.67, 48.19, 98.29, 184.57, 625, 1250]
_NOTHING: frozenset[tuple[str, ...]] = frozenset()

type Terms = frozenset[tuple[str, ...]]
"""One for each leaf of a document: its path, and its value."""


@dataclass(frozen=True)
class Version:
    """What a write costs for one version of an item: the one it removes, or the one it adds."""

    size: int
    terms: Terms


ABSENT = Version(0, _NOTHING)


def version(size: int, document: dict[str, Any], *, indexed: bool) -> Version:
    return Version(size, frozenset(_terms(document)) if indexed else _NOTHING)


def read(size: int) -> float:
    return round(_cost(_READ, size), 2)


def write(removed: Version, added: Version, patched: int = 0) -> float:
    sizes = sum(_cost(_WRITE, each.size) for each in (removed, added) if each.size)
    return round(sizes + 0.2 * len(removed.terms ^ added.terms) + 0.4 * patched, 2)


def query(scanned: int, returned: int, *, indexed: bool) -> float:
    """The round trip, a part for each result, and a part for each KB loaded, dearer without an index."""
    return round(2.3 + returned * 0.03 + scanned / 1024 * (0.05 if indexed else 0.09), 2)


def _cost(table: Sequence[float], size: int) -> float:
    """Between two rows of the table, in proportion."""
    kilobytes = max(1.0, min(2048.0, size / 1024))
    upper = max(1, bisect_left(_KILOBYTES, kilobytes))
    low, high = _KILOBYTES[upper - 1], _KILOBYTES[upper]
    return table[upper - 1] + (table[upper] - table[upper - 1]) * (kilobytes - low) / (high - low)


def _terms(value: Any, path: tuple[str, ...] = ()) -> Iterable[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, each in value.items():
            if path or not key.startswith("_"):  # system properties are free
                yield from _terms(each, (*path, key))
    elif isinstance(value, list):
        for each in value:
            yield from _terms(each, (*path, "[]"))
    else:
        yield *path, repr(value)
