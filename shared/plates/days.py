"""The days of unmatched reads: one key for all reads of one site on one day, and one document that says when they go.

A day is that of the site's own calendar, and its clock starts at midnight there, so that no read is kept longer than
the schedule's period.
"""

import contextlib
from collections import OrderedDict
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.clock import rfc3339
from shared.errors import Conflict
from shared.ids import derived_id
from shared.platform import Platform
from shared.retention.terms import terms_of

MOST_REMEMBERED = 10_000
BACKSTOP = timedelta(hours=48)
"""The timer disposes of reads; Cosmos DB does so too, this much later, in case the timer should stand still."""
_opened: OrderedDict[str, datetime] = OrderedDict()


async def dispose_at(platform: Platform, organisation: str, site: str, captured_at: datetime) -> datetime:
    """When the reads of that day go. The document that says so is stored before the first of them."""
    terms = await terms_of(platform, organisation, site)
    day, starts = day_of(captured_at, terms.zone)
    key = key_id(organisation, site, day)
    if known := _opened.get(key):
        return known
    ends = terms.dispose_at("plate_read", starts)
    document = {
        "id": key,
        "organisationId": organisation,
        "siteId": site,
        "day": day,
        "kind": "day",
        "startsAt": rfc3339(starts),
        "disposeAt": rfc3339(ends),
    }
    with contextlib.suppress(Conflict):  # another worker opened the day
        await platform.container("plateReads").create(document)
    _opened[key] = ends
    while len(_opened) > MOST_REMEMBERED:
        _opened.popitem(last=False)
    return ends


def day_of(moment: datetime, zone: ZoneInfo) -> tuple[str, datetime]:
    """The date on the site's calendar, and when that day began."""
    local = moment.astimezone(zone)
    return local.date().isoformat(), datetime.combine(local.date(), time.min, zone)


def key_id(organisation: str, site: str, day: str) -> str:
    return derived_id("plate-day", organisation, site, day)
