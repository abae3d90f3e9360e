"""How long to go on trying: pauses between tries of one delivery, and a circuit that spares a receiver that is down."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

PAUSES = tuple(timedelta(seconds=each) for each in (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800))
"""Ten tries within some sixteen hours."""
JITTER = 0.2
GIVE_UP_AFTER = timedelta(hours=24)
"""From the first try on, waits at an open circuit included: a warning of yesterday warns nobody."""

OPENS_AFTER = 5
"""Failures in a row, of whatever deliveries."""
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=15)
PROBE = timedelta(seconds=30)
"""How long the one that tries whether the receiver is back has for it; the others wait so much longer."""


def pause(tries: int, chance: float | None = None) -> timedelta | None:
    """The pause after so many failed tries; None when it is time to give up. ``chance`` from 0 to 1 spreads it, so
    that what failed together does not come back together."""
    if tries > len(PAUSES):
        return None
    spread = 1 + JITTER * (2 * (random.random() if chance is None else chance) - 1)
    return PAUSES[tries - 1] * spread


def a_little() -> timedelta:
    """So that those who wait for one probe do not all come at once."""
    return FIRST_REST * random.random()


@dataclass(frozen=True)
class Circuit:
    """Closed until ``OPENS_AFTER`` failures in a row; then open until ``open_until``, when one may probe."""

    failures: int = 0
    open_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        return self.open_until is not None and now < self.open_until

    def needs_probe(self, now: datetime) -> bool:
        return self.open_until is not None and now >= self.open_until

    def probing(self, now: datetime) -> "Circuit":
        """Half open: whoever stores this first is the one that probes."""
        return Circuit(self.failures, now + PROBE)

    def failed(self, now: datetime) -> "Circuit":
        failures = self.failures + 1
        if failures < OPENS_AFTER:
            return Circuit(failures)
        rest = min(FIRST_REST * 2 ** min(failures - OPENS_AFTER, 10), LONGEST_REST)
        return Circuit(failures, now + rest)
