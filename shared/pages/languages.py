"""Which languages there are, which one somebody reads, and the tables of words.

A table is a TOML file in a folder ``texts``: ``en.toml`` is whole, ``fr.toml``, ``de.toml`` and ``es.toml`` have the
same keys, and ``en-NZ.toml`` has only what is said differently there. What a table has not is looked up in the words
that all pages share. A word that is nowhere is an error, which a test finds.
"""

import functools
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

SHARED = Path(__file__).with_name("texts")


class Language(StrEnum):
    """BCP 47 tags, as they stand in ``lang`` of a page and of a document."""

    ENGLISH = "en"
    NEW_ZEALAND = "en-NZ"
    FRENCH = "fr"
    GERMAN = "de"
    SPANISH = "es"


NAMES = {
    Language.ENGLISH: "English",
    Language.NEW_ZEALAND: "English (Aotearoa New Zealand)",
    Language.FRENCH: "Français",
    Language.GERMAN: "Deutsch",
    Language.SPANISH: "Español",
}
"""Each in itself, for whoever looks for it."""
MOST_RANGES = 20


def preferred(accept_language: str) -> Language:
    """The first of our languages by the weights of an Accept-Language header (RFC 9110 §12.5.4), else English."""
    wanted = []
    for place, part in enumerate(accept_language.split(",")[:MOST_RANGES]):
        tag, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        found = _ours(tag.strip().lower())
        if found and weight > 0:
            wanted.append((-weight, place, found))
    return min(wanted)[2] if wanted else Language.ENGLISH


def asked(query: Mapping[str, str], headers: Mapping[str, str]) -> Language:
    """The language that ``lang`` of the query names, else the one that the browser prefers."""
    chosen = _ours(query.get("lang", "").lower())
    return chosen or preferred(headers.get("accept-language", ""))


def _ours(tag: str) -> Language | None:
    exact = {each.value.lower(): each for each in Language}
    return exact.get(tag) or exact.get(tag.partition("-")[0])


class Words:
    """The words of one language: ``words("fields.name.label")``; what stands in braces is filled in."""

    def __init__(self, language: Language, tables: list[Mapping[str, Any]]) -> None:
        self.language, self._tables = language, tables

    def __call__(self, key: str, **values: object) -> str:
        """Raises KeyError for words that no table has."""
        found = self.find(key)
        if found is None:
            raise KeyError(f"no words for {key} in {self.language}")
        return found.format(**values) if values else found

    def find(self, key: str) -> str | None:
        for table in self._tables:
            found: Any = table
            for part in key.split("."):
                found = found.get(part) if isinstance(found, Mapping) else None
            if isinstance(found, str):
                return found
        return None

    def section(self, key: str) -> list[str]:
        """The points of a list, in order."""
        return [self(f"{key}.{number}") for number in range(1, 1 + self._length(key))]

    def _length(self, key: str) -> int:
        number = 0
        while self.find(f"{key}.{number + 1}") is not None:
            number += 1
        return number


class Texts:
    """The tables of one capability, before those that all pages share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, language: Language) -> Words:
        folders = [self.folder] if self.folder == SHARED else [self.folder, SHARED]
        return Words(language, [table(folder, tag) for folder in folders for tag in _with_fallback(language)])


def _with_fallback(language: Language) -> tuple[Language, ...]:
    return (language, Language.ENGLISH) if language is Language.NEW_ZEALAND else (language,)


@functools.cache
def table(folder: Path, language: Language) -> Mapping[str, Any]:
    path = folder / f"{language}.toml"
    return tomllib.loads(path.read_text()) if path.exists() else {}
