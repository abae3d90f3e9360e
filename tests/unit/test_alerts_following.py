"""Whoever follows their alerts meets each once, however writes and looks fall within a second."""

import re

from hypothesis import given
from hypothesis import strategies as st

from shared.alerts.following import LONGEST_PLACE, PLACE, Place, Seen
from shared.ids import derived_id

LOOK = None


@given(st.lists(st.one_of(st.just(LOOK), st.integers(0, 2)), max_size=60), st.integers(1, 4))
def test_each_alert_is_met_exactly_once_and_in_order(happens: list[int | None], limit: int) -> None:
    """``happens``: either a look of ``limit`` alerts, or a write so many seconds after the one before."""
    stored: list[Seen] = []
    met: list[Seen] = []
    place, now = Place(), 1_764_000_000

    def look() -> None:
        nonlocal place
        answered = [each for each in stored if each.second >= place.second][: limit + len(place.marks)]
        shown = [each for each in answered if place.is_new(each)][:limit]
        met.extend(shown)
        place = Place.parse(str(place.past(shown)))

    for event in happens:
        if event is LOOK:
            look()
        else:
            now += event
            stored.append(Seen.of(now, derived_id("alert", str(len(stored)))))
    for _ in range(len(stored) + 1):
        look()
    assert met == stored


def test_nothing_new_leaves_the_place_as_it_is() -> None:
    place = Place().past([Seen.of(1_764_000_000, derived_id("alert", "a"))])
    assert place.past([]) == place


def test_a_busy_second_still_makes_a_place_that_is_accepted() -> None:
    many = [Seen.of(1_764_000_000, derived_id("alert", str(number))) for number in range(450)]
    text = str(Place().past(many))
    assert re.fullmatch(PLACE, text)
    assert len(text) <= LONGEST_PLACE
