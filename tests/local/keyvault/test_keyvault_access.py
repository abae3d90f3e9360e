"""Who gets in: the challenge, and every kind of token that must not open the vault."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.identity import mint
from tests.local.keyvault.conftest import Stack

RESOURCE = "https://0.0.1:8443"


@pytest.fixture
def key_id(stack: Stack) -> str:
    return str(httpx.get(f"{stack.issuer.url}/jwks").json()["keys"][0]["kid"])


def claims(stack: Stack, **changed: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": stack.issuer.url, "sub": "x", "aud": RESOURCE, "iat": now, "exp": now + 600} | changed


def status(http: httpx.Client, token: str) -> int:
    return http.get("/secrets", headers={"Authorization": f"Bearer {token}"}).status_code


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def test_a_token_of_the_issuer_opens_the_vault(stack: Stack, http: httpx.Client) -> None:
    assert status(http, mint(stack.issuer_data, stack.issuer.url, "x", RESOURCE)) == 200


def test_no_token_is_answered_with_the_challenge(stack: Stack, http: httpx.Client) -> None:
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}):
        refused = http.put("/secrets/one", headers=headers, content=b"")
        assert refused.status_code == 401
        assert refused.json()["error"]["code"] == "Unauthorized"
        port = stack.vault.url.rsplit(":", 1)[1]
        assert f'resource="https://0.0.1:{port}"' in refused.headers["www-authenticate"]


def test_an_expired_token_is_refused(stack: Stack, http: httpx.Client) -> None:
    assert status(http, mint(stack.issuer_data, stack.issuer.url, "x", RESOURCE, lifetime=-60)) == 401


def test_a_token_that_starts_later_or_never_ends_is_refused(stack: Stack, http: httpx.Client) -> None:
    later = mint(stack.issuer_data, stack.issuer.url, "x", RESOURCE, nbf=int(time.time()) + 600)
    assert status(http, later) == 401
    endless = mint(stack.issuer_data, stack.issuer.url, "x", RESOURCE, exp=None)
    assert status(http, endless) == 401


def test_an_unsigned_token_is_refused(stack: Stack, http: httpx.Client, key_id: str) -> None:
    head = {"alg": "none", "typ": "JWT", "kid": key_id}
    parts = [base64url(json.dumps(part).encode()) for part in (head, claims(stack))]
    assert status(http, ".".join([*parts, ""])) == 401
    assert status(http, "opaque") == 401


def test_a_token_signed_with_another_key_is_refused(stack: Stack, http: httpx.Client, key_id: str) -> None:
    forger = rsa.generate_private_key(65537, 2048)
    for claimed in (key_id, "another"):
        forged = jwt.encode(claims(stack), forger, algorithm="RS256", headers={"kid": claimed})
        assert status(http, forged) == 401


def test_the_public_key_is_no_shared_secret(stack: Stack, http: httpx.Client, key_id: str) -> None:
    """The classic confusion: an HMAC keyed with what everybody may download."""
    public = jwt.PyJWK(httpx.get(f"{stack.issuer.url}/jwks").json()["keys"][0]).key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": key_id}, claims(stack))]
    signature = jwt.get_algorithm_by_name("HS256").sign(".".join(parts).encode(), public)
    assert status(http, ".".join([*parts, base64url(signature)])) == 401


def test_a_changed_token_is_refused(stack: Stack, http: httpx.Client) -> None:
    head, _, signature = mint(stack.issuer_data, stack.issuer.url, "x", RESOURCE).split(".")
    changed = base64url(json.dumps(claims(stack, sub="admin")).encode())
    assert status(http, f"{head}.{changed}.{signature}") == 401


def test_a_token_of_another_issuer_is_refused(stack: Stack, http: httpx.Client, tmp_path: Path) -> None:
    assert status(http, mint(stack.issuer_data, "https://issuer.example.org", "x", RESOURCE)) == 401
    assert status(http, mint(tmp_path, stack.issuer.url, "x", RESOURCE)) == 401


@pytest.mark.parametrize("audience", ["api://reeve", "console", "http://0.0.1:8443", "", ["https://0.0.1:8443"]])
def test_a_users_token_is_refused(stack: Stack, http: httpx.Client, audience: Any) -> None:
    assert status(http, mint(stack.issuer_data, stack.issuer.url, "rosa", "", aud=audience)) == 401


def test_health_needs_no_token(http: httpx.Client) -> None:
    assert http.get("/_health").json() == {"status": "ok"}


def test_another_host_name_for_this_machine_is_refused(http: httpx.Client) -> None:
    assert http.get("/_health", headers={"Host": "rebound.example.org"}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/keys", None, 404),
        ("POST", "/secrets/one", {}, 405),
        ("PUT", "/secrets/one", {}, 400),
        ("PUT", "/secrets/one", {"value": 7}, 400),
        ("PUT", "/secrets/one", [], 400),
        ("GET", "/secrets?api-version=2026-04-01&maxresults=26", None, 400),
        ("GET", "/secrets?api-version=2026-04-01&maxresults=x", None, 400),
        ("GET", "/secrets?api-version=2026-04-01&$skiptoken=%C3%A9", None, 400),
    ],
)
def test_a_malformed_request_is_refused_in_the_vaults_words(
    stack: Stack, http: httpx.Client, method: str, path: str, body: Any, expected: int
) -> None:
    if "?" in path:
        http.params = httpx.QueryParams()
    bearer = {"Authorization": f"Bearer {mint(stack.issuer_data, stack.issuer.url, 'x', RESOURCE)}"}
    refused = http.request(method, path, headers=bearer, json=body)
    assert refused.status_code == expected
    assert set(refused.json()["error"]) == {"code", "message"}


def test_a_request_without_api_version_is_refused(stack: Stack, http: httpx.Client) -> None:
    http.params = httpx.QueryParams()
    assert status(http, mint(stack.issuer_data, stack.issuer.url, "x", RESOURCE)) == 400
