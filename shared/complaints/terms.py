"""By when receipt must be confirmed and an answer should come, at the place of the controller."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.organisations import service as organisations
from shared.organisations.models import Organisation
from shared.platform import Platform
from shared.retention import schedule
from shared.rights import clock, terms
from shared.rights.clock import Clock
from shared.rights.terms import Step

REMIND_BEFORE = timedelta(days=7)


@dataclass(frozen=True)
class Days:
    """``acknowledge_by``: None where the law sets no day; ``answer_by`` is ours, for every complaint."""

    rule: str | None
    acknowledge_by: date | None
    answer_by: date

    @property
    def first(self) -> date:
        return min(each for each in (self.acknowledge_by, self.answer_by) if each)


async def days_of(platform: Platform, home: Organisation, received: datetime, *, complaint: bool) -> Days:
    """Only complaints have a day by law; a third party's own law sets its pace, so ours is what we promise."""
    day = clock.local_day(received, await zone_of(platform, home.id))
    regime = schedule.regime_of(home.jurisdiction)
    known = regime if regime in terms.regimes() else None
    row = terms.row(known, Step.ACKNOWLEDGE_COMPLAINT) if known and complaint else None
    calendar = terms.calendar(known or "AU", home.jurisdiction)  # the target is in days, which no calendar changes
    return Days(
        rule=row.id if row else None,
        acknowledge_by=clock.due(Clock(row.regime, home.jurisdiction, day), Step.ACKNOWLEDGE_COMPLAINT, day)
        if row
        else None,
        answer_by=terms.target().after(day, calendar),
    )


async def zone_of(platform: Platform, organisation: str) -> ZoneInfo:
    """An organisation has no zone of its own: that of its first site, by name."""
    found = await organisations.sites(platform, organisation)
    return ZoneInfo(found[0].time_zone) if found else schedule.UTC_ZONE
