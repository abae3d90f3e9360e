"""Bad input gets a clear problem that says what to fix, and stores nothing."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.world import World, fresh_key, problem, submit, theft

JSON = {"Content-Type": "application/json"}
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
LONG_AGO = (datetime.now(UTC) - timedelta(days=1000)).isoformat()


async def stored_reports(world: World) -> int:
    count = world.platform.container("reports").query(
        "SELECT VALUE 1 FROM c WHERE c.kind = 'report'", key=[world.home.id]
    )
    return len([each async for each in count])


async def post(world: World, content: bytes, **headers: str) -> httpx.Response:
    return await world.reporter.api.post("/api/reports", content=content, headers=JSON | fresh_key() | headers)


async def refused(world: World, content: bytes, status: int, **headers: str) -> dict[str, Any]:
    before = await stored_reports(world)
    answer = await post(world, content, **headers)
    assert answer.status_code == status, answer.text
    assert await stored_reports(world) == before
    return problem(answer)


@pytest.mark.parametrize("content", [b"{", b"[1, 2", b"nonsense", b'{"type": theft}', b"\xff\xfe", b'{"a":1}}'])
async def test_malformed_json(world: World, content: bytes) -> None:
    assert (await refused(world, content, 400))["type"] == "urn:reeve:problem:malformed-body"


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"type": "arson?"}, "/type"),
        ({"type": 7}, "/type"),
        ({"occurredAt": "yesterday"}, "/occurredAt"),
        ({"occurredAt": "2026-01-01T10:00:00"}, "/occurredAt"),
        ({"occurredAt": TOMORROW}, "/occurredAt"),
        ({"occurredAt": LONG_AGO}, "/occurredAt"),
        ({"siteId": "00000000-0000-7000-8000-000000000000"}, "/siteId"),
        ({"siteId": "quayside"}, "/siteId"),
        ({"howKnown": None}, "/howKnown"),
        ({"whatHappened": "short"}, "/whatHappened"),
        ({"whatHappened": "x" * 8001}, "/whatHappened"),
        ({"whatHappened": {"$ne": ""}}, "/whatHappened"),
        ({"suspectEthnicity": "x"}, "/suspectEthnicity"),
        ({"people": [{"role": "suspect", "ethnicity": "x"}]}, "/people/0"),
        ({"people": [{"role": "suspect"}] * 21}, "/people"),
        ({"vehicles": [{}]}, "/vehicles/0"),
        ({"items": [{"product": "a", "quantity": 0}]}, "/items/0/quantity"),
        ({"items": [{"product": "a", "quantity": 1, "value": {"amountMinor": -1, "currency": "GBP"}}]},
         "/items/0/value/amountMinor"),
        ({"items": [{"product": "a", "quantity": 1, "value": {"amountMinor": 1, "currency": "QQQ"}}]},
         "/items/0/value/currency"),
        ({"items": [{"product": "a", "quantity": 1, "value": {"amountMinor": 1.5, "currency": "GBP"}}]},
         "/items/0/value/amountMinor"),
    ],
)  # fmt: skip
async def test_each_wrong_value_is_pointed_at(world: World, change: dict[str, Any], at: str) -> None:
    found = await refused(world, json.dumps(theft(world, **change)).encode(), 400)
    assert at in [error["at"] for error in found["errors"]]


async def test_what_was_sent_is_never_repeated(world: World) -> None:
    secret = "Maximilian Musterfrau"
    answer = await post(world, json.dumps(theft(world, type=secret, siteId=secret, occurredAt=secret)).encode())
    assert answer.status_code == 400
    assert secret not in answer.text


async def test_two_currencies_in_one_report(world: World) -> None:
    items = [{"product": "a", "quantity": 1, "value": {"amountMinor": 1, "currency": c}} for c in ("GBP", "EUR")]
    await refused(world, json.dumps(theft(world, items=items)).encode(), 400)


async def test_a_body_of_eleven_megabytes(world: World) -> None:
    body = json.dumps(theft(world, whatHappened="x" * (11 << 20))).encode()
    assert (await refused(world, body, 413))["type"] == "urn:reeve:problem:too-large"


async def test_an_empty_body(world: World) -> None:
    await refused(world, b"", 400)


async def test_another_media_type(world: World) -> None:
    await refused(world, b"<report/>", 415, **{"Content-Type": "application/xml"})


@pytest.mark.parametrize("key", ["", "short", "x" * 129, "spaces are not allowed"])
async def test_a_missing_or_odd_idempotency_key(world: World, key: str) -> None:
    await refused(world, json.dumps(theft(world)).encode(), 400, **{"Idempotency-Key": key})


async def test_an_idempotency_key_reused_for_another_body(world: World) -> None:
    key = fresh_key()
    assert (await post(world, json.dumps(theft(world)).encode(), **key)).status_code == 201
    other = json.dumps(theft(world, type="robbery")).encode()
    assert (await refused(world, other, 422, **key))["type"] == "urn:reeve:problem:idempotency-key-reused"


async def test_the_same_key_of_two_people_makes_two_reports(world: World) -> None:
    key, body = fresh_key(), theft(world)
    one = await world.reporter.api.post("/api/reports", json=body, headers=key)
    two = await world.investigator.api.post("/api/reports", json=body, headers=key)
    assert one.json()["id"] != two.json()["id"]


async def test_a_wrong_etag(world: World) -> None:
    created = await submit(world.reporter, theft(world))
    answer = await world.investigator.api.patch(
        f"/api/reports/{created.json()['id']}",
        json={"status": "closed"},
        params={"purpose": "INVESTIGATE"},
        headers={"If-Match": '"never"'},
    )
    assert answer.status_code == 412
    assert problem(answer)["type"] == "urn:reeve:problem:changed-meanwhile"


@pytest.mark.parametrize("query", ["", "purpose=", "purpose=CURIOSITY", "purpose=RESEARCH"])
async def test_reading_without_a_purpose_that_permits_it(world: World, query: str) -> None:
    answer = await world.investigator.api.get(f"/api/reports?{query}")
    assert answer.status_code in {400, 403}
    problem(answer)


async def test_a_cursor_of_somebody_else_or_of_nobody(world: World) -> None:
    for _ in range(2):
        await submit(world.reporter, theft(world))
    asked = {"purpose": "INVESTIGATE", "limit": 1}
    cursor = (await world.investigator.api.get("/api/reports", params=asked)).json()["nextCursor"]
    for person, value in [
        (world.reporter, cursor),
        (world.investigator, "AAAA"),
        (world.investigator, cursor[:-4] + "AAAA"),
    ]:
        answer = await person.api.get("/api/reports", params=asked | {"cursor": value})
        assert answer.status_code == 400


def claims(world: World, **changes: Any) -> dict[str, Any]:
    now = int(datetime.now(UTC).timestamp())
    issuer = world.platform.settings.issuers[0]
    return {"iss": issuer, "sub": world.reporter.sub, "aud": "api://reeve", "iat": now, "exp": now + 600} | changes


def unsigned(payload: dict[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, payload)
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."


def forged(world: World, algorithm: str) -> str:
    """Signed by the attacker, under the key id that the issuer really uses."""
    key_id = jwt.get_unverified_header(world.stack.token(world.reporter.sub))["kid"]
    key: Any = (
        ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else "attacker-knows-this-secret-32-bytes"
    )
    return jwt.encode(claims(world), key, algorithm, headers={"kid": key_id})


async def test_tokens_that_must_not_open_the_door(world: World) -> None:
    sub = world.reporter.sub
    genuine = world.stack.token(sub)
    head, body, signature = genuine.split(".")
    tokens = {
        "none": unsigned(claims(world)),
        "forged HS256": forged(world, "HS256"),
        "forged ES256": forged(world, "ES256"),
        "cut": f"{head}.{body}.",
        "altered": f"{head}.{unsigned(claims(world, sub=world.investigator.sub)).split('.')[1]}.{signature}",
        "expired": world.stack.token(sub, lifetime=-120),
        "for another application": world.stack.token(sub, aud="api://another"),
        "of another issuer": world.stack.token(sub, iss="http://127.0.0.1:1"),
        "not valid yet": world.stack.token(sub, nbf=int(datetime.now(UTC).timestamp()) + 3600),
        "not a token": "opensesame",
        "huge": "a" * 20_000,
    }
    for name, token in tokens.items():
        async with world.anonymous(Authorization=f"Bearer {token}") as api:
            answer = await api.get("/api/me")
            assert answer.status_code == 401, name
            assert problem(answer)["type"] == "urn:reeve:problem:sign-in-required"


async def test_no_token_at_all(world: World) -> None:
    async with world.anonymous() as api:
        answer = await api.get("/api/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_signed_in_stranger_has_no_account(world: World) -> None:
    async with world.anonymous(Authorization=f"Bearer {world.stack.token('nobody-we-know')}") as api:
        assert (await api.get("/api/me")).status_code == 401


@pytest.mark.parametrize("path", ["/api/reports/not-a-guid", "/api/nothing", "/api/../host.json", "/host.json"])
async def test_paths_that_do_not_exist(world: World, path: str) -> None:
    assert (await world.investigator.api.get(path)).status_code == 404
