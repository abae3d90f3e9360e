"""Every page can be had in every language, and nobody has to say which."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.pages.languages import SHARED, Language, Texts, asked, preferred

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(ROOT.glob("shared/*/texts"))
WHOLE = [Language.FRENCH, Language.GERMAN, Language.SPANISH]


def words(folder: Path, language: Language) -> dict[str, str]:
    return dict(_flat(tomllib.loads((folder / f"{language}.toml").read_text())))


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield above + key, value


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
@pytest.mark.parametrize("language", WHOLE)
def test_every_table_says_the_same_things(folder: Path, language: Language) -> None:
    english, other = words(folder, Language.ENGLISH), words(folder, language)
    assert set(other) == set(english)
    for key, text in english.items():
        assert sorted(re.findall(r"\{\w+\}", other[key])) == sorted(re.findall(r"\{\w+\}", text)), key


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_new_zealand_only_says_otherwise_what_there_is(folder: Path) -> None:
    if not (folder / "en-NZ.toml").exists():
        return
    english, theirs = words(folder, Language.ENGLISH), words(folder, Language.NEW_ZEALAND)
    assert set(theirs) <= set(english)
    assert all(english[key] != text for key, text in theirs.items())


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("fr", "fr"),
        ("fr-CA,en;q=0.8", "fr"),
        ("en;q=0.2, de-AT;q=0.9", "de"),
        ("EN-nz, en;q=0.9", "en-NZ"),
        ("mi, en-NZ;q=0.5", "en-NZ"),
        ("ja, ko;q=0.9", "en"),
        ("es;q=0, de;q=0.1", "de"),
        ("es;q=many, de;q=0.1", "de"),
        (";;;,,,q=1", "en"),
    ],
)
def test_the_browser_knows_what_somebody_reads(header: str, language: str) -> None:
    assert preferred(header).value == language


def test_a_choice_wins_over_the_browser_and_nonsense_does_not() -> None:
    assert asked({"lang": "es"}, {"accept-language": "fr"}) is Language.SPANISH
    assert asked({"lang": "xx"}, {"accept-language": "fr"}) is Language.FRENCH


def test_words_that_are_nowhere_are_an_error() -> None:
    with pytest.raises(KeyError, match=r"page\.nothing"):
        Texts(SHARED).of(Language.FRENCH)("page.nothing")
