"""Reads the table of terms, which a privacy officer can read and change; code knows no term of its own."""

import functools
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

TABLE = Path(__file__).parent / "terms.toml"


class Attribute(StrEnum):
    """What no report may say about anybody; ``MINOR`` is not forbidden but changes who may see the report."""

    ETHNIC_ORIGIN = "ethnic_origin"
    RELIGION = "religion"
    POLITICS = "politics"
    TRADE_UNION = "trade_union"
    SEXUALITY = "sexuality"
    HEALTH = "health"
    GENETIC_BIOMETRIC = "genetic_biometric"
    MINOR = "minor"


class Flag(StrEnum):
    """When a term counts."""

    ALWAYS = "always"
    OF_A_PERSON = "of_a_person"
    FROM_THERE = "from_there"
    IN_CONTEXT = "in_context"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in text.split(","))


type Words = Annotated[frozenset[str], BeforeValidator(_words)]
type Phrases = Annotated[tuple[str, ...], BeforeValidator(_phrases)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Explanation(_Row):
    label: str
    suggestion: str
    source: str


class Group(_Row):
    """Terms that are judged alike; the head of the table explains the fields."""

    attribute: Attribute
    title: str
    flag: Flag
    terms: Phrases
    suggestion: str | None = None
    names: Words = frozenset()
    plurals: Flag | None = None
    languages: bool = False
    when_after: Words = frozenset()
    when_before: Words = frozenset()
    unless_after: Words = frozenset()
    unless_before: Words = frozenset()


class Context(_Row):
    """Words around a term that tell whether it describes somebody or something."""

    person: Words
    pronoun: Words
    descriptor: Words
    verb: Words
    adverb: Words
    ending: Words
    wearing: Words
    marker_after: Words
    marker_before: Words
    colour: Words
    title: Words
    speech: Words
    quantity: Words
    garment: Words
    place: Words
    goods: Words
    aged_things: Words
    wearer: Words
    likeness: Words
    article: Words

    @functools.cached_property
    def things(self) -> frozenset[str]:
        return self.garment | self.place | self.goods

    @functools.cached_property
    def spoken(self) -> frozenset[str]:
        """Words that begin with a capital only because a sentence does."""
        common = self.person | self.pronoun | self.descriptor | self.verb
        return common | self.adverb | self.quantity | self.article


class Spelling(_Row):
    not_joined: frozenset[str]
    not_split: frozenset[str]
    split_person: Words


class Table(_Row):
    version: str
    attribute: dict[Attribute, Explanation]
    words: Context
    spelling: Spelling
    group: Annotated[tuple[Group, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Term:
    words: tuple[str, ...]
    flag: Flag
    group: Group
    may_be_name: bool


@dataclass(frozen=True)
class Lexicon:
    table: Table
    by_first_word: dict[str, tuple[Term, ...]]
    """Longest term first, so that 'south african' is found before 'african'."""
    single_words: frozenset[str]
    describing: frozenset[str]
    """Single words that describe somebody, and so may stand between another such word and the person."""
    vocabulary: frozenset[str]
    """Every word that is worth recognising in disguise."""


@functools.cache
def lexicon() -> Lexicon:
    table = Table.model_validate(tomllib.loads(TABLE.read_text(encoding="utf-8")))
    index: defaultdict[str, list[Term]] = defaultdict(list)
    for term in _terms(table.group):
        index[term.words[0]].append(term)
    terms = [term for found in index.values() for term in found]
    return Lexicon(
        table=table,
        by_first_word={word: tuple(sorted(found, key=lambda t: -len(t.words))) for word, found in index.items()},
        single_words=frozenset(term.words[0] for term in terms if len(term.words) == 1),
        describing=frozenset(term.words[0] for term in terms if len(term.words) == 1 and _describes(term)),
        vocabulary=frozenset(word for term in terms for word in term.words if len(word) > 2) | table.words.person,
    )


def _terms(groups: Iterable[Group]) -> Iterator[Term]:
    for group in groups:
        for phrase in group.terms:
            words = tuple(phrase.replace("-", " ").split())
            name = phrase in group.names
            yield Term(words, group.flag, group, name)
            plural = (*words[:-1], _plural(words[-1]))
            if plural[-1] != words[-1]:
                yield Term(plural, group.plurals or group.flag, group, name)


def _describes(term: Term) -> bool:
    return term.flag in {Flag.ALWAYS, Flag.OF_A_PERSON} and term.group.attribute is not Attribute.MINOR


def _plural(word: str) -> str:
    if word.endswith(("s", "x")) or not word.isalpha():
        return word
    return word[:-1] + "ies" if word.endswith("y") and word[-2] not in "aeiou" else word + "s"
