"""How one case's vehicles moved; and nothing about anybody who merely drove by."""

import dataclasses
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.clock import rfc3339
from shared.http.models import PersonalQuery
from shared.identity.principals import Principal
from shared.organisations import devices
from shared.organisations.models import Site
from shared.plates import movements
from shared.plates import service as plates
from shared.plates.movements import MovementQuestion
from shared.policy.decision import Purpose
from tests.support.world import Person, World, fresh_key, problem, submit, theft, time_is_up

ASKED = {"purpose": "INVESTIGATE"}
OURS, FRIEND, ONCE = "MV71KQA", "MV71KQB", "MV71KQC"


@dataclass
class Seen:
    report: str
    occurred_at: datetime


async def ask(person: Person, question: str, **changes: Any) -> Any:
    return await person.api.post("/api/plates/movements", json={"question": question} | changes, params=ASKED)


@pytest.fixture(scope="module")
async def seen(world: World) -> Seen:
    """Ours came by five times; a friend with it three times, at two sites; somebody else once at the same moment, and
    often at other times."""
    cameras = [await camera(world, site) for site in (world.site, world.other_site)]
    now = datetime.now(UTC)
    for number, (hours, at) in enumerate(((20, 0), (15, 1), (10, 0), (4, 1), (1, 0))):
        await passes(world, cameras[at], OURS, now - timedelta(hours=hours))
        if number < 3:
            await passes(world, cameras[at], FRIEND, now - timedelta(hours=hours, seconds=-30))
        await passes(world, cameras[at], ONCE, now - timedelta(hours=hours, minutes=5 if number else 0))
    occurred = now - timedelta(hours=5)
    report = await submit(
        world.reporter, theft(world, occurredAt=occurred.isoformat(), vehicles=[{"plate": "mv71 kqa"}])
    )
    return Seen(report.json()["id"], occurred)


async def camera(world: World, site: Site) -> Principal:
    made = await devices.register_device(world.platform, site, "plain", keep_unmatched=True)
    return await world.platform.principals.device(made.device, made.secret)


async def passes(world: World, device: Principal, plate: str, at: datetime) -> None:
    read = {"plate": plate, "capturedAt": at.isoformat(), "id": uuid.uuid4().hex, "confidence": 0.99}
    await plates.receive(world.platform, device, {}, json.dumps(read).encode())


async def test_how_often_where(world: World, seen: Seen) -> None:
    [vehicle] = (await ask(world.investigator, "frequency", reportId=seen.report)).json()["vehicles"]
    assert vehicle["plate"] == "mv71 kqa"
    assert [(each["siteId"], each["times"]) for each in vehicle["seenAt"]] == [
        (world.site.id, 3),
        (world.other_site.id, 2),
    ]
    assert vehicle["company"] == []


async def test_before_and_after_the_report(world: World, seen: Seen) -> None:
    [vehicle] = (await ask(world.investigator, "around", reportId=seen.report)).json()["vehicles"]
    [around] = vehicle["around"]
    before, after = (datetime.fromisoformat(around[each]["at"]) for each in ("before", "after"))
    assert timedelta(hours=4.9) < seen.occurred_at - before < timedelta(hours=5.1)
    assert timedelta(hours=0.9) < after - seen.occurred_at < timedelta(hours=1.1)
    assert around["before"]["siteId"] == world.site.id
    assert around["after"]["siteId"] == world.other_site.id


async def test_who_came_with_it_again_and_again(world: World, seen: Seen) -> None:
    [vehicle] = (await ask(world.investigator, "convoy", reportId=seen.report)).json()["vehicles"]
    [company] = vehicle["company"]
    assert company["plate"] == FRIEND
    assert len(company["occasions"]) == 3


