"""Signs in as a browser would: authorization code flow with PKCE (RFC 7636) through the sign-in page's own form."""

import base64
import hashlib
import re
import secrets
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

REDIRECT = "http://127.0.0.1:5173/signed-in"
CLIENT = "reeve-demo"


async def sign_in(issuer: str, sub: str) -> str:
    """:returns: an access token of ``sub``."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    async with httpx.AsyncClient(timeout=15) as http:
        known = (await http.get(f"{issuer}/.well-known/openid-configuration")).json()
        asked = {
            "client_id": CLIENT,
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": "openid",
            "state": secrets.token_urlsafe(8),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        page = await http.get(known["authorization_endpoint"], params=asked)
        code = await _choose(http, page, sub)
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "client_id": CLIENT}
        answer = await http.post(known["token_endpoint"], data=grant | {"code_verifier": verifier})
        answer.raise_for_status()
        return str(answer.json()["access_token"])


async def _choose(http: httpx.AsyncClient, page: httpx.Response, sub: str) -> str:
    """Presses the button of ``sub`` on the page, and takes the code from where the page sends the browser."""
    page.raise_for_status()
    target = re.search(r'<form[^>]*action="([^"]*)"', page.text)
    hidden = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))
    fields = {name: value.replace("&amp;", "&") for name, value in hidden.items()}
    action = urljoin(str(page.url), target[1].replace("&amp;", "&") if target else "")
    sent = await http.post(action, data={**fields, "sub": sub})
    location = urlsplit(sent.headers["location"])
    return parse_qs(location.query)["code"][0]
