"""The pages a person sees: choosing a demo user at the authorization endpoint, and signing out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from local.identity.grants import CodeTerms
from local.identity.issuer import Issuer
from local.identity.redirects import is_loopback, with_parameters
from local.identity.tokens import InvalidTokenError

_CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
"""Never a URL: the audience of an ID token is its client, and URLs are the audiences of access tokens."""
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""No form-action: browsers apply it to the redirect that follows the form too, which leads to the client."""


class UntrustedRequestError(Exception):
    """The request does not say safely where to return to, so the error is shown here instead of there."""


@dataclass(eq=False)
class AuthorizationError(Exception):
    """An error that the client is told about at its redirect URI (RFC 6749 §4.1.2.1)."""

    redirect_uri: str
    state: str | None
    code: str
    description: str


@dataclass(frozen=True)
class AuthorizationRequest:
    client_id: str
    redirect_uri: str
    state: str | None
    scope: str
    challenge: str
    nonce: str | None


def read_authorization_request(parameters: Mapping[str, str]) -> AuthorizationRequest:
    client_id, redirect_uri = parameters.get("client_id", ""), parameters.get("redirect_uri", "")
    if not _CLIENT_ID.fullmatch(client_id):
        raise UntrustedRequestError("The application did not give a valid client_id.")
    if not is_loopback(redirect_uri):
        raise UntrustedRequestError(
            "The application wants an answer outside this computer. Only http://127.0.0.1 and alike will do."
        )
    state, challenge = parameters.get("state"), parameters.get("code_challenge", "")
    scope = " ".join(parameters.get("scope", "openid").split())

    def refuse(code: str, description: str) -> AuthorizationError:
        return AuthorizationError(redirect_uri, state, code, description)

    if parameters.get("response_type") != "code":
        raise refuse("unsupported_response_type", "response_type must be code.")
    if parameters.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise refuse("invalid_request", "PKCE is required: send code_challenge and code_challenge_method=S256.")
    if "request" in parameters or "request_uri" in parameters:
        raise refuse("request_not_supported", "Request objects are not supported.")
    if "none" in parameters.get("prompt", "").split():
        raise refuse("login_required", "Nobody stays signed in here.")
    return AuthorizationRequest(client_id, redirect_uri, state, scope, challenge, parameters.get("nonce"))


class SignInPages:
    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._templates = Jinja2Templates(Path(__file__).parent / "templates")

    async def authorize(self, request: Request) -> Response:
        """GET shows the users; POST, to the same address, names the one that was chosen."""
        try:
            asked = read_authorization_request(request.query_params)
        except UntrustedRequestError as problem:
            return self._page(request, "refused.html", 400, reason=str(problem))
        except AuthorizationError as error:
            return self._back(error.redirect_uri, error.state, error=error.code, description=error.description)
        if request.method != "POST":
            return self._choice(request, asked)
        form = await request.form()
        user = self._issuer.users.find(str(form.get("sub", "")))
        if user is None:
            return self._choice(request, asked, 400, "This user is no longer in the list. Choose another.")
        terms = CodeTerms(asked.redirect_uri, asked.challenge, asked.nonce)
        code = self._issuer.grants.issue_code(user.sub, asked.client_id, asked.scope, terms)
        return self._back(asked.redirect_uri, asked.state, code=code)

    async def end_session(self, request: Request) -> Response:
        """Signing out ends the refresh tokens; there is no cookie to forget. A hint that is no good ends nothing."""
        parameters: Mapping[str, object] = await request.form() if request.method == "POST" else request.query_params
        hint, target = str(parameters.get("id_token_hint", "")), str(parameters.get("post_logout_redirect_uri", ""))
        if hint:
            try:
                claims = self._issuer.signer.read_id_token_hint(hint)
            except InvalidTokenError:
                return self._page(request, "refused.html", 400, reason="The application's id_token_hint is not ours.")
            self._issuer.grants.end(claims["sub"], claims["aud"])
        if not target:
            return self._page(request, "signed_out.html")
        if not is_loopback(target):
            return self._page(request, "refused.html", 400, reason="The application wants to continue elsewhere.")
        state = parameters.get("state")
        return RedirectResponse(with_parameters(target, state=None if state is None else str(state)), 303, _HEADERS)

    def _choice(self, request: Request, asked: AuthorizationRequest, status: int = 200, message: str = "") -> Response:
        users = self._issuer.users.everyone()
        return self._page(request, "sign_in.html", status, users=users, client_id=asked.client_id, message=message)

    def _back(
        self, uri: str, state: str | None, *, code: str | None = None, error: str | None = None, description: str = ""
    ) -> Response:
        """Names the issuer, so that a client of several cannot be mixed up (RFC 9207)."""
        target = with_parameters(
            uri, code=code, error=error, error_description=description or None, state=state, iss=self._issuer.url
        )
        return RedirectResponse(target, 303, _HEADERS)

    def _page(self, request: Request, template: str, status: int = 200, **context: object) -> Response:
        context["title"] = self._issuer.title
        return self._templates.TemplateResponse(request, template, context, status, _HEADERS)
