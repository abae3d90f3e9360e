"""The screen against labelled sentences: what it must find, and what it must leave alone."""

from collections.abc import Iterable

import pytest

from shared.screening.terms import Attribute
from tests.bench.screening import Score, Sentence, score, sentences

PROTECTED = [attribute.value for attribute in Attribute if attribute is not Attribute.MINOR]


@pytest.fixture(scope="module")
def labelled() -> list[Sentence]:
    return sentences()


def failures(among: Iterable[Sentence], attributes: list[str]) -> str:
    """Only those of the tuning part, so that nobody tunes the rules to the others."""
    lines = []
    for sentence in among:
        found, expected = sentence.found & set(attributes), sentence.expected & set(attributes)
        if found != expected and sentence.part == "tuning":
            lines.append(f"missed {sorted(expected - found)} wrong {sorted(found - expected)}: {sentence.text}")
    return "\n".join(lines)


def demand(result: Score, among: list[Sentence], attributes: list[str], recall: float = 0.95) -> None:
    assert result.recall >= recall, f"{result}\n{failures(among, attributes)}"
    assert result.precision >= 0.9, f"{result}\n{failures(among, attributes)}"


def test_the_set_is_large_and_about_half_of_it_violates(labelled: list[Sentence]) -> None:
    violating = [sentence for sentence in labelled if sentence.expected]
    assert len(labelled) >= 320
    assert 0.4 < len(violating) / len(labelled) < 0.65
    assert len({sentence.text for sentence in labelled}) == len(labelled)


def test_protected_attributes_are_found_and_ordinary_narratives_left_alone(labelled: list[Sentence]) -> None:
    """Source: GDPR art. 9(1), the special categories."""
    demand(score(labelled, PROTECTED), labelled, PROTECTED)


@pytest.mark.parametrize(("part", "recall"), [("held_out", 0.95), ("unseen", 0.8)])
def test_it_does_well_on_sentences_that_nobody_tuned_for(labelled: list[Sentence], part: str, recall: float) -> None:
    among = [sentence for sentence in labelled if sentence.part == part]
    assert len(among) > 70
    demand(score(among, PROTECTED), among, PROTECTED, recall)


def test_disguised_words_are_found_as_well_as_plain_ones(labelled: list[Sentence]) -> None:
    disguised = [sentence for sentence in labelled if sentence.obfuscated]
    assert len(disguised) >= 45
    demand(score(disguised, PROTECTED), disguised, PROTECTED)


@pytest.mark.parametrize("attribute", PROTECTED)
def test_no_attribute_is_neglected(labelled: list[Sentence], attribute: str) -> None:
    """An average hides a weak attribute; each is held to nine in ten of its own."""
    demand(score(labelled, [attribute]), labelled, [attribute], recall=0.9)


def test_minors_are_suspected(labelled: list[Sentence]) -> None:
    """Source: UN Convention on the Rights of the Child, art. 1: under 18."""
    minors = [Attribute.MINOR.value]
    demand(score(labelled, minors), labelled, minors)
