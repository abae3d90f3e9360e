"""Quotas on the distinct records that somebody is shown: what keeps reading from becoming copying.

Each worker remembers what it showed to whom today, and adds what is new to a shared counter every few records. So a
repeated look costs nothing, and several workers together overrun a quota by at most ``STEP`` records each.
"""

import functools
import secrets
import tomllib
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from shared.clock import Clock
from shared.errors import QuotaSpent
from shared.identity.principals import Principal
from shared.storage.cosmos import Container

FILE = Path(__file__).with_name("quotas.toml")
STEP = 10
KEPT_SECONDS = 3 * 24 * 3600
MOST_PEOPLE = 5_000


@functools.cache
def limits() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text())


@dataclass
class _Day:
    """What one worker has shown to one person, or to one organisation, on one day."""

    day: str
    shown: set[str] = field(default_factory=set)
    uncounted: int = 0
    total: int = 0
    """As the shared counter last said."""

    @property
    def count(self) -> int:
        return max(len(self.shown), self.total + self.uncounted)


class Quotas:
    def __init__(self, container: Container, clock: Clock) -> None:
        self._container, self._clock = container, clock
        self._days: OrderedDict[str, _Day] = OrderedDict()
        self._refusals: OrderedDict[str, list[float]] = OrderedDict()

    async def spend(self, principal: Principal, subjects: Collection[str], *, others: bool) -> None:
        """Counts records about to be shown; ``others`` are those of another organisation.

        Raises:
            QuotaSpent: before anything is shown that goes beyond a quota.
        """
        if principal.kind != "user" or not subjects:
            return
        user, organisation = limits()["user"], limits()["organisation"]
        await self._count(principal, f"user:{principal.id}", subjects, user["records_a_day"])
        if others:
            await self._count(principal, f"others:{principal.id}", subjects, user["others_records_a_day"])
            slot = f"organisation:{principal.organisation}"
            await self._count(principal, slot, subjects, organisation["others_records_a_day"])

    async def search(self, principal: Principal) -> None:
        """Counts one search for something that is personal. Raises :class:`QuotaSpent` beyond the day's."""
        slot, limit = f"searches:{principal.id}", limits()["user"]["searches_a_day"]
        await self._count(principal, slot, [secrets.token_hex(8)], limit)

    def refused(self, principal: Principal) -> bool:
        """Notes a refusal of a stranger; True when this is the one too many: then somebody should look."""
        now = self._clock.now().timestamp()
        recent = [each for each in self._refusals.get(principal.id, []) if each > now - 3600]
        self._refusals[principal.id] = [*recent, now]
        _shorten(self._refusals)
        return len(recent) + 1 == int(limits()["user"]["refusals_an_hour"])

    def is_guessing(self, principal: Principal) -> bool:
        now = self._clock.now().timestamp()
        recent = [each for each in self._refusals.get(principal.id, []) if each > now - 3600]
        return len(recent) >= int(limits()["user"]["refusals_an_hour"])

    async def _count(self, principal: Principal, slot: str, subjects: Collection[str], limit: int) -> None:
        day = self._clock.now().date().isoformat()
        kept = self._days.get(slot)
        if kept is None or kept.day != day:
            kept = self._days[slot] = _Day(day)
            _shorten(self._days)
        fresh = set(subjects) - kept.shown
        if kept.count + len(fresh) > limit:
            raise QuotaSpent(
                "You have opened or searched more today than work usually needs. Your privacy officer has been told; "
                "the quota starts anew at midnight (UTC).",
                headers={"Retry-After": str(self._seconds_left())},
            )
        kept.shown |= fresh
        kept.uncounted += len(fresh)
        if kept.uncounted >= STEP:
            by, kept.uncounted = kept.uncounted, 0
            kept.total = await self._container.increment(
                f"{slot}:{day}", principal.organisation, "records", by, {"ttl": KEPT_SECONDS}
            )

    def _seconds_left(self) -> int:
        now = self._clock.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return max(1, round((midnight - now).total_seconds()))


def _shorten(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > MOST_PEOPLE:
        kept.popitem(last=False)