async def test_a_case_is_asked_for_the_vehicles_of_its_reports(world: World, seen: Seen) -> None:
    person = world.investigator.api
    form = {"title": "Thefts by van", "reason": "The same van."}
    case = await person.post("/api/cases", json=form, params=ASKED, headers=fresh_key())
    empty = (await ask(world.investigator, "frequency", caseId=case.json()["id"])).json()
    assert empty["vehicles"] == []
    linked = await person.post(
        f"/api/cases/{case.json()['id']}/records",
        json={"kind": "report", "id": seen.report, "reason": "It began here."},
        params=ASKED,
        headers={"If-Match": case.headers["etag"]},
    )
    assert linked.status_code < 300, linked.text
    [vehicle] = (await ask(world.investigator, "frequency", caseId=case.json()["id"])).json()["vehicles"]
    assert sum(each["times"] for each in vehicle["seenAt"]) == 5
    for other in (world.partner_investigator, world.stranger, world.officer):
        assert (await ask(other, "convoy", caseId=case.json()["id"])).status_code in {403, 404}
    one_site = dataclasses.replace(world.investigator.principal, sites=frozenset([world.other_site.id]))
    asked = MovementQuestion(question="frequency", case_id=case.json()["id"])
    query = PersonalQuery(purpose=Purpose.INVESTIGATE)
    assert (await movements.answer(world.platform, one_site, asked, query)).vehicles == []

    reports, key = world.platform.container("reports"), [world.home.id, seen.report]
    document = await reports.read(seen.report, key)
    restricted = await reports.replace(document | {"restrictedAt": rfc3339(datetime.now(UTC))}, document["_etag"])
    held_back = (await ask(world.investigator, "frequency", caseId=case.json()["id"])).json()
    assert held_back["vehicles"] == []  # its person asked that it be used no more
    await reports.replace(restricted | {"restrictedAt": None}, restricted["_etag"])

    at = f"/api/cases/{case.json()['id']}"
    closed = await person.patch(
        at, json={"status": "closed"}, params=ASKED, headers={"If-Match": linked.headers["etag"]}
    )
    assert closed.status_code == 200, closed.text
    assert (await ask(world.investigator, "frequency", caseId=case.json()["id"])).status_code == 409


async def test_time_narrows_it_and_has_an_end(world: World, seen: Seen) -> None:
    since = (datetime.now(UTC) - timedelta(hours=12)).isoformat()
    [vehicle] = (await ask(world.investigator, "frequency", reportId=seen.report, since=since)).json()["vehicles"]
    assert sum(each["times"] for each in vehicle["seenAt"]) == 3
    [vehicle] = (await ask(world.investigator, "convoy", reportId=seen.report, since=since)).json()["vehicles"]
    assert vehicle["company"] == []  # one occasion is none
    long_ago = (datetime.now(UTC) - timedelta(days=32)).isoformat()
    assert (await ask(world.investigator, "frequency", reportId=seen.report, since=long_ago)).status_code == 400


async def test_nobody_else_is_answered(world: World, seen: Seen) -> None:
    assert (await ask(world.reporter, "frequency", reportId=seen.report)).status_code == 403
    for person in (world.stranger, world.partner_investigator):
        assert (await ask(person, "frequency", reportId=seen.report)).status_code == 404
    assert (await ask(world.investigator, "frequency")).status_code == 400
    both = await ask(world.investigator, "frequency", reportId=seen.report, caseId=str(uuid.uuid4()))
    assert "not both" in json.dumps(problem(both))
    assert (await ask(world.investigator, "frequency", caseId=str(uuid.uuid4()))).status_code == 404


async def test_a_plate_cannot_be_named(world: World, seen: Seen) -> None:
    assert (await ask(world.investigator, "frequency", reportId=seen.report, plate="ZX71QLM")).status_code == 400


async def test_a_report_whose_time_is_up_answers_nothing(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    await time_is_up(world, report)
    assert (await ask(world.investigator, "frequency", reportId=report)).status_code == 404


async def test_it_is_on_record(world: World, seen: Seen) -> None:
    await ask(world.investigator, "convoy", reportId=seen.report)
    asked = {"action": "plate:search", "actor": world.investigator.id}
    entry = (await world.auditor.api.get("/api/audit", params=asked)).json()["entries"][0]
    assert entry["sought"]["text"] == f"convoy of mv71 kqa, for {seen.report}"
    assert len(entry["subjects"]) == 8
