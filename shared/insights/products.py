"""The groups of goods that totals are given for: a closed list, so that no name that somebody typed is ever counted."""

import functools
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

FILE = Path(__file__).with_name("products.toml")
OTHER = "other"


@functools.cache
def groups() -> dict[str, frozenset[str]]:
    """The words by which a group is known, in small letters."""
    return {name: frozenset(words) for name, words in tomllib.loads(FILE.read_text())["groups"].items()}


def groups_of(names: Iterable[str]) -> frozenset[str]:
    """Each group that something among the goods belongs to; ``other`` for what the list does not know."""
    return frozenset(group for name in names for group in _of(name))


@functools.lru_cache(maxsize=20_000)
def _of(name: str) -> frozenset[str]:
    words = re.findall(r"[^\W\d_]+", name.casefold())
    known = {each for word in words for each in (word, word.removesuffix("s"), word.removesuffix("es"))}
    return frozenset(group for group, of in groups().items() if of & known) or frozenset([OTHER])
