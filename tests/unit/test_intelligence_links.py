"""Links between reports: what can be an input, what is said of them, who acts on them, and that nothing else counts."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.geography import distance_km
from shared.intelligence import population, rates, scoring, vocabulary
from shared.intelligence.candidates import MOST_ASKS, MOST_PRODUCTS, PER_REPORT, Index, asks, questions
from shared.intelligence.comparison import levels
from shared.intelligence.features import Features, of_row
from shared.intelligence.habits import Habits
from shared.intelligence.population import Population
from shared.intelligence.reasons import AGAINST, RARITIES, WORDS, ReasonCode, in_words
from shared.reports.models import PROTECTED_ATTRIBUTES, Method, PersonDescription, PersonRole
from shared.reports.service import tokens_of
from shared.sealing.tokens import plate_tokens
from tests.support.offences import HELD_OUT, Generator

KEY = b"k" * 32
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
SOME = Generator(HELD_OUT).world().reports[:300]
RATES = rates.measured(SOME)
words = st.sampled_from(
    ["black", "brown", "white", "pale", "dark-skinned", "Polish", "Nigerian", "Kowalski", "Okafor", "Smith"]
)
reports = st.sampled_from(SOME)


def features(**changes: object) -> Features:
    plain = Features(
        report_id="a",
        site_id="s",
        place=None,
        occurred_at=NOON,
        methods=frozenset(),
        products=frozenset(),
        suspects=0,
        plates=frozenset(),
        worn=frozenset(),
        marks=frozenset(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def stored(name: str, clothing: str, marks: str, behaviour: str, identifier: str = "a") -> dict[str, Any]:
    """What the store holds in clear of a report that describes somebody."""
    suspect = PersonDescription(role=PersonRole.SUSPECT, name=name, clothing=clothing, marks=marks, behaviour=behaviour)
    tokens = tokens_of(KEY, [], [suspect])
    return {
        "id": identifier,
        "siteId": "s",
        "occurredAt": "2026-03-02T12:00:00.000Z",
        "methods": ["concealed"],
        "items": [{"product": "Razor  Blades"}, {"product": "halal meat for a Muslim"}],
        "plateTokens": tokens["plate_tokens"],
        "wornTokens": tokens["worn_tokens"],
        "markTokens": tokens["mark_tokens"],
        "suspects": 1,
    }


def known(*found: Features) -> Population:
    return population.of(found, rates.measured([*SOME, *found]))


# -- what can be an input ----------------------------------------------------------------------------------------------


def test_no_protected_attribute_name_or_text_can_be_an_input() -> None:
    inputs = {each.name.replace("_", "") for each in fields(Features)}
    assert not inputs & (PROTECTED_ATTRIBUTES | {"name", "narrative", "whathappened", "age", "ageband", "behaviour"})


@settings(deadline=None)  # the first text loads the lexicon
@given(words, words, words)
def test_names_origins_and_skin_tones_change_nothing(name: str, tone: str, origin: str) -> None:
    described = stored(
        name,
        f"{origin} man, {tone} male, red cap",
        f"{tone} neck tattoo",
        f"A {tone} {origin} man called {name} left.",
    )
    plain = stored("x", "red cap", "neck tattoo", "Somebody left through the exit.")
    assert of_row(described, None) == of_row(plain, None)


@settings(deadline=None, max_examples=25)
@given(st.permutations(["Kowalski", "Okafor", "Smith"]), st.permutations(["black", "pale", "dark-skinned"]))
def test_permuting_names_and_skin_tones_changes_no_suggestion(names: list[str], tones: list[str]) -> None:
    """The same three reports, told of people with other names and other words for their skin."""

    def suggestions(called: list[str], toned: list[str]) -> list[scoring.Link]:
        looks = [("orange parka, grey sandals", "scar on chin")] * 2 + [("blue jeans", "ring")]
        rows = [
            stored(name, f"{tone} man, {worn}", f"{marks}, {tone} face", f"{name} left", str(number))
            for number, (name, tone, (worn, marks)) in enumerate(zip(called, toned, looks, strict=True))
        ]
        return known(*(of_row(row, None) for row in rows)).proposals("0", 5)

    usual = suggestions(["Kowalski", "Okafor", "Smith"], ["black", "pale", "dark-skinned"])
    assert suggestions(names, tones) == usual


def test_a_product_that_tells_of_a_protected_attribute_is_left_out() -> None:
    assert of_row(stored("x", "cap", "scar", "left"), None).products == {"razor blades"}


def test_a_colour_counts_for_the_garment_behind_it_only() -> None:
    assert vocabulary.worn("Black man in a red cap and jeans") == {"red cap", "jeans"}
    assert vocabulary.worn("He was black, cap on head. White. Hoodie") == {"cap", "hoodie"}
    assert vocabulary.marks("a tattoo on the left forearm") == {"tattoo forearm"}


# -- how it is compared ------------------------------------------------------------------------------------------------


def test_plates_agree_exactly_or_as_they_are_misread() -> None:
    plates = {text: frozenset(plate_tokens(KEY, text)) for text in ("AB12 CDE", "ab12cde", "A812CDE", "XY99ZZZ")}
    group = Habits([features(plates=plates["AB12 CDE"])], RATES)
    assert [group.plate(features(plates=each)) for each in plates.values()] == ["same", "same", "alike", "different"]
    assert group.plate(features()) is None


def test_the_time_of_day_goes_round() -> None:
    late = features(occurred_at=NOON.replace(hour=23, minute=30))
    assert levels(late, features(occurred_at=late.occurred_at + timedelta(hours=1)))["rhythm"] == "hour"


def test_a_degree_of_latitude_is_111_km() -> None:
    assert distance_km((50.0, 3.0), (51.0, 3.0)) == pytest.approx(111.19, abs=0.01)


def test_what_is_rare_tells_more_than_what_is_common() -> None:
    """Somebody else among a hundred wears the cap of the one pair, and most wear that of the other."""
    crowd = [features(report_id=f"{n}", suspects=1, worn=frozenset({"black cap"})) for n in range(99)]
    shares = rates.measured([*crowd, features(report_id="x", suspects=1, worn=frozenset({"pink cap"}))])
    bits = {}
    for colour in ("pink", "black"):
        alike = features(suspects=1, worn=frozenset({f"{colour} cap"}))
        bits[colour] = Habits([alike], shares).bits(alike)["worn"]
    assert bits["pink"] > bits["black"] + 2


@given(reports)
def test_more_reports_of_a_habit_make_it_count_for_more(report: Features) -> None:
    one, five = Habits([report], RATES), Habits([report] * 5, RATES)
    assert sum(five.bits(report).values()) > sum(one.bits(report).values())


@given(reports, reports)
def test_nothing_speaks_without_bounds(one: Features, other: Features) -> None:
    assert all(-12 <= bits <= 20 for bits in Habits([one], RATES).bits(other).values())


# -- what is said of it ------------------------------------------------------------------------------------------------


def test_every_weight_is_there_and_every_level_has_words() -> None:
    table = scoring.table()
    aspects = {code.aspect for code in ReasonCode} - {"plate", "rhythm"} | {"hour", "weekday"}
    assert set(table.bands) == set(scoring.BANDS)
    assert all(set(band.weights) == aspects for band in table.bands.values())
    assert set(table.plates) == {"same", "alike", "different"}
    assert set(WORDS) == set(ReasonCode)


def test_a_suggestion_says_what_speaks_for_and_against_it() -> None:
    plate = frozenset(plate_tokens(KEY, "AB12CDE"))
    one = features(plates=plate, methods=frozenset({Method.FORCE}), suspects=2)
    two = features(report_id="b", plates=plate, methods=frozenset({Method.REFUND}), suspects=1)
    link = scoring.explained(one, Habits([two], RATES), "b")
    assert link.evidence[0].code is ReasonCode.PLATE_SAME
    assert ReasonCode.METHODS_NONE in {reason.code for reason in link.counter_evidence}


@given(reports, reports)
def test_rare_is_said_only_of_what_agrees(one: Features, other: Features) -> None:
    link = scoring.explained(one, Habits([other], RATES), other.report_id)
    assert not any(reason.rare for reason in link.counter_evidence)
    assert all(reason.code.aspect in RARITIES for reason in link.evidence if reason.rare)
    assert in_words(ReasonCode.MARKS_ONE, rare=True) == "A described mark agrees. Few reports have it."


@given(reports, reports)
def test_words_never_say_the_opposite_of_their_weight(one: Features, other: Features) -> None:
    link = scoring.explained(one, Habits([other], RATES), other.report_id)
    assert all(reason.code not in AGAINST for reason in link.evidence)
    assert all(reason.code in AGAINST for reason in link.counter_evidence)


def test_two_plain_reports_are_not_suggested() -> None:
    assert known(features(), features(report_id="b")).proposals("a", 5) == []


# -- what people have said ---------------------------------------------------------------------------------------------


def twins(count: int) -> list[Features]:
    plate = frozenset(plate_tokens(KEY, "QQ12QQQ"))
    return [features(report_id=f"twin {n}", plates=plate, products=frozenset({"rare"})) for n in range(count)]


def test_what_is_put_together_is_not_suggested_and_speaks_together() -> None:
    people = known(*twins(3))
    people.join("twin 0", "twin 1")
    [link] = people.proposals("twin 2", 5)
    assert link.compared_with == 2
    people.join("twin 1", "twin 2")
    assert people.proposals("twin 2", 5) == []


def test_a_no_holds_for_the_whole_group() -> None:
    people = known(*twins(3))
    people.part("twin 0", "twin 2")
    people.join("twin 0", "twin 1")
    assert people.proposals("twin 2", 5) == []
    assert people.proposals("twin 1", 5) == []


def test_no_report_is_compared_with_more_than_a_bounded_number() -> None:
    index = Index()
    for number in range(PER_REPORT * 3):
        index.add(features(report_id=f"{number}", site_id=f"{number}", marks=frozenset({"scar chin"})))
    alike = features(report_id="new", site_id="new", marks=frozenset({"scar chin"}))
    assert len(index.candidates(alike, RATES)) == PER_REPORT
    assert index.candidates(features(report_id="other", site_id="other"), RATES) == []


def test_what_is_asked_of_the_index_is_bounded_and_finds_what_is_rare_however_old() -> None:
    near = frozenset({"here", "next"})
    products = frozenset(map(str, range(100)))
    report = features(site_id="here", worn=frozenset({"a", "b"}), marks=frozenset({"m"}), methods=frozenset(Method))
    questions = asks(report, near)
    assert {(each.aspect, bool(each.sites)) for each in questions} == {
        ("marks", False), ("worn", False), ("worn", True), ("methods", True),
    }  # fmt: skip
    assert sum(each.most for each in questions) <= 700
    assert len(asks(replace(report, products=products), near)) == len(questions) + 2 * MOST_PRODUCTS
    index = Index()
    index.add(features(report_id="old", site_id="far", marks=frozenset({"m"})))
    for number in range(1000):
        index.add(features(report_id=f"{number}", site_id="here", worn=frozenset({"a"}), methods=frozenset(Method)))
    found = index.candidates(replace(report, report_id="new"), rates.measured([report] * 50))
    assert len(found) == PER_REPORT
    assert "old" in index.candidates(replace(report, report_id="new", worn=frozenset(), methods=frozenset()), RATES)
    assert set(found) - {"old"} <= {f"{number}" for number in range(850, 1000)}


def test_of_many_reports_what_tells_most_is_asked_first() -> None:
    """The reports of a case share the questions: none is left out because another has much to ask."""
    many = [
        features(report_id=f"{n}", plates=frozenset({f"plate {n}"}), worn=frozenset(f"{n} {each}" for each in range(9)))
        for n in range(30)
    ]
    found = questions(many, {})
    assert len(found) == MOST_ASKS
    assert {value for each in found if each.aspect == "plates" for value in each.values} == {
        f"plate {n}" for n in range(30)
    }


# -- who acts on it ----------------------------------------------------------------------------------------------------


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def consumers(*modules: str) -> set[str]:
    """Files of the application that import one of these modules."""
    paths = [*ROOT.glob("functions/*.py"), *ROOT.glob("shared/**/*.py"), *ROOT.glob("cli/**/*.py")]
    wanted = {f"shared.intelligence.{each}" for each in modules}
    return {str(path.relative_to(ROOT)) for path in paths if wanted & set(imports(path))}


def test_nothing_but_what_shows_a_suggestion_to_a_person_knows_of_it() -> None:
    """No timer, queue, alert or other capability can act on a suggestion, because none can get at one."""
    inside = {f"shared/intelligence/{each}.py" for each in ("population", "scoring", "knowledge", "suggestions")}
    assert consumers("scoring", "population", "habits", "candidates") <= inside
    assert consumers("suggestions") == {"functions/intelligence.py", "cli/linking.py"}
    demo = (ROOT / "cli" / "linking.py").read_text()
    assert set(re.findall(r"suggestions\.(\w+)", demo)) <= {"link", "models"}, (
        "the demo's person links; no suggestion is asked"
    )


def test_no_trigger_of_intelligence_runs_by_itself() -> None:
    tree = ast.parse((ROOT / "functions" / "intelligence.py").read_text())
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    assert handlers
    for handler in handlers:
        [decorator] = handler.decorator_list
        assert ast.unparse(decorator).startswith("door.endpoint(")


def test_a_suggestion_becomes_a_link_in_one_place_only() -> None:
    """Where a person's verdict is carried out."""
    using = [
        (path.name, function.name)
        for path in ROOT.glob("shared/**/*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and "Basis.SUGGESTED" in ast.unparse(function)
    ]
    assert using == [("suggestions.py", "decide")]
