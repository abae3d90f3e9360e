"""Groups over HTTP: only what people linked, with the reasons behind each edge."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.world import World, fresh_key, submit, theft

INVESTIGATE = {"purpose": "INVESTIGATE"}


async def reported(world: World, **changes: Any) -> str:
    return str((await submit(world.reporter, theft(world, **changes))).json()["id"])


async def link(world: World, one: str, other: str, reason: str = "The same film.") -> None:
    body = {"otherId": other, "reason": reason, "confidence": "probable"}
    path = f"/api/reports/{one}/links"
    made = await world.investigator.api.post(path, json=body, params=INVESTIGATE, headers=fresh_key())
    assert made.status_code == 201, made.text


async def group_of(world: World, report: str) -> dict[str, Any]:
    answer = await world.investigator.api.get(f"/api/reports/{report}/group", params=INVESTIGATE)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_group_has_a_network_a_time_line_places_and_a_loss(world: World) -> None:
    one, two, three = await reported(world), await reported(world), await reported(world, items=[])
    await link(world, one, two)
    await link(world, two, three, "The same coat.")
    group = await group_of(world, three)
    assert {each["id"] for each in group["nodes"]} == {one, two, three}
    assert {each["reason"] for each in group["edges"]} == {"The same film.", "The same coat."}
    assert group["places"][0]["reports"] == 3
    assert group["places"][0]["siteId"] == world.site.id
    taken = 12 * 1899
    assert group["loss"] == {
        "currency": "GBP",
        "reportedMinor": 2 * taken,
        "estimatedMinor": 3 * taken,
        "withoutValue": 1,
    }
    listed = (await world.investigator.api.get("/api/groups", params=INVESTIGATE)).json()["groups"]
    [mine] = [each for each in listed if each["reportId"] in {one, two, three}]
    assert (mine["reports"], mine["people"], mine["sites"]) == (3, 0, 1)


async def test_two_dense_parts_joined_by_one_link_are_two_communities(world: World) -> None:
    left, right = [[await reported(world) for _ in range(3)] for _ in range(2)]
    for part in (left, right):
        for one, other in ((0, 1), (1, 2), (0, 2)):
            await link(world, part[one], part[other])
    await link(world, left[0], right[0], "Perhaps one driver.")
    group = await group_of(world, left[0])
    number = {each["id"]: each["community"] for each in group["nodes"]}
    assert group["communities"] == 2
    assert len({number[each] for each in left}) == len({number[each] for each in right}) == 1


async def test_a_report_that_nobody_linked_stands_alone(world: World) -> None:
    alone = await reported(world)
    group = await group_of(world, alone)
    assert ([each["id"] for each in group["nodes"]], group["edges"]) == ([alone], [])
    listed = (await world.investigator.api.get("/api/groups", params=INVESTIGATE)).json()["groups"]
    assert alone not in {each["reportId"] for each in listed}


async def test_people_and_vehicles_hold_reports_together(world: World) -> None:
    """Two reports that one profile rests on belong to one group; the profile itself says nothing here."""
    one, two = await reported(world), await reported(world)
    named = [{"reportId": each, "reason": "Seen on film.", "confidence": "certain"} for each in (one, two)]
    form = {"subject": "person", "label": "Grey coat", "reason": "Comes back.", "names": ["Erika Mustermann"]}
    soon = (datetime.now(UTC) + timedelta(days=60)).isoformat()
    form |= {"reviewAt": soon, "reports": named}
    profile = await world.investigator.api.post("/api/profiles", json=form, params=INVESTIGATE, headers=fresh_key())
    assert profile.status_code == 201, profile.text
    group = await group_of(world, one)
    assert {each["id"] for each in group["nodes"]} == {one, two, profile.json()["id"]}
    assert "Mustermann" not in str(group)
