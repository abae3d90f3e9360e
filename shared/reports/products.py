"""By what reports are found by the products that they name: lists that an index can have.

Both are made of what is clear in a report already, so they tell nothing new of it.
"""

import zlib
from collections.abc import Iterable

from shared.intelligence.features import product_name
from shared.reports.models import Item

LENGTH, DIFFERENT = 3, 1024
"""Characters of a part; how many different ones an index can have of one report, however long and odd its names are."""
MOST_SOUGHT = 16


def lists_of(items: Iterable[Item]) -> dict[str, list[str]]:
    """Fields of a report: whole names, by which reports are compared, without those that tell of a protected
    attribute; and the parts of all names, by which a name is searched for."""
    named = [item.product for item in items]
    return {
        "product_names": sorted({product_name(each) for each in named} - {""}),
        "product_parts": sorted({part for each in named for part in _parts(each)}),
    }


def sought(text: str) -> list[str]:
    """Parts that every name has in which this text stands, in any case: a few are enough, and what they find is looked
    at. None for what is shorter than a part."""
    return sorted(_parts(text))[:MOST_SOUGHT]


def _parts(name: str) -> set[str]:
    """Each few characters in a row, by a number of ten bits that says which they may be."""
    text = name.lower()
    runs = {text[at : at + LENGTH] for at in range(len(text) - LENGTH + 1)}
    return {f"{zlib.crc32(each.encode()) % DIFFERENT:03x}" for each in runs}
