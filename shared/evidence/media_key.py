"""The key of an evidence item, in the shape in which the storage SDK wraps content keys."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from shared.errors import CannotOpen
from shared.sealing.envelope import RecordKey

ALGORITHM = "A256KW"


class ItemMediaKey:
    """AES-256 key wrap (RFC 3394) under a key derived from the record's.

    Derived (RFC 5869), because the record's key itself seals fields with AES-GCM, and one key has one use.
    """

    def __init__(self, key: RecordKey) -> None:
        self._id = key.id
        self._secret = HKDF(SHA256(), length=32, salt=None, info=f"reeve|1|media|{key.id}".encode()).derive(key.secret)

    def wrap_key(self, key: bytes) -> bytes:
        return aes_key_wrap(self._secret, key)

    def unwrap_key(self, key: bytes, algorithm: str) -> bytes:
        if algorithm != ALGORITHM:
            raise CannotOpen("The content key was wrapped in an unknown way.")
        try:
            return aes_key_unwrap(self._secret, key)
        except InvalidUnwrap as error:
            raise CannotOpen("The content key was wrapped under another key.") from error

    def get_key_wrap_algorithm(self) -> str:
        return ALGORITHM

    def get_kid(self) -> str:
        return self._id
