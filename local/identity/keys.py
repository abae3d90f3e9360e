"""The issuer's signing key: made once, kept in the data directory, published as a JWKS."""

import base64
import functools
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

FILE = "signing-key.pem"
ALGORITHM = "RS256"
"""The one algorithm that every OpenID Connect client must understand."""


@dataclass(frozen=True)
class SigningKey:
    private: rsa.RSAPrivateKey
    id: str

    def sign(self, claims: dict[str, Any], kind: str) -> str:
        return jwt.encode(claims, self.private, algorithm=ALGORITHM, headers={"kid": self.id, "typ": kind})

    def public_jwk(self) -> dict[str, str]:
        return {**_members(self.private), "kid": self.id, "use": "sig", "alg": ALGORITHM}


def load(data: Path) -> SigningKey:
    """Makes the key if there is none. Two processes that start together end up with the same one."""
    path = data / FILE
    if not path.exists():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(path)
    return _read(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> SigningKey:
    """Cached, because loading an RSA key checks its primes, which costs more than a hundred signatures."""
    private = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError(f"{path} holds no RSA key")
    return SigningKey(private, _thumbprint(private))


def _create(path: Path) -> None:
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{FILE}.") as whole:
        whole.write(pem)
        whole.flush()
        os.fsync(whole.fileno())
        try:
            os.link(whole.name, path)
        except FileExistsError:
            return


def _members(private: rsa.RSAPrivateKey) -> dict[str, str]:
    public = private.public_key().public_numbers()
    return {"e": _base64url(public.e), "kty": "RSA", "n": _base64url(public.n)}


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8)).rstrip(b"=").decode()


def _thumbprint(private: rsa.RSAPrivateKey) -> str:
    """RFC 7638: the hash of the required members, sorted, without white space."""
    canonical = json.dumps(_members(private), sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()
