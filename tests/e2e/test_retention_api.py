"""A privacy officer at work: the schedule, a look ahead, a hold by two people; and the timer that forgets."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.clock import SetClock
from shared.reports import service as reports
from shared.reports.models import Report, ReportSubmission
from tests.e2e.test_audit_api import MASTER
from tests.support.waiting import eventually
from tests.support.world import World, fresh_key, problem, theft


async def due_report(world: World) -> Report:
    """Made a year and a bit ago; its time is up since yesterday."""
    then = datetime.now(UTC) - timedelta(days=366)
    platform = replace(world.platform, clock=SetClock(then))
    form = ReportSubmission.model_validate(theft(world, occurredAt=then.isoformat(), people=[]))
    return await reports.submit(platform, world.reporter.principal, form, uuid.uuid4().hex, notify=False)


async def run_timer(world: World) -> None:
    async with world.anonymous(**MASTER) as admin:
        assert (await admin.post("/admin/functions/retention_sweep", json={})).status_code == 202


async def is_gone(world: World, report: Report) -> bool:
    found = world.platform.container("reports").query("SELECT c.id FROM c WHERE c.id = @id", {"id": report.id})
    return not [each async for each in found]


async def until_gone(world: World, report: Report) -> None:
    assert await eventually(lambda: is_gone(world, report), what="the report is gone")


async def get(world: World, path: str, **asked: Any) -> Any:
    answer = await world.privacy_officer.api.get(f"/api/retention/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(world: World, path: str, body: Any, **headers: str) -> httpx.Response:
    return await world.privacy_officer.api.post(f"/api/retention/{path}", json=body, headers=headers)


async def test_the_timer_forgets_and_leaves_a_certificate(world: World) -> None:
    report = await due_report(world)
    answer = await world.investigator.api.get(f"/api/reports/{report.id}", params={"purpose": "INVESTIGATE"})
    assert answer.status_code == 404  # out of use from the moment on which its time is up
    await run_timer(world)
    await until_gone(world, report)
    [certificate] = (await get(world, "certificates", subject=report.id))["certificates"]
    assert certificate["category"] == "report"
    assert certificate["note"].startswith(certificate["text"])


async def test_a_held_report_stays_through_the_timer(world: World) -> None:
    report, other = await due_report(world), await due_report(world)
    ends = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    form = {"records": [{"kind": "report", "id": report.id}], "until": ends}
    form |= {"reason": "The defence has asked for disclosure.", "caseReference": "WM/4471/26"}
    made = await post(world, "holds", form, **fresh_key())
    assert made.status_code == 201, made.text
    await run_timer(world)
    await until_gone(world, other)
    assert not await is_gone(world, report)
    released = await post(world, f"holds/{made.json()['id']}/release", None, **{"If-Match": made.headers["etag"]})
    assert released.status_code == 200, released.text
    await run_timer(world)
    await until_gone(world, report)


async def test_the_schedule_says_why_and_can_only_be_shortened(world: World) -> None:
    found = await get(world, "schedule")
    [rule] = [each for each in found["rules"] if each["category"] == "plate_read"]
    assert (rule["regime"], rule["period"], rule["inWords"], rule["ceiling"]) == ("UK", "P7D", "7 days", "P30D")
    wrong = await world.privacy_officer.api.put(
        "/api/retention/schedule",
        json={"shortened": {"plate_read": "P29D", "no_such": "P1D", "report": "a while"}},
        headers={"If-Match": found["etag"]},
    )
    assert {each["at"] for each in problem(wrong)["errors"]} >= {"/shortened/no_such/[key]", "/shortened/report"}
    wrong = await world.privacy_officer.api.put(
        "/api/retention/schedule", json={"shortened": {"plate_read": "P29D"}}, headers={"If-Match": found["etag"]}
    )
    assert problem(wrong)["errors"] == [
        {"at": "/shortened/plate_read", "code": "too_long", "detail": "The schedule keeps this for 7 days at most."}
    ]


async def test_looking_ahead_deletes_nothing(world: World) -> None:
    report = await due_report(world)
    seen = (await post(world, "preview", {"at": (datetime.now(UTC) + timedelta(days=1000)).isoformat()})).json()
    assert seen["total"] == sum(each["count"] for each in seen["counts"]) > 0
    assert not await is_gone(world, report)
    await run_timer(world)


async def test_a_report_of_what_is_forgotten_already_is_refused(world: World) -> None:
    long_ago = (datetime.now(UTC) - timedelta(days=400)).isoformat()
    body = theft(world, occurredAt=long_ago, people=[])
    answer = await world.reporter.api.post("/api/reports", json=body, headers=fresh_key())
    assert problem(answer)["errors"][0]["code"] == "past_retention"


async def test_totals_say_nothing_about_small_numbers(world: World) -> None:
    asked = {"purpose": "RESEARCH", "view": "type_by_hour"}
    answer = await world.investigator.api.get("/api/insights", params=asked)
    assert answer.status_code == 200, answer.text
    assert all(each["count"] is None or each["count"] % 5 == 0 for each in answer.json()["cells"])
    refused = await world.investigator.api.get("/api/insights", params=asked | {"purpose": "INVESTIGATE"})
    assert refused.status_code == 403
    asked["communityId"] = world.community
    assert (await world.investigator.api.get("/api/insights", params=asked)).status_code == 200
    assert (await world.stranger.api.get("/api/insights", params=asked)).status_code == 404


async def test_changes_and_exports_tell_no_more_than_the_tables(world: World) -> None:
    asked = {"purpose": "RESEARCH"}
    answer = await world.investigator.api.get("/api/insights/changes", params=asked)
    assert answer.status_code == 200, answer.text
    assert {each["change"] for each in answer.json()["rows"]} <= {"more", "fewer", "not_clear", "too_few"}
    late = await world.investigator.api.get("/api/insights/changes", params=asked | {"since": "2019-01"})
    assert problem(late)["errors"][0]["code"] == "out_of_range"
    table = await world.investigator.api.get("/api/insights", params=asked | {"view": "month_by_region"})
    export = await world.investigator.api.get("/api/insights/export", params=asked | {"view": "month_by_region"})
    assert export.headers["content-type"].startswith("text/csv")
    head, *lines = export.text.splitlines()
    assert head == "month,region,count"
    told = [(cell["row"], cell["column"], cell["count"]) for cell in table.json()["cells"]]
    assert lines == [f"{row},{column},{'' if count is None else count}" for row, column, count in told]
