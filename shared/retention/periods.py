"""Periods of the calendar, as the law counts them: months at the place where the record was made, and never longer.

The arithmetic is that of ISO 8601: a month after 31 January is the last of February, a year after 29 February is the
28th. A wall clock that shows an hour twice, or leaves one out, is read so that the moment comes early rather than late.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

WRITTEN = re.compile(r"P(?:(?P<months>\d{1,3})M|(?P<days>\d{1,4})D|T(?P<hours>\d{1,4})H)")
ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Period:
    """So many months, days or hours; exactly one of them is given."""

    months: int = 0
    days: int = 0
    hours: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """``P12M``, ``P7D`` or ``PT72H``. Raises ValueError for anything else."""
        found = WRITTEN.fullmatch(text)
        if not found:
            raise ValueError("Write a period as P12M (months), P7D (days) or PT72H (hours).")
        return cls(**{unit: int(count) for unit, count in found.groupdict().items() if count})

    def __str__(self) -> str:
        if self.months:
            return f"P{self.months}M"
        return f"P{self.days}D" if self.days else f"PT{self.hours}H"

    @property
    def words(self) -> str:
        """As people say it: ``12 months``, ``1 day``, ``not kept``."""
        for count, unit in ((self.months, "month"), (self.days, "day"), (self.hours, "hour")):
            if count:
                return f"{count} {unit}{'s' if count > 1 else ''}"
        return "not kept"

    @property
    def is_nothing(self) -> bool:
        """What is kept for no time at all is not stored in the first place."""
        return not (self.months or self.days or self.hours)

    def after(self, start: datetime, zone: ZoneInfo) -> datetime:
        """The moment (UTC) at which the period that began at ``start`` has run out in ``zone``."""
        if self.hours:
            return start.astimezone(UTC) + timedelta(hours=self.hours)
        wall = start.astimezone(zone).replace(tzinfo=None) + relativedelta(months=self.months, days=self.days)
        return min(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))

    def before(self, end: datetime) -> datetime:
        """The latest start (UTC) of such a period that has run out by ``end``, to within a day at month ends."""
        return end.astimezone(UTC) - relativedelta(months=self.months, days=self.days, hours=self.hours)

    @property
    def length(self) -> timedelta:
        """For comparing: how long the period is when it begins with a year."""
        return self.after(ANCHOR, ZoneInfo("UTC")) - ANCHOR

    @property
    def longest(self) -> timedelta:
        """No period of this name lasts longer, whenever and wherever it begins."""
        return timedelta(days=31 * self.months + self.days, hours=self.hours) + timedelta(hours=2)
