"""Signatures as the Standard Webhooks specification has them (standardwebhooks.com), so that receivers need no code of
ours: HMAC-SHA256 over ``id.timestamp.body``. While a secret is being rotated each call carries a signature by both."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(keys: Sequence[str], message_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """``message_id`` stays the same however often the message is sent: by it a receiver drops what came before."""
    stamp = str(int(at.timestamp()))
    signed = " ".join(_signature(key, message_id, stamp, body) for key in keys)
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": signed}


def _signature(key: str, message_id: str, stamp: str, body: bytes) -> str:
    secret = base64.b64decode(key.removeprefix(PREFIX))
    digest = hmac.new(secret, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
