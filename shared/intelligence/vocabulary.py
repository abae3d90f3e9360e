"""Takes from a description the words of a closed vocabulary and nothing else, so nothing else can count.

``a black man in a red cap`` and ``a man in a red cap`` are both ``red cap``: a colour is read only right before a
garment, a part of the body only near a mark.
"""

import functools
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from shared.errors import FieldError, Invalid

FILE = Path(__file__).with_name("vocabulary.toml")
REACH = 4
"""Words between a mark and the part of the body where it is."""


@functools.cache
def table() -> dict[str, frozenset[str]]:
    rows = tomllib.loads(FILE.read_text())
    return {name: frozenset(words) for name, words in rows.items() if isinstance(words, list)}


def worn(text: str) -> frozenset[str]:
    """``red cap``, or ``cap`` where no colour stands before it."""
    words, known = _words(text), table()
    found = set()
    for before, word in zip(["", *words], words, strict=False):
        if word in known["garments"]:
            found.add(f"{before} {word}" if before in known["colours"] else word)
    return frozenset(found)


def marks(text: str) -> frozenset[str]:
    """``tattoo neck``, or ``tattoo`` where no part of the body stands near it."""
    words, known = _words(text), table()
    found = set()
    for at, word in enumerate(words):
        if word in known["marks"]:
            near = [*words[at + 1 : at + 1 + REACH], *reversed(words[max(0, at - REACH) : at])]
            part = next((each for each in near if each in known["parts"]), "")
            found.add(f"{word} {part}".strip())
    return frozenset(found)


def sought(read: Callable[[str], frozenset[str]], text: str | None, pointer: str) -> frozenset[str]:
    """What ``read`` (:func:`worn` or :func:`marks`) finds in what somebody searches for at ``pointer``.

    Raises :class:`Invalid` where something is given of which the vocabulary knows no word.
    """
    found = read(text or "")
    if text and not found:
        what = FieldError(
            pointer, "unknown_words", "Name clothing and its colour, or a mark and where it is, in English."
        )
        raise Invalid("Nothing in it can be searched for.", [what])
    return found


def _words(text: str) -> list[str]:
    """Punctuation is a word too: in ``black, cap`` the colour is not the cap's."""
    return re.findall(r"[a-z]+(?:-[a-z]+)?|[^\sa-z]", text.lower())
