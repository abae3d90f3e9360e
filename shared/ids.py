"""Identifiers. None of them holds or derives from personal data."""

import hashlib
import secrets
import uuid
from datetime import datetime


def new_id(at: datetime) -> str:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then randomness; sorts by time of creation."""
    millis = int(at.timestamp() * 1000) & (1 << 48) - 1
    value = millis << 80 | secrets.randbits(80)
    return str(uuid.UUID(int=_stamped(value, version=7)))


def derived_id(*parts: str) -> str:
    """A UUIDv8 that is a function of ``parts``: the same cause and recipient give the same id, so twice is once."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return str(uuid.UUID(int=_stamped(int.from_bytes(digest[:16]), version=8)))


def _stamped(value: int, version: int) -> int:
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return value | version << 76 | 0b10 << 62
