"""Following one's alerts over HTTP: told as soon as something is there, once, and nothing of anybody else's."""

import asyncio

import httpx
import pytest

from shared.alerts.models import LONGEST_WAIT
from shared.alerts.service import LOOK_EVERY
from tests.e2e.test_budgets import cosmos_calls
from tests.e2e.test_reports_api import alerts_about
from tests.support.world import Person, World, problem, submit, theft


async def place_of(person: Person) -> str:
    """Where the person is when everything there is has been seen."""
    after: str = (await person.api.get("/api/alerts")).json()["after"]
    while (answer := await following(person, after)).json()["alerts"]:
        after = answer.json()["after"]
    return after


async def following(person: Person, after: str, wait: int = 0) -> httpx.Response:
    return await person.api.get("/api/alerts", params={"after": after, "wait": wait, "limit": 50}, timeout=60)


async def test_whoever_waits_is_told_when_it_happens_and_nobody_else(world: World) -> None:
    after, elsewhere = await place_of(world.investigator), await place_of(world.stranger)
    waiting = asyncio.create_task(following(world.investigator, after, wait=LONGEST_WAIT))
    await asyncio.sleep(0)
    report = (await submit(world.reporter, theft(world))).json()["id"]
    told = await waiting
    assert told.status_code == 200, told.text
    assert [alert["causeId"] for alert in told.json()["alerts"]] == [report]
    assert told.json()["alerts"][0]["state"] == "unread"

    again = await following(world.investigator, told.json()["after"])
    assert (again.json()["alerts"], again.json()["after"]) == ([], told.json()["after"])
    assert (await following(world.stranger, elsewhere)).json()["alerts"] == []
    assert (await following(world.stranger, after)).json()["alerts"] == []


async def test_what_is_dealt_with_does_not_come_back(world: World) -> None:
    after = await place_of(world.investigator)
    report = (await submit(world.reporter, theft(world))).json()["id"]
    [alert] = await alerts_about(world.investigator, report)
    at, etag = f"/api/alerts/{alert['id']}/acknowledge", {"If-Match": alert["etag"]}
    assert (await world.investigator.api.post(at, headers=etag)).status_code == 200
    assert (await following(world.investigator, after)).json()["alerts"] == []


async def test_waiting_ends_and_costs_one_query_a_look(world: World) -> None:
    after, wait = await place_of(world.stranger), 2 * LOOK_EVERY + 1
    answer = await following(world.stranger, after, wait)
    assert (answer.json()["alerts"], answer.json()["after"]) == ([], after)
    assert cosmos_calls(answer) <= 1 + 3


@pytest.mark.parametrize(
    ("asked", "at"),
    [
        ({"after": "yesterday"}, "query:after"),
        ({"after": "1764000000.GHIJKLMNOPQR"}, "query:after"),
        ({"after": "0", "wait": LONGEST_WAIT + 1}, "query:wait"),
        ({"after": "0", "wait": -1}, "query:wait"),
        ({"after": "0", "state": "acknowledged"}, "query:after"),
        ({"wait": 5}, "query:wait"),
    ],
)
async def test_what_cannot_be_followed_is_said(world: World, asked: dict[str, str | int], at: str) -> None:
    answer = await world.investigator.api.get("/api/alerts", params=asked)
    assert [each["at"] for each in problem(answer)["errors"]] == [at]
