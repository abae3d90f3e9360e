"""The time as a stand-in tells it: this machine's, unless somebody skewed it to see what then happens."""

import time
from datetime import UTC, datetime

_skew = 0.0


def skew(seconds: float) -> None:
    """From now on this process is so many seconds ahead, or behind if negative."""
    global _skew  # noqa: PLW0603 - one clock a process, as in life
    _skew = seconds


def skewed() -> float:
    return _skew


def now() -> float:
    """Seconds since the epoch."""
    return time.time() + _skew


def moment() -> datetime:
    return datetime.fromtimestamp(now(), UTC)
