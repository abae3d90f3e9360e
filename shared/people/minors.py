"""Children have no profiles: once somebody in a report turns out to be a minor, nothing may rest on it any more."""

from shared.clock import rfc3339
from shared.people import links
from shared.people.models import PEOPLE
from shared.platform import Platform


async def release(platform: Platform, organisation: str, report_id: str) -> None:
    """Takes the report out of every link. A profile that rested on nothing else is out of use at once, and forgotten
    by the retention timer. Safe to repeat."""
    profiles = await links.neighbours(platform, organisation, report_id)
    await links.forget(platform, organisation, report_id)
    for profile_id in profiles:
        left = await links.of(platform, organisation, profile_id)
        if not any(each.event_at for each in left):
            await _end(platform, organisation, profile_id)


async def _end(platform: Platform, organisation: str, profile_id: str) -> None:
    [document] = await platform.container(PEOPLE).read_many([(profile_id, [organisation, profile_id])])
    if document:
        ended = document | {"disposeAt": rfc3339(platform.clock.now())}
        await platform.container(PEOPLE).replace(ended, document["_etag"])
