"""How often a door that is open to everybody was used, without following anybody: no address of a network is looked at.

What each door admits, and in which words it refuses, it says itself.
"""

from shared.platform import Platform
from shared.sealing.keyring import Use
from shared.sealing.roots import PLATFORM
from shared.sealing.tokens import token

MINUTE, DAY = 60, 86_400


async def this_minute(platform: Platform, door: str) -> int:
    """Uses by all together in this minute, this one included: it is counted."""
    return await _counted(platform, f"{door}:{platform.clock.now():%Y%m%d%H%M}", 2 * MINUTE)


async def today(platform: Platform, door: str, what: str, contact: str) -> int:
    """Uses that named this mailbox today (UTC), this one included. Its keyed token is counted, and forgotten the day
    after.

    ``what``: the domain of the token, so that two doors cannot be compared.
    """
    key = await platform.keyring.key_for(PLATFORM, Use.CREDENTIALS)
    mailbox = token(key, what, contact.strip().casefold())
    return await _counted(platform, f"{door}:{mailbox}:{platform.clock.now():%Y%m%d}", 2 * DAY)


async def _counted(platform: Platform, slot: str, ttl: int) -> int:
    return await platform.container("quotas").increment(slot, PLATFORM, "records", 1, {"ttl": ttl})
