"""Cases over HTTP: opened, filled, worked on, handed over, and seen by nobody else."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.support.world import World, fresh_key, problem, submit, theft

INVESTIGATE = {"purpose": "INVESTIGATE"}
SECRET = "Two people who keep the lift busy while a third fills the trolley"


async def opened(world: World, **changes: Any) -> httpx.Response:
    body = {"title": "Trolley push-outs", "reason": SECRET} | changes
    answer = await world.investigator.api.post("/api/cases", json=body, params=INVESTIGATE, headers=fresh_key())
    assert answer.status_code == 201, answer.text
    return answer


async def send(world: World, method: str, path: str, body: Any, before: httpx.Response) -> httpx.Response:
    return await world.investigator.api.request(
        method, path, json=body, params=INVESTIGATE, headers={"If-Match": before.headers["etag"]}
    )


async def test_a_case_from_opening_to_its_outcome(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    case = await opened(world)
    path = case.headers["location"]
    linked = await send(world, "POST", f"{path}/records", {"kind": "report", "id": report, "reason": "Begins it"}, case)
    assert [each["id"] for each in linked.json()["records"]] == [report]
    assert linked.json()["records"][0]["present"] is True
    noted = await send(world, "POST", f"{path}/notes", {"notes": "The store manager rang."}, linked)
    due = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    tasked = await send(world, "POST", f"{path}/tasks", {"notes": "Secure the film", "due": due}, noted)
    task = tasked.json()["tasks"][0]
    ticked = await send(world, "PATCH", f"{path}/tasks/{task['id']}", {"done": True}, tasked)
    assert ticked.json()["tasks"][0]["doneBy"] == world.investigator.principal.id
    change = {"status": "closed", "outcome": "charged", "policeReference": "WM/1/26"}
    closed = await send(world, "PATCH", path, change, ticked)
    assert closed.status_code == 200, closed.text

    seen = (await world.investigator.api.get(path, params=INVESTIGATE)).json()
    assert (seen["status"], seen["outcome"]) == ("closed", "charged")
    came = f"/api/reports/{report}/outcomes"
    other = await opened(world)
    body = {"kind": "report", "id": report, "reason": "The same two"}
    await send(world, "POST", f"{other.headers['location']}/records", body, other)
    told = [await person.api.get(came, params=INVESTIGATE) for person in (world.reporter, world.elsewhere)]
    assert told[0].json() == {"outcomes": ["charged"], "pending": 1}
    assert told[1].status_code == 403
    assert (await world.partner_investigator.api.get(came, params=INVESTIGATE)).status_code == 404
    assert seen["summary"] == SECRET
    assert [each["text"] for each in seen["notes"]] == ["The store manager rang."]
    assert seen["title"] == "Trolley push-outs"


async def test_lists_find_cases_by_record_status_and_person(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    case = await opened(world)
    path = case.headers["location"]
    await send(world, "POST", f"{path}/records", {"kind": "report", "id": report, "reason": "It began so"}, case)
    for asked in ({"record": report}, {"record": report, "mine": "true"}, {"record": report, "status": "open"}):
        found = await world.investigator.api.get("/api/cases", params=INVESTIGATE | asked)
        assert [each["id"] for each in found.json()["cases"]] == [case.json()["id"]]
        assert found.json()["cases"][0]["records"] == 1
    none = await world.investigator.api.get("/api/cases", params=INVESTIGATE | {"record": report, "status": "closed"})
    assert none.json()["cases"] == []


async def test_an_overdue_case_says_so(world: World) -> None:
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    case = await opened(world, deadline=past)
    found = await world.investigator.api.get("/api/cases", params=INVESTIGATE | {"limit": "50"})
    [mine] = [each for each in found.json()["cases"] if each["id"] == case.json()["id"]]
    assert mine["overdue"] is True


async def test_it_is_handed_over_to_colleagues_only(world: World) -> None:
    case = await opened(world)
    path, admin = case.headers["location"], world.admin.principal.id
    over = await send(world, "PATCH", path, {"assignees": [admin]}, case)
    assert over.json()["assigneeIds"] == [admin]
    for stranger in (world.officer.principal.id, str(uuid.uuid4())):
        refused = await send(world, "PATCH", path, {"assignees": [admin, stranger]}, over)
        assert problem(refused)["errors"][0]["at"] == "/assignees/1"


async def test_only_own_records_are_linked_and_each_once(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    case = await opened(world)
    path = f"{case.headers['location']}/records"
    unknown = await send(world, "POST", path, {"kind": "evidence", "id": report, "reason": "Wrong kind"}, case)
    assert problem(unknown)["errors"][0]["code"] == "unknown_record"
    body = {"kind": "report", "id": report, "reason": "Once"}
    once = await send(world, "POST", path, body, case)
    twice = await send(world, "POST", path, body, once)
    assert twice.status_code == 409
    gone = await send(world, "DELETE", f"{path}/{report}", None, once)
    assert gone.json()["records"] == []


async def test_a_change_to_an_old_version_is_refused(world: World) -> None:
    case = await opened(world)
    path = case.headers["location"]
    await send(world, "POST", f"{path}/notes", {"notes": "First"}, case)
    late = await send(world, "POST", f"{path}/notes", {"notes": "Second"}, case)
    assert late.status_code == 412


async def test_profiling_is_refused_in_notes_too(world: World) -> None:
    case = await opened(world)
    answer = await send(world, "POST", f"{case.headers['location']}/notes", {"notes": "A Roma woman did it."}, case)
    assert problem(answer)["errors"][0]["code"] == "protected_attribute"


async def test_the_same_key_opens_one_case(world: World) -> None:
    key, body = fresh_key(), {"title": "Only one", "reason": "Sent twice"}
    first, second = [
        await world.investigator.api.post("/api/cases", json=body, params=INVESTIGATE, headers=key) for _ in range(2)
    ]
    assert first.json()["id"] == second.json()["id"]
    other = await world.investigator.api.post(
        "/api/cases", json=body | {"title": "Another"}, params=INVESTIGATE, headers=key
    )
    assert problem(other)["type"] == "urn:reeve:problem:idempotency-key-reused"


async def test_nothing_of_it_lies_open_in_the_store(world: World) -> None:
    case = (await opened(world)).json()
    stored = await world.platform.container("cases").read(case["id"], [world.home.id, case["id"]])
    assert SECRET not in str(stored)
    assert "Trolley" not in str(stored)
