"""What the issuer signs: access tokens, ID tokens and tokens of the managed identity. Only ID tokens name anybody."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from jwt.types import Options

from local import clock
from local.identity import keys
from local.identity.keys import ALGORITHM, SigningKey

ACCESS_SECONDS = 3600
DEFAULT_AUDIENCE = "api://reeve"
MANAGED_IDENTITY = "00000000-0000-0000-0000-000000000001"


class InvalidTokenError(Exception):
    """The token was not signed here, has run out, or is for somebody else."""


@dataclass(frozen=True)
class Signer:
    issuer: str
    audience: str
    key: SigningKey

    def access_token(self, sub: str, client_id: str, scope: str) -> str:
        return self._sign("at+jwt", sub, self.audience, ACCESS_SECONDS, scp=scope, client_id=client_id)

    def id_token(self, sub: str, client_id: str, **claims: Any) -> str:
        return self._sign("JWT", sub, client_id, ACCESS_SECONDS, **claims)

    def managed_identity_token(self, resource: str) -> str:
        return self._sign("at+jwt", MANAGED_IDENTITY, resource, ACCESS_SECONDS, oid=MANAGED_IDENTITY)

    def verify_access_token(self, token: str) -> dict[str, Any]:
        return self._verify(token, "at+jwt", {"require": ["exp", "sub"]}, self.audience)

    def read_id_token_hint(self, token: str) -> dict[str, Any]:
        """An ID token that we signed, however old: good enough to say who signs out, and for nothing else."""
        return self._verify(token, "JWT", {"require": ["sub", "aud"], "verify_exp": False, "verify_aud": False})

    def _verify(self, token: str, kind: str, options: Options, audience: str | None = None) -> dict[str, Any]:
        try:
            decoded = jwt.decode_complete(
                token,
                self.key.private.public_key(),
                algorithms=[ALGORITHM],
                issuer=self.issuer,
                audience=audience,
                options=options,
            )
        except jwt.InvalidTokenError as error:
            raise InvalidTokenError(str(error)) from None
        if decoded["header"].get("typ") != kind:
            raise InvalidTokenError("It is a token of another kind.")
        return dict(decoded["payload"])

    def _sign(self, kind: str, sub: str, audience: str, lifetime: int, **claims: Any) -> str:
        return self.key.sign(standard_claims(self.issuer, sub, audience, lifetime) | claims, kind)


def standard_claims(issuer: str, sub: str, audience: str, lifetime: int) -> dict[str, Any]:
    now = int(clock.now())
    issued = now + min(lifetime, 0)
    return {
        "iss": issuer,
        "sub": sub,
        "aud": audience,
        "iat": issued,
        "nbf": issued,
        "exp": now + lifetime,
        "jti": str(uuid.uuid4()),
    }


def mint(
    data: Path, issuer: str, sub: str, audience: str = DEFAULT_AUDIENCE, lifetime: int = ACCESS_SECONDS, **claims: Any
) -> str:
    """An access token for whoever may read the key: tests and the command line. A negative lifetime has run out."""
    standard = standard_claims(issuer, sub, audience, lifetime)
    return keys.load(data).sign(standard | {"scp": "openid"} | claims, "at+jwt")
