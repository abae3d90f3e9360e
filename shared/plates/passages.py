"""One passage is one candidate: when each listed vehicle passed a camera, a document a vehicle, camera and day.

A camera tells of a passage several times, or again after a lost answer. Whether a passage has been told already is one
point read, and the document is written over in the very batch that writes the candidate, on the condition that it is
as it was read: of two workers that are told of one passage at the same moment, one writes.

It holds moments, and its id tells neither plate nor entry. It goes by itself a day after the last passage; what is sent
again later still meets the id of its candidate.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from shared.clock import rfc3339
from shared.ids import derived_id
from shared.plates.models import Candidate
from shared.platform import Platform
from shared.storage.cosmos import Document, Write

WINDOW = timedelta(seconds=30)
"""Two reads of one vehicle by one camera that are closer together are one passage."""
MOST_REMEMBERED = 100
"""Of one day, the latest; a vehicle that passed more often is remembered as far as that."""
SECONDS = 24 * 3600


@dataclass(frozen=True)
class Passages:
    """Of one vehicle at one camera, on the day of ``at`` and what borders on it."""

    organisation: str
    site: str
    device: str
    entry: str
    at: datetime
    known: Document | None
    """The day's document; None if there was none."""
    moments: frozenset[datetime]

    @classmethod
    async def of(cls, platform: Platform, organisation: str, site: str, device: str, entry: str, at: datetime) -> Self:
        """One point read; two within half a minute of midnight, for a passage may cross it."""
        identifier, today = _id(device, entry), day_of(at)
        days = [today, *sorted({day_of(at - WINDOW), day_of(at + WINDOW)} - {today})]
        pairs = [(identifier, [organisation, site, day]) for day in days]
        found = await platform.container(Candidate.container).read_many(pairs)
        moments = frozenset(datetime.fromisoformat(each) for document in found if document for each in document["at"])
        return cls(organisation, site, device, entry, at, found[0], moments)

    async def again(self, platform: Platform) -> Self:
        """As they are now."""
        return await self.of(platform, self.organisation, self.site, self.device, self.entry, self.at)

    @property
    def told(self) -> bool:
        return any(abs(each - self.at) < WINDOW for each in self.moments)

    def noted(self) -> Write:
        """That this passage has been told, for the batch of its candidate."""
        earlier = self.known["at"] if self.known else []
        document = {
            "id": _id(self.device, self.entry),
            "organisationId": self.organisation,
            "siteId": self.site,
            "day": day_of(self.at),
            "kind": "passages",
            "at": sorted([*earlier, rfc3339(self.at)])[-MOST_REMEMBERED:],
            "ttl": SECONDS,
        }
        return Write("replace", document, self.known["_etag"]) if self.known else Write("create", document)


def candidate_id(device: str, entry: str, at: datetime) -> str:
    """The same for a read that is sent again, and for all reads of one vehicle within one window of the clock."""
    return derived_id("candidate", device, entry, str(int(at.timestamp()) // int(WINDOW.total_seconds())))


def day_of(at: datetime) -> str:
    """The partition of a candidate: its day in UTC, as its moment is stored."""
    return rfc3339(at)[:10]


def _id(device: str, entry: str) -> str:
    return derived_id("passages", device, entry)
