"""A request is due when the law says so: dated examples, what the law refuses, and what holds on any day."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Conflict
from shared.retention import schedule
from shared.rights import clock, terms
from shared.rights.clock import Clock, Extended, Reason, Wait
from shared.rights.terms import Step

EXAMPLES = Path(__file__).parents[1] / "data" / "rights" / "due_dates.txt"
PAGE = Path(__file__).parents[2] / "docs" / "rights.md"
PLACES = {"EU": "DE-BY", "UK": "GB-SCT", "NZ": "NZ-AUK", "AU": "AU-NSW", "CA": "US-CA"}
DAY = date.fromisoformat


def waited(text: str) -> Wait:
    reason, _, days = text.strip().partition(" ")
    since, _, until = days.partition("..")
    return Wait(Reason(reason), DAY(since), DAY(until) if until else None)


def examples() -> Iterator[tuple[Clock, Step, date, str, str, str]]:
    for line in EXAMPLES.read_text().splitlines():
        if line.startswith("#"):
            continue
        rule, place, received, waits, extended, today, last, why, source = (each.strip() for each in line.split("|"))
        regime, _, step = rule.partition(" ")
        case = Clock(regime, place, DAY(received), tuple(waited(each) for each in waits.split(";") if each.strip()))
        if extended:
            ground, _, until = extended.partition(" ")
            case = clock.extend(case, Extended(case.received, ground, DAY(until)))
        yield case, Step(step), DAY(today or "2030-01-01"), last, why, source


CASES = list(examples())


@pytest.mark.parametrize(
    ("case", "step", "today", "last"),
    [
        pytest.param(*each[:4], id=f"{each[0].regime} {each[1]} {each[0].place} {each[0].received}: {each[4]}")
        for each in CASES
    ],
)
def test_the_last_day(case: Clock, step: Step, today: date, last: str) -> None:
    found = clock.due(case, step, today)
    assert (found.isoformat() if found else "none") == last


def test_there_are_examples_with_sources_for_every_row() -> None:
    assert len(CASES) >= 80
    assert all(source for *_, source in CASES)
    told = Counter((case.regime, step) for case, step, *_ in CASES)
    rows = [(each, step) for each in terms.regimes() for step in Step if terms.row(each, step)]
    assert set(rows) <= set(told)


def test_every_row_has_a_source_and_extends_in_its_own_unit() -> None:
    for name in terms.regimes():
        assert terms.regime(name)["source"]
        assert terms.extension(name).source
        answer = terms.row(name, Step.ANSWER)
        assert answer
        assert answer.source
        most = terms.extension(name).most
        assert most is None or most.unit == answer.term.unit
        assert answer.id == f"{name}-answer@{terms.version()}"


def test_the_regimes_are_those_of_the_retention_schedule() -> None:
    assert {each: terms.regime(each)["name"] for each in terms.regimes()} == {
        each: name for each, name in schedule.regimes().items() if each != "US"
    }


def test_the_page_for_privacy_officers_shows_the_table_in_force() -> None:
    page = PAGE.read_text()
    assert terms.version() in page
    for name in terms.regimes():
        line = next(each for each in page.splitlines() if each.startswith(f"| {terms.regime(name)['name']} |"))
        rows = [terms.regime(name)[step]["term"] for step in Step if step in terms.regime(name)]
        most = terms.regime(name)["extension"].get("most", "what is reasonable")
        assert all(each in line for each in [*rows, most, *terms.extension(name).grounds]), name


def test_an_unknown_regime_or_country_is_an_error_and_not_a_guess() -> None:
    day = DAY("2026-09-01")
    with pytest.raises(KeyError):
        clock.answer_due(Clock("XX", "XX", day), day)
    with pytest.raises(NotImplementedError):
        clock.answer_due(Clock("EU", "QQ", day), day)
    with pytest.raises(ValueError, match="Write a term"):
        terms.Term.parse("soon")


@pytest.mark.parametrize(
    ("case", "extension", "says"),
    [
        pytest.param(("EU", "DE", "2026-09-15"), ("2026-10-16", "complexity", "2026-12-15"), "overdue", id="told late"),
        pytest.param(
            ("EU", "DE", "2026-09-15"), ("2026-10-15", "complexity", "2026-12-16"), "until 2026-12-15", id="EU"
        ),
        pytest.param(
            ("UK", "GB-ENG", "2026-09-07"), ("2026-09-20", "number", "2026-12-08"), "until 2026-12-07", id="UK"
        ),
        pytest.param(
            ("CA", "US-CA", "2026-03-01"), ("2026-04-15", "number", "2026-05-31"), "until 2026-05-30", id="CA"
        ),
        pytest.param(("EU", "DE", "2026-09-15"), ("2026-10-01", "holidays", "2026-12-15"), "reasons", id="no ground"),
        pytest.param(
            ("UK", "GB", "2026-09-07"), ("2026-09-20", "volume", "2026-11-20"), "reasons", id="another's ground"
        ),
        pytest.param(("NZ", "NZ", "2026-03-02"), ("2026-03-31", "volume", "2026-05-01"), "overdue", id="NZ told late"),
        pytest.param(("NZ", "NZ", "2026-03-02"), ("2026-03-10", "volume", "2026-03-30"), "already", id="no more time"),
        pytest.param(("AU", "AU-NSW", "2026-05-01"), ("2026-04-30", "volume", "2026-07-01"), "before", id="too early"),
    ],
)
def test_the_law_gives_no_such_extension(
    case: tuple[str, str, str], extension: tuple[str, str, str], says: str
) -> None:
    request = Clock(case[0], case[1], DAY(case[2]))
    with pytest.raises(Conflict, match=says):
        clock.extend(request, Extended(DAY(extension[0]), extension[1], DAY(extension[2])))


def test_a_request_is_extended_once() -> None:
    request = clock.extend(
        Clock("NZ", "NZ", DAY("2026-03-02")), Extended(DAY("2026-03-20"), "volume", DAY("2026-05-01"))
    )
    with pytest.raises(Conflict, match="once"):
        clock.extend(request, Extended(DAY("2026-03-21"), "volume", DAY("2026-06-01")))


@pytest.mark.parametrize("regime", ["EU", "NZ", "AU", "CA"])
@pytest.mark.parametrize("reason", list(Reason))
def test_where_nothing_stops_the_clock_no_wait_is_taken(regime: str, reason: Reason) -> None:
    day = DAY("2026-09-07")
    with pytest.raises(Conflict, match="runs on"):
        clock.wait(Clock(regime, PLACES[regime], day), Wait(reason, day))


@pytest.mark.parametrize(
    ("since", "until", "says"),
    [
        ("2026-09-06", None, "begins on or after"),
        ("2026-09-10", "2026-09-09", "begins on or after"),
        ("2026-10-08", None, "over"),
    ],
)
def test_a_wait_lies_within_the_request(since: str, until: str | None, says: str) -> None:
    request = Clock("UK", "GB-ENG", DAY("2026-09-07"))
    with pytest.raises(Conflict, match=says):
        clock.wait(request, Wait(Reason.CLARIFICATION, DAY(since), DAY(until) if until else None))


def test_a_clock_shows_whether_it_stands_still() -> None:
    request = Clock("UK", "GB-ENG", DAY("2026-09-07"))
    asked = clock.wait(request, Wait(Reason.IDENTITY, DAY("2026-09-08")))
    assert not clock.is_paused(request)
    assert clock.is_paused(asked)
    assert not clock.is_paused(replace(asked, waits=(replace(asked.waits[0], until=DAY("2026-09-09")),)))


def test_of_several_regimes_the_earliest_day_counts() -> None:
    day = DAY("2026-12-10")
    clocks = [Clock("NZ", "NZ", day), Clock("CA", "US-CA", day), Clock("AU", "AU-NSW", day)]
    assert clock.earliest(clocks, day).regime == "AU"


@pytest.mark.parametrize(
    ("places", "regimes"),
    [
        (["DE-BY"], ["EU"]),
        (["NZ-AUK", "GB-ENG"], ["UK", "NZ"]),
        (["US-CA"], ["CA"]),
        (["US-TX"], terms.regimes()),
        (["GB", "JP"], terms.regimes()),
        ([], terms.regimes()),
    ],
)
def test_where_no_regime_is_known_every_clock_runs(places: list[str], regimes: list[str]) -> None:
    assert clock.regimes_at(places) == regimes


def test_we_mean_to_answer_in_three_weeks() -> None:
    request = Clock(
        "UK", "GB-ENG", DAY("2026-09-07"), (Wait(Reason.CLARIFICATION, DAY("2026-09-10"), DAY("2026-09-14")),)
    )
    assert clock.target(Clock("NZ", "NZ", DAY("2026-12-10")), DAY("2026-12-10")) == DAY("2026-12-31")
    assert clock.target(request, DAY("2026-09-20")) == DAY("2026-10-02")


def test_a_day_is_that_of_the_place() -> None:
    late = datetime(2026, 12, 9, 13, 30, tzinfo=UTC)
    assert clock.local_day(late, ZoneInfo("Pacific/Auckland")) == DAY("2026-12-10")
    assert clock.local_day(late, ZoneInfo("America/Los_Angeles")) == DAY("2026-12-09")
    with pytest.raises(ValueError, match="zone"):
        clock.local_day(datetime(2026, 12, 9), ZoneInfo("UTC"))  # noqa: DTZ001 - what is refused


FIRST, TODAY = date(2024, 1, 1), date(2031, 1, 1)
days = st.dates(FIRST, date(2029, 12, 31))
spans = st.tuples(st.sampled_from(list(Reason)), st.integers(0, 60), st.integers(0, 60))


@st.composite
def requests(draw: st.DrawFn) -> Clock:
    """Any request, with any waits, asked for by the law or not."""
    regime, received = draw(st.sampled_from(list(PLACES))), draw(days)
    waits = [
        Wait(reason, received + timedelta(after), received + timedelta(after + long))
        for reason, after, long in draw(st.lists(spans, max_size=4))
    ]
    return Clock(regime, PLACES[regime], received, tuple(waits))


@given(requests(), st.integers(-200, 400))
def test_no_extension_moves_a_last_day_earlier(request_: Clock, by: int) -> None:
    before = clock.answer_due(request_, TODAY)
    extended = replace(request_, extended=Extended(request_.received, "any", before + timedelta(by)))
    after = clock.answer_due(extended, TODAY)
    latest = clock.latest_due(request_, TODAY)
    assert before <= after
    assert latest is None or after <= latest


@given(requests(), st.integers(1, 400))
def test_what_is_granted_is_what_counts(request_: Clock, by: int) -> None:
    before = clock.first_due(request_, request_.received)
    ground = sorted(terms.extension(request_.regime).grounds)[0]
    wanted = Extended(request_.received, ground, before + timedelta(by))
    try:
        granted = clock.extend(request_, wanted)
    except Conflict:
        latest = clock.latest_due(request_, request_.received)
        assert latest is not None
        assert wanted.until > latest
    else:
        assert clock.answer_due(granted, request_.received) == wanted.until


@given(requests(), spans)
def test_no_wait_moves_a_last_day_earlier(request_: Clock, span: tuple[Reason, int, int]) -> None:
    """But for proof that comes after a clarification: the time then begins later, and what was waited for before is not
    added to it."""
    reason, after, long = span
    before = request_ if reason is Reason.CLARIFICATION else replace(request_, waits=())
    begun = before.received + timedelta(after)
    longer = replace(before, waits=(*before.waits, Wait(reason, begun, begun + timedelta(long))))
    assert clock.answer_due(before, TODAY) <= clock.answer_due(longer, TODAY)


@given(requests(), st.integers(1, 30))
def test_who_asks_later_is_not_answered_earlier(request_: Clock, by: int) -> None:
    first = replace(request_, waits=())
    later = replace(first, received=first.received + timedelta(by))
    assert clock.answer_due(first, TODAY) <= clock.answer_due(later, TODAY)


@given(requests())
def test_a_last_day_that_is_put_off_is_a_working_day(request_: Clock) -> None:
    row = terms.row(request_.regime, Step.ANSWER)
    assert row
    if row.rolls or row.term.unit == "working day":
        assert request_.calendar.is_working_day(clock.answer_due(request_, TODAY))
