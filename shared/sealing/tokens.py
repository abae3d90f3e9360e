"""Blind index tokens: sealed values can be found again by equality, and by nothing else.

token = HMAC-SHA256(index key of the scope, field | normalised value), cut to 128 bits. The plate space is small
enough to try out, so the key is the protection: it never leaves memory, and two organisations' tokens for one plate
differ.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Index:
    """The keys of one scope, an organisation or a community: what is written is made with the newest, what is looked
    up with each of them, until all tokens have been made anew."""

    keys: tuple[bytes, ...]
    """32 bytes each, the newest first."""

    @property
    def newest(self) -> bytes:
        return self.keys[0]

    def __repr__(self) -> str:
        return f"Index({len(self.keys)} keys)"


CONFUSABLE = str.maketrans("OQDIBSZG", "00018526")
"""What cameras and people confuse on plates, folded onto the digit."""


PERSON_DIGITS = 5
REFERENCE_DIGITS = 5
NAME_DIGITS = 2
LOOK_DIGITS = 3
INNER, OUTER = (bytes(each ^ pad for each in range(256)) for pad in (0x36, 0x5C))
"""What HMAC (RFC 2104) begins its two halves with."""
APOSTROPHES = "'\u2019\u02bc`"


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


class FoldedNumbers:
    """The numbers that folded tokens of one key begin with, many of them quickly: HMAC with its two halves begun."""

    def __init__(self, index_key: bytes) -> None:
        block = index_key.ljust(hashlib.sha256().block_size, b"\0")
        self._inner = hashlib.sha256(block.translate(INNER) + b"plate-folded|")
        self._outer = hashlib.sha256(block.translate(OUTER))

    def number(self, folded: str) -> int:
        """The first 64 bits of the token of a plate that is folded already."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(folded.encode())
        outer.update(inner.digest())
        return int.from_bytes(outer.digest()[:8])


def number_of(token: str) -> int:
    """The first 64 bits of a stored token."""
    return int(token[:16], 16)


def phone_token(index_key: bytes, number: str, region: str | None = None) -> str:
    """Of a telephone number in any spelling; ``region`` (ISO 3166-1) reads one without a country code.

    Raises ValueError for what cannot be a telephone number.
    """
    import phonenumbers  # noqa: PLC0415 - 60 ms, and few requests need it

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError("this is not a telephone number") from error
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError("this is not a telephone number")
    return token(index_key, "phone", phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def mail_token(index_key: bytes, address: str) -> str:
    """Of a mailbox; capitals do not matter. It serves people who ask what is kept about them, and no search."""
    return token(index_key, "mail", address.strip().casefold())


def person_token(index_key: bytes, name: str, birth_year: int) -> str:
    """Of a name and a year of birth together: neither alone is ever indexed, because few values tell too much.

    Cut to 20 bits, so that different people share a token, and finding one proves nothing before the record is opened
    and compared. Order, case and accents of the names do not matter.
    """
    return token(index_key, "person", f"{normalised_name(name)}|{birth_year}")[:PERSON_DIGITS]


def name_tokens(index_key: bytes, name: str) -> list[str]:
    """One for each word of a name, in any order. Cut to 8 bits, so that hundreds of words share each of them: what is
    found is opened and compared, and a dump of the index says next to nothing about a name."""
    return sorted({token(index_key, "name", word)[:NAME_DIGITS] for word in normalised_name(name).split()})


def title_tokens(index_key: bytes, title: str) -> list[str]:
    """Of the words of a title, as of a name: it may hold one. Under a field of their own, so that the two cannot be
    compared."""
    return sorted({token(index_key, "title", word)[:NAME_DIGITS] for word in normalised_name(title).split()})


def reference_token(index_key: bytes, reference: str) -> str:
    """Of a reference of the police, in any spelling. Cut to 20 bits: what is found is opened and compared."""
    return token(index_key, "reference", normalised_plate(reference))[:REFERENCE_DIGITS]


def look_tokens(index_key: bytes, field: str, words: Iterable[str]) -> list[str]:
    """Of words of a closed vocabulary for clothing or marks, cut to 12 bits. Such words are few: a dump shows how often
    one occurs, and not which it is."""
    return sorted({token(index_key, field, word)[:LOOK_DIGITS] for word in words})


def normalised_name(name: str) -> str:
    """``O'Brien, Zoë`` and ``zoe obrien`` are one name."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name).casefold() if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else "" if c in APOSTROPHES else " " for c in plain).split()
    return " ".join(sorted(words))


def commitment(audit_key: bytes, value: str | bytes) -> str:
    """A keyed digest that proves later what was meant without saying it now."""
    data = value if isinstance(value, bytes) else value.encode()
    return hmac.digest(audit_key, data, "sha256").hex()
