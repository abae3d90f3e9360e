"""Sealed values open where they belong and nowhere else, whatever is changed."""

import base64
from dataclasses import replace

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import CannotOpen
from shared.sealing.envelope import Place, RecordKey, open_, seal
from shared.sealing.tokens import (
    CONFUSABLE,
    Index,
    normalised_name,
    normalised_plate,
    person_token,
    phone_token,
    plate_tokens,
)

KEY, OTHER = RecordKey("record-1", b"k" * 32), RecordKey("record-1", b"o" * 32)
PLACE = Place("org-1", "reports", "record-1", "whatHappened", 1)
values = st.binary(max_size=400)
keys = st.binary(min_size=32, max_size=32)
names = st.text(st.characters(categories=["L", "Zs"]), min_size=1, max_size=30).filter(lambda name: name.strip())


@given(values)
def test_what_was_sealed_opens(value: bytes) -> None:
    assert open_(seal(value, KEY, PLACE), KEY, PLACE) == value


@given(values, st.data())
def test_one_bit_is_enough_to_fail(value: bytes, data: st.DataObject) -> None:
    layout, key_id, encoded = seal(value, KEY, PLACE).split(".")
    raw = bytearray(base64.urlsafe_b64decode(encoded))
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    raw[bit // 8] ^= 1 << bit % 8
    altered = f"{layout}.{key_id}.{base64.urlsafe_b64encode(bytes(raw)).decode()}"
    with pytest.raises(CannotOpen):
        open_(altered, KEY, PLACE)


@given(values, st.sampled_from(["organisation", "container", "record", "field", "schema"]))
def test_it_opens_in_no_other_place(value: bytes, what: str) -> None:
    elsewhere = replace(PLACE, **{what: 2 if what == "schema" else "other"})
    with pytest.raises(CannotOpen):
        open_(seal(value, KEY, PLACE), KEY, elsewhere)


@given(values)
def test_it_opens_with_no_other_key(value: bytes) -> None:
    envelope = seal(value, KEY, PLACE)
    for wrong in (OTHER, RecordKey("record-2", KEY.secret)):
        with pytest.raises(CannotOpen):
            open_(envelope, wrong, PLACE)
    with pytest.raises(CannotOpen):
        open_(envelope.replace("1.", "2.", 1), KEY, PLACE)


@given(st.builds(Place, *[st.text(st.characters(exclude_categories=["Cs"]), max_size=20)] * 4, st.integers(0, 99)))
def test_the_associated_data_is_canonical(place: Place) -> None:
    """Against the reference implementation of RFC 8785."""
    assert place.associated_data("kid") == rfc8785.dumps({**vars(place), "kid": "kid", "v": "1"})


@given(values)
def test_the_same_value_is_never_sealed_twice_alike(value: bytes) -> None:
    assert seal(value, KEY, PLACE) != seal(value, KEY, PLACE)


@given(st.text(max_size=200))
def test_whatever_is_put_in_the_place_of_an_envelope_is_refused(text: str) -> None:
    with pytest.raises(CannotOpen):
        open_(text, KEY, PLACE)


@given(st.lists(keys, min_size=2, max_size=2, unique=True), st.from_regex(r"[A-Z0-9]{2,8}", fullmatch=True))
def test_two_scopes_have_no_token_in_common(pair: list[bytes], plate: str) -> None:
    one, other = pair
    assert not set(plate_tokens(one, plate)) & set(plate_tokens(other, plate))
    assert plate_tokens(one, plate) == plate_tokens(Index((one, other)).newest, plate)


@given(st.from_regex(r"[A-Z0-9]{2,8}", fullmatch=True), st.from_regex(r"[A-Z0-9]{2,8}", fullmatch=True))
def test_the_fold_joins_what_cameras_confuse_and_no_more(one: str, other: str) -> None:
    alike = len(one) == len(other) and all(
        a == b or a.translate(CONFUSABLE) == b.translate(CONFUSABLE) for a, b in zip(one, other, strict=False)
    )
    assert (plate_tokens(KEY.secret, one)[1] == plate_tokens(KEY.secret, other)[1]) == alike


@pytest.mark.parametrize("pair", ["O0", "Q0", "D0", "I1", "B8", "S5", "Z2", "G6"])
def test_each_pair_that_is_confused(pair: str) -> None:
    one, other = f"AB{pair[0]}C", f"AB{pair[1]}C"
    assert plate_tokens(KEY.secret, one)[1] == plate_tokens(KEY.secret, other)[1]
    assert plate_tokens(KEY.secret, one)[0] != plate_tokens(KEY.secret, other)[0]
    assert normalised_plate(one) != normalised_plate(other)


# -- people ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling", ["Zoë O'Brien", "zoe obrien", "O’BRIEN, Zoe", "  Obrien   ZOË ", "Zoe\u0308 O`Brien"]
)
def test_spellings_of_one_name(spelling: str) -> None:
    assert normalised_name(spelling) == "obrien zoe"


@given(names, st.integers(1900, 2020))
def test_a_person_token_is_short_enough_to_be_shared(name: str, year: int) -> None:
    """20 bits: a million values, so that a token alone proves nothing about anybody."""
    found = person_token(KEY.secret, name, year)
    assert len(found) == 5
    assert found == person_token(KEY.secret, name.upper().lower(), year) or name.lower() != name.upper().lower()


def test_neither_name_nor_year_alone_gives_the_token() -> None:
    assert person_token(KEY.secret, "Nora Quill", 1990) != person_token(KEY.secret, "Nora Quill", 1991)
    assert person_token(KEY.secret, "Nora Quill", 1990) != person_token(KEY.secret, "Nora Quilt", 1990)


@pytest.mark.parametrize(
    ("number", "region"),
    [("+44 20 7946 0018", None), ("020 7946 0018", "GB"), ("(020) 7946-0018", "GB"), ("0044 20 7946 0018", "GB")],
)
def test_spellings_of_one_telephone_number(number: str, region: str | None) -> None:
    assert phone_token(KEY.secret, number, region) == phone_token(KEY.secret, "+442079460018")


@pytest.mark.parametrize("number", ["", "razor blades", "020 7946 0018", "+44 1", "1" * 30])
def test_what_is_no_telephone_number(number: str) -> None:
    with pytest.raises(ValueError, match="not a telephone number"):
        phone_token(KEY.secret, number)
