"""The token endpoint that a managed identity has inside Azure's App Service and Functions, version 2019-08-01."""

import hmac

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.identity.issuer import Issuer

VERSION = "2019-08-01"


class ManagedIdentity:
    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer

    async def token(self, request: Request) -> Response:
        """The header is the proof that the caller may read the process's environment; a web page cannot send it."""
        shown = request.headers.get("x-identity-header", "")
        if not hmac.compare_digest(shown.encode(), self._issuer.identity_header.encode()):
            return _error(401, "The X-IDENTITY-HEADER is missing or wrong.")
        if request.query_params.get("api-version") != VERSION:
            return _error(400, f"api-version must be {VERSION}.")
        resource = request.query_params.get("resource", "")
        if not resource:
            return _error(400, "resource is missing.")
        token = self._issuer.signer.managed_identity_token(resource)
        expires = jwt.decode(token, options={"verify_signature": False})["exp"]
        answer = {"access_token": token, "expires_on": str(expires), "resource": resource, "token_type": "Bearer"}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def _error(status: int, message: str) -> Response:
    return JSONResponse({"statusCode": status, "message": message}, status)
