"""What counts as one plate: the variants that a read is tried as, and the check on the entry that was found."""

import hmac
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from shared.plates.likeness import ALPHABET, SHORTEST, Likeness, folded, likeness, one_off
from shared.sealing.tokens import FoldedNumbers, number_of, plate_tokens

PLATES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=SHORTEST, max_size=8)


@given(PLATES, st.binary(min_size=32, max_size=32))
def test_numbers_begin_like_the_stored_tokens(plate: str, key: bytes) -> None:
    assert FoldedNumbers(key).number(folded(plate)) == number_of(plate_tokens(key, plate)[1])
    whole = hmac.digest(key, f"plate-folded|{folded(plate)}".encode(), sha256)
    assert FoldedNumbers(key).number(folded(plate)) == int.from_bytes(whole[:8])


@given(PLATES)
def test_each_variant_is_tried_once_and_is_one_character_off(plate: str) -> None:
    tried = list(one_off(folded(plate)))
    assert len(tried) == len(set(tried))
    assert folded(plate) not in tried
    for each in tried:
        assert likeness(each, plate) is Likeness.ONE_OFF


@given(PLATES, st.integers(0, 8), st.sampled_from(ALPHABET), st.sampled_from(["other", "more", "less"]))
def test_whatever_is_one_character_off_is_tried(plate: str, at: int, other: str, change: str) -> None:
    plain = folded(plate)
    at = min(at, len(plain) - 1)
    head, tail = plain[:at], plain[at:]
    changed = {"other": head + other + tail[1:], "more": head + other + tail, "less": head + tail[1:]}[change]
    assert (changed in set(one_off(plain))) == (changed != plain)


def test_what_cameras_confuse_is_one_plate_and_says_so() -> None:
    assert likeness("OD10 QSB", "od10-qsb") is Likeness.EXACT
    assert likeness("OD10 QSB", "0D1OQ5B") is Likeness.FOLDED
    assert likeness("OD10 QSB", "0D1OQ5X") is Likeness.ONE_OFF
    assert likeness("OD10 QSB", "0D1OX5X") is None
    assert likeness("OD10 QSB", "OD10 QSB12") is None


def test_short_plates_have_to_be_read_right() -> None:
    assert list(one_off("A1B2")) == []
    assert likeness("A1B3", "A1B2") is None
    assert likeness("A1B2", "A1 B2") is Likeness.EXACT
