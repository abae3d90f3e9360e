"""Suggested links between reports over HTTP: with reasons, decided by people, forgotten with either report."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.people.models import PEOPLE
from shared.retention import disposal
from shared.retention.kinds import KINDS
from tests.support.world import World, fresh_key, problem, submit, theft

INVESTIGATE = {"purpose": "INVESTIGATE"}


def unusual(world: World, tag: str, days: int, **changes: Any) -> dict[str, Any]:
    """An event of one and the same offender: a plate, a mark, products and a way that no other report has."""
    suspect = {"role": "suspect", "ageBand": "adult", "clothing": "Orange parka, grey sandals", "marks": "scar on chin"}
    when = datetime.now(UTC) - timedelta(days=days)
    return (
        theft(
            world,
            occurredAt=when.isoformat(),
            methods=["push_out", "tag_removed"],
            items=[{"product": f"Drill {tag}", "quantity": 1}, {"product": f"Saw {tag}", "quantity": 1}],
            people=[suspect],
            vehicles=[{"plate": f"Q{tag[:6]}"}],
        )
        | changes
    )


async def reported(world: World, body: dict[str, Any]) -> str:
    answer = await submit(world.reporter, body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def two_of_one(world: World) -> tuple[str, str]:
    tag = uuid.uuid4().hex[:6].upper()
    return await reported(world, unusual(world, tag, 9)), await reported(world, unusual(world, tag, 2))


async def suggested(world: World, report: str) -> list[dict[str, Any]]:
    answer = await world.investigator.api.get(f"/api/reports/{report}/suggestions", params=INVESTIGATE)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["suggestions"]
    return found


async def say(world: World, one: str, other: str, **body: Any) -> httpx.Response:
    return await world.investigator.api.put(
        f"/api/reports/{one}/suggestions/{other}", json={"reason": "Read both."} | body, params=INVESTIGATE
    )


async def test_a_suggestion_says_what_speaks_for_it_and_is_stored_nowhere(world: World) -> None:
    one, other = await two_of_one(world)
    before = [each async for each in world.platform.container(PEOPLE).query("SELECT c.id FROM c")]
    [found] = [each for each in await suggested(world, one) if each["reportId"] == other]
    assert found["likelihood"] == "very_likely"
    assert found["comparedWith"] == 1
    assert found["evidence"][0] == {
        "code": "plate.same",
        "rare": False,
        "km": None,
        "words": "The same number plate was noted.",
    }
    after = [each async for each in world.platform.container(PEOPLE).query("SELECT c.id FROM c")]
    assert len(before) == len(after)


async def test_yes_links_and_no_is_remembered(world: World) -> None:
    one, other = await two_of_one(world)
    accepted = await say(world, one, other, verdict="accepted", confidence="probable")
    [link] = accepted.json()["links"]
    assert (link["recordId"], link["basis"], link["confidence"]) == (other, "suggested", "probable")
    assert link["addedBy"] == world.investigator.id
    assert other not in {each["reportId"] for each in await suggested(world, one)}
    taken = await world.investigator.api.post(
        f"/api/reports/{one}/links/{link['id']}/remove", json={"reason": "Another car."}, params=INVESTIGATE
    )
    assert taken.json()["links"] == []
    assert (await say(world, one, other, verdict="rejected")).status_code == 200
    assert (await say(world, other, one, verdict="rejected")).status_code == 200
    for end, far in ((one, other), (other, one)):
        assert far not in {each["reportId"] for each in await suggested(world, end)}


async def test_confirmed_reports_speak_together(world: World) -> None:
    """A third report is compared with both, once a person has put them together."""
    tag = uuid.uuid4().hex[:6].upper()
    one, other, third = [await reported(world, unusual(world, tag, days)) for days in (30, 20, 10)]
    await say(world, one, other, verdict="accepted", confidence="certain")
    [found] = [each for each in await suggested(world, third) if each["reportId"] in {one, other}]
    assert found["comparedWith"] == 2


async def test_a_person_links_two_reports_without_a_suggestion(world: World) -> None:
    one, other = await reported(world, theft(world)), await reported(world, theft(world))
    body = {"otherId": other, "reason": "The same call to the police.", "confidence": "certain"}
    path = f"/api/reports/{one}/links"
    made = await world.investigator.api.post(path, json=body, params=INVESTIGATE, headers=fresh_key())
    assert made.json()["links"][0]["basis"] == "entered"
    again = await world.investigator.api.post(path, json=body, params=INVESTIGATE, headers=fresh_key())
    assert (again.status_code, len(again.json()["links"])) == (201, 1)
    other_words = body | {"reason": "Another reason."}
    refused = await world.investigator.api.post(path, json=other_words, params=INVESTIGATE, headers=fresh_key())
    assert refused.status_code == 409
    seen = await world.privacy_officer.api.get(f"/api/reports/{other}/links", params=INVESTIGATE)
    assert [each["recordId"] for each in seen.json()["links"]] == [one]
    refused = await say(world, one, other, verdict="rejected")
    assert refused.status_code == 409


async def test_a_case_is_told_what_may_belong_to_it(world: World) -> None:
    one, other = await two_of_one(world)
    body = {"title": "Drills", "reason": "Seen twice"}
    case = await world.investigator.api.post("/api/cases", json=body, params=INVESTIGATE, headers=fresh_key())
    path = case.headers["location"]
    await world.investigator.api.post(
        f"{path}/records",
        json={"kind": "report", "id": one, "reason": "Begins it"},
        params=INVESTIGATE,
        headers={"If-Match": case.headers["etag"]},
    )
    answer = await world.investigator.api.get(f"{path}/suggestions", params=INVESTIGATE)
    [found] = [each for each in answer.json()["suggestions"] if each["reportId"] == other]
    assert found["belongsWith"] == one


async def test_children_are_neither_suggested_nor_linked(world: World) -> None:
    tag = uuid.uuid4().hex[:6].upper()
    adult = await reported(world, unusual(world, tag, 3))
    child = unusual(world, tag, 2, people=[{"role": "suspect", "ageBand": "under_18", "clothing": "Orange parka"}])
    minor = await reported(world, child)
    assert minor not in {each["reportId"] for each in await suggested(world, adult)}
    refused = await say(world, adult, minor, verdict="accepted", confidence="possible")
    assert problem(refused)["errors"][0]["code"] == "minor"


async def test_verdicts_go_with_the_report(world: World) -> None:
    one, other = await two_of_one(world)
    await say(world, one, other, verdict="rejected")
    document = await world.platform.container("reports").read(other, [world.home.id, other])
    past = document | {"disposeAt": "2020-01-01T00:00:00.000Z"}
    await world.platform.container("reports").replace(past, document["_etag"])
    await disposal.dispose(world.platform, disposal.order_for(KINDS["report"], past))
    text = "SELECT c.id FROM c WHERE ARRAY_CONTAINS(c.endIds, @gone)"
    left = world.platform.container(PEOPLE).query(text, {"gone": other}, key=[world.home.id])
    assert [each async for each in left] == []


async def test_who_says_yes_says_how_sure(world: World) -> None:
    one, other = await two_of_one(world)
    assert (await say(world, one, other, verdict="accepted")).status_code == 400
    assert (await say(world, one, one, verdict="rejected")).status_code == 400
    assert (await say(world, one, str(uuid.uuid4()), verdict="rejected")).status_code == 404
