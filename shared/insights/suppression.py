"""Which numbers may be shown: none that is small, none that can be worked out from the others, and none exactly.

Rules: a cell of fewer than ``k`` events is left out (ONS: 10 by default); what crosses organisations also needs three
that contribute, none of them with more than 70 % (dominance rule of statistical offices); where leaving out one cell
would let it be worked out from a total, another one goes with it (secondary suppression); the rest is rounded to the
nearest five. What is left out is null, never 0.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BASE = 5
"""Counts are rounded to multiples of this."""


@dataclass(frozen=True)
class Threshold:
    """When a cell is safe to be shown."""

    k: int
    organisations: int = 1
    dominance: float = 1.0
    """The largest share that one organisation may have of a cell."""

    def is_safe(self, contributions: Mapping[str, int]) -> bool:
        """``contributions``: how much of the cell each organisation has."""
        total, present = sum(contributions.values()), [each for each in contributions.values() if each]
        if total < self.k or len(present) < self.organisations:
            return False
        return max(present) <= self.dominance * total


OWN = Threshold(k=5)
SHARED = Threshold(k=10, organisations=3, dominance=0.7)

type Contributions = Mapping[str, int]
type Key = tuple[str, ...]


def shown(table: Mapping[Key, Contributions], threshold: Threshold, margins: Sequence[int]) -> dict[Key, int | None]:
    """The table with safe cells rounded and all others None.

    ``table`` maps coordinates to what each organisation contributes; ``margins`` are the positions in a key along
    which totals are shown, so in every line along them at least two cells are left out, or none is.
    """
    hidden = {key for key, parts in table.items() if any(parts.values()) and not threshold.is_safe(parts)}
    totals = {key: sum(parts.values()) for key, parts in table.items()}
    lines = _lines(table, margins)
    changed = True
    while changed:
        changed = False
        for line in lines:
            gone = [key for key in line if key in hidden]
            if len(gone) == 1 and (other := _smallest(line, hidden, totals)):
                hidden.add(other)
                changed = True
    return {key: None if key in hidden else rounded(totals[key]) for key in table}


def total(table: Mapping[Key, Contributions], threshold: Threshold) -> int | None:
    """The rounded sum of all cells, if the sum itself is safe."""
    sums: dict[str, int] = defaultdict(int)
    for parts in table.values():
        for organisation, count in parts.items():
            sums[organisation] += count
    return rounded(sum(sums.values())) if threshold.is_safe(sums) else None


def rounded(count: int) -> int:
    return BASE * ((count + BASE // 2) // BASE)


def _lines(table: Mapping[Key, Contributions], margins: Sequence[int]) -> list[list[Key]]:
    """The cells that differ only in the coordinate at one of the positions, for each position."""
    lines: dict[tuple[int, Key], list[Key]] = defaultdict(list)
    for key in sorted(table):
        for position in margins:
            lines[position, key[:position] + key[position + 1 :]].append(key)
    return list(lines.values())


def _smallest(line: Sequence[Key], hidden: set[Key], totals: Mapping[Key, int]) -> Key | None:
    """The next one to hide costs the reader as little as possible; a cell of nothing hides nothing."""
    left = [key for key in line if key not in hidden and totals[key]]
    return min(left, key=lambda key: (totals[key], key)) if left else None
