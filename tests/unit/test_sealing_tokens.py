"""Blind index tokens: equal where they should be, and nowhere else."""

from hypothesis import given
from hypothesis import strategies as st

from shared.sealing.tokens import CONFUSABLE, normalised_plate, plate_tokens

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
plates = st.text(ALPHABET, min_size=2, max_size=8)
KEY, OTHER = b"k" * 32, b"o" * 32


@given(plates, plates)
def test_exact_tokens_are_equal_only_for_equal_plates(one: str, other: str) -> None:
    assert (plate_tokens(KEY, one)[0] == plate_tokens(KEY, other)[0]) == (one == other)


@given(plates, plates)
def test_folded_tokens_are_equal_only_for_plates_that_cameras_confuse(one: str, other: str) -> None:
    alike = one.translate(CONFUSABLE) == other.translate(CONFUSABLE)
    assert (plate_tokens(KEY, one)[1] == plate_tokens(KEY, other)[1]) == alike


@given(plates)
def test_two_scopes_never_share_a_token(plate: str) -> None:
    assert not set(plate_tokens(KEY, plate)) & set(plate_tokens(OTHER, plate))


@given(plates)
def test_exact_and_folded_tokens_cannot_be_mistaken_for_each_other(plate: str) -> None:
    exact, folded = plate_tokens(KEY, plate)
    assert exact != folded


def test_spelling_does_not_matter() -> None:
    assert {normalised_plate(text) for text in ("ab12 cde", "AB12-CDE", " Ab12cDe ", "ＡＢ12ＣＤＥ")} == {"AB12CDE"}
