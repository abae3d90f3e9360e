"""How many letters are taken in: a few a day that name one mailbox, and so many by all that nobody floods the privacy
officers."""

from shared.errors import Throttled
from shared.http import limits
from shared.platform import Platform

PER_CONTACT_A_DAY = 10
PER_MINUTE = 600


async def admit(platform: Platform, contact: str) -> None:
    """Counts a letter. Raises :class:`Throttled`, alike for a mailbox that is known and one that is not."""
    if await limits.this_minute(platform, "complaints") > PER_MINUTE:
        raise Throttled("Many people are writing at this moment. Try again in a minute.", headers={"Retry-After": "60"})
    if await limits.today(platform, "complaints", "complaint-contact", contact) > PER_CONTACT_A_DAY:
        raise Throttled(
            "This address was given several times today. Try again tomorrow.", headers={"Retry-After": "86400"}
        )
