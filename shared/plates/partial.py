"""Part of a plate: compared with what is opened for it, in memory, never with anything that is stored for it.

The other way, to store a token of each part of each plate, would let whoever holds a copy of the database see which
plates have parts in common, and guess whole ones from how often the parts occur. Opening is bounded instead: by sites,
by days, and by how many reads are looked at. A person sees only what matches; what was opened beside it leaves no
trace.
"""

import re
from datetime import datetime, timedelta

from shared.errors import FieldError, Invalid
from shared.plates.likeness import folded
from shared.sealing.tokens import normalised_plate

LEAST_KNOWN = 5
MOST_GAPS = 3
LONGEST = timedelta(days=31)
SHORT = timedelta(days=7)
"""How far back is looked if nobody says since when."""
MOST_OPENED = 5_000
"""Of reads, and of candidates."""


def is_partial(plate: str) -> bool:
    return "?" in plate or "*" in plate


def check(plate: str) -> str:
    """``?`` is one character, ``*`` any number of them. Raises :class:`ValueError` for what is known too little."""
    if is_partial(plate):
        if len(normalised_plate(plate)) < LEAST_KNOWN:
            raise ValueError(f"Give at least {LEAST_KNOWN} characters that are known.")
        if plate.count("*") > MOST_GAPS:
            raise ValueError(f"Use * at most {MOST_GAPS} times.")
    return plate


def pattern(plate: str, *, like: bool) -> re.Pattern[str]:
    """For whole plates as :func:`seen_as` gives them."""
    gaps = {"?": "[^ ]", "*": "[^ ]*"}
    found = [gaps.get(each) or re.escape(seen_as(each, like=like)) for each in plate]
    return re.compile("".join(found))


def seen_as(plate: str, *, like: bool) -> str:
    return folded(plate) if like else normalised_plate(plate)


def since(given: datetime | None, until: datetime) -> datetime:
    """Raises :class:`Invalid` for more days than may be looked through."""
    start = given or until - SHORT
    if until - start > LONGEST:
        what = FieldError("/since", "too_long", f"Choose at most {LONGEST.days} days for part of a plate.")
        raise Invalid("That is too long a time for part of a plate.", [what])
    return start
