"""The list in memory finds what is in it, at any size, and takes little room."""

import random
import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.plates.table import Table

NOW = datetime(2026, 7, 4, 9, 15, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(days=1), NOW - timedelta(seconds=1)
NUMBERS = st.integers(0, 2**64 - 1)


@given(st.lists(st.tuples(st.integers(0, 40) | NUMBERS, st.uuids(), st.sampled_from([LATER, EARLIER])), max_size=300))
def test_it_is_a_mapping_of_numbers_to_entries_in_force(changes: list[tuple[int, uuid.UUID, datetime]]) -> None:
    table, expected = Table(), dict[int, dict[str, datetime]]()
    for number, entry, ends in changes:
        table.put(number, str(entry), ends)
        expected.setdefault(number or 1, {})[str(entry)] = ends
    for number, entries in expected.items():
        assert table.holds(number)
        assert set(table.find(number, NOW)) == {each for each, ends in entries.items() if ends > NOW}
    for number in set(range(42)) - expected.keys() - {0}:
        assert not table.holds(number)
        assert not list(table.find(number, NOW))


def test_an_entry_that_is_withdrawn_leaves_and_one_that_is_prolonged_stays() -> None:
    table, entry = Table(), str(uuid.uuid4())
    for ends, found in ((LATER, [entry]), (EARLIER, []), (LATER, [entry])):
        table.put(7, entry, ends)
        assert list(table.find(7, NOW)) == found
    assert len(table) == 1


def test_room_for_an_entry_is_bounded_at_every_size() -> None:
    chance, table = random.Random(7), Table()
    for count in range(1, 40_000):
        table.put(chance.getrandbits(64), str(uuid.UUID(int=chance.getrandbits(128))), LATER)
        if count > 1_000:
            assert table.nbytes <= 64 * count
