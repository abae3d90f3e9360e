"""What is called a change is seldom chance: checked by drawing counts of which the truth is known."""

import csv
import io
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.insights.cubes import Tally, tallies
from shared.insights.intervals import corrected, surprise, usual
from shared.insights.patterns import Change, rows_as_csv
from shared.insights.products import groups_of
from shared.insights.seasons import A_YEAR, TOLD, Unit, judged
from shared.insights.sites import SiteRow
from shared.insights.sites import judged as judged_sites
from shared.insights.suppression import rounded

MONTHS = [f"{year}-{month:02}" for year in (2023, 2024, 2025, 2026) for month in range(1, 13)]


def drawn(chance: Random, rate: float) -> int:
    """Of a Poisson distribution, as events a moment apart."""
    count, at = -1, 0.0
    while at < 1:
        count, at = count + 1, at + chance.expovariate(rate)
    return count


def shown(count: int) -> int | None:
    return None if 0 < count < 5 else rounded(count)


def test_where_nothing_changed_hardly_any_site_is_said_to_have() -> None:
    """Two hundred looks at 40 sites of one rate: one look in twenty may find something, as was promised; a test of each
    site by itself would find something nearly every time."""
    chance, alarms = Random(9), 0
    for _ in range(200):
        pairs = {str(site): (shown(drawn(chance, 30)), shown(drawn(chance, 30))) for site in range(40)}
        alarms += any(row.change in {Change.MORE, Change.FEWER} for row in judged_sites(pairs, {}))
    assert alarms <= 10


def test_what_did_change_is_found_and_few_of_the_others_with_it() -> None:
    chance, found, wrong = Random(9), 0, 0
    for _ in range(50):
        pairs = {str(n): (shown(drawn(chance, 30)), shown(drawn(chance, 90 if n < 8 else 30))) for n in range(40)}
        said = {row.site_id for row in judged_sites(pairs, {}) if row.change in {Change.MORE, Change.FEWER}}
        found += len(said & {str(n) for n in range(8)})
        wrong += len(said - {str(n) for n in range(8)})
    assert found >= 0.9 * 50 * 8
    assert wrong <= 0.05 * (found + wrong)


def test_a_site_that_is_left_out_is_not_judged_and_takes_no_part() -> None:
    [few, many] = judged_sites({"a": (None, 60), "b": (20, 60)}, {"a": "Quay", "b": "Mill"})
    assert (few.change, few.ratio, few.chance) == (Change.TOO_FEW, None, None)
    assert (many.change, many.ratio) == (Change.MORE, 3.0)
    head, *rows = csv.reader(io.StringIO(rows_as_csv(SiteRow, [few, many])))
    assert head[:3] == ["site_id", "site", "change"]
    assert rows[0][3:] == ["", "60", "", "", "", ""]


@given(st.lists(st.floats(0, 1), max_size=20))
def test_looking_at_many_makes_nothing_surer(alone: list[float]) -> None:
    together = corrected(alone)
    assert all(each <= other + 1e-12 for each, other in zip(alone, together, strict=True))
    order = sorted(range(len(alone)), key=lambda at: alone[at])
    assert [together[at] for at in order] == sorted(together)


@pytest.mark.parametrize(("before", "after"), [(20, 20), (20, 25), (0, 0), (5, 5)])
def test_what_rounding_can_make_of_the_same_is_no_surprise(before: int, after: int) -> None:
    assert surprise(before, after) == 1.0


def test_a_large_change_is_worked_out_fast_and_whole() -> None:
    assert surprise(4000, 6000) < 1e-9


@pytest.mark.parametrize("worst", [0.0, 0.5])
def test_what_is_usual_holds_a_new_count_nineteen_times_in_twenty(worst: float) -> None:
    """At least, and also where the rate itself wanders, so that counts stray more than those of rare events."""
    chance, outside = Random(9), 0

    def year() -> list[int]:
        return [drawn(chance, 12 * chance.uniform(1 - worst, 1 + worst)) for _ in range(10)]

    for _ in range(2000):
        *past, new = year()
        _, low, high = usual(past)
        outside += not low <= new <= high
    assert outside / 2000 < 0.06


def seasons(counts: dict[str, int | None]) -> dict[str, Change]:
    rows = judged(Unit.MONTH, MONTHS, {month: counts.get(month, 60) for month in MONTHS})
    assert len(rows) == TOLD[Unit.MONTH]
    return {row.of: row.change for row in rows}


def test_december_is_held_against_decembers() -> None:
    """Twice as many every December is the season; twice as many in one June is not."""
    decembers: dict[str, int | None] = {f"{year}-12": 120 for year in (2023, 2024, 2025, 2026)}
    found = seasons(decembers | {"2026-06": 150})
    assert found["2026-12"] is Change.NOT_CLEAR
    assert found["2026-06"] is Change.MORE
    assert found["2026-05"] is Change.NOT_CLEAR


def test_without_a_past_or_with_gaps_in_it_nothing_is_usual() -> None:
    young: dict[str, int | None] = {month: 0 for month in MONTHS if month < "2026"}
    assert set(seasons(young).values()) == {Change.TOO_FEW}
    assert seasons({"2025-06": None})["2026-06"] is Change.TOO_FEW
    assert A_YEAR[Unit.MONTH] == len(MONTHS) // 4


def test_goods_are_counted_by_a_closed_list_and_no_name_gets_in() -> None:
    assert groups_of(["Razor blades", "12 x Red Wine 75cl", "Whiskies"]) == {"shaving_and_hygiene", "alcohol", "other"}
    assert groups_of(["Erika Mustermann's hat"]) == {"other"}
    assert groups_of([]) == frozenset()


def test_hours_are_those_of_the_site_also_over_midnight_and_new_year() -> None:
    report = {"occurredAt": "2026-12-31T23:30:00.000Z", "siteId": "s", "items": []}
    assert set(tallies(report, "Europe/Berlin")) == {
        Tally("rhythm", "2027-Q1", "fri-00"),
        Tally("sites", "2027-Q1", "s"),
        Tally("weeks", "2026-W53"),
    }
