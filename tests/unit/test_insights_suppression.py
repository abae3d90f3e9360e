"""Nothing small is shown, and nothing that is left out can be worked out from what is shown."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from shared.insights.cubes import HIGHEST, Cell, value_band
from shared.insights.suppression import BASE, OWN, SHARED, Key, rounded, shown, total

ORGANISATIONS = ["a", "b", "c", "d"]
counts = st.dictionaries(st.sampled_from(ORGANISATIONS), st.integers(0, 40), max_size=4)
tables = st.dictionaries(st.tuples(st.sampled_from("xyz"), st.sampled_from("pqr")), counts, min_size=1, max_size=9)


def own(**cells: int) -> dict[Key, dict[str, int]]:
    return {(name,): {"a": count} for name, count in cells.items()}


def test_small_cells_are_left_out_and_another_one_with_them() -> None:
    assert shown(own(x=3, y=40, z=12), OWN, margins=[0]) == {("x",): None, ("y",): 40, ("z",): None}


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    assert shown(own(x=7, y=41), OWN, margins=[0]) == {("x",): 5, ("y",): 40}


def test_a_cell_of_nothing_is_shown_as_nothing() -> None:
    assert shown(own(x=0, y=41), OWN, margins=[0]) == {("x",): 0, ("y",): 40}


def test_what_is_shared_needs_three_and_no_giant() -> None:
    assert not SHARED.is_safe({"a": 50, "b": 50})
    assert not SHARED.is_safe({"a": 80, "b": 10, "c": 10})
    assert not SHARED.is_safe({"a": 3, "b": 3, "c": 3})
    assert SHARED.is_safe({"a": 70, "b": 20, "c": 10})


@given(tables, st.sampled_from([OWN, SHARED]))
def test_no_unsafe_cell_is_shown(table: dict[Key, dict[str, int]], threshold: type) -> None:
    for key, value in shown(table, threshold, margins=[0, 1]).items():  # type: ignore[arg-type]
        if value:
            assert threshold.is_safe(table[key])  # type: ignore[attr-defined]
            assert value % BASE == 0


@given(tables)
def test_no_line_has_exactly_one_gap_beside_what_could_be_hidden(table: dict[Key, dict[str, int]]) -> None:
    """With one gap in a line, and the line's total, the gap would be no secret."""
    seen = shown(table, OWN, margins=[0, 1])
    for position, other in itertools.product((0, 1), {*"xyzpqr"}):
        line = {key: value for key, value in seen.items() if key[1 - position] == other}
        if sum(value is None for value in line.values()) == 1:
            assert all(value is None or sum(table[key].values()) == 0 for key, value in line.items())


@given(tables)
def test_a_total_is_shown_only_if_it_is_safe_itself(table: dict[Key, dict[str, int]]) -> None:
    whole = sum(sum(parts.values()) for parts in table.values())
    assert total(table, OWN) == (rounded(whole) if whole >= OWN.k else None)


def test_rounding_is_to_the_nearest_five() -> None:
    assert [rounded(each) for each in (0, 2, 3, 7, 8, 12)] == [0, 0, 5, 5, 10, 10]


def test_a_report_falls_into_a_cell_of_its_place_and_time() -> None:
    report = {"occurredAt": "2026-06-30T23:30:00.000Z", "type": "theft", "lossMinor": 19_999}
    assert Cell.of(report, "GB-ENG", "Europe/London").id == "2026-07|GB-ENG|theft|50-200|night"


def test_value_bands_have_no_gap() -> None:
    assert [value_band(each) for each in (0, 1, 49_99, 50_00, 200_00, 1_000_00, 4_999_99, 5_000_00)] == [
        "none",
        "under-50",
        "under-50",
        "50-200",
        "200-1000",
        "1000-5000",
        "1000-5000",
        HIGHEST,
    ]
