"""A sealed value opens only with its own key, in its own place, unaltered."""

import base64
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import CannotOpen
from shared.sealing.envelope import Place, RecordKey, open_, seal

KEY = RecordKey("record-1", bytes(range(32)))
PLACE = Place("org-1", "reports", "record-1", "whatHappened", 1)


@given(st.binary(max_size=2000))
def test_what_was_sealed_opens_again(value: bytes) -> None:
    assert open_(seal(value, KEY, PLACE), KEY, PLACE) == value


@given(st.binary(min_size=1, max_size=200), st.data())
def test_any_flipped_bit_is_noticed(value: bytes, data: st.DataObject) -> None:
    layout, key_id, encoded = seal(value, KEY, PLACE).split(".")
    raw = bytearray(base64.urlsafe_b64decode(encoded))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    altered = f"{layout}.{key_id}.{base64.urlsafe_b64encode(bytes(raw)).decode()}"
    with pytest.raises(CannotOpen):
        open_(altered, KEY, PLACE)


@pytest.mark.parametrize("name", [field.name for field in fields(Place)])
def test_a_value_moved_to_another_place_does_not_open(name: str) -> None:
    elsewhere = replace(PLACE, **{name: 2 if name == "schema" else "another"})
    with pytest.raises(CannotOpen):
        open_(seal(b"story", KEY, PLACE), KEY, elsewhere)


def test_another_records_key_does_not_open() -> None:
    envelope = seal(b"story", KEY, PLACE)
    with pytest.raises(CannotOpen):
        open_(envelope, RecordKey("record-1", bytes(32)), PLACE)
    with pytest.raises(CannotOpen):
        open_(envelope, RecordKey("record-2", KEY.secret), PLACE)


@pytest.mark.parametrize("garbage", ["", "1", "1.record-1", "1.record-1.!!", "9.record-1.AAAA", "1.record-1.AAAA"])
def test_garbage_is_refused_not_crashed_on(garbage: str) -> None:
    with pytest.raises(CannotOpen):
        open_(garbage, KEY, PLACE)


def test_equal_values_never_look_equal() -> None:
    assert seal(b"same", KEY, PLACE) != seal(b"same", KEY, PLACE)


def test_a_key_does_not_print_its_secret() -> None:
    assert KEY.secret.hex() not in repr(KEY)
    assert str(KEY.secret) not in repr(KEY)
