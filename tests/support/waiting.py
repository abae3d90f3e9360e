"""Waiting for what other processes do. A test says what it waits for, and never how fast a machine is: on a quiet one
the condition holds within a moment, on a busy one within a minute."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

WITHIN = 60.0
"""Seconds. Nothing is lost by more of them: only a test that fails anyway waits so long."""
EVERY = 0.1


async def eventually[T](
    check: Callable[[], Awaitable[T | None]], *, within: float = WITHIN, every: float = EVERY, what: str = ""
) -> T:
    """What ``check`` gives, once that is true. Raises an AssertionError that says what was waited for: ``what``, or the
    first line of the check's docstring, or its name."""
    until = time.monotonic() + within
    while not (found := await check()):
        if time.monotonic() > until:
            raise _not_reached(check, what, within, found)
        await asyncio.sleep(every)
    return found


def until[T](check: Callable[[], T | None], *, within: float = WITHIN, every: float = EVERY, what: str = "") -> T:
    """The same where nothing is asynchronous."""
    end = time.monotonic() + within
    while not (found := check()):
        if time.monotonic() > end:
            raise _not_reached(check, what, within, found)
        time.sleep(every)
    return found


def _not_reached(check: Callable[[], Any], what: str, within: float, found: Any) -> AssertionError:
    awaited = what or (check.__doc__ or "").split("\n")[0] or check.__name__
    return AssertionError(f"not within {within:g} s: {awaited} (last seen: {found!r})")
