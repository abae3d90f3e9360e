"""Who must be told of a breach by when: dated examples of each regime, and what may never happen."""

import itertools
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.breaches import duties, service
from shared.breaches.duties import LADDER, Incident, Risk
from shared.breaches.models import DeadlinesQuery
from shared.retention import schedule

AWARE = datetime(2026, 12, 23, 17, 30, tzinfo=UTC)
PLACES = ("IE", "GB", "NZ", "AU-VIC", "US-CA", "US-TX", "BR")


def incident(*places: str, **changes: Any) -> Incident:
    values: dict[str, Any] = {"who": "controller", "aware_at": AWARE, "risk": Risk.SERIOUS, "people": 40}
    return Incident(jurisdictions=places, **values | changes)


def found(asked: Incident) -> dict[str, str | None]:
    return {duty.id: due.isoformat() if due else None for duty, due in duties.owed(asked)}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # Over Christmas 72 hours are 72 hours: art. 33(1) counts hours, not working days.
        (incident("GB"), {"uk-people": None, "uk-authority": "2026-12-26T17:30:00+00:00"}),
        (incident("GB", risk=Risk.LIKELY), {"uk-authority": "2026-12-26T17:30:00+00:00"}),
        (incident("GB", risk=Risk.UNLIKELY), {}),
        # Art. 34(3)(a): people need not be told of what nobody can read; the authority still is.
        (incident("GB", unreadable=True), {"uk-authority": "2026-12-26T17:30:00+00:00"}),
        (incident("DE"), {"eu-people": None, "eu-authority": "2026-12-26T17:30:00+00:00"}),
        (incident("NO", risk=Risk.LIKELY), {"eu-authority": "2026-12-26T17:30:00+00:00"}),
        # Art. 33(2): a processor tells its controllers whatever the risk, and nobody else.
        (incident("IE", who="processor", risk=Risk.UNLIKELY), {"eu-processor": None}),
        (incident("GB", who="processor"), {"uk-processor": None}),
        # NZ s 112 to 114 know serious harm only; the Commissioner expects 72 hours.
        (incident("NZ"), {"nz-people": None, "nz-authority": "2026-12-26T17:30:00+00:00"}),
        (incident("NZ", risk=Risk.LIKELY), {}),
        (incident("NZ", who="processor", risk=Risk.LIKELY), {"nz-processor": None}),
        # AU s 26WH: thirty days for the assessment, for everybody who holds the data.
        (incident("AU", risk=Risk.UNLIKELY), {"au-assess": "2027-01-22T17:30:00+00:00"}),
        (
            incident("AU-NSW", who="processor"),
            {"au-authority": None, "au-people": None, "au-assess": "2027-01-22T17:30:00+00:00"},
        ),
        # CA 1798.82: thirty calendar days, and fifteen more for the sample if there are more than 500.
        (incident("US-CA", people=500, risk=Risk.UNLIKELY), {"ca-people": "2027-01-22T17:30:00+00:00"}),
        (
            incident("US-CA", people=501),
            {"ca-people": "2027-01-22T17:30:00+00:00", "ca-attorney-general": "2027-02-06T17:30:00+00:00"},
        ),
        (
            incident("US-CA", people=501, told_people_at=AWARE + timedelta(days=2)),
            {"ca-people": "2027-01-22T17:30:00+00:00", "ca-attorney-general": "2027-01-09T17:30:00+00:00"},
        ),
        (incident("US-CA", people=501, unreadable=True), {}),
        (incident("US-CA", who="processor"), {"ca-processor": None}),
        # The clocks go forward on 14 March 2027: half past eleven in the evening stays within the thirtieth day.
        (
            incident("US-CA", aware_at=datetime(2027, 3, 2, 7, 30, tzinfo=UTC)),
            {"ca-people": "2027-04-01T06:30:00+00:00"},
        ),
        # They go back on 1 November 2026: thirty times 24 hours end before the same time of day.
        (
            incident("US-CA", aware_at=datetime(2026, 10, 20, 6, 30, tzinfo=UTC)),
            {"ca-people": "2026-11-19T06:30:00+00:00"},
        ),
        (incident("US-TX", "BR"), {}),
    ],
)
def test_dated_examples(asked: Incident, expected: dict[str, str | None]) -> None:
    assert found(asked) == expected


