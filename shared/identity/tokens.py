"""Checks bearer tokens of any OpenID Connect issuer that the settings name.

Signature keys come from the issuer's JWKS, kept for ten minutes; an unknown key id asks again, at most every
30 seconds. Only asymmetric algorithms are accepted, whatever the token's header says (RFC 8725 §3.1).
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt

from shared.errors import Unauthenticated, Unavailable

ALGORITHMS = ("RS256", "PS256", "ES256")
KEEP_SECONDS = 600.0
ASK_AGAIN_SECONDS = 30.0
LEEWAY_SECONDS = 30
LONGEST_TOKEN = 16_384


@dataclass(frozen=True)
class Identity:
    """The issuer's name for somebody. Nothing else in the token is used or kept."""

    issuer: str
    subject: str


class IssuerKeys:
    """The signature keys of one issuer."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = float("-inf")
        self._fetching = asyncio.Lock()

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        age = time.monotonic() - self._fetched
        if age > KEEP_SECONDS or (key_id not in self._keys and age > ASK_AGAIN_SECONDS):
            async with self._fetching:
                if time.monotonic() - self._fetched >= min(age, ASK_AGAIN_SECONDS):
                    await self._fetch()
        return self._keys.get(key_id)

    async def _fetch(self) -> None:
        try:
            timeout = aiohttp.ClientTimeout(total=5)
            async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as http:
                discovery = await _json(http, f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                if discovery.get("issuer") != self.issuer:
                    raise Unavailable("The sign-in service is configured wrongly: its issuer differs from ours.")
                found = await _json(http, discovery["jwks_uri"])
        except (aiohttp.ClientError, TimeoutError, KeyError, ValueError) as error:
            if self._keys and time.monotonic() - self._fetched < 6 * KEEP_SECONDS:
                return  # the issuer is away: known keys stay good for an hour
            raise Unavailable("The sign-in service cannot be reached.", headers={"Retry-After": "10"}) from error
        usable = [key for key in found.get("keys", []) if key.get("kid") and key.get("use", "sig") == "sig"]
        self._keys = {key["kid"]: jwt.PyJWK(key) for key in usable}
        self._fetched = time.monotonic()


async def _json(http: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with http.get(url) as response:
        return dict(await response.json(content_type=None))


class TokenVerifier:
    def __init__(self, issuers: tuple[str, ...], audience: str) -> None:
        self._issuers = {issuer: IssuerKeys(issuer) for issuer in issuers}
        self._audience = audience

    async def verify(self, token: str) -> Identity:
        """Raises :class:`Unauthenticated` with a reason that helps an honest client and no other."""
        if len(token) > LONGEST_TOKEN:
            raise refused("The token is too long.")
        try:
            header = jwt.get_unverified_header(token)
            issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        except jwt.InvalidTokenError:
            raise refused("The token cannot be read.") from None
        keys = self._issuers.get(issuer) if isinstance(issuer, str) else None
        if keys is None or header.get("alg") not in ALGORITHMS:
            raise refused("The token was not issued by a sign-in service that is trusted here.")
        key = await keys.find(str(header.get("kid", "")))
        if key is None or key.algorithm_name != header["alg"]:
            raise refused("The token was not issued by a sign-in service that is trusted here.")
        return Identity(keys.issuer, self._checked(token, key, keys.issuer))

    def _checked(self, token: str, key: jwt.PyJWK, issuer: str) -> str:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self._audience,
                issuer=issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.ExpiredSignatureError:
            raise refused("Your sign-in has expired. Sign in again.") from None
        except jwt.InvalidAudienceError:
            raise refused("The token is for another application.") from None
        except jwt.InvalidTokenError:
            raise refused("The token is not valid.") from None
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise refused("The token is not valid.")
        return subject


def refused(detail: str) -> Unauthenticated:
    return Unauthenticated(detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
