"""The audit trail: an entry is stored before the answer leaves; no entry, no personal data.

Entries hold ids, actions, purposes and the names of the policies that decided. Ids are random, so an entry tells
nothing to whoever cannot open the records themselves.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from shared.clock import Clock, rfc3339
from shared.ids import new_id
from shared.storage.cosmos import Container

type Outcome = Literal["allowed", "denied"]


@dataclass
class Witness:
    """Counts the entries of one request, so that the door can refuse an answer that nobody accounted for."""

    entries: int = 0


_witness: ContextVar[Witness | None] = ContextVar("audit_witness", default=None)


@contextmanager
def witnessed() -> Iterator[Witness]:
    seen = Witness()
    token = _witness.set(seen)
    try:
        yield seen
    finally:
        _witness.reset(token)


@dataclass(frozen=True)
class Entry:
    """One thing that somebody did, or was refused."""

    organisation: str
    """Whose data it was: the entry belongs to the controller of the data, not to the one who looked."""
    actor: str
    actor_organisation: str
    action: str
    subjects: Sequence[str]
    """Ids of the records concerned."""
    purpose: str | None = None
    policies: Sequence[str] = field(default_factory=tuple)
    outcome: Outcome = "allowed"


class Trail:
    def __init__(self, container: Container, clock: Clock) -> None:
        self._container, self._clock = container, clock

    async def record(self, entry: Entry) -> None:
        """Raises when the entry could not be stored: the caller must then not answer."""
        now = self._clock.now()
        await self._container.create(
            {
                "id": new_id(now),
                "organisationId": entry.organisation,
                "day": now.date().isoformat(),
                "at": rfc3339(now),
                "actor": entry.actor,
                "actorOrganisation": entry.actor_organisation,
                "action": entry.action,
                "subjects": list(entry.subjects),
                "purpose": entry.purpose,
                "policies": sorted(entry.policies),
                "outcome": entry.outcome,
            }
        )
        if seen := _witness.get():
            seen.entries += 1
