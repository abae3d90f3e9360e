"""A short bad day: nothing that was acknowledged is lost, and nobody is told twice. The long one is
``python -m tests.bench.plates_faults``."""

from pathlib import Path

import pytest

from tests.bench import plates_faults


@pytest.mark.timeout(480)  # it waits for what comes back by itself, and stacks start slowly on a busy machine
def test_nothing_acknowledged_is_lost_and_nobody_is_told_twice(tmp_path: Path) -> None:
    """On a stack of its own, parts of which it kills."""
    outcome = plates_faults.on_a_stack(700, 30, tmp_path / "stack", breath=1.5, least=3)
    assert outcome.broken() == {}, outcome.rows()
    assert outcome.faults.total() >= 3, "the day was not bad enough"
