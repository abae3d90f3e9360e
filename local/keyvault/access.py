"""Who may use the vault: whoever shows a token that the issuer signed for an Azure resource.

The signature is checked against the issuer's JWKS. Users' tokens are for an application and not for an https
resource, so they open nothing here.
"""

import logging
import time
from typing import Any

import httpx
import jwt
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from local.keyvault import errors
from local.keyvault.errors import VaultError

ALGORITHMS = ("RS256", "ES256")
KEEP_SECONDS = 600.0
ASK_AGAIN_SECONDS = 1.0
LEEWAY_SECONDS = 30
OPEN_PATHS = {"/_health"}

log = logging.getLogger(__name__)


class IssuerUnavailableError(Exception):
    """The issuer's keys cannot be fetched, so no token can be judged."""


class TokenVerifier:
    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = float("-inf")

    async def accepts(self, token: str) -> bool:
        try:
            key = await self._find_key(str(jwt.get_unverified_header(token).get("kid", "")))
            if key is None or key.algorithm_name not in ALGORITHMS:
                return False
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"], "verify_aud": False},
            )
        except jwt.InvalidTokenError as error:
            log.info("token refused: %s", error)
            return False
        return _is_for_azure_resource(claims["aud"])

    async def _find_key(self, key_id: str) -> jwt.PyJWK | None:
        """An unknown key asks the issuer again: it may have been given a new data directory since."""
        age = time.monotonic() - self._fetched
        if age > KEEP_SECONDS or (key_id not in self._keys and age > ASK_AGAIN_SECONDS):
            try:
                self._keys = await _fetch_keys(self._issuer)
                self._fetched = time.monotonic()
            except (httpx.HTTPError, jwt.PyJWTError, KeyError, ValueError) as error:
                log.warning("the keys of %s cannot be fetched: %r", self._issuer, error)
                if key_id not in self._keys:
                    raise IssuerUnavailableError from error
        return self._keys.get(key_id)


async def _fetch_keys(issuer: str) -> dict[str, jwt.PyJWK]:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
        discovery = (await http.get(f"{issuer}/.well-known/openid-configuration")).raise_for_status().json()
        if discovery["issuer"] != issuer:
            raise ValueError(f"it calls itself {discovery['issuer']}")
        found = (await http.get(discovery["jwks_uri"])).raise_for_status().json()
    return {key["kid"]: jwt.PyJWK(key) for key in found["keys"]}


def _is_for_azure_resource(audience: Any) -> bool:
    return isinstance(audience, str) and audience.startswith("https://")


class BearerOnly:
    """ASGI middleware: nothing of a request is read before its token has been found good.

    The SDK sends its first request without token or body, and learns from the answer whom to ask for a token. It
    accepts the challenge only if the vault's host ends with "." and the named resource: for 127.0.0.1 that is 0.0.1.
    """

    def __init__(self, app: ASGIApp, verifier: TokenVerifier, port: int) -> None:
        self._app, self._verifier = app, verifier
        tenant = "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000"
        self._challenge = f'Bearer authorization="{tenant}", resource="https://0.0.1:{port}"'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = await self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
            return
        headers = {"WWW-Authenticate": self._challenge} if refusal.status == 401 else {"Retry-After": "1"}
        await errors.response(refusal, headers)(scope, receive, send)

    async def _refusal(self, scope: Scope) -> VaultError | None:
        if scope["path"] in OPEN_PATHS:
            return None
        scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return VaultError(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.")
        try:
            if await self._verifier.accepts(token.strip()):
                return None
        except IssuerUnavailableError:
            return VaultError(503, "ServiceUnavailable", "The identity endpoint cannot be reached.")
        return VaultError(401, "Unauthorized", "AKV10032: Invalid token: signature, issuer, audience or lifetime.")
