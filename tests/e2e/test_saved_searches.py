"""A search that is kept tells its owner of each new report that it finds and they may read: once, and nobody else."""

import asyncio
import uuid
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.alerts import service as alerts
from shared.clock import SetClock
from shared.errors import NotFound
from shared.identity.principals import Role
from shared.reports.models import Report
from shared.reports.service import warning
from shared.searches import saved
from shared.searches.saved_models import MOST_OF_ONE, SEARCHES
from tests.support.world import Person, World, add_person, fresh_key, problem, submit, theft

ASKED = {"purpose": "INVESTIGATE"}
PATH = "/api/saved-searches"


def product() -> str:
    return f"Olive press {uuid.uuid4().hex[:8]}"


async def keep(person: Person, criteria: dict[str, Any], *, key: str = "", **changes: Any) -> httpx.Response:
    ends = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    body = {"label": "Olive presses", "criteria": criteria, "alerts": True, "endsAt": ends} | changes
    headers = {"Idempotency-Key": key} if key else fresh_key()
    return await person.api.post(PATH, json=body, params=ASKED, headers=headers)


async def kept(person: Person, criteria: dict[str, Any], **changes: Any) -> str:
    answer = await keep(person, criteria, **changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def told(person: Person, report: str) -> list[str]:
    """The searches by which the person was told of the report."""
    found = (await person.api.get("/api/alerts", params={"limit": 50})).json()["alerts"]
    return [each["searchId"] for each in found if (each["cause"], each["causeId"]) == ("saved_search", report)]


async def reported(world: World, what: str, **changes: Any) -> str:
    """A report whose warning has been worked off, as by a redelivered message."""
    body = theft(world, items=[{"product": what, "quantity": 1}], **changes)
    report = str((await submit(world.reporter, body)).json()["id"])
    await redelivered(world, report)
    return report


async def redelivered(world: World, report: str) -> None:
    stored = await world.platform.records(Report).read(report, [world.home.id, report])
    request = alerts.AlertRequest.model_validate(warning(stored).body)
    await alerts.dispatch(world.platform, request)


async def row(world: World, search: str) -> dict[str, Any]:
    return await world.platform.container(SEARCHES).read(search, world.home.id)


async def test_it_is_kept_listed_and_taken_away_by_its_owner(world: World) -> None:
    what, key = product(), uuid.uuid4().hex
    criteria = {"product": what, "types": ["theft"], "kinds": ["report"]}
    mine = await kept(world.investigator, criteria, key=key, label="Presses of oil")
    again = await keep(world.investigator, criteria, key=key, label="Another")
    assert problem(again)["type"] == "urn:reeve:problem:idempotency-key-reused"
    listed = (await world.investigator.api.get(PATH, params=ASKED)).json()["searches"]
    [shown] = [each for each in listed if each["id"] == mine]
    assert shown["label"] == "Presses of oil"
    assert {name: shown["criteria"][name] for name in criteria} == criteria
    assert (await world.investigator.api.post("/api/search", json=shown["criteria"], params=ASKED)).status_code == 200
    text = str(await row(world, mine)).lower()
    assert "oil" not in text
    assert what.lower() not in text
    assert mine not in str((await world.privacy_officer.api.get(PATH, params=ASKED)).json())
    assert (await world.privacy_officer.api.delete(f"{PATH}/{mine}", params=ASKED)).status_code == 404
    assert (await world.investigator.api.delete(f"{PATH}/{mine}", params=ASKED)).status_code == 204
    assert (await world.investigator.api.delete(f"{PATH}/{mine}", params=ASKED)).status_code == 404
    with pytest.raises(NotFound):
        await world.platform.container("keyring").read(mine, world.home.id)
    report = await reported(world, what)
    assert await told(world.investigator, report) == []


async def test_what_may_not_be_kept_is_said(world: World) -> None:
    for criteria, changes in (
        ({"plate": "ZX71 QLM", "caseReference": "HP-1"}, {}),
        ({}, {}),
        ({"name": "Erika"}, {}),
        ({"worn": "something nice"}, {}),
        ({"types": ["theft"]}, {"endsAt": (datetime.now(UTC) + timedelta(days=200)).isoformat()}),
        ({"types": ["theft"]}, {"endsAt": (datetime.now(UTC) - timedelta(days=1)).isoformat()}),
        ({"types": ["theft"]}, {"label": "The Roma woman"}),
    ):
        assert (await keep(world.investigator, criteria, **changes)).status_code == 400, criteria
    assert (await keep(world.reporter, {"types": ["theft"]})).status_code == 403
    assert (await keep(world.officer, {"types": ["theft"]})).status_code == 403


async def test_one_keeps_a_bounded_number(world: World) -> None:
    await add_person(world, "collector", world.home, Role.INVESTIGATOR)
    mine = await kept(world.collector, {"name": "Erika"}, alerts=False)
    many = [keep(world.collector, {"name": "Erika"}, alerts=False) for _ in range(MOST_OF_ONE + 5)]
    answers = await asyncio.gather(*many)  # all at once
    assert Counter(each.status_code for each in answers) == {201: MOST_OF_ONE - 1, 409: 6}
    listed = (await world.collector.api.get(PATH, params=ASKED)).json()["searches"]
    assert len(listed) == MOST_OF_ONE
    assert (await world.collector.api.delete(f"{PATH}/{mine}", params=ASKED)).status_code == 204
    await kept(world.collector, {"name": "Erika"}, alerts=False)
    assert (await keep(world.collector, {"name": "Erika"}, alerts=False)).status_code == 409


async def test_a_new_report_is_told_once_for_each_search_and_to_its_owner_alone(world: World) -> None:
    what = product()
    before = await reported(world, what)
    searches = {await kept(world.investigator, {"product": what}), await kept(world.investigator, {"minLossMinor": 0})}
    silent = await kept(world.investigator, {"product": what}, alerts=False)
    await kept(world.investigator, {"product": what, "types": ["robbery"]})
    await kept(world.investigator, {"product": what, "siteIds": [world.other_site.id]})
    report = await reported(world, what)
    await redelivered(world, report)
    found = await told(world.investigator, report)
    assert (set(found), len(found)) == (searches, 2)
    assert silent not in found
    assert await told(world.privacy_officer, report) == []
    await redelivered(world, before)
    assert await told(world.investigator, before) == []  # it was there before anybody kept the search

    stored = [
        each async for each in world.platform.container("alerts").query("SELECT * FROM c", key=world.investigator.id)
    ]
    sent = [each async for each in world.platform.container("deliveries").query("SELECT * FROM c", key=world.home.id)]
    assert what not in str(stored + sent)
    assert "Olive presses" not in str(stored + sent)
    [one] = [each for each in stored if each.get("searchId") == found[0] and each["causeId"] == report]
    assert one["headline"].startswith("Fits a search of yours")
    assert one["causeOrganisationId"] == world.home.id


async def test_nobody_is_told_of_what_policy_hides(world: World) -> None:
    what, partner = product(), world.partner_investigator
    open_to_them = await kept(partner, {"product": what})
    await kept(partner, {"product": what, "worn": "green jacket"})  # people stay with the owner
    await kept(partner, {"product": what, "near": {"km": 5, "siteId": world.site.id}})
    at_the_other = await add_investigator_of(world, world.other_site.id)
    await kept(at_the_other, {"product": what})
    mine = await kept(world.privacy_officer, {"product": what, "worn": "green jacket", "region": "GB"})
    shared = await reported(world, what, people=[{"role": "suspect", "ageBand": "adult", "clothing": "Green jacket"}])
    assert await told(partner, shared) == [open_to_them]
    assert await told(at_the_other, shared) == []
    assert await told(world.privacy_officer, shared) == [mine]
    unshared = await reported(world, what, type="fraud")
    assert await told(partner, unshared) == []
    child = await reported(world, what, people=[{"role": "suspect", "ageBand": "under_18", "clothing": "Green jacket"}])
    assert await told(partner, child) == []
    assert await told(world.privacy_officer, child) == [mine]


async def add_investigator_of(world: World, site: str) -> Person:
    await add_person(world, "at_the_other", world.home, Role.INVESTIGATOR, sites=[site])
    return world.at_the_other


async def test_it_goes_with_its_owner_and_at_its_end(world: World) -> None:
    what = product()
    await add_person(world, "leaver", world.home, Role.INVESTIGATOR)
    theirs, mine = await kept(world.leaver, {"product": what}), await kept(world.investigator, {"product": what})
    users = (await world.admin.api.get("/api/organisation/users")).json()["users"]
    etag = next(each["etag"] for each in users if each["id"] == world.leaver.id)
    at, headers = f"/api/organisation/users/{world.leaver.id}", {"If-Match": etag}
    gone = await world.admin.api.patch(at, json={"state": "suspended"}, headers=headers)
    assert gone.status_code == 200, gone.text
    with pytest.raises(NotFound):
        await row(world, theirs)

    stored = await row(world, mine)
    ended = stored | {"endsAt": "2026-01-01T00:00:00.000Z"}
    await world.platform.container(SEARCHES).replace(ended, stored["_etag"])
    listed = (await world.investigator.api.get(PATH, params=ASKED)).json()["searches"]
    assert mine not in [each["id"] for each in listed]
    earlier = replace(world.platform, clock=SetClock(datetime(2026, 1, 2, tzinfo=UTC)))
    assert await saved.expire(earlier) >= 1
    with pytest.raises(NotFound):
        await row(world, mine)
    with pytest.raises(NotFound):
        await world.platform.container("keyring").read(mine, world.home.id)
