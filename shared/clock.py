"""Time is handed in, never fetched: deadlines and retention must be testable on any day."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Protocol

from pydantic import AwareDatetime, PlainSerializer


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, always in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class SetClock:
    """A clock that stands still until it is moved: history is seeded and rules are tested with it."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def advance(self, by: timedelta) -> None:
        self.moment += by


def rfc3339(moment: datetime) -> str:
    """Fixed-width RFC 3339 in UTC with milliseconds, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[AwareDatetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]
"""A field type: a moment with a zone on the way in, :func:`rfc3339` on the way out."""
