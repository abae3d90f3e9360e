"""The schedule is complete, sourced, within its ceilings, and applied as it stands: the strictest rule wins."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.retention import schedule
from shared.retention.kinds import KINDS
from shared.retention.periods import Period
from shared.retention.schedule import Terms

TABLE: dict[str, Any] = schedule.table()
EVENT = datetime(2026, 2, 27, 23, 30, tzinfo=UTC)
FIRST, LAST = datetime(2024, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001 - the strategy adds the zone
PLACES = ["GB-ENG", "GB", "NZ-AUK", "AU-NSW", "US-CA", "US-VA", "US-TX", "DE-BE", "IE", "JP-13", "ZZ"]

places = st.lists(st.sampled_from(PLACES), min_size=1, max_size=2).map(tuple)
categories = st.sampled_from(schedule.categories())


@pytest.mark.parametrize("category", schedule.categories())
def test_every_category_is_complete(category: str) -> None:
    row = TABLE["category"][category]
    ceiling = Period.parse(row["ceiling"])
    for regime in schedule.regimes():
        assert Period.parse(row[regime]).length <= ceiling.length, regime
        if "floor" in row:
            assert Period.parse(row[regime]).length >= Period.parse(row["floor"]).length, regime
    assert row["says"]
    assert row["starts"]
    assert len(row["source"]) > 20


def test_everything_that_is_disposed_of_has_its_row_and_every_row_is_used() -> None:
    used = {row.category for kind in KINDS.values() for row in kind.rows}
    assert used <= set(schedule.categories())
    elsewhere = {"alert", "audit", "certificate"}  # forgotten by Cosmos DB, or by the audit log's own timer
    coming = {"rights_request", "rights_document", "rights_response"}
    assert set(schedule.categories()) - used - elsewhere <= coming


@given(categories, places, st.datetimes(FIRST, LAST, timezones=st.just(UTC)))
def test_no_way_leads_beyond_the_ceiling(category: str, where: tuple[str, ...], start: datetime) -> None:
    for zone in ("UTC", "Pacific/Auckland", "America/Los_Angeles"):
        terms = Terms(where, ZoneInfo(zone))
        assert terms.dispose_at(category, start) <= terms.ceiling_of(category, start)


@given(categories, places, st.sampled_from(PLACES))
def test_another_jurisdiction_never_lengthens(category: str, where: tuple[str, ...], more: str) -> None:
    alone, together = Terms(where).rule(category), Terms((*where, more)).rule(category)
    assert together.period.length <= alone.period.length


@given(categories, places, st.integers(1, 3000))
def test_a_controller_can_only_shorten(category: str, where: tuple[str, ...], days: int) -> None:
    default = Terms(where)
    shortened = Terms(where, shortened={category: Period(days=days)})
    assert shortened.dispose_at(category, EVENT) <= default.dispose_at(category, EVENT)
    assert shortened.rule(category).shortened == (timedelta(days=days) < default.rule(category).period.length)


@pytest.mark.parametrize(
    ("where", "category", "period"),
    [
        (("GB-ENG", "GB"), "report_person", "P24M"),
        (("DE-BE", "DE"), "report_person", "P12M"),
        (("GB-ENG", "DE"), "report_person", "P12M"),
        (("DE-BE",), "plate_read", "PT0H"),
        (("NZ-AUK", "NZ"), "plate_read", "P2D"),
        (("US-CA", "US"), "plate_candidate", "P21D"),
        (("US-VA",), "plate_candidate", "P21D"),
        (("JP-13",), "plate_read", "PT0H"),
        (("JP-13",), "report_person", "P12M"),
        ((), "report_minor", "P6M"),
    ],
)
def test_the_strictest_rule_that_applies(where: tuple[str, ...], category: str, period: str) -> None:
    assert str(Terms(where).rule(category).period) == period


@pytest.mark.parametrize(
    ("where", "allowed"),
    [
        (("GB-ENG", "GB"), True),
        (("US-TX", "US"), True),
        (("US-NH", "US"), False),
        (("US-ME",), False),
        (("US-TX", "US-NH"), False),
        (("IE",), True),
        (("JP-13",), False),
        (("FR-IDF", "FR"), False),
    ],
)
def test_where_a_private_body_may_read_plates(where: tuple[str, ...], allowed: bool) -> None:
    assert Terms(where).anpr_allowed is allowed


def test_what_is_not_kept_is_not_stored() -> None:
    assert Terms(("GB",)).keeps("plate_read")
    assert not Terms(("DE",)).keeps("plate_read")


def test_an_unknown_category_is_an_error_not_for_ever() -> None:
    with pytest.raises(KeyError):
        Terms(("GB",)).dispose_at("secrets", EVENT)


def test_evidence_goes_no_later_than_its_report() -> None:
    for regime in schedule.regimes():
        report, evidence = (Period.parse(TABLE["category"][each][regime]) for each in ("report", "evidence"))
        assert evidence.length <= report.length


def test_the_time_to_live_is_the_same_span() -> None:
    terms = Terms(("GB",))
    assert EVENT + timedelta(seconds=terms.seconds("alert", EVENT)) == terms.dispose_at("alert", EVENT)


def test_a_rule_names_itself() -> None:
    assert Terms(("GB",)).rule("report").id == f"report-UK-P12M@{schedule.version()}"


def test_states_of_a_regime_are_found_by_their_country() -> None:
    assert schedule.regime_of("GB-SCT") == "UK"
    assert schedule.regime_of("US-CA") == "CA"
    assert schedule.regime_of("US-OR") == "US"
    assert schedule.regime_of("ZZ") is None
