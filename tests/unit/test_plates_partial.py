"""Part of a plate, as somebody remembers it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.plates import partial
from shared.sealing.tokens import normalised_plate

PLATES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=6, max_size=9)


@given(PLATES, st.data())
def test_a_plate_is_found_by_any_part_of_it(plate: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(plate) - 1))
    gap = data.draw(st.sampled_from(["?", "*"]))
    ends = data.draw(st.integers(at, min(at + 1, len(plate)))) if gap == "*" else at + 1
    part = plate[:at] + gap + plate[ends:]
    assert partial.check(part) == part
    for like in (False, True):
        assert partial.pattern(part, like=like).fullmatch(partial.seen_as(plate.lower(), like=like))


@given(PLATES, PLATES)
def test_a_question_mark_is_one_character(plate: str, other: str) -> None:
    found = bool(partial.pattern(plate[:-1] + "?", like=False).fullmatch(partial.seen_as(other, like=False)))
    assert found == (len(other) == len(plate) and other[:-1] == plate[:-1])


@pytest.mark.parametrize("part", ["AB12?", "*", "?????", "A-B 1*2", "AB12.*", "A*B*C*D*E1"])
def test_what_is_known_too_little_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match=r"at least 5|at most 3"):
        partial.check(part)


@pytest.mark.parametrize("part", ["AB(12C?", "AB[12]C*", "AB+12C?", "^AB12C$?"])
def test_signs_mean_nothing(part: str) -> None:
    """They are left out, as in every plate."""
    assert partial.pattern(part, like=False).fullmatch(normalised_plate(part) + "X")
