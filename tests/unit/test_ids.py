"""Ids sort by time, repeat where they must, and say nothing."""

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.ids import derived_id, new_id

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments)
def test_new_ids_are_uuid_version_7_and_carry_the_moment(at: datetime) -> None:
    made = uuid.UUID(new_id(at))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == int(at.timestamp() * 1000)


@given(moments)
def test_later_ids_sort_later(at: datetime) -> None:
    assert new_id(at) < new_id(at + timedelta(milliseconds=2))


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_derived_ids_are_functions_of_their_parts(one: list[str], other: list[str]) -> None:
    assert derived_id(*one) == derived_id(*one)
    assert uuid.UUID(derived_id(*one)).version == 8
    if "\x1f".join(one) != "\x1f".join(other):
        assert derived_id(*one) != derived_id(*other)
