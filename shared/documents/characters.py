"""Which characters a typeface has."""

import struct
from collections.abc import Set as AbstractSet

FULL_UNICODE = (3, 10)
"""Platform and encoding of the table that has all of them."""


def known(font: bytes) -> frozenset[int]:
    """The code points of a TrueType file. ISO/IEC 14496-22: 4.5 the directory, 5.2.1 ``cmap``, there format 12."""
    [tables] = struct.unpack_from(">H", font, 4)
    directory = {font[at : at + 4]: at for at in range(12, 12 + 16 * tables, 16)}
    [start] = struct.unpack_from(">I", font, directory[b"cmap"] + 8)
    [count] = struct.unpack_from(">H", font, start + 2)
    subtables = {(a, b): at for a, b, at in struct.iter_unpack(">HHI", font[start + 4 : start + 4 + 8 * count])}
    groups = start + subtables[FULL_UNICODE] + 16
    [count] = struct.unpack_from(">I", font, groups - 4)
    ranges = struct.iter_unpack(">III", font[groups : groups + 12 * count])
    return frozenset(code for first, last, _ in ranges for code in range(first, last + 1))


def shown(text: str, known: AbstractSet[int]) -> str:
    """``text`` as it can be printed. What the typeface has not, and what has no look of its own, is written as its
    code point: nothing is left out, and nothing hides or turns around what stands beside it."""
    return "".join(
        each if each == "\n" or _printable(each, known) else f"[U+{ord(each):04X}]"
        for each in text.replace("\r\n", "\n").replace("\t", "    ")
    )


def _printable(each: str, known: AbstractSet[int]) -> bool:
    return ord(each) in known and (each.isprintable() or each in "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")
