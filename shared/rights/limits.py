"""Limits for a door that is open to everybody, without following anybody: no address of a network is looked at.

A mailbox can be named for a few requests a day: its keyed token is counted, and forgotten the day after. All requests
together are counted by the minute, so that nobody floods the mail server or the privacy officers.
"""

from datetime import datetime

from shared.errors import Throttled
from shared.platform import Platform
from shared.sealing.keyring import Use
from shared.sealing.roots import PLATFORM
from shared.sealing.tokens import token

PER_CONTACT_A_DAY = 5
PER_MINUTE = 120
DAY, MINUTE = 86_400, 60


async def admit(platform: Platform, contact: str) -> None:
    """Counts a request. Raises :class:`Throttled`, in the same words for whoever knows the mailbox and who does not."""
    now = platform.clock.now()
    if await _count(platform, f"rights:{now:%Y%m%d%H%M}", 2 * MINUTE) > PER_MINUTE:
        raise Throttled("Many people are asking at this moment. Try again in a minute.", headers={"Retry-After": "60"})
    key = await platform.keyring.key_for(PLATFORM, Use.CREDENTIALS)
    mailbox = token(key, "rights-contact", contact.strip().casefold())
    if await _count(platform, f"rights:{mailbox}:{now:%Y%m%d}", 2 * DAY) > PER_CONTACT_A_DAY:
        raise Throttled(
            "This address was given for several requests today. Use one of those, or try again tomorrow.",
            headers={"Retry-After": str(_seconds_to_midnight(now))},
        )


async def _count(platform: Platform, slot: str, ttl: int) -> int:
    return await platform.container("quotas").increment(slot, PLATFORM, "records", 1, {"ttl": ttl})


def _seconds_to_midnight(now: datetime) -> int:
    return max(1, DAY - now.hour * 3600 - now.minute * 60 - now.second)
