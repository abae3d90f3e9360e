"""An issuer with two users, and a client that signs in as a browser and an application would."""

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.local.identity.processes import Running

REDIRECT = "http://127.0.0.1:5173/signed-in"
USERS = [
    {
        "sub": "rosa",
        "name": "Rosa O'Neill <script>",
        "organisation": "Harbour Stores",
        "role": "org_admin",
        "description": "Runs the loss prevention team.",
    },
    {"sub": "tariq", "name": "Tariq Bell", "organisation": "Harbour Stores", "role": "reporter", "description": ""},
]


class Client:
    """The application ``console``, and the browser that it sends to the sign-in page."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.verifier = secrets.token_urlsafe(48)

    def parameters(self, **changed: str | None) -> dict[str, str]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": "console",
            "redirect_uri": REDIRECT,
            "scope": "openid profile",
            "state": "a state/with=signs&more",
            "nonce": "n-0S6_WzA2Mj",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (asked | changed).items() if value is not None}

    async def choose(self, sub: str, **changed: str | None) -> httpx.Response:
        return await self.http.post("/authorize", params=self.parameters(**changed), data={"sub": sub})

    async def code(self, sub: str = "rosa", **changed: str | None) -> str:
        return answered(await self.choose(sub, **changed))["code"]

    async def redeem(self, code: str, **changed: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "client_id": "console",
            "code_verifier": self.verifier,
        }
        return await self.http.post("/token", data=form | changed)

    async def refresh(self, token: str, **changed: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "console"}
        return await self.http.post("/token", data=form | changed)

    async def sign_in(self, sub: str = "rosa") -> dict[str, Any]:
        tokens = await self.redeem(await self.code(sub))
        assert tokens.status_code == 200, tokens.text
        return dict(tokens.json())


def answered(response: httpx.Response) -> dict[str, str]:
    """The parameters with which the browser was sent back."""
    assert response.status_code == 303, response.text
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("issuer")


@pytest.fixture(scope="module")
def data(home: Path) -> Path:
    return home / "identity"


@pytest.fixture(scope="module")
def issuer(home: Path, data: Path) -> Iterator[Running]:
    path = home / "users.json"
    write_users(path, USERS)
    with Running("local.identity", "--data", data, "--port", 0, "--users", path, "--title", "Reeve") as running:
        yield running


@pytest.fixture
def users_file(home: Path) -> Iterator[Path]:
    """The file may be changed; the next test finds it as it was."""
    path = home / "users.json"
    write_users(path, USERS)
    yield path
    write_users(path, USERS)


@pytest.fixture
async def client(issuer: Running) -> AsyncIterator[Client]:
    async with httpx.AsyncClient(base_url=issuer.url) as http:
        yield Client(http)


def write_users(path: Path, users: list[dict[str, str]], *, up_to: int | None = None) -> None:
    path.write_text(json.dumps(users)[:up_to])
