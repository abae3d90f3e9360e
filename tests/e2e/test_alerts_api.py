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


async def test_unread_alerts_are_counted_until_they_are_dealt_with(world: World) -> None:
    async def counts() -> tuple[int, int]:
        answer = (await world.investigator.api.get("/api/alerts/unread")).json()
        return answer["unread"], answer["urgent"]

    unread, urgent = await counts()
    calm = (await submit(world.reporter, theft(world))).json()["id"]
    grave = (await submit(world.reporter, theft(world, weaponSeen=True))).json()["id"]
    [_], [alert] = await alerts_about(world.investigator, calm), await alerts_about(world.investigator, grave)
    assert await counts() == (unread + 2, urgent + 1)
    at = f"/api/alerts/{alert['id']}/acknowledge"
    assert (await world.investigator.api.post(at, headers={"If-Match": alert["etag"]})).status_code == 200
    assert await counts() == (unread + 1, urgent)


async def test_a_colleague_takes_it_over_and_there_is_still_one_alert_each(world: World) -> None:
    report = (await submit(world.investigator, theft(world))).json()["id"]
    assert await alerts_about(world.reporter, report, within=0) == []
    other = (await submit(world.reporter, theft(world))).json()["id"]
    [alert] = await alerts_about(world.investigator, other)
    at = f"/api/alerts/{alert['id']}"
    able = (await world.investigator.api.get(f"{at}/colleagues")).json()["colleagues"]
    assert {"id": world.reporter.id, "name": "Reporter"} in able
    for unable in (world.elsewhere, world.admin, world.stranger, world.partner_investigator, world.investigator):
        assert unable.id not in {each["id"] for each in able}
        refused = await world.investigator.api.post(
            f"{at}/handover", json={"userId": unable.id}, headers={"If-Match": alert["etag"]}
        )
        assert refused.status_code == 400
    done = await world.investigator.api.post(
        f"{at}/handover", json={"userId": world.reporter.id}, headers={"If-Match": alert["etag"]}
    )
    assert done.status_code == 200, done.text
    assert (done.json()["state"], done.json()["takenOverBy"]) == ("acknowledged", world.reporter.id)
    [theirs] = await alerts_about(world.reporter, other)
    assert (theirs["state"], theirs["handedOverBy"]) == ("unread", world.investigator.id)
    assert theirs["why"] == "A colleague handed it over to you."
    assert theirs["headline"] == alert["headline"]

    back = await world.reporter.api.post(
        f"/api/alerts/{theirs['id']}/handover",
        json={"userId": world.investigator.id},
        headers={"If-Match": theirs["etag"]},
    )
    assert back.status_code == 200
    [mine] = await alerts_about(world.investigator, other)
    assert (mine["id"], mine["state"], mine["handedOverBy"]) == (alert["id"], "unread", world.reporter.id)


async def test_nobody_hands_over_what_is_somebody_elses(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    [alert] = await alerts_about(world.investigator, report)
    answer = await world.stranger.api.post(
        f"/api/alerts/{alert['id']}/handover", json={"userId": world.stranger.id}, headers={"If-Match": alert["etag"]}
    )
    assert answer.status_code == 404
    assert (await world.stranger.api.get(f"/api/alerts/{alert['id']}/colleagues")).status_code == 404
