"""What may be asked for in a search of reports, and how far is near."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.geography import distance_km
from shared.reports.search import ReportSearch

POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
HALF_THE_WAY_ROUND_KM = 20_016


def test_a_degree_of_latitude_is_111_km() -> None:
    assert distance_km((51.0, -1.0), (52.0, -1.0)) == pytest.approx(111.19, abs=0.01)


@given(POINTS, POINTS)
def test_distance_is_the_same_both_ways_and_bounded(one: tuple[float, float], other: tuple[float, float]) -> None:
    assert distance_km(one, other) == pytest.approx(distance_km(other, one), abs=1e-6)
    assert 0 <= distance_km(one, other) <= HALF_THE_WAY_ROUND_KM
    assert distance_km(one, one) == 0


@pytest.mark.parametrize(
    "form",
    [
        {"plate": "ZX71 QLM"},
        {"near": {"km": 5}},
        {"near": {"km": 5, "latitude": 51.0}},
        {"near": {"km": 5, "latitude": 51.0, "longitude": 0.0, "siteId": "00000000-0000-8000-8000-000000000000"}},
        {"near": {"km": 0, "latitude": 51.0, "longitude": 0.0}},
        {"ethnicity": "any"},
        {"region": "England"},
    ],
)
def test_what_makes_no_sense_or_may_not_be_asked_is_refused(form: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ReportSearch.model_validate(form)


def test_a_place_on_the_equator_or_on_the_meridian_of_greenwich_is_a_place() -> None:
    form = ReportSearch.model_validate({"near": {"km": 5, "latitude": 0.0, "longitude": 0.0}})
    assert form.near


def test_what_was_sought_names_the_filters_and_not_the_page() -> None:
    form = ReportSearch.model_validate({"product": "Razor", "limit": 5, "cursor": "abc", "facets": True})
    assert form.sought == '{"product":"Razor","facets":true}'
    assert form.searched == '{"product":"Razor"}'
