"""Opaque page cursors, signed and bound to whoever asked and what was asked: they open nothing else."""

import base64
import binascii
import hmac
import json

from shared.errors import FieldError, Invalid
from shared.platform import Platform
from shared.sealing.keyring import Use
from shared.sealing.roots import PLATFORM

SIGNATURE_BYTES = 16


async def issue(platform: Platform, bound_to: tuple[str, ...], position: tuple[str, str]) -> str:
    payload = json.dumps(position, separators=(",", ":")).encode()
    signature = await _signature(platform, bound_to, payload)
    return base64.urlsafe_b64encode(signature + payload).decode().rstrip("=")


async def read(platform: Platform, bound_to: tuple[str, ...], cursor: str) -> tuple[str, str]:
    """The position after which the next page begins. Raises :class:`Invalid` for any cursor not issued for this."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _invalid() from None
    signature, payload = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, await _signature(platform, bound_to, payload)):
        raise _invalid()
    by, identifier = json.loads(payload)
    return by, identifier


async def _signature(platform: Platform, bound_to: tuple[str, ...], payload: bytes) -> bytes:
    key = await platform.keyring.key_for(PLATFORM, Use.CURSORS)
    message = "\x1f".join(("cursor", *bound_to)).encode() + b"\x00" + payload
    return hmac.digest(key, message, "sha256")[:SIGNATURE_BYTES]


def _invalid() -> Invalid:
    return Invalid(
        "The cursor does not belong to this list. Start again without one.",
        errors=[FieldError("query:cursor", "cursor", "Use 'nextCursor' of the previous page with the same filters.")],
    )
