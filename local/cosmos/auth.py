"""The account key. Only its signature is accepted: SDKs refuse to send a Microsoft Entra token over plain HTTP."""

import base64
import hashlib
import hmac
from urllib.parse import unquote

from local.cosmos.wire import Exchange, Fault

EMULATOR_KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="
"""Microsoft's, which is public."""


class AccountKey:
    def __init__(self, key: str = EMULATOR_KEY) -> None:
        self._key = base64.b64decode(key)

    def check(self, exchange: Exchange, *, by_rid: bool) -> None:
        """``by_rid``: the path names its resources by their ids and not by their names."""
        kind, link = _signed_resource(exchange.parts, by_rid=by_rid)
        date = exchange.headers.get("x-ms-date", "").lower()
        payload = f"{exchange.verb}\n{kind}\n{link}\n{date}\n\n"
        signature = base64.b64encode(hmac.digest(self._key, payload.encode(), hashlib.sha256)).decode()
        given = unquote(exchange.headers.get("authorization", ""))
        if not hmac.compare_digest(given.encode(), f"type=master&ver=1.0&sig={signature}".encode()):
            raise Fault(
                401,
                "The input authorization token can't serve the request. The wrong key is being used or the expected"
                f" payload is not built as per the protocol. Server used the following payload to sign: '{payload}'",
            )


def _signed_resource(parts: list[str], *, by_rid: bool) -> tuple[str, str]:
    """The type of the resource and the link to it. A collection is signed by the link to its parent."""
    if not parts:
        return "", ""
    if parts[0] == "offers":
        return "offers", "".join(parts[1:2]).lower()
    if parts[4:5] == ["operations"]:
        return "colls", "/".join(parts[:4])
    is_collection = len(parts) % 2 == 1
    kind, named = (parts[-1], parts[:-1]) if is_collection else (parts[-2], parts)
    return kind, (named[-1].lower() if named else "") if by_rid else "/".join(named)
