"""What holds for a record at this moment: the schedule at its place, and what its controller has shortened."""

import time
from zoneinfo import ZoneInfo

from shared.errors import NotFound
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.retention.models import Settings
from shared.retention.periods import Period
from shared.retention.schedule import UTC_ZONE, Terms

CACHED_SECONDS = 60.0
"""The longest for which a worker goes on with a period that has just been shortened; what it writes in that time is
brought forward like everything written before."""
MOST_CACHED = 10_000
_cached: dict[tuple[str, str], tuple[float, Terms]] = {}


async def terms_of(platform: Platform, organisation_id: str, site_id: str | None = None) -> Terms:
    """For what was collected at the site, or by the organisation as such."""
    slot = (organisation_id, site_id or "")
    kept = _cached.get(slot)
    if kept and kept[0] > time.monotonic():
        return kept[1]
    found = await _read(platform, organisation_id, site_id)
    if len(_cached) >= MOST_CACHED:
        _cached.clear()
    _cached[slot] = (time.monotonic() + CACHED_SECONDS, found)
    return found


def forget(organisation_id: str) -> None:
    """What the organisation changes shows at once in this worker."""
    for slot in [slot for slot in _cached if slot[0] == organisation_id]:
        del _cached[slot]


async def settings_of(platform: Platform, organisation_id: str) -> Settings | None:
    try:
        return await platform.records(Settings).read(Settings.ID, organisation_id)
    except NotFound:
        return None


async def _read(platform: Platform, organisation_id: str, site_id: str | None) -> Terms:
    home = await organisations.organisation(platform, organisation_id)
    settings = await settings_of(platform, organisation_id)
    shortened = {each: Period.parse(text) for each, text in (settings.shortened if settings else {}).items()}
    if site_id is None:
        return Terms((home.jurisdiction,), UTC_ZONE, shortened)
    site = await organisations.site(platform, organisation_id, site_id)
    return Terms((site.region, home.jurisdiction), ZoneInfo(site.time_zone), shortened)
