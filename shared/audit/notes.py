"""Signed statements of a log: C2SP signed notes with Ed25519 keys, and the checkpoints that they carry.

Sources: https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint; the text form of a key is the one that the
tools of this family share, ``<name>+<key id in hex>+<base64 of type and key>``.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.audit.merkle import HASH_BYTES, VerificationError

ED25519 = b"\x01"
MOST_SIGNATURES = 64
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True)
class PublicKey:
    """The name of a signer, and the key that its signatures are verified with."""

    name: str
    key: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        try:
            name, identifier, encoded = text.strip().split("+", 2)
            content = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            raise VerificationError("this is not a public key of a log") from None
        key = cls(name, content[1:])
        if not _is_name(name) or content[:1] != ED25519 or len(key.key) != 32 or key.id.hex() != identifier:
            raise VerificationError("this is not an Ed25519 public key of a log, or it has been altered")
        return key

    @property
    def id(self) -> bytes:
        """Tells keys of one name apart; it is too short to vouch for anything."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.key).decode()}"


@dataclass(frozen=True)
class SigningKey:
    name: str
    seed: bytes

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.name, self._private.public_key().public_bytes_raw())

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def signed(self, text: str) -> str:
        """The note of ``text``, which ends with a newline. The same text always gives the same note."""
        signature = base64.b64encode(self.public.id + self._private.sign(text.encode())).decode()
        return f"{text}\n\N{EM DASH} {self.name} {signature}\n"

    def __repr__(self) -> str:
        return f"SigningKey(name={self.name!r})"


def opened(note: str | bytes, key: PublicKey) -> str:
    """The text of a note that ``key`` has signed; signatures by others do not matter."""
    text, signatures = _parsed(note)
    mine = [each for name, each in signatures if name == key.name and each[:4] == key.id]
    if not mine:
        raise VerificationError(f"the note is not signed by {key.name}")
    try:
        for each in mine:
            Ed25519PublicKey.from_public_bytes(key.key).verify(each[4:], text.encode())
    except InvalidSignature:
        raise VerificationError(f"the signature of {key.name} is not good") from None
    return text


def _parsed(note: str | bytes) -> tuple[str, list[tuple[str, bytes]]]:
    try:
        whole = note.decode() if isinstance(note, bytes) else note
    except UnicodeDecodeError:
        raise VerificationError("the note is not UTF-8") from None
    text, blank, block = whole.rpartition("\n\n")
    lines = block.split("\n")
    if not blank or CONTROL.search(whole) or lines.pop() or not 0 < len(lines) <= MOST_SIGNATURES:
        raise VerificationError("this is not a signed note")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    try:
        dash, name, encoded = line.split(" ")
        signature = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise VerificationError("a signature line of the note cannot be read") from None
    if dash != "\N{EM DASH}" or not _is_name(name) or len(signature) <= 4:
        raise VerificationError("a signature line of the note cannot be read")
    return name, signature


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() for c in name)


@dataclass(frozen=True)
class Checkpoint:
    """What a log commits to: at this size, this is its root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < 3 or not all(lines) or not SIZE.fullmatch(lines[1]):
            raise VerificationError("this is not a checkpoint")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except binascii.Error:
            raise VerificationError("the checkpoint's root is not base64") from None
        if len(root) != HASH_BYTES:
            raise VerificationError("the checkpoint's root is not a SHA-256 hash")
        return cls(lines[0], int(lines[1]), root)

    @classmethod
    def opened(cls, note: str | bytes, key: PublicKey) -> Self:
        """The checkpoint of a note that the log of this key has signed."""
        checkpoint = cls.parse(opened(note, key))
        if checkpoint.origin != key.name:
            raise VerificationError(f"the checkpoint is of another log: {checkpoint.origin}")
        return checkpoint
