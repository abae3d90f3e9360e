"""Periods end when a calendar says so, at the place where the record was made, and never late."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.retention.periods import Period

ZONES = ["UTC", "Europe/London", "Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles", "Australia/Lord_Howe"]
LONDON, AUCKLAND, UTC_ZONE = ZoneInfo("Europe/London"), ZoneInfo("Pacific/Auckland"), ZoneInfo("UTC")

FIRST, LAST = datetime(2024, 1, 1), datetime(2034, 1, 1)  # noqa: DTZ001 - the strategy adds the zone
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
zones = st.sampled_from(ZONES).map(ZoneInfo)
periods = st.one_of(
    st.builds(Period, months=st.integers(1, 84)),
    st.builds(Period, days=st.integers(1, 400)),
    st.builds(Period, hours=st.integers(1, 200)),
)


@pytest.mark.parametrize(
    ("text", "start", "zone", "end"),
    [
        pytest.param("P12M", "2028-02-29T12:00Z", UTC_ZONE, "2029-02-28T12:00Z", id="a year after a leap day"),
        pytest.param("P48M", "2028-02-29T12:00Z", UTC_ZONE, "2032-02-29T12:00Z", id="four years after a leap day"),
        pytest.param("P12M", "2027-02-28T12:00Z", UTC_ZONE, "2028-02-28T12:00Z", id="a year up to a leap year"),
        pytest.param("P1M", "2026-01-31T08:00Z", UTC_ZONE, "2026-02-28T08:00Z", id="a month that is too short"),
        pytest.param("P6M", "2026-08-31T08:00Z", UTC_ZONE, "2027-02-28T08:00Z", id="six months to a short one"),
        pytest.param("P7D", "2026-12-28T23:59Z", UTC_ZONE, "2027-01-04T23:59Z", id="days over a new year"),
        pytest.param("P1D", "2026-03-28T12:00Z", LONDON, "2026-03-29T11:00Z", id="a day of 23 hours"),
        pytest.param("P1D", "2026-10-24T11:00Z", LONDON, "2026-10-25T12:00Z", id="a day of 25 hours"),
        pytest.param("PT24H", "2026-03-28T12:00Z", LONDON, "2026-03-29T12:00Z", id="hours are hours"),
        pytest.param("P1D", "2026-03-28T01:30Z", LONDON, "2026-03-29T00:30Z", id="to a time that is left out: early"),
        pytest.param("P1D", "2026-10-24T00:30Z", LONDON, "2026-10-25T00:30Z", id="to a time that comes twice: early"),
        pytest.param("P1M", "2026-01-30T12:00Z", AUCKLAND, "2026-02-27T12:00Z", id="the 31st there, the 30th in UTC"),
    ],
)
def test_when_a_period_ends(text: str, start: str, zone: ZoneInfo, end: str) -> None:
    assert Period.parse(text).after(datetime.fromisoformat(start), zone) == datetime.fromisoformat(end)


@given(periods, moments, zones)
def test_never_longer_than_its_name_allows(period: Period, start: datetime, zone: ZoneInfo) -> None:
    assert start <= period.after(start, zone) <= start + period.longest


@given(periods, moments, moments, zones)
def test_who_begins_earlier_ends_earlier(period: Period, one: datetime, other: datetime, zone: ZoneInfo) -> None:
    """But for the hour that a clock is put back or forward: there the earlier reading counts."""
    first, last = sorted((one, other))
    assert period.after(first, zone) <= period.after(last, zone) + timedelta(hours=1)


@given(periods, moments)
def test_looking_back_finds_nothing_that_has_not_run_out(period: Period, end: datetime) -> None:
    began = period.before(end)
    assert period.after(began - timedelta(days=3), UTC_ZONE) <= end


@given(periods)
def test_it_reads_what_it_writes(period: Period) -> None:
    assert Period.parse(str(period)) == period


@pytest.mark.parametrize("text", ["", "P", "P1Y", "P-1M", "P1M1D", "12M", "PT1M", "P99999D", "P1.5M"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="Write a period"):
        Period.parse(text)


def test_in_words() -> None:
    assert [Period.parse(each).words for each in ("P12M", "P1D", "PT72H", "PT0H")] == [
        "12 months",
        "1 day",
        "72 hours",
        "not kept",
    ]
