"""What matching costs as lists grow, how much memory they take, and what is found of what cameras get wrong.

No store is involved: the lists are filled by hand. Plates are made up; confusions follow what readers of number plates
report most, each with the share of the errors that it is given here.
"""

import random
import secrets
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.plates.likeness import folded, likeness, one_off
from shared.plates.matching import SURE
from shared.plates.table import Table
from shared.sealing.tokens import FoldedNumbers

SIZES = (1_000, 10_000, 100_000, 1_000_000)
READS = 400
LETTERS, DIGITS = "ABCDEFGHJKLMNOPRSTUVWXYZ", "0123456789"
CONFUSED = {"O": "0DQ", "0": "ODQ", "D": "O0", "I": "1", "1": "I", "B": "8", "8": "B", "S": "5", "5": "S", "Z": "2",
            "2": "Z", "G": "6", "6": "G"}  # fmt: skip
LOOKS = {"M": "NW", "N": "MH", "W": "VM", "V": "YW", "Y": "V", "F": "EP", "E": "F", "P": "RF", "R": "P", "K": "X",
         "X": "K", "C": "O", "L": "I", "T": "7", "7": "T1", "U": "V", "H": "N", "A": "4", "4": "A", "J": "1", "3": "8",
         "9": "0"}  # fmt: skip
NOW = datetime(2026, 7, 4, tzinfo=UTC)
ENDS = NOW + timedelta(days=30)


def rows() -> list[tuple[str, str]]:
    return [*_costs(), *_quality()]


# -- time and memory -------------------------------------------------------------------------------------------------


def _costs() -> Iterator[tuple[str, str]]:
    chance, key = random.Random(1), secrets.token_bytes(32)
    numbers, table = FoldedNumbers(key), Table()
    for size in SIZES:
        began = time.perf_counter()
        while len(table) < size:
            table.put(chance.getrandbits(64), str(uuid.UUID(int=chance.getrandbits(128))), ENDS)
        filled = time.perf_counter() - began
        read = _microseconds(chance, lambda each: table.holds(numbers.number(each)))
        fuzzy = _microseconds(chance, lambda each: _any(table, numbers, one_off(each)))
        yield (
            f"{size:,} entries",
            f"{read:.1f} µs a reading, {fuzzy:.0f} µs with one character off, "
            f"{table.nbytes / size * 1e6 / 2**20:.0f} MiB a million, filled in {filled:.1f} s",
        )


def _any(table: Table, numbers: FoldedNumbers, plates: Iterator[str]) -> bool:
    return any(table.holds(numbers.number(each)) for each in plates)


def _microseconds(chance: random.Random, work: Callable[[str], bool]) -> float:
    """For one read: the best of three rounds, because others use this machine too."""
    plates, best = [folded(plate(chance)) for _ in range(READS)], float("inf")
    for _ in range(3):
        began = time.perf_counter()
        for each in plates:
            work(each)
        best = min(best, time.perf_counter() - began)
    return 1e6 * best / READS


# -- what is found ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """``true`` is None for a vehicle that is not listed."""

    true: str | None
    guesses: Sequence[str]
    confidence: float


def _quality(listed: int = 10_000, passages: int = 20_000) -> Iterator[tuple[str, str]]:
    """Half of the passages are of listed vehicles; a fifth of all readings are wrong."""
    chance = random.Random(2)
    known = sorted({plate(chance) for _ in range(listed)})
    by_folded: dict[str, list[str]] = {}
    for each in known:
        by_folded.setdefault(folded(each), []).append(each)
    readings = [camera(chance, chance.choice(known), listed=True) for _ in range(passages // 2)]
    others = (each for each in iter(lambda: plate(chance), None) if each not in by_folded)
    readings += [camera(chance, next(others), listed=False) for _ in range(passages // 2)]
    for name, fuzzy in (("as read", 0), ("and confused", 1), ("and the camera's alternatives", 2),
                        ("and one character off", 3)):  # fmt: skip
        hit = wrong = alerted = 0
        for reading in readings:
            found = _found(reading, by_folded, fuzzy)
            hit += reading.true in found if reading.true else 0
            wrong += len([each for each in found if each != reading.true])
            alerted += bool(found) and reading.true is None
        recall, precision = hit / (passages // 2), hit / max(hit + wrong, 1)
        yield (
            f"found {name}",
            f"recall {recall:.1%}, precision {precision:.1%}; {1000 * alerted / (passages // 2):.1f} of 1,000 vehicles "
            f"that are not listed made a candidate ({listed:,} entries)",
        )


def _found(reading: Reading, by_folded: dict[str, list[str]], fuzzy: int) -> set[str]:
    """The rules of :mod:`shared.plates.matching` on a plain dictionary, step by step."""
    guesses = reading.guesses if fuzzy >= 2 else reading.guesses[:1]
    found = {each for guess in guesses for each in by_folded.get(folded(guess), ())}
    if fuzzy == 0:
        return {each for each in found if each == reading.guesses[0]}
    if not found and fuzzy == 3 and reading.confidence < SURE:
        tried = one_off(folded(reading.guesses[0]))
        found = {each for variant in tried for each in by_folded.get(variant, ())}
        assert all(likeness(each, reading.guesses[0]) is not None for each in found)
    return found


def plate(chance: random.Random) -> str:
    """Two letters, two digits, three letters, as in Great Britain since 2001."""
    pick = chance.choice
    return "".join([pick(LETTERS), pick(LETTERS), pick("0123456"), pick(DIGITS), *(pick(LETTERS) for _ in range(3))])


def camera(chance: random.Random, true: str, *, listed: bool, wrong: float = 0.2) -> Reading:
    """Of the wrong readings, 55 % confuse characters that look the same, 25 % such as look alike, 12 % lose or invent
    one, 8 % have two wrong. The right plate is among the alternatives of half of them. Cameras are less sure of what
    they get wrong, but not always."""
    if chance.random() >= wrong:
        return Reading(true if listed else None, [true], min(0.999, chance.betavariate(30, 2)))
    kind = chance.random()
    read = true
    if kind < 0.55:
        read = _swapped(chance, true, CONFUSED)
    elif kind < 0.80:
        read = _swapped(chance, true, LOOKS)
    elif kind < 0.92:
        at = chance.randrange(len(true))
        read = true[:at] + true[at + 1 :] if chance.random() < 0.6 else true[:at] + chance.choice("1IT") + true[at:]
    else:
        read = _swapped(chance, _swapped(chance, true, LOOKS), CONFUSED)
    alternatives = [true] if chance.random() < 0.5 else []
    return Reading(true if listed else None, [read, *alternatives], chance.betavariate(12, 3))


def _swapped(chance: random.Random, text: str, looks: dict[str, str]) -> str:
    places = [at for at, each in enumerate(text) if each in looks]
    if not places:
        return text
    at = chance.choice(places)
    return text[:at] + chance.choice(looks[text[at]]) + text[at + 1 :]


if __name__ == "__main__":
    for what, measured in rows():
        print(f"{what:40} {measured}")
