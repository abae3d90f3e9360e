"""How many requests are taken in: a few a day that name one mailbox, and so many by all that nobody floods the mail
server or the privacy officers."""

from datetime import datetime

from shared.errors import Throttled
from shared.http import limits
from shared.platform import Platform

PER_CONTACT_A_DAY = 5
PER_MINUTE = 120


async def admit(platform: Platform, contact: str) -> None:
    """Counts a request. Raises :class:`Throttled`, in the same words for whoever knows the mailbox and who does not."""
    if await limits.this_minute(platform, "rights") > PER_MINUTE:
        raise Throttled("Many people are asking at this moment. Try again in a minute.", headers={"Retry-After": "60"})
    if await limits.today(platform, "rights", "rights-contact", contact) > PER_CONTACT_A_DAY:
        raise Throttled(
            "This address was given for several requests today. Use one of those, or try again tomorrow.",
            headers={"Retry-After": str(_seconds_to_midnight(platform.clock.now()))},
        )


def _seconds_to_midnight(now: datetime) -> int:
    return max(1, limits.DAY - now.hour * 3600 - now.minute * 60 - now.second)
