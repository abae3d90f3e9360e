"""Forgetting audit entries at the end of their time. Their leaves stay, and no longer mean anything to anybody."""

from dataclasses import dataclass
from datetime import datetime

from shared.audit.trail import Entry, Trail, day_key
from shared.sealing.keyring import Keyring
from shared.storage.cosmos import Container

ACTOR = "retention"
DUE = "c.kind = 'entry' AND c.unsealed = false AND c.day < @before"


@dataclass(frozen=True)
class Disposal:
    entries: Container
    keyring: Keyring
    trail: Trail

    async def sweep(self, before: datetime, most: int) -> int:
        """Disposes of up to ``most`` entries of the days before that of ``before``, and accounts for each such day.

        The key of what was searched on a day goes first, then the entries: an interrupted run is finished by the next.
        """
        text = f"SELECT c.id, c.organisationId, c.day FROM c WHERE {DUE} OFFSET 0 LIMIT {most:d}"  # noqa: S608
        due = [each async for each in self.entries.query(text, {"before": before.date().isoformat()})]
        days = {(each["organisationId"], each["day"], day_key(each)) for each in due}
        for organisation, day, key in sorted(days):
            await self.keyring.destroy(organisation, key)
            await self.trail.record(_account(organisation, day))
        for each in due:
            await self.entries.delete(each["id"], [each["organisationId"], each["day"]])
        return len(due)


def _account(organisation: str, day: str) -> Entry:
    return Entry(
        organisation=organisation,
        actor=ACTOR,
        actor_organisation=organisation,
        action="audit:dispose",
        subjects=[day],
        policies=("retention-audit",),
    )