def test_what_has_no_row_is_named_instead_of_passed_over() -> None:
    assert duties.uncovered(PLACES) == ["US-TX", "BR"]


def test_without_delay_comes_first_and_then_the_earliest() -> None:
    asked = incident("US-CA", "GB", "AU", people=900)
    moments = [due for _, due in duties.owed(asked)]
    dated = [each for each in moments if each]
    assert moments == [None] * (len(moments) - len(dated)) + sorted(dated)
    assert 0 < len(dated) < len(moments)


def test_the_table_is_whole() -> None:
    rows = duties.duties()
    assert [name for name, count in Counter(each.id for each in rows).items() if count > 1] == []
    assert {each.regime for each in rows} == {"EU", "UK", "NZ", "AU", "CA"} <= set(schedule.regimes())
    assert all(each.says.endswith(".") and each.source and each.whom for each in rows)
    for regime, who in itertools.product({each.regime for each in rows}, ("controller", "processor")):
        assert [each for each in rows if each.regime == regime and each.who in {who, "both"}], (regime, who)


moments = st.integers(0, 29_000).map(lambda hours: datetime(2018, 5, 25, tzinfo=UTC) + timedelta(hours=24.37 * hours))
incidents = st.builds(
    Incident,
    jurisdictions=st.lists(st.sampled_from(PLACES), min_size=1, max_size=4).map(tuple),
    who=st.sampled_from(["controller", "processor"]),
    aware_at=moments,
    risk=st.sampled_from(LADDER),
    people=st.integers(1, 2000),
    unreadable=st.booleans(),
)


@given(incidents)
def test_nothing_is_due_later_than_the_law_counts(asked: Incident) -> None:
    for duty, due in duties.owed(asked):
        if duty.within and due and duty.starts == "aware":
            assert asked.aware_at < due <= asked.aware_at + duty.within.length
        elif due:
            assert duty.starts == "people told"


@given(incidents, st.sampled_from(PLACES))
def test_a_place_more_a_higher_risk_or_more_people_never_takes_a_duty_away(asked: Incident, place: str) -> None:
    before = set(found(asked).items())
    worse = replace(asked, jurisdictions=(*asked.jurisdictions, place), risk=Risk.SERIOUS, people=asked.people + 600)
    assert before <= set(found(worse).items())


@given(incidents, moments)
def test_the_zone_in_which_the_moment_is_written_changes_nothing(asked: Incident, told: datetime) -> None:
    elsewhere = ZoneInfo("America/Los_Angeles")
    written = replace(asked, aware_at=asked.aware_at.astimezone(elsewhere), told_people_at=told.astimezone(elsewhere))
    assert found(replace(asked, told_people_at=told)) == found(written)


def test_a_duty_remains_when_its_time_has_passed() -> None:
    asked = DeadlinesQuery.model_validate(
        {"jurisdictions": "GB,BR", "awareAt": AWARE.isoformat(), "risk": "likely", "people": "3"}
    )
    for now, passed in ((AWARE + timedelta(hours=72), False), (AWARE + timedelta(hours=72, seconds=1), True)):
        told = service.deadlines(asked, now)
        assert [(each.id, each.within, each.passed) for each in told.duties] == [("uk-authority", "72 hours", passed)]
        assert told.uncovered == ["BR"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"jurisdictions": "gb"},
        {"jurisdictions": ""},
        {"jurisdictions": "GB,"},
        {"jurisdictions": ",".join(["GB"] * 31)},
        {"awareAt": "2026-12-23T17:30:00"},
        {"awareAt": "9999-12-31T23:59:59Z"},
        {"toldPeopleAt": "1970-01-01T00:00:00Z"},
        {"risk": "none"},
        {"people": "0"},
    ],
)
def test_what_cannot_be_counted_is_refused(wrong: dict[str, str]) -> None:
    good = {"jurisdictions": "GB", "awareAt": AWARE.isoformat(), "risk": "likely", "people": "3"}
    DeadlinesQuery.model_validate(good)
    with pytest.raises(ValidationError):
        DeadlinesQuery.model_validate(good | wrong)
