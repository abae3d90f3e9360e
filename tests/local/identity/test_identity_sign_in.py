"""The authorization code flow with PKCE, as a browser and a single-page application go through it."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import pytest

from tests.local.identity.conftest import REDIRECT, USERS, Client, answered, write_users
from tests.local.identity.processes import Running


async def verified(client: Client, token: str, audience: str) -> dict[str, Any]:
    """As any relying party does it: keys by discovery, then signature, issuer, audience and times."""
    discovery = (await client.http.get("/.well-known/openid-configuration")).json()
    keys = jwt.PyJWKSet.from_dict((await client.http.get(discovery["jwks_uri"])).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    required = {"require": ["iss", "sub", "aud", "exp", "iat", "nbf", "jti"]}
    claims = jwt.decode(
        token, key, algorithms=["RS256"], audience=audience, issuer=discovery["issuer"], options=required
    )
    return dict(claims)


async def test_the_page_offers_every_user_as_a_button_and_needs_no_script(client: Client) -> None:
    page = await client.http.get("/authorize", params=client.parameters())
    assert page.status_code == 200
    assert "<title>Choose who to sign in as · Reeve</title>" in page.text
    assert '<button type="submit" name="sub" value="rosa">' in page.text
    assert '<button type="submit" name="sub" value="tariq">' in page.text
    assert "Rosa O&#39;Neill &lt;script&gt;" in page.text
    assert "Harbour Stores" in page.text
    assert "org admin" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "prefers-color-scheme: dark" in (await client.http.get("/static/sign-in.css")).text


async def test_the_pages_own_form_completes_the_sign_in(client: Client) -> None:
    """Posts to the address that the page names, as the browser would, instead of one that the test knows."""
    page = await client.http.get("/authorize", params=client.parameters())
    action = page.text.split('action="')[1].split('"')[0].replace("&amp;", "&")
    answer = answered(await client.http.post(action, data={"sub": "tariq"}))
    assert answer["state"] == "a state/with=signs&more"
    tokens = (await client.redeem(answer["code"])).json()
    assert (await verified(client, tokens["access_token"], "api://reeve"))["sub"] == "tariq"


async def test_a_sign_in_returns_state_and_issuer_and_nonce(client: Client, issuer: Running) -> None:
    chosen = await client.choose("rosa")
    assert chosen.headers["location"].startswith(f"{REDIRECT}?")
    answer = answered(chosen)
    assert answer["state"] == "a state/with=signs&more"
    assert answer["iss"] == issuer.url

    tokens = await client.redeem(answer["code"])
    assert tokens.headers["cache-control"] == "no-store"
    identity = await verified(client, tokens.json()["id_token"], "console")
    assert identity["nonce"] == "n-0S6_WzA2Mj"
    assert identity["name"] == USERS[0]["name"]


async def test_the_access_token_says_nothing_personal_but_sub(client: Client) -> None:
    tokens = await client.sign_in("rosa")
    claims = await verified(client, tokens["access_token"], "api://reeve")
    assert claims["sub"] == "rosa"
    assert claims["scp"] == "openid profile"
    assert set(claims) == {"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "scp", "client_id"}
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 3600
    with pytest.raises(jwt.InvalidAudienceError):
        await verified(client, tokens["id_token"], "api://reeve")


async def test_no_state_and_no_nonce_come_back_when_none_were_sent(client: Client) -> None:
    answer = answered(await client.choose("rosa", state=None, nonce=None))
    assert "state" not in answer
    tokens = (await client.redeem(answer["code"])).json()
    assert "nonce" not in jwt.decode(tokens["id_token"], options={"verify_signature": False})


async def test_the_name_is_told_only_to_who_asks_for_the_profile(client: Client) -> None:
    tokens = (await client.redeem(await client.code(scope="openid"))).json()
    assert "name" not in await verified(client, tokens["id_token"], "console")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await client.http.get("/userinfo", headers=bearer)).json() == {"sub": "rosa"}


async def test_a_wrong_verifier_is_refused_and_spends_the_code(client: Client) -> None:
    code = await client.code()
    refused = await client.redeem(code, code_verifier="x" * 64)
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_grant"
    assert (await client.redeem(code)).status_code == 400


async def test_a_code_used_twice_is_refused_and_ends_what_it_gave(client: Client) -> None:
    code = await client.code()
    first = await client.redeem(code)
    assert first.status_code == 200
    again = await client.redeem(code)
    assert again.status_code == 400
    assert again.json()["error"] == "invalid_grant"
    assert (await client.refresh(first.json()["refresh_token"])).status_code == 400


@pytest.mark.parametrize("changed", [{"client_id": "another"}, {"redirect_uri": "http://127.0.0.1:5173/"}])
async def test_a_code_is_good_only_for_the_client_and_address_it_was_given_to(
    client: Client, changed: dict[str, str]
) -> None:
    refused = await client.redeem(await client.code(), **changed)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.org/signed-in",
        "http://example.org/",
        "http://127.0.0.1.example.org/",
        "http://127.0.0.1@example.org/",
        "http://127.0.0.1\\@example.org/",
        "http://example.org\\@127.0.0.1/",
        "https://127.0.0.1/",
        "http://127.0.0.1/#part",
        "http://127.0.0.1:99999/",
        "javascript:alert(1)",
        "//127.0.0.1/",
        "",
    ],
)
async def test_an_address_elsewhere_gets_neither_user_nor_error(client: Client, uri: str) -> None:
    for response in (
        await client.http.get("/authorize", params=client.parameters(redirect_uri=uri)),
        await client.choose("rosa", redirect_uri=uri),
    ):
        assert response.status_code == 400
        assert "location" not in response.headers
        assert "This sign-in cannot go on" in response.text


@pytest.mark.parametrize("uri", ["http://localhost:3000/", "http://[::1]:9/x?kept=1", "http://127.8.9.10/"])
async def test_any_loopback_address_will_do(client: Client, uri: str) -> None:
    chosen = await client.choose("rosa", redirect_uri=uri)
    assert answered(chosen)["code"]
    assert urlsplit(chosen.headers["location"]).netloc == urlsplit(uri).netloc
    assert ("kept=1" in chosen.headers["location"]) == ("kept" in uri)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_the_client_is_told_what_is_wrong_with_its_request(
    client: Client, changed: dict[str, str | None], error: str
) -> None:
    answer = answered(await client.choose("rosa", **changed))
    assert answer["error"] == error
    assert answer["state"] == "a state/with=signs&more"
    assert "code" not in answer


async def test_a_client_named_like_a_resource_is_refused(client: Client) -> None:
    """Or its ID tokens would pass for access tokens of that resource."""
    assert (await client.choose("rosa", client_id="https://0.0.1:8443")).status_code == 400


async def test_an_unknown_user_cannot_sign_in(client: Client) -> None:
    response = await client.choose("nobody")
    assert response.status_code == 400
    assert "location" not in response.headers
    assert 'role="alert"' in response.text
    assert 'value="rosa"' in response.text


async def test_users_are_read_again_when_the_file_changes(client: Client, users_file: Path) -> None:
    tokens = await client.sign_in("tariq")
    write_users(users_file, [USERS[0], {"sub": "new", "name": "New Person"}])
    page = await client.http.get("/authorize", params=client.parameters())
    assert "New Person" in page.text
    assert "Tariq" not in page.text
    assert (await client.choose("tariq")).status_code == 400
    assert (await client.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await client.http.get("/userinfo", headers=bearer)).status_code == 401


async def test_a_half_written_users_file_signs_nobody_out(client: Client, users_file: Path) -> None:
    await client.sign_in("tariq")
    write_users(users_file, USERS, up_to=40)
    assert await client.sign_in("tariq")
    write_users(users_file, USERS[1:])
    assert "Rosa" not in (await client.http.get("/authorize", params=client.parameters())).text


async def test_refresh_tokens_are_replaced_at_each_use(client: Client) -> None:
    first = await client.sign_in()
    second = (await client.refresh(first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert (await verified(client, second["access_token"], "api://reeve"))["sub"] == "rosa"
    third = (await client.refresh(second["refresh_token"])).json()
    assert (await verified(client, third["id_token"], "console"))["name"] == USERS[0]["name"]


async def test_a_refresh_token_that_comes_back_ends_its_whole_family(client: Client) -> None:
    other = await client.sign_in()
    first = await client.sign_in()
    second = (await client.refresh(first["refresh_token"])).json()
    assert (await client.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await client.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await client.refresh(other["refresh_token"])).status_code == 200


async def test_a_refresh_token_is_good_for_its_own_client_only(client: Client) -> None:
    tokens = await client.sign_in()
    refused = await client.refresh(tokens["refresh_token"], client_id="another")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


async def test_an_unknown_grant_type_is_refused(client: Client) -> None:
    refused = await client.http.post("/token", data={"grant_type": "password", "username": "rosa", "password": "x"})
    assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type")


async def test_userinfo_wants_an_access_token(client: Client) -> None:
    tokens = await client.sign_in()
    good = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await client.http.get("/userinfo", headers=good)).json() == {"sub": "rosa", "name": USERS[0]["name"]}
    for header in ({}, {"Authorization": f"Bearer {tokens['id_token']}"}, {"Authorization": "Bearer x"}):
        refused = await client.http.get("/userinfo", headers=header)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")


async def test_signing_out_ends_the_refresh_tokens_and_returns_to_the_application(client: Client) -> None:
    tokens = await client.sign_in()
    target = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": REDIRECT, "state": "bye"}
    response = await client.http.get("/end_session", params=target)
    assert (response.status_code, response.headers["location"]) == (303, f"{REDIRECT}?state=bye")
    assert (await client.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_signing_out_goes_nowhere_else_and_believes_no_forged_hint(client: Client) -> None:
    tokens = await client.sign_in()
    away = await client.http.get("/end_session", params={"post_logout_redirect_uri": "https://example.org/"})
    assert away.status_code == 400
    forged = jwt.encode({"sub": "rosa", "aud": "console"}, "k" * 32, algorithm="HS256")
    assert (await client.http.post("/end_session", data={"id_token_hint": forged})).status_code == 400
    assert "You are signed out" in (await client.http.get("/end_session")).text
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://127.0.0.1:7071"])
async def test_scripts_of_this_machine_may_use_the_token_endpoint(client: Client, origin: str) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    preflight = await client.http.options("/token", headers=asked)
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, origin)
    for path in ("/.well-known/openid-configuration", "/jwks"):
        answer = await client.http.get(path, headers={"Origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("origin", ["https://example.org", "http://localhost.example.org", "null"])
async def test_scripts_from_elsewhere_may_not(client: Client, origin: str) -> None:
    answer = await client.http.get("/jwks", headers={"Origin": origin})
    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-origin" not in (await client.http.get("/_health", headers={"Origin": origin})).headers


async def test_another_host_name_for_this_machine_is_refused(client: Client) -> None:
    assert (await client.http.get("/_health", headers={"Host": "rebound.example.org"})).status_code == 400


async def test_sign_ins_and_keys_outlive_a_crash(tmp_path: Path, users_file: Path) -> None:
    options = ("--data", tmp_path, "--users", users_file)
    with Running("local.identity", "serve", *options, "--port", 0) as issuer:
        async with httpx.AsyncClient(base_url=issuer.url) as http:
            client = Client(http)
            tokens = await client.sign_in()
            code = await client.code()
        issuer.kill()
        with Running("local.identity", "serve", *options, "--port", issuer.url.rsplit(":", 1)[1]) as again:
            async with httpx.AsyncClient(base_url=again.url) as http:
                client.http = http
                assert (await verified(client, tokens["access_token"], "api://reeve"))["sub"] == "rosa"
                assert (await client.refresh(tokens["refresh_token"])).status_code == 200
                assert (await client.redeem(code)).status_code == 200
