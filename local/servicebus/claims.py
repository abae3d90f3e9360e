"""What a connection may use: entities for which it has shown a valid token.

Source: Microsoft Learn, "AMQP 1.0 in Azure Service Bus protocol guide", "Claims-based authorization", and "Service Bus
access control with Shared Access Signatures".
"""

import base64
import hashlib
import hmac
import urllib.parse
from collections.abc import Mapping

from local import clock
from local.servicebus.errors import UnauthorizedError

SAS = "SharedAccessSignature "


def path_of(address: str) -> str:
    """The entity's name in an address, which may be a whole URI."""
    return (urllib.parse.urlsplit(address).path if "://" in address else address).strip("/")


class Claims:
    """The tokens of one connection. The emulator's keys are public: this finds wrong settings, not attackers."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = keys
        self._until: dict[str, float] = {}
        """By the lower-case path that a token is good for."""

    def put(self, audience: str, token: str, expires: float | None) -> None:
        """The SDKs label both kinds of token ``jwt``: how one begins says what it is."""
        path = path_of(audience).lower()
        if token.startswith(SAS):
            expires = self._verified(token, path)
        elif token.count(".") != 2:
            raise UnauthorizedError("InvalidToken: The token is neither a shared access signature nor a JWT.")
        self._until[path] = clock.now() + 3600 if expires is None else expires

    def check(self, path: str) -> None:
        """A token for an entity is also good for what is below it, such as a subscription's dead letters."""
        wanted = path.lower()
        if not any(_covers(known, wanted) and until > clock.now() for known, until in self._until.items()):
            raise UnauthorizedError(f"Unauthorized access. 'Listen' or 'Send' claim is required to use '{path}'.")

    def _verified(self, token: str, path: str) -> float:
        fields = dict(urllib.parse.parse_qsl(token.removeprefix(SAS)))
        try:
            resource, expires, key, signature = (fields[name] for name in ("sr", "se", "skn", "sig"))
            until = float(expires)
        except (KeyError, ValueError):
            raise UnauthorizedError("MalformedToken: The token lacks a field.") from None
        text = f"{urllib.parse.quote_plus(resource)}\n{expires}"
        digest = hmac.digest(self._keys.get(key, "").encode(), text.encode(), hashlib.sha256)
        if key not in self._keys or not hmac.compare_digest(base64.b64encode(digest), signature.encode()):
            raise UnauthorizedError("InvalidSignature: The token has an invalid signature.")
        if until <= clock.now():
            raise UnauthorizedError("ExpiredToken: The token is expired.")
        if not _covers(path_of(resource).lower(), path):
            raise UnauthorizedError("InvalidAudience: The token is for something else.")
        return until


def _covers(known: str, wanted: str) -> bool:
    return not known or wanted == known or wanted.startswith(known + "/")
