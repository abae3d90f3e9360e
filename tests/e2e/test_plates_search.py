"""A plate is found where it was seen, for a case, by those who may; and the search itself is on record."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.clock import rfc3339
from shared.organisations import devices
from shared.plates import service as plates
from tests.support.world import Person, World, fresh_key, problem, submit, theft, time_is_up

ASKED = {"purpose": "INVESTIGATE"}
FORM = {"plate": "PS71 QRS", "caseReference": "WM/4471/26"}


async def search(person: Person, **changes: Any) -> Any:
    return await person.api.post("/api/plates/searches", json=FORM | changes, params=ASKED)


@pytest.fixture(scope="module")
async def seen(world: World) -> dict[str, str]:
    """Two reads, one of them misread; a report that names the plate, and one that names another."""
    made = await devices.register_device(world.platform, world.site, "plain", keep_unmatched=True)
    device = await world.platform.principals.device(made.device, made.secret)
    now = datetime.now(UTC)
    for plate, ago in (("PS71QRS", 1), ("P571QRS", 2), ("PS71QRT", 3)):
        read = {"plate": plate, "capturedAt": (now - timedelta(minutes=ago)).isoformat(), "id": uuid.uuid4().hex}
        await plates.receive(world.platform, device, {}, json.dumps(read).encode())
    report = await submit(world.reporter, theft(world, vehicles=[{"plate": "ps71-qrs"}]))
    await submit(world.reporter, theft(world, vehicles=[{"plate": "PS71 QRT"}]))
    return {"report": report.json()["id"]}


async def test_it_is_found_where_it_was_seen(world: World, seen: dict[str, str]) -> None:
    found = (await search(world.investigator)).json()["sightings"]
    assert [(each["kind"], each["plate"], each["exact"]) for each in found] == [
        ("read", "PS71QRS", True),
        ("report", None, True),
    ]
    assert found[1]["id"] == seen["report"]
    reports, key = world.platform.container("reports"), [world.home.id, seen["report"]]
    document = await reports.read(seen["report"], key)
    restricted = await reports.replace(document | {"restrictedAt": rfc3339(datetime.now(UTC))}, document["_etag"])
    kinds = [each["kind"] for each in (await search(world.investigator)).json()["sightings"]]
    assert kinds == ["read"]  # somebody asked that the report be used no more
    await reports.replace(restricted | {"restrictedAt": None}, restricted["_etag"])


async def test_what_cameras_confuse_is_found_when_asked_for(world: World, seen: dict[str, str]) -> None:
    found = (await search(world.investigator, like=True)).json()["sightings"]
    assert [(each["plate"], each["exact"]) for each in found if each["kind"] == "read"] == [
        ("PS71QRS", True),
        ("P571QRS", False),
    ]


async def test_part_of_a_plate_is_found_by_five_known_characters(world: World, seen: dict[str, str]) -> None:
    for part, expected in (
        ("PS71QR?", {"PS71QRS", "PS71QRT"}),
        ("ps71 *", None),  # four known
        ("*71QRS", {"PS71QRS", "P571QRS"}),
        ("P?71QRS", {"PS71QRS", "P571QRS"}),
        ("PS71Q", set()),  # whole, and nobody's
        ("PS71Q?", set()),
        ("PS71Q*", {"PS71QRS", "PS71QRT"}),
    ):
        answer = await search(world.investigator, plate=part)
        if expected is None:
            assert answer.status_code == 400
            assert "at least 5" in json.dumps(problem(answer))
            continue
        assert answer.json()["complete"] is True
        assert {each["plate"] for each in answer.json()["sightings"]} == expected, part
    like = await search(world.investigator, plate="PS7*QRS", like=True)
    assert {(each["plate"], each["exact"]) for each in like.json()["sightings"]} == {
        ("PS71QRS", True),
        ("P571QRS", False),
    }


async def test_part_of_a_plate_is_sought_within_bounds_and_on_record(world: World, seen: dict[str, str]) -> None:
    long_ago = (datetime.now(UTC) - timedelta(days=40)).isoformat()
    assert (await search(world.investigator, plate="PS71QR?", since=long_ago)).status_code == 400
    assert (await search(world.investigator, plate="P*S*7*1*QR")).status_code == 400
    assert (await search(world.investigator, plate="PS71QR?", siteIds=[world.other_site.id])).json()["sightings"] == []
    here = await search(world.investigator, plate="PS71QR?", siteIds=[world.site.id])
    assert len(here.json()["sightings"]) == 2
    assert (await search(world.stranger, plate="PS71QR?")).json()["sightings"] == []
    asked = {"action": "plate:search", "actor": world.investigator.id}
    entries = (await world.auditor.api.get("/api/audit", params=asked)).json()["entries"]
    assert entries[0]["sought"]["text"] == "plate PS71QR?, for case WM/4471/26"


async def test_time_narrows_it(world: World, seen: dict[str, str]) -> None:
    future = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    assert (await search(world.investigator, since=future)).json()["sightings"] == []


async def test_others_find_nothing_of_it(world: World, seen: dict[str, str]) -> None:
    assert (await search(world.stranger)).json()["sightings"] == []
    assert (await search(world.reporter)).status_code == 403


async def test_there_is_no_search_without_a_case(world: World) -> None:
    answer = await world.investigator.api.post("/api/plates/searches", json={"plate": "PS71QRS"}, params=ASKED)
    assert answer.status_code == 400
    assert "report or the case" in json.dumps(problem(answer))
    assert (await search(world.investigator, caseReference=None, reportId=str(uuid.uuid4()))).status_code == 404


async def test_a_search_rests_on_an_open_case_of_ones_own(world: World) -> None:
    form = {"title": "Thefts by van", "reason": "The same van."}
    case = await world.investigator.api.post("/api/cases", json=form, params=ASKED, headers=fresh_key())
    about = {"caseReference": None, "caseId": case.json()["id"]}
    assert (await search(world.investigator, **about)).status_code == 200
    assert (await search(world.partner_investigator, **about)).status_code == 404
    asked = {"action": "plate:search", "actor": world.investigator.id}
    entries = (await world.auditor.api.get("/api/audit", params=asked)).json()["entries"]
    assert entries[0]["sought"]["text"] == f"plate PS71 QRS, for case {about['caseId']}"
    changed = {"json": {"status": "closed"}, "params": ASKED, "headers": {"If-Match": case.headers["etag"]}}
    assert (await world.investigator.api.patch(f"/api/cases/{about['caseId']}", **changed)).status_code == 200
    assert (await search(world.investigator, **about)).status_code == 404


async def test_no_search_rests_on_a_report_whose_time_is_up(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    assert (await search(world.investigator, caseReference=None, reportId=report)).status_code == 200
    await time_is_up(world, report)
    assert (await search(world.investigator, caseReference=None, reportId=report)).status_code == 404


async def test_the_search_is_on_record_with_what_was_sought(world: World, seen: dict[str, str]) -> None:
    """Source: Cal. Civ. Code §1798.90.52."""
    await search(world.investigator, reportId=seen["report"], caseReference=None)
    asked = {"action": "plate:search", "actor": world.investigator.id}
    entries = (await world.auditor.api.get("/api/audit", params=asked)).json()["entries"]
    assert entries[0]["sought"]["text"] == f"plate PS71 QRS, for {seen['report']}"
    assert entries[0]["purpose"] == "INVESTIGATE"
    assert seen["report"] in entries[0]["subjects"]
    stored = world.platform.container("audit").query("SELECT * FROM c WHERE c.action = 'plate:search'")
    assert "PS71" not in str([each async for each in stored])
