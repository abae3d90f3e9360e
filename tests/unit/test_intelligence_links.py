"""Links between reports: what can be an input, what is said about them, and that nothing else counts."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.geography import distance_km
from shared.intelligence import scoring, vocabulary
from shared.intelligence.candidates import PER_REPORT, Index
from shared.intelligence.comparison import levels
from shared.intelligence.features import Features, of_report
from shared.reports.models import (
    PROTECTED_ATTRIBUTES,
    HowKnown,
    Item,
    Method,
    PersonDescription,
    PersonRole,
    Report,
    ReportType,
)
from shared.sealing.tokens import plate_tokens
from tests.support.offences import HELD_OUT, Generator

KEY = b"k" * 32
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
words = st.sampled_from(
    ["black", "brown", "white", "pale", "dark-skinned", "Polish", "Nigerian", "Kowalski", "Okafor", "Smith"]
)


def features(**changes: object) -> Features:
    plain = Features(
        report_id="a",
        site_id="s",
        place=None,
        occurred_at=NOON,
        type=ReportType.THEFT,
        methods=frozenset(),
        products=frozenset(),
        suspects=0,
        plates=frozenset(),
        worn=frozenset(),
        marks=frozenset(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def report(name: str, story: str, clothing: str, marks: str) -> Report:
    suspect = PersonDescription(role=PersonRole.SUSPECT, name=name, clothing=clothing, marks=marks, behaviour=story)
    return Report.model_construct(
        report_id="a",
        site_id="s",
        type=ReportType.THEFT,
        occurred_at=NOON,
        how_known=HowKnown.CCTV,
        methods=[Method.CONCEALED],
        items=[Item(product="Razor  Blades", quantity=1), Item(product="halal meat for a Muslim", quantity=1)],
        plate_tokens=[],
        what_happened=story,
        people=[suspect],
    )


def test_no_protected_attribute_name_or_text_can_be_an_input() -> None:
    known = {each.name.replace("_", "") for each in fields(Features)}
    assert not known & (PROTECTED_ATTRIBUTES | {"name", "narrative", "whathappened", "age", "ageband", "behaviour"})


@settings(deadline=None)  # the first text loads the lexicon
@given(words, words, words)
def test_names_origins_and_skin_tones_change_nothing(name: str, tone: str, origin: str) -> None:
    described = report(
        name, f"A {tone} {origin} man called {name} left.", f"{origin} man, {tone} male, red cap", f"{tone} neck tattoo"
    )
    plain = report("x", "Somebody left through the exit.", "red cap", "neck tattoo")
    assert of_report(described, None) == of_report(plain, None)


def test_a_product_that_tells_of_a_protected_attribute_is_left_out() -> None:
    assert of_report(report("x", "Somebody left the shop.", "cap", "scar"), None).products == {"razor blades"}


def test_a_colour_counts_for_the_garment_behind_it_only() -> None:
    assert vocabulary.worn("Black man in a red cap and jeans") == {"red cap", "jeans"}
    assert vocabulary.worn("He was black, cap on head. White. Hoodie") == {"cap", "hoodie"}
    assert vocabulary.marks("a tattoo on the left forearm") == {"tattoo forearm"}


def test_plates_agree_exactly_or_as_they_are_misread() -> None:
    plates = {text: frozenset(plate_tokens(KEY, text)) for text in ("AB12 CDE", "ab12cde", "A812CDE", "XY99ZZZ")}
    found = [
        levels(features(plates=plates["AB12 CDE"]), features(plates=each)).get("plate") for each in plates.values()
    ]
    assert found == ["same", "same", "alike", "different"]
    assert "plate" not in levels(features(plates=plates["AB12 CDE"]), features())


def test_the_time_of_day_goes_round() -> None:
    late = features(occurred_at=NOON.replace(hour=23, minute=30))
    assert levels(late, features(occurred_at=late.occurred_at + timedelta(hours=1)))["rhythm"] == "hour"


def test_a_degree_of_latitude_is_111_km() -> None:
    assert distance_km((50.0, 3.0), (51.0, 3.0)) == pytest.approx(111.19, abs=0.01)


def test_every_level_has_a_weight_and_words() -> None:
    assert set(scoring.table().weights) == set(scoring.WORDS)


def test_a_suggestion_says_what_speaks_for_and_against_it() -> None:
    plate = frozenset(plate_tokens(KEY, "AB12CDE"))
    one = features(plates=plate, methods=frozenset({Method.FORCE}), suspects=2)
    link = scoring.score(one, features(report_id="b", plates=plate, methods=frozenset({Method.REFUND}), suspects=1))
    assert link.evidence[0].words == "The same number plate was noted."
    assert "The methods are different." in {reason.words for reason in link.counter_evidence}


def test_two_plain_reports_are_not_suggested() -> None:
    assert not scoring.score(features(), features(report_id="b")).is_suggested


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_order_does_not_matter(first: int, second: int) -> None:
    one, other = SOME[first % len(SOME)], SOME[second % len(SOME)]
    assert scoring.score(one, other) == scoring.score(other, one)


def test_no_report_is_compared_with_more_than_a_bounded_number() -> None:
    index = Index()
    for number in range(PER_REPORT * 3):
        index.add(features(report_id=f"{number}", marks=frozenset({"scar chin"})))
    found = index.candidates(features(report_id="new", marks=frozenset({"scar chin"})))
    assert len(found) == PER_REPORT
    assert index.candidates(features(report_id="other")) == []


SOME = Generator(HELD_OUT).world().reports[:300]
