"""What cameras send, one module a vendor: a new vendor is one new module here, with its ``FORMAT``."""

import importlib
import pkgutil
from functools import cache

from shared.errors import FieldError, Invalid, Malformed
from shared.plates.formats.base import Format, Message, Understood
from shared.plates.models import PlateRead

EARLIEST, LATEST = 2000, 2100
ANY = "any"
"""A device that is registered so may send any format; all others send theirs and nothing else."""


@cache
def formats() -> dict[str, Format]:
    """By name. The plain format comes last: it asks for the least."""
    names = sorted(each.name for each in pkgutil.iter_modules(__path__) if each.name != "base")
    found = [importlib.import_module(f"{__name__}.{name}").FORMAT for name in names]
    return {each.name: each for each in sorted(found, key=lambda each: each.name == "plain")}


def understood(message: Message, pinned: str = ANY) -> Understood:
    """Raises :class:`Malformed` for what is nobody's message, or not that of the device's own vendor."""
    for name, each in formats().items():
        if pinned in {ANY, name} and each.recognises(message):
            return _plausible(each.parse(message))
    if pinned in formats():
        raise Malformed(f"The device is registered as '{pinned}', and this is no message of that kind.")
    raise Malformed("This is no message of a camera that is known here; see docs/devices.md for those that are.")


def _plausible(heard: Understood) -> Understood:
    """A clock that is off by some hours or days is flagged later; one that never was set is no time at all. And a text
    is one only if it can be written down."""
    try:
        for read in heard.reads:
            _text(read).encode()
    except UnicodeEncodeError:
        raise Malformed("The message holds half a character (a lone surrogate): send text as UTF-8.") from None
    if all(EARLIEST <= read.captured_at.year < LATEST for read in heard.reads):
        return heard
    what = FieldError("", "time", "Set the camera's clock, best by NTP.")
    raise Invalid(f"The time of the read is before {EARLIEST} or after {LATEST}.", [what])


def _text(read: PlateRead) -> str:
    guesses = (each.plate for each in (read.best, *read.alternatives))
    return "".join([read.read_id, read.make or "", read.colour or "", *guesses])
