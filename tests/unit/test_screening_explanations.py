"""What the screen tells the reporter, and what it keeps from logs."""

import logging

import pytest

from shared.screening.screen import screen
from shared.screening.terms import TABLE, Attribute, lexicon


def test_a_finding_says_what_was_found_why_and_what_to_write() -> None:
    (finding,) = screen("An Asian male took gin.").findings
    assert finding.attribute is Attribute.ETHNIC_ORIGIN
    assert finding.reason == "'Asian male' describes ethnic or national origin."
    assert finding.suggestion == "Describe clothing, build, height, hair and distinguishing marks instead."


def test_an_insult_gets_its_own_advice() -> None:
    (finding,) = screen("He called our guard a paki.").findings
    assert "racist language" in finding.suggestion


def test_a_minor_is_suspected_and_not_forbidden() -> None:
    screening = screen("Male, 15yo, took energy drinks.")
    assert not screening.findings
    assert [finding.attribute for finding in screening.minor_suspected] == [Attribute.MINOR]
    assert "adult" in screening.minor_suspected[0].suggestion


def test_touching_findings_of_one_attribute_are_one() -> None:
    (finding,) = screen("One black and one white male ran off.").findings
    assert (finding.start, finding.end) == (4, 28)


def test_rewriting_as_advised_passes() -> None:
    """The reporter can get through: the advice leads to a text that the screen accepts."""
    assert screen("A Muslim woman took perfume.").findings
    assert not screen("A woman in a long black dress and headscarf took perfume.").findings


def test_every_attribute_has_terms_and_a_source() -> None:
    """Source: GDPR art. 9(1): each special category must be covered and each row must name its law."""
    table = lexicon().table
    assert {group.attribute for group in table.group} == set(Attribute) == set(table.attribute)
    assert all(explanation.source for explanation in table.attribute.values())
    assert screen("x").terms_version == table.version


def test_the_table_has_no_field_that_the_code_ignores() -> None:
    assert "[[group]]" in TABLE.read_text(encoding="utf-8")
    assert all(group.terms and all(group.terms) for group in lexicon().table.group)


@pytest.mark.parametrize("text", ["An Asian male took gin.", "A schoolboy, 14, ran."])
def test_nothing_personal_reaches_a_log(text: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        screening = screen(text)
        logging.getLogger("test").warning("%r %s", screening, dict(screening.tally()))
    assert [record.name for record in caplog.records] == ["test"]
    for word in ("Asian", "schoolboy", "14,"):
        assert word not in caplog.text


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n", "🙂", "\u200b", "مسلم", "a" * 8000],
    ids=["empty", "space", "newline", "emoji", "widthless", "another script", "long"],
)
def test_any_text_is_answered(text: str) -> None:
    assert not screen(text).findings


def test_it_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    screen("An Asian male took gin.")
    assert capsys.readouterr() == ("", "")
