"""Working days, as a law and a place have them."""

import functools
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """Which days are working days: Monday to Friday, without holidays and without a closed part of the year."""

    country: str = ""
    """ISO 3166-1; empty where no holidays count."""
    part: str = ""
    """The second half of an ISO 3166-2 code, if the holidays of that part count."""
    closed: tuple[tuple[int, int], tuple[int, int]] | None = None
    """First and last day (month, day) of the closed part of each year; it may go over the end of the year."""

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < SATURDAY and not self._is_closed(day) and day not in _holidays(*self._at(day))

    def next_working_day(self, day: date) -> date:
        """The day itself if it is one."""
        while not self.is_working_day(day):
            day += DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The day on which the ``count``-th working day after ``day`` falls."""
        for _ in range(count):
            day = self.next_working_day(day + DAY)
        return day

    def _at(self, day: date) -> tuple[str, str, int]:
        return self.country, self.part, day.year

    def _is_closed(self, day: date) -> bool:
        if self.closed is None:
            return False
        first, last = self.closed
        today = (day.month, day.day)
        return first <= today <= last if first <= last else today >= first or today <= last


@functools.lru_cache(maxsize=256)
def _holidays(country: str, part: str, year: int) -> Collection[date]:
    """Public holidays of the country, and of its part where the list knows it. Raises for an unknown country: without
    its holidays a last day would be a guess."""
    if not country:
        return ()
    import holidays  # noqa: PLC0415

    known = holidays.list_supported_countries().get(country, [])
    return frozenset(holidays.country_holidays(country, subdiv=part if part in known else None, years=year))
