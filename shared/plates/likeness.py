"""When two plates may be one: read right, confused, or one character off.

All of it is tried on the side of the read. The token of a listed plate is stored as it is, once; a read is compared by
making the tokens of the plates that it may have been. So nothing more is written down about a listed plate than one
exact and one folded token, whatever is tried; and a list takes no more memory.
"""

from collections.abc import Iterator
from enum import IntEnum

from shared.sealing.tokens import CONFUSABLE, normalised_plate

SHORTEST = 5
"""Below it, one character off is any plate."""
ALPHABET = "".join(sorted({c.translate(CONFUSABLE) for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}))
"""What plates are written with once it is folded: 28 characters."""


class Likeness(IntEnum):
    """The smaller, the closer."""

    EXACT = 0
    FOLDED = 1
    ONE_OFF = 2


def folded(plate: str) -> str:
    return normalised_plate(plate).translate(CONFUSABLE)


def one_off(plate: str) -> Iterator[str]:
    """Every folded plate with one character more, less, or another than this folded one: some 400 of them."""
    if len(plate) < SHORTEST:
        return
    for at, own in enumerate(plate):
        head, tail = plate[:at], plate[at + 1 :]
        yield from (head + other + tail for other in ALPHABET if other != own)
        if at == 0 or plate[at - 1] != own:
            yield head + tail
        yield from (head + other + plate[at:] for other in ALPHABET if other != own)
    yield from (plate + other for other in ALPHABET)


def likeness(listed: str, seen: str) -> Likeness | None:
    """Of two plates as they are written; None if they are different ones."""
    if normalised_plate(listed) == normalised_plate(seen):
        return Likeness.EXACT
    first, second = folded(listed), folded(seen)
    if first == second:
        return Likeness.FOLDED
    return Likeness.ONE_OFF if len(second) >= SHORTEST and _one_apart(first, second) else None


def _one_apart(first: str, second: str) -> bool:
    """Different strings that one insertion, deletion or replacement turns into each other."""
    short, long = sorted((first, second), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[at + (len(short) == len(long)) :] == long[at + 1 :]
