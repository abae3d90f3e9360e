"""Finding audit entries of one organisation: by time, by who did what to which record, and by what came of it."""

from dataclasses import dataclass
from datetime import datetime

from shared.audit.trail import Outcome
from shared.clock import rfc3339
from shared.storage.cosmos import Container, Document


@dataclass(frozen=True)
class Wanted:
    """Everything given must hold."""

    since: datetime | None = None
    until: datetime | None = None
    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    outcome: Outcome | None = None

    @property
    def condition(self) -> tuple[str, dict[str, object]]:
        clauses: dict[str, tuple[str, object]] = {"kind": ("c.kind = @kind", "entry")}
        if self.since:
            clauses["since"] = ("c.at >= @since", rfc3339(self.since))
        if self.until:
            clauses["until"] = ("c.at < @until", rfc3339(self.until))
        if self.actor:
            clauses["actor"] = ("c.actor = @actor", self.actor)
        if self.action:
            clauses["action"] = ("c.action = @action", self.action)
        if self.subject:
            clauses["subject"] = ("ARRAY_CONTAINS(c.subjects, @subject)", self.subject)
        if self.outcome:
            clauses["outcome"] = ("c.outcome = @outcome", self.outcome)
        where = " AND ".join(clause for clause, _ in clauses.values())
        return where, {name: value for name, (_, value) in clauses.items()}


async def newest(
    entries: Container, organisation: str, wanted: Wanted, after: tuple[str, str] | None, count: int
) -> list[Document]:
    """Up to ``count`` entries, newest first, those after the pair of time and id ``after``."""
    where, parameters = wanted.condition
    return await entries.newest(where, parameters, [organisation], by="at", after=after, count=count)
