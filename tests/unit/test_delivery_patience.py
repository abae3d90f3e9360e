"""Tries get rarer and end; a receiver that is down is left alone, and asked by one when it may be back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.delivery.patience import LONGEST_REST, OPENS_AFTER, PAUSES, PROBE, Circuit, pause

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@given(st.integers(1, len(PAUSES)), st.floats(0, 1))
def test_pauses_grow_and_keep_near_their_plan(tries: int, chance: float) -> None:
    made = pause(tries, chance)
    assert made is not None
    assert 0.8 * PAUSES[tries - 1] <= made <= 1.2 * PAUSES[tries - 1]
    longest, later = pause(tries, 1), pause(tries + 1, 0)
    assert longest is not None
    assert later is None or later > longest


def test_it_ends() -> None:
    assert pause(len(PAUSES) + 1) is None
    assert sum(PAUSES, timedelta()) < timedelta(hours=24)


@given(st.lists(st.integers(0, 4000), max_size=40))
def test_a_circuit_opens_after_so_many_failures_and_never_for_too_long(seconds: list[int]) -> None:
    circuit, now = Circuit(), NOW
    for failures, after in enumerate(seconds, start=1):
        now += timedelta(seconds=after)
        circuit = circuit.failed(now)
        assert circuit.failures == failures
        assert circuit.is_open(now) == (failures >= OPENS_AFTER)
        if circuit.open_until:
            assert circuit.open_until - now <= LONGEST_REST
            assert circuit.needs_probe(circuit.open_until)
            assert circuit.probing(circuit.open_until).is_open(circuit.open_until + PROBE / 2)


def test_a_closed_circuit_asks_for_nothing() -> None:
    assert not Circuit().is_open(NOW)
    assert not Circuit().needs_probe(NOW)
