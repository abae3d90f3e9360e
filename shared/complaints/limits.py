"""Limits for a door that is open to everybody, without following anybody: no address of a network is looked at.

One mailbox can be named for a few letters a day: its keyed token is counted, and forgotten the day after. All letters
together are counted by the minute, so that nobody floods the privacy officers.
"""

from shared.errors import Throttled
from shared.platform import Platform
from shared.sealing.keyring import Use
from shared.sealing.roots import PLATFORM
from shared.sealing.tokens import token

PER_CONTACT_A_DAY = 10
PER_MINUTE = 600
MINUTE, DAY = 60, 86_400


async def admit(platform: Platform, contact: str) -> None:
    """Counts a letter. Raises :class:`Throttled`, alike for a mailbox that is known and one that is not."""
    now = platform.clock.now()
    if await _count(platform, f"complaints:{now:%Y%m%d%H%M}", 2 * MINUTE) > PER_MINUTE:
        raise Throttled("Many people are writing at this moment. Try again in a minute.", headers={"Retry-After": "60"})
    key = await platform.keyring.key_for(PLATFORM, Use.CREDENTIALS)
    mailbox = token(key, "complaint-contact", contact.strip().casefold())
    if await _count(platform, f"complaints:{mailbox}:{now:%Y%m%d}", 2 * DAY) > PER_CONTACT_A_DAY:
        raise Throttled(
            "This address was given several times today. Try again tomorrow.", headers={"Retry-After": "86400"}
        )


async def _count(platform: Platform, slot: str, ttl: int) -> int:
    return await platform.container("quotas").increment(slot, PLATFORM, "records", 1, {"ttl": ttl})
