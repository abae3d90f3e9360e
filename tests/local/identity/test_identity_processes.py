"""The issuer's command line, the tokens it prints, and the managed identity's endpoint."""

from pathlib import Path

import httpx
import jwt
import pytest

from local import clock
from local.identity import mint
from local.identity.grants import CODE_SECONDS, CodeTerms, Grants, InvalidGrantError
from tests.local.identity.conftest import Client
from tests.local.identity.processes import Running, run_to_end


async def keys_of(client: Client) -> jwt.PyJWKSet:
    return jwt.PyJWKSet.from_dict((await client.http.get("/jwks")).json())


async def test_the_command_line_prints_a_token_that_the_issuer_vouches_for(
    client: Client, issuer: Running, data: Path
) -> None:
    printed = run_to_end("local.identity", "token", "--data", data, "--issuer", issuer.url, "--sub", "rosa")
    assert printed.returncode == 0, printed.stderr
    token = printed.stdout.strip()
    key = (await keys_of(client))[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="api://reeve", issuer=issuer.url)
    assert claims["sub"] == "rosa"
    answer = await client.http.get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["sub"] == "rosa"


async def test_another_machines_key_vouches_for_nothing(client: Client, issuer: Running, tmp_path: Path) -> None:
    token = mint(tmp_path / "elsewhere", issuer.url, "rosa")
    with pytest.raises(KeyError):
        (await keys_of(client))[jwt.get_unverified_header(token)["kid"]]
    refused = await client.http.get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert refused.status_code == 401


async def test_minting_takes_any_claim_and_a_lifetime_that_is_over(client: Client, issuer: Running, data: Path) -> None:
    key = (await keys_of(client)).keys[0]
    spent = mint(data, issuer.url, "rosa", lifetime=-60)
    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(spent, key, algorithms=["RS256"], audience="api://reeve")
    odd = mint(data, issuer.url, "rosa", audience="api://other", lifetime=60, scp="admin", nbf=0)
    claims = jwt.decode(odd, key, algorithms=["RS256"], audience="api://other")
    assert (claims["scp"], claims["nbf"]) == ("admin", 0)


async def test_the_managed_identity_gets_a_signed_token_for_its_resource(client: Client) -> None:
    asked = {"resource": "https://0.0.1:8443", "api-version": "2019-08-01"}
    answer = await client.http.get("/msi/token", params=asked, headers={"X-IDENTITY-HEADER": "local"})
    body = answer.json()
    key = (await keys_of(client))[jwt.get_unverified_header(body["access_token"])["kid"]]
    claims = jwt.decode(body["access_token"], key, algorithms=["RS256"], audience="https://0.0.1:8443")
    assert body["expires_on"] == str(claims["exp"])
    assert (body["token_type"], body["resource"]) == ("Bearer", "https://0.0.1:8443")


@pytest.mark.parametrize(
    ("header", "parameters", "status"),
    [
        (None, {"resource": "https://x", "api-version": "2019-08-01"}, 401),
        ("wrong", {"resource": "https://x", "api-version": "2019-08-01"}, 401),
        ("local", {"resource": "https://x", "api-version": "2018-02-01"}, 400),
        ("local", {"api-version": "2019-08-01"}, 400),
    ],
)
async def test_the_managed_identity_refuses_others(
    client: Client, header: str | None, parameters: dict[str, str], status: int
) -> None:
    headers = {} if header is None else {"X-IDENTITY-HEADER": header}
    assert (await client.http.get("/msi/token", params=parameters, headers=headers)).status_code == status


def test_the_identity_header_can_be_chosen(tmp_path: Path, users_file: Path) -> None:
    options = ("--data", tmp_path, "--port", 0, "--users", users_file, "--identity-header", "s3")
    asked = {"resource": "https://x", "api-version": "2019-08-01"}
    with Running("local.identity", *options) as issuer, httpx.Client(base_url=issuer.url, timeout=60) as http:
        assert http.get("/msi/token", params=asked, headers={"X-IDENTITY-HEADER": "local"}).status_code == 401
        assert http.get("/msi/token", params=asked, headers={"X-IDENTITY-HEADER": "s3"}).status_code == 200


def test_a_taken_port_is_said_in_one_line(issuer: Running, tmp_path: Path, users_file: Path) -> None:
    port = issuer.url.rsplit(":", 1)[1]
    second = run_to_end("local.identity", "--data", tmp_path / "two", "--port", port, "--users", users_file)
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert port in second.stderr


@pytest.mark.parametrize("content", [None, "not json", '{"sub": "x"}', '[{"name": "no sub"}]'])
def test_it_does_not_start_without_a_list_of_users(data: Path, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "broken.json"
    if content is not None:
        path.write_text(content)
    failed = run_to_end("local.identity", "--data", data, "--port", 0, "--users", path)
    assert failed.returncode == 1
    assert failed.stderr.startswith("cannot read the users:")
    assert "Traceback" not in failed.stderr


def test_it_stops_cleanly_and_keeps_its_key_to_itself(tmp_path: Path, users_file: Path) -> None:
    data = tmp_path / "made" / "by it"
    issuer = Running("local.identity", "--data", data, "--port", 0, "--users", users_file)
    assert httpx.get(f"{issuer.url}/_health", timeout=60).status_code == 200
    assert issuer.stop() == 0
    assert (data / "signing-key.pem").stat().st_mode & 0o077 == 0


def test_a_code_runs_out_after_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grants = Grants(tmp_path / "grants.db")
    codes = [grants.issue_code("rosa", "console", "openid", CodeTerms("http://localhost/", "x", None)) for _ in "ab"]
    monkeypatch.setattr(clock, "_skew", CODE_SECONDS - 2.0)
    assert grants.redeem_code(codes[0])[0].sub == "rosa"
    monkeypatch.setattr(clock, "_skew", CODE_SECONDS + 1.0)
    with pytest.raises(InvalidGrantError):
        grants.redeem_code(codes[1])
