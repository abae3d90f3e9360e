"""The issuer as a web application: discovery, keys, sign-in, tokens, and the managed identity's endpoint."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from local.identity.exchange import Exchange
from local.identity.issuer import Issuer
from local.identity.keys import ALGORITHM
from local.identity.managed_identity import ManagedIdentity
from local.identity.redirects import LOOPBACK_ORIGIN
from local.identity.signin import SignInPages
from local.serving import THIS_MACHINE_ONLY


def application(issuer: Issuer) -> Starlette:
    pages = SignInPages(issuer)
    return Starlette(
        routes=[
            Route("/_health", _health),
            Route("/authorize", pages.authorize, methods=["GET", "POST"]),
            Route("/end_session", pages.end_session, methods=["GET", "POST"]),
            Route("/msi/token", ManagedIdentity(issuer).token),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
            Mount("", routes=_for_scripts(issuer), middleware=[_LOOPBACK_ORIGINS]),
        ],
        middleware=[THIS_MACHINE_ONLY],
    )


_LOOPBACK_ORIGINS = Middleware(
    CORSMiddleware,
    allow_origin_regex=LOOPBACK_ORIGIN,
    allow_methods=["GET", "POST"],
    allow_headers=["Authorization", "Content-Type"],
    max_age=600,
)


def _for_scripts(issuer: Issuer) -> list[BaseRoute]:
    """What a single-page application calls from its own origin."""
    exchange = Exchange(issuer)

    async def discovery(_: Request) -> Response:
        return JSONResponse(_metadata(issuer.url))

    async def jwks(_: Request) -> Response:
        return JSONResponse({"keys": [issuer.signer.key.public_jwk()]})

    return [
        Route("/.well-known/openid-configuration", discovery),
        Route("/jwks", jwks),
        Route("/token", exchange.token, methods=["POST"]),
        Route("/userinfo", exchange.userinfo, methods=["GET", "POST"]),
    ]


def _metadata(url: str) -> dict[str, object]:
    """OpenID Connect Discovery 1.0 §3."""
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "userinfo_endpoint": f"{url}/userinfo",
        "end_session_endpoint": f"{url}/end_session",
        "jwks_uri": f"{url}/jwks",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "offline_access"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "auth_time", "nonce", "name"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})
