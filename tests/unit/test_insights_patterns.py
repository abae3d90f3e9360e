"""Changes are told from rounded totals, and only where they are more than chance and rounding."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.insights.models import CellView, InsightsView, View
from shared.insights.patterns import Change, as_csv, compared
from shared.insights.suppression import rounded

counts = st.lists(st.integers(0, 60), min_size=2, max_size=8)


def test_three_times_as_many_is_more_and_a_third_is_fewer() -> None:
    assert compared("theft", [20] * 6, [60] * 6).change is Change.MORE
    assert compared("theft", [60] * 6, [20] * 6).change is Change.FEWER


def test_what_may_be_chance_is_called_so() -> None:
    assert compared("theft", [20, 25, 20], [25, 20, 30]).change is Change.NOT_CLEAR
    assert compared("theft", [5, 5], [15, 15]).change is Change.NOT_CLEAR


def test_from_nothing_there_is_no_ratio() -> None:
    row = compared("theft", [0, 0], [40, 40])
    assert (row.ratio, row.high) == (None, None)


@given(st.integers(3, 60), st.integers(2, 6), st.integers(2, 6))
def test_the_same_rate_is_never_a_change(rate: int, before: int, after: int) -> None:
    """Whatever rounding makes of it."""
    assert compared("theft", [rounded(rate)] * before, [rounded(rate)] * after).change is Change.NOT_CLEAR


@given(counts, counts)
def test_the_interval_holds_the_ratio_of_the_true_counts(before: list[int], after: list[int]) -> None:
    row = compared("theft", [rounded(each) for each in before], [rounded(each) for each in after])
    if sum(before):
        true = sum(after) / len(after) / (sum(before) / len(before))
        assert row.low is not None
        assert row.low - 0.01 <= true
        assert row.high is None or true <= row.high + 0.01


@pytest.mark.parametrize("hidden", [None, 5])
def test_what_is_left_out_is_empty_in_a_csv(hidden: int | None) -> None:
    table = InsightsView(
        view=View.MONTH_BY_TYPE,
        scope="organisation",
        first_month="2026-01",
        last_month="2026-12",
        rows="month",
        columns="type",
        cells=[CellView(row="2026-01", column="theft", count=hidden)],
        total=None,
        rule="",
    )
    [head, row] = csv.reader(io.StringIO(as_csv(table)))
    assert head == ["month", "type", "count"]
    assert row == ["2026-01", "theft", "" if hidden is None else "5"]
