"""Every endpoint, every role, every place: the outcome stands in a table that a person can read, access_matrix.toml."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

import function_app
from shared.http.door import ENDPOINTS, Endpoint
from tests.security.access_world import PLACES, AccessWorld, Caller, Request

assert function_app.app
TABLE: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("access_matrix.toml").read_text())
BUSY = {409, 412}
"""The caller got in; what was asked for is not possible at this moment."""


def test_every_endpoint_has_a_row_and_every_row_an_endpoint() -> None:
    assert set(TABLE) == set(ENDPOINTS)


def expected(endpoint: Endpoint, row: dict[str, Any], caller: Caller) -> str:
    """in, or the reason for being kept out: unknown (401), terms (403), role (403), nothing (404)."""
    of, place, role = row["of"], caller.place, caller.role
    if of == "public":
        return "in"
    if of == "identity" and place != "nobody":
        return "role"  # signed in, with a code that is no invitation
    if of == "device" or place in {"nobody", "suspended"}:
        return "unknown"
    if place == "terms" and not row.get("before_terms"):
        return "terms"
    if of == "platform":
        return "role"
    if of == "recipient":
        return "in"
    allowed = role in row["own"].split()
    if of == "self" or place in {"own", "terms"}:
        return "in" if allowed else "role"
    if of in {"membership", "invitation"}:
        return _as_member(endpoint, row, caller)
    if row.get("outside") == "role first" and not allowed:
        return "role"
    return "in" if place == "shared" and role in row.get("shared", "").split() else "outside"


def _as_member(endpoint: Endpoint, row: dict[str, Any], caller: Caller) -> str:
    """Each organisation stands in a community made for the request; only the feed is that of the shared community."""
    if endpoint.name == "communities_feed" and caller.place == "stranger":
        return "nothing"
    return "in" if caller.role in row["own"].split() else "role"


STATUS = {"unknown": {401}, "terms": {403}, "role": {403}, "nothing": {404}, "outside": {403, 404}}
BEFORE_THE_TARGET = {"unknown", "terms", "role"}
"""Refused for who they are, whatever they ask for."""


def callers_at(access: AccessWorld, name: str, place: str) -> list[Caller]:
    """Every role; where all of them are refused for the same reason, one role, another one at each endpoint."""
    there = [each for (at, _), each in access.callers.items() if at == place]
    if place not in {"suspended", "terms"}:
        return there
    turn = sorted(TABLE).index(name)
    return [there[turn % len(there)]] if not TABLE[name].get("before_terms") else there


async def ask(access: AccessWorld, endpoint: Endpoint, caller: Caller, wanted: Request) -> Any:
    path = endpoint.path
    for name, value in wanted.params.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"give {endpoint.name} its parameters"
    return await caller.api.request(
        endpoint.method, path, json=wanted.body, params=wanted.query, headers=wanted.headers
    )


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "name", sorted(TABLE, key=lambda name: (name == "terms_accept", name))
)  # it changes who they are
async def test_who_gets_in_where(access: AccessWorld, name: str, place: str) -> None:
    endpoint, row, wrong = ENDPOINTS[name], TABLE[name], []
    refused: dict[str, Request] = {}
    for caller in callers_at(access, name, place):
        outcome = expected(endpoint, row, caller)
        if outcome in BEFORE_THE_TARGET:  # nothing changes, so the next one may ask for the same
            home = caller.principal.organisation
            wanted = refused[home] = refused.get(home) or await access.request(name, caller)
        else:
            wanted = await access.request(name, caller)
        answer = await ask(access, endpoint, caller, wanted)
        allowed = {endpoint.status, *BUSY} if outcome == "in" else STATUS[outcome]
        if outcome == "outside" and place == "stranger":
            allowed = {404} if row.get("outside") != "role first" else {403, 404}
        if outcome == "in" and "also" in row:
            allowed |= {row["also"]}
        if answer.status_code not in allowed:
            told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
            why = told.get("errors") or told.get("detail")
            wrong.append(f"{caller.role}: {answer.status_code} instead of {sorted(allowed)}: {why}")
        elif outcome == "terms":
            assert answer.json()["type"].endswith("terms-not-accepted")
        elif outcome == "in" and place == "shared" and row.get("withheld"):
            assert answer.json()["withheld"] == row["withheld"].split()
            assert all(answer.json()[field] is None for field in row["withheld"].split())
    assert not wrong, "\n".join(wrong)
