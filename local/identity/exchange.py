"""The back channel of a client: codes and refresh tokens become access tokens, which say who the user is."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.identity.grants import Grant, InvalidGrantError
from local.identity.issuer import Issuer
from local.identity.tokens import ACCESS_SECONDS, InvalidTokenError
from local.identity.users import User

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_NOT_KEPT = {"Cache-Control": "no-store"}


class Exchange:
    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        try:
            match form.get("grant_type"):
                case "authorization_code":
                    return JSONResponse(self._from_code(form), headers=_NOT_KEPT)
                case "refresh_token":
                    return JSONResponse(self._from_refresh_token(form), headers=_NOT_KEPT)
                case _:
                    return _error("unsupported_grant_type", "Use authorization_code or refresh_token.")
        except InvalidGrantError as problem:
            return _error("invalid_grant", str(problem))

    async def userinfo(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return JSONResponse({"error": "invalid_request"}, 401, {"WWW-Authenticate": "Bearer"})
        try:
            claims = self._issuer.signer.verify_access_token(token.strip())
            user = self._user(claims["sub"])
        except (InvalidTokenError, InvalidGrantError):
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            return JSONResponse({"error": "invalid_token"}, 401, challenge)
        return JSONResponse({"sub": user.sub, **_profile(user, claims.get("scp", ""))}, headers=_NOT_KEPT)

    def _from_code(self, form: Mapping[str, str]) -> dict[str, object]:
        grant, terms = self._issuer.grants.redeem_code(form.get("code", ""))
        self._check_client(grant, form)
        if form.get("redirect_uri") != terms.redirect_uri:
            raise InvalidGrantError("redirect_uri differs from that of the authorization request.")
        if not _answers(terms.challenge, form.get("code_verifier", "")):
            raise InvalidGrantError("code_verifier does not answer the code_challenge.")
        return self._answer(grant, terms.nonce)

    def _from_refresh_token(self, form: Mapping[str, str]) -> dict[str, object]:
        grant = self._issuer.grants.redeem_refresh(form.get("refresh_token", ""))
        self._check_client(grant, form)
        return self._answer(grant, None)

    def _check_client(self, grant: Grant, form: Mapping[str, str]) -> None:
        if form.get("client_id") != grant.client_id:
            raise InvalidGrantError("It was issued to another client_id.")

    def _answer(self, grant: Grant, nonce: str | None) -> dict[str, object]:
        user, signer = self._user(grant.sub), self._issuer.signer
        answer: dict[str, object] = {
            "access_token": signer.access_token(user.sub, grant.client_id, grant.scope),
            "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS,
            "scope": grant.scope,
            "refresh_token": self._issuer.grants.issue_refresh(grant),
        }
        if "openid" in grant.scope.split():
            claims = {"auth_time": grant.auth_time, **_profile(user, grant.scope)}
            if nonce is not None:
                claims["nonce"] = nonce
            answer["id_token"] = signer.id_token(user.sub, grant.client_id, **claims)
        return answer

    def _user(self, sub: str) -> User:
        user = self._issuer.users.find(sub)
        if user is None:
            raise InvalidGrantError("The user is no longer known here.")
        return user


def _profile(user: User, scope: str) -> dict[str, object]:
    return {"name": user.name} if "profile" in scope.split() else {}


def _answers(challenge: str, verifier: str) -> bool:
    """RFC 7636 §4.6, S256."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)


def _error(error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, 400, _NOT_KEPT)
