"""The main job over HTTP: a report comes in, the right people are told, and see what they may."""

import asyncio
from typing import Any

import httpx

from tests.support.waiting import WITHIN
from tests.support.world import Person, World, fresh_key, problem, submit, theft


async def alerts_about(person: Person, cause: str, *, within: float = WITHIN) -> list[dict[str, Any]]:
    """Waits until the person has been told about ``cause``; empty when the time is up."""
    until = asyncio.get_running_loop().time() + within
    while True:
        answer = await person.api.get("/api/alerts", params={"limit": 50})
        found = [alert for alert in answer.json()["alerts"] if alert["causeId"] == cause]
        if found or asyncio.get_running_loop().time() > until:
            return found
        await asyncio.sleep(0.2)


async def read(person: Person, report: str, owner: str | None = None) -> httpx.Response:
    asked = {"purpose": "INVESTIGATE"} | ({"owner": owner} if owner else {})
    return await person.api.get(f"/api/reports/{report}", params=asked)


async def test_a_report_is_created_readable_and_complete(world: World) -> None:
    created = await submit(world.reporter, theft(world))
    assert created.status_code == 201, created.text
    assert created.headers["location"] == f"/api/reports/{created.json()['id']}"
    found = await read(world.investigator, created.json()["id"])
    assert found.status_code == 200
    assert found.json() == created.json()
    assert found.headers["etag"] == created.headers["etag"]
    assert found.json()["loss"] == {"amountMinor": 12 * 1899, "currency": "GBP"}
    assert found.json()["withheld"] == []


async def test_the_right_people_are_told_once_and_nobody_else(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    for person in (world.investigator, world.partner_investigator, world.officer):
        assert len(await alerts_about(person, report)) == 1
    for person in (
        world.reporter,
        world.elsewhere,
        world.admin,
        world.operator,
        world.partner_reporter,
        world.stranger,
    ):
        assert await alerts_about(person, report, within=0) == []


async def test_what_is_not_shared_stays_at_home(world: World) -> None:
    report = (await submit(world.reporter, theft(world, type="fraud"))).json()["id"]
    assert await alerts_about(world.investigator, report)
    assert await alerts_about(world.partner_investigator, report, within=1) == []
    assert (await read(world.partner_investigator, report, world.home.id)).status_code == 404


async def test_a_community_sees_the_report_without_people_and_story(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    assert await alerts_about(world.officer, report)
    seen = await read(world.officer, report, world.home.id)
    assert seen.status_code == 200
    assert set(seen.json()["withheld"]) == {"people", "policeReference", "reportedBy", "whatHappened"}
    assert "rucksack" not in seen.text
    assert "jacket" not in seen.text
    assert seen.json()["vehicles"][0]["plate"] == "ZX71 QLM"


async def test_a_stranger_cannot_tell_a_report_from_nothing(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    real = await read(world.stranger, report, world.home.id)
    invented = await read(world.stranger, "00000000-0000-8000-8000-000000000000", world.home.id)
    assert real.status_code == invented.status_code == 404
    hidden = {"correlationId"}
    assert {k: v for k, v in problem(real).items() if k not in hidden} == {
        k: v for k, v in problem(invented).items() if k not in hidden
    }


async def test_staff_of_another_site_do_not_see_it(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    assert (await read(world.elsewhere, report)).status_code == 403
    listed = await world.elsewhere.api.get("/api/reports", params={"purpose": "INVESTIGATE"})
    assert report not in listed.text


async def test_the_same_request_twice_is_one_report(world: World) -> None:
    body, key = theft(world), fresh_key()
    first = await world.reporter.api.post("/api/reports", json=body, headers=key)
    second = await world.reporter.api.post("/api/reports", json=body, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len(await alerts_about(world.investigator, first.json()["id"])) == 1


async def test_many_at_once_with_one_key_are_one_report(world: World) -> None:
    body, key = theft(world), fresh_key()
    posts = (world.reporter.api.post("/api/reports", json=body, headers=key) for _ in range(8))
    answers = await asyncio.gather(*posts)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_a_list_pages_through_everything_once_newest_first(world: World) -> None:
    made = {(await submit(world.reporter, theft(world, type="damage"))).json()["id"] for _ in range(5)}
    seen: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"purpose": "INVESTIGATE", "type": "damage", "limit": 2}
    while True:
        page = (await world.investigator.api.get("/api/reports", params=asked)).json()
        seen += page["reports"]
        if not page["nextCursor"]:
            break
        asked["cursor"] = page["nextCursor"]
    assert {report["id"] for report in seen} == made
    assert len(seen) == len(made)
    assert [r["occurredAt"] for r in seen] == sorted((r["occurredAt"] for r in seen), reverse=True)


async def test_filters_narrow_the_list(world: World) -> None:
    big = (await submit(world.reporter, theft(world, type="robbery"))).json()["id"]
    await submit(world.reporter, theft(world, type="robbery", items=[]))
    asked = {"purpose": "INVESTIGATE", "type": "robbery", "minLossMinor": 1, "siteId": world.site.id}
    found = (await world.investigator.api.get("/api/reports", params=asked)).json()["reports"]
    assert [report["id"] for report in found] == [big]


async def test_amending_needs_the_version_that_was_read(world: World) -> None:
    created = await submit(world.reporter, theft(world))
    at, purpose = f"/api/reports/{created.json()['id']}", {"purpose": "INVESTIGATE"}
    change = {"policeReference": "WM/9/26"}
    etag = {"If-Match": created.headers["etag"]}
    assert (await world.investigator.api.patch(at, json=change, params=purpose)).status_code == 428
    amended = await world.investigator.api.patch(at, json=change, params=purpose, headers=etag)
    assert amended.status_code == 200
    assert amended.json()["policeReference"] == "WM/9/26"
    assert amended.json()["whatHappened"] == created.json()["whatHappened"]
    late = await world.investigator.api.patch(at, json={"status": "closed"}, params=purpose, headers=etag)
    assert late.status_code == 412
    assert (await read(world.investigator, created.json()["id"])).json()["status"] == "open"


async def test_an_alert_is_acknowledged_by_its_recipient_alone(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    [alert] = await alerts_about(world.investigator, report)
    at, etag = f"/api/alerts/{alert['id']}/acknowledge", {"If-Match": alert["etag"]}
    assert (await world.officer.api.post(at, headers=etag)).status_code == 404
    done = await world.investigator.api.post(at, headers=etag)
    assert done.json()["state"] == "acknowledged"
    assert (await world.investigator.api.post(at, headers=etag)).status_code == 412


async def test_me_says_who_i_am_and_which_sites_are_mine(world: World) -> None:
    mine = (await world.reporter.api.get("/api/me")).json()
    assert (mine["roles"], [site["name"] for site in mine["sites"]]) == (["reporter"], ["Quayside"])
    everywhere = (await world.investigator.api.get("/api/me")).json()["sites"]
    assert {"Quayside", "Mill Lane"} <= {site["name"] for site in everywhere}
