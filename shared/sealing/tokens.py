"""Blind index tokens: sealed values can be found again by equality, and by nothing else.

token = HMAC-SHA256(index key of the scope, field | normalised value), cut to 128 bits. The plate space is small
enough to try out, so the key is the protection: it never leaves memory, and two organisations' tokens for one plate
differ.
"""

import hmac
import unicodedata

CONFUSABLE = str.maketrans("OQDIBSZG", "00018526")
"""What cameras and people confuse on plates, folded onto the digit."""


def normalised_plate(plate: str) -> str:
    """Upper-case letters and digits only: ``ab12 cde`` and ``AB12-CDE`` are one plate."""
    folded = unicodedata.normalize("NFKC", plate).upper()
    return "".join(c for c in folded if c.isalnum())


def token(index_key: bytes, field: str, value: str) -> str:
    return hmac.digest(index_key, f"{field}|{value}".encode(), "sha256")[:16].hex()


def plate_tokens(index_key: bytes, plate: str) -> tuple[str, str]:
    """(exact, folded): the second is equal for plates that differ only in what cameras confuse."""
    plain = normalised_plate(plate)
    return token(index_key, "plate", plain), token(index_key, "plate-folded", plain.translate(CONFUSABLE))


def commitment(audit_key: bytes, value: str | bytes) -> str:
    """A keyed digest that proves later what was meant without saying it now."""
    data = value if isinstance(value, bytes) else value.encode()
    return hmac.digest(audit_key, data, "sha256").hex()
