"""What a request presents: a bearer token, or a device credential in whatever form the camera can send."""

import base64
import binascii
from collections.abc import Mapping

from shared.errors import Unauthenticated
from shared.identity.principals import unknown_device


def bearer(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(
            "Sign in and send the access token as 'Authorization: Bearer …'.", headers={"WWW-Authenticate": "Bearer"}
        )
    return token.strip()


def device_secret(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Basic (password), Bearer, ``X-Device-Key`` or ``?key=``, in this order: cameras differ in what they can send."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "basic":
            return _basic_password(rest)
        case "bearer":
            return rest.strip()
    found = headers.get("x-device-key") or query.get("key")
    if not found:
        raise unknown_device()
    return found


def _basic_password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        raise unknown_device() from None
