"""Who gets a request, as a pure rule."""

from typing import Any

import pytest

from shared.rights.holdings import within
from shared.rights.routing import Controller, chosen, names


def controller(name: str) -> Controller:
    return Controller(name, name, "GB", (), "Europe/London")


@pytest.mark.parametrize(
    ("said", "known", "named"),
    [
        ("Harbour and Pine, Quayside", ["Harbour & Pine"], True),
        ("the quayside shop", ["Quayside"], True),
        ("MILL LANE, Westmere", ["Mill Lane"], True),
        ("a lane by the mill", ["Mill Lane"], True),
        ("Lane's End", ["Mill Lane"], False),
        ("somewhere", ["The Co"], False),
        ("Épicerie du Port", ["Epicerie du port"], True),
    ],
)
def test_a_place_names_whoever_has_all_telling_words_in_it(said: str, known: list[str], named: bool) -> None:
    assert names(said, known) is named


@pytest.mark.parametrize(
    ("reasons", "got"),
    [
        ({"A": ["region"], "B": ["region"], "C": []}, ["A", "B"]),
        ({"A": ["named", "region"], "B": ["region"], "C": []}, ["A"]),
        ({"A": ["named"], "B": ["region", "event"], "C": ["token"]}, ["A", "B", "C"]),
        ({"A": [], "B": []}, []),
        ({"A": ["token"], "B": ["region"]}, ["A", "B"]),
    ],
)
def test_who_is_chosen(reasons: dict[str, Any], got: list[str]) -> None:
    assert [each.name for each, _ in chosen([(controller(name), why) for name, why in reasons.items()])] == got


@pytest.mark.parametrize(
    ("place", "region", "is_within"),
    [
        ("GB-ENG", "GB", True),
        ("GB", "GB-ENG", True),
        ("GB-ENG", "GB-SCT", False),
        ("GB", "G", False),
        ("NZ", "NZ", True),
    ],
)
def test_a_country_stands_for_its_parts(place: str, region: str, is_within: bool) -> None:
    assert within(place, region) is is_within
