"""One sealed value: AES-256-GCM (NIST SP 800-38D) bound by its associated data to the one place it belongs.

Text form: ``1.<key id>.<base64url of nonce | ciphertext | tag>``; the leading 1 names the algorithm and layout.
"""

import base64
import binascii
import secrets
from dataclasses import asdict, dataclass

import rfc8785
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import CannotOpen

LAYOUT = "1"
NONCE_BYTES = 12


@dataclass(frozen=True)
class Place:
    """Where a value belongs. Cut and pasted anywhere else it does not open."""

    organisation: str
    container: str
    record: str
    field: str
    schema: int

    def associated_data(self, key_id: str) -> bytes:
        """Canonical JSON (RFC 8785), so that the same place always gives the same bytes."""
        return rfc8785.dumps({**asdict(self), "kid": key_id, "v": LAYOUT})


@dataclass(frozen=True)
class RecordKey:
    """A random 256-bit key of one record. A fresh random nonce per value is safe far beyond what a record holds."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"RecordKey(id={self.id!r})"


def seal(value: bytes, key: RecordKey, place: Place) -> str:
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + AESGCM(key.secret).encrypt(nonce, value, place.associated_data(key.id))
    return f"{LAYOUT}.{key.id}.{base64.urlsafe_b64encode(sealed).decode()}"


def open_(envelope: str, key: RecordKey, place: Place) -> bytes:
    try:
        layout, key_id, encoded = envelope.split(".")
        if layout != LAYOUT or key_id != key.id:
            raise CannotOpen("unknown layout or key")
        sealed = base64.b64decode(encoded, altchars=b"-_", validate=True)
        return AESGCM(key.secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.associated_data(key.id))
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise CannotOpen("the sealed value does not belong here or was altered") from error
