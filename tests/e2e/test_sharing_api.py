"""Sharing as its users meet it: communities, feeds, single reports, disclosures; and every way of taking it back."""

import uuid
from typing import Any

import httpx
import pytest

from shared.identity.principals import Role
from shared.policy.quotas import limits
from tests.e2e.test_reports_api import alerts_about
from tests.support.waiting import eventually
from tests.support.world import Person, World, add_person, fresh_key, problem, submit, theft

PURPOSE = {"purpose": "INVESTIGATE"}


async def report(world: World, **changes: Any) -> str:
    answer = await submit(world.reporter, theft(world, **changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def read(who: Person, world: World, report_id: str, purpose: str = "INVESTIGATE") -> httpx.Response:
    query = {"purpose": purpose, "owner": world.home.id}
    return await who.api.get(f"/api/reports/{report_id}", params=query)


async def until_shared(who: Person, world: World, report_id: str) -> httpx.Response:
    """The feed is written by the alert function, a moment after the report."""

    async def shared() -> httpx.Response | None:
        return answer if (answer := await read(who, world, report_id)).status_code == 200 else None

    return await eventually(shared)


async def feed_of(who: Person, world: World, **query: Any) -> list[str]:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await who.api.get(f"/api/communities/{world.community}/feed", params=PURPOSE | query | cursor)
        assert answer.status_code == 200, answer.text
        found += [each["id"] for each in answer.json()["reports"]]
        if not answer.json()["nextCursor"]:
            return found
        cursor = {"cursor": answer.json()["nextCursor"]}


async def test_the_feed_shows_what_is_shared_newest_first_and_nothing_else(world: World) -> None:
    shared, private = await report(world), await report(world, type="fraud")
    await until_shared(world.partner_investigator, world, shared)
    for who in (world.partner_investigator, world.officer):
        seen = await feed_of(who, world)
        assert shared in seen
        assert private not in seen
    assert shared not in await feed_of(world.investigator, world), "one's own reports are no news"
    assert await feed_of(world.partner_investigator, world, type="violence") == []
    assert shared in await feed_of(world.partner_investigator, world, region="GB-ENG", limit=1)
    assert shared not in await feed_of(world.partner_investigator, world, region="GB-SCT")
    outside = await world.stranger.api.get(f"/api/communities/{world.community}/feed", params=PURPOSE)
    assert outside.status_code == 404


async def test_unsharing_holds_from_the_next_request_on(world: World) -> None:
    shared = await report(world)
    await until_shared(world.partner_investigator, world, shared)
    path = f"/api/reports/{shared}/shares/{world.community}"
    assert (await world.investigator.api.delete(path)).status_code == 200
    assert (await read(world.partner_investigator, world, shared)).status_code == 404
    assert shared not in await feed_of(world.partner_investigator, world)
    body = {"communityId": world.community}
    assert (await world.investigator.api.post(f"/api/reports/{shared}/shares", json=body)).status_code == 200
    assert (await read(world.partner_investigator, world, shared)).status_code == 200


async def test_one_report_is_shared_although_no_rule_would_and_the_community_is_warned(world: World) -> None:
    fraud = await report(world, type="fraud")
    assert (await read(world.partner_investigator, world, fraud)).status_code == 404
    body = {"communityId": world.community}
    shared = await world.investigator.api.post(f"/api/reports/{fraud}/shares", json=body)
    assert shared.json()["choice"] == "shared"
    assert (await read(world.partner_investigator, world, fraud)).status_code == 200
    assert await alerts_about(world.partner_investigator, fraud)
    said = await world.investigator.api.get(f"/api/reports/{fraud}/shares", params=PURPOSE)
    assert said.json()["shares"][0]["choice"] == "shared"


@pytest.fixture
async def pair(world: World) -> tuple[Person, Person, str]:
    """A community of its own: the home organisation and the outsider; administrators of both."""
    name = f"outside_admin_{uuid.uuid4().hex[:6]}"
    await add_person(world, name, world.outsider, Role.ORG_ADMIN)
    made = await world.admin.api.post(
        "/api/communities",
        json={
            "name": "Two Shops",
            "aim": "To try out joining and leaving.",
            "settings": {"shares": [{"types": ["theft"]}]},
        },
        headers=fresh_key(),
    )
    assert made.status_code == 201, made.text
    return world.admin, world.people[name], made.json()["id"]


async def test_joining_and_leaving_take_effect_at_once(world: World, pair: tuple[Person, Person, str]) -> None:
    admin, outside, community = pair
    assert (await outside.api.post(f"/api/communities/{community}/membership", json={})).status_code == 404
    invited = await admin.api.post(
        f"/api/communities/{community}/invitations", json={"organisationId": world.outsider.id}
    )
    assert [each["state"] for each in invited.json()["members"]] == ["joined", "invited"]
    shared = await report(world)
    assert (await read(world.stranger, world, shared)).status_code == 404, "invited is not joined"
    assert (await outside.api.post(f"/api/communities/{community}/membership", json={})).status_code == 200
    await until_shared(world.stranger, world, shared)

    listed = (await outside.api.get("/api/communities")).json()["communities"][0]
    settings = {"shares": [], "wishes": {"types": ["fraud"]}}
    path, version = f"/api/communities/{community}/membership", {"If-Match": listed["etag"]}
    assert (await outside.api.put(path, json=settings, headers=version)).status_code == 200
    assert (await read(world.stranger, world, shared)).status_code == 404, "its own wishes count too"
    listed = (await outside.api.get("/api/communities")).json()["communities"][0]
    await outside.api.put(path, json={"shares": []}, headers={"If-Match": listed["etag"]})
    assert (await read(world.stranger, world, shared)).status_code == 200

    assert (await outside.api.delete(path)).status_code == 204
    assert (await read(world.stranger, world, shared)).status_code == 404
    assert (await outside.api.get("/api/communities")).json()["communities"] == []
    assert (await admin.api.delete(path)).status_code == 204


async def test_the_owner_withholds_more_than_the_policy(world: World, pair: tuple[Person, Person, str]) -> None:
    admin, outside, community = pair
    await admin.api.post(f"/api/communities/{community}/invitations", json={"organisationId": world.outsider.id})
    await outside.api.post(f"/api/communities/{community}/membership", json={})
    listed = next(c for c in (await admin.api.get("/api/communities")).json()["communities"] if c["id"] == community)
    rule = {"types": ["theft"], "withhold": ["vehicles", "siteId"]}
    changed = await admin.api.put(
        f"/api/communities/{community}/membership", json={"shares": [rule]}, headers={"If-Match": listed["etag"]}
    )
    assert changed.status_code == 200, changed.text
    seen = (await until_shared(world.stranger, world, await report(world))).json()
    assert {"vehicles", "siteId", "people", "whatHappened"} <= set(seen["withheld"])
    assert (seen["vehicles"], seen["siteId"]) == (None, None)
    await admin.api.delete(f"/api/communities/{community}/membership")
    await outside.api.delete(f"/api/communities/{community}/membership")


async def test_a_report_with_a_child_stays_at_home_until_a_person_says_otherwise(world: World) -> None:
    people = [{"role": "suspect", "ageBand": "under_18", "clothing": "Grey hooded top"}]
    child = await report(world, people=people)
    suspected = await report(world, whatHappened="A boy of about 14 filled a bag with razor blades and ran off.")
    adult = await report(world)
    await until_shared(world.partner_investigator, world, adult)
    for each in (child, suspected):
        assert (await read(world.partner_investigator, world, each)).status_code == 404
        refused = await world.investigator.api.post(
            f"/api/reports/{each}/shares", json={"communityId": world.community}
        )
        assert refused.status_code == 403
    home = await world.investigator.api.get(f"/api/reports/{suspected}", params=PURPOSE)
    assert home.json()["minor"] == "suspected"
    judged = await world.investigator.api.post(
        f"/api/reports/{suspected}/age-judgement",
        json={"finding": "adult", "reason": "Known to staff; proof of age was shown."},
        headers={"If-Match": home.headers["etag"]},
    )
    assert judged.json()["minor"] == "cleared"
    assert (await read(world.partner_investigator, world, suspected)).status_code == 200
    back = await world.investigator.api.post(
        f"/api/reports/{suspected}/age-judgement",
        json={"finding": "minor", "reason": "The proof was somebody else's."},
        headers={"If-Match": judged.headers["etag"]},
    )
    assert back.json()["minor"] == "stated"
    assert (await read(world.partner_investigator, world, suspected)).status_code == 404


async def test_a_disclosure_opens_one_report_for_one_case_and_can_be_withdrawn(world: World) -> None:
    fraud = await report(world, type="fraud", people=[{"role": "suspect", "ageBand": "under_18"}])
    assert (await read(world.officer, world, fraud)).status_code == 404
    form = {
        "recipientId": world.police.id,
        "purpose": "NOTIFY_LE",
        "caseNumber": "WM/4471/26",
        "note": "As agreed with the officer on duty.",
        "withhold": ["vehicles"],
    }
    made = await world.investigator.api.post(f"/api/reports/{fraud}/disclosures", json=form, headers=fresh_key())
    assert made.status_code == 201, made.text
    assert "whatHappened" in made.json()["fields"]
    assert "vehicles" not in made.json()["fields"]
    seen = (await read(world.officer, world, fraud)).json()
    assert seen["whatHappened"]
    assert (seen["vehicles"], seen["reportedBy"]) == (None, None)
    received = (await world.officer.api.get("/api/disclosures", params=PURPOSE)).json()["disclosures"]
    assert [each["caseNumber"] for each in received if each["reportId"] == fraud] == ["WM/4471/26"]
    assert (await read(world.partner_investigator, world, fraud)).status_code == 404
    path = f"/api/disclosures/{made.json()['id']}/withdrawal"
    withdrawn = await world.investigator.api.post(path, headers={"If-Match": made.headers["etag"]})
    assert withdrawn.status_code == 200
    assert (await read(world.officer, world, fraud)).status_code == 404


async def test_disclosures_need_police_a_case_and_the_purpose(world: World) -> None:
    mine = await report(world)
    form = {"recipientId": world.police.id, "purpose": "NOTIFY_LE", "caseNumber": "WM/1/26", "note": "As agreed."}
    for changes in (
        {"recipientId": world.partner.id},
        {"purpose": "INVESTIGATE"},
        {"caseNumber": "x"},
        {"withhold": ["face"]},
    ):
        answer = await world.investigator.api.post(
            f"/api/reports/{mine}/disclosures", json=form | changes, headers=fresh_key()
        )
        assert answer.status_code == 400, changes
    by_reporter = await world.reporter.api.post(f"/api/reports/{mine}/disclosures", json=form, headers=fresh_key())
    assert by_reporter.status_code == 403


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("whatHappened", "An Asian male filled a rucksack with razor blades and left."),
        ("whatHappened", "Two g y p s i e s took the copper wire from the yard."),
        ("people", "Probably a Muslim, wearing a long coat."),
    ],
)
async def test_words_about_who_people_are_come_back_to_be_rewritten(world: World, field: str, text: str) -> None:
    value: Any = text if field == "whatHappened" else [{"role": "suspect", "clothing": text}]
    answer = await submit(world.reporter, theft(world, **{field: value}))
    assert answer.status_code == 400
    found = problem(answer)["errors"]
    assert found[0]["code"] == "protected_attribute"
    assert found[0]["at"].startswith(f"/{field}")


async def test_the_screen_explains_itself_before_anything_is_sent(world: World) -> None:
    answer = await world.reporter.api.post("/api/text/screen", json={"text": "A black man, maybe 16 years old, ran."})
    body = answer.json()
    assert body["findings"][0]["attribute"]
    assert body["minorSuspected"]


async def test_the_rules_in_force_can_be_read_by_everybody(world: World) -> None:
    shown = (await world.anonymous().get("/api/policy")).json()
    promises = [rule for rule in shown["rules"] if rule["effect"] == "forbid"]
    assert {"promise-minors-stay-with-their-organisation", "promise-strangers-see-nothing"} <= {
        p["id"] for p in promises
    }
    assert all(rule["says"] and rule["source"].startswith("@id") for rule in shown["rules"])
    assert shown["withheld"]["report"]["community"] == ["people", "whatHappened", "reportedBy", "policeReference"]


async def test_why_somebody_has_access(world: World) -> None:
    shared = await report(world)
    ask: dict[str, Any] = {"userId": world.reporter.id, "action": "report:read", "reportId": shared}
    asked = await world.privacy_officer.api.post("/api/policy/explain", json=ask | {"purpose": "INVESTIGATE"})
    assert asked.json()["allowed"] is True
    assert asked.json()["because"][0]["id"] == "staff-read-reports-of-their-sites"
    without = (await world.privacy_officer.api.post("/api/policy/explain", json=ask)).json()
    assert (without["allowed"], without["because"][0]["id"]) == (False, "promise-a-purpose-for-every-use")
    nothing = await world.privacy_officer.api.post("/api/policy/explain", json=ask | {"action": "report:eat"})
    assert nothing.status_code == 400


async def test_guessing_ids_is_noticed_stopped_and_told(world: World) -> None:
    name = f"guesser_{uuid.uuid4().hex[:6]}"
    await add_person(world, name, world.home, Role.INVESTIGATOR)
    guesser = world.people[name]
    query = PURPOSE | {"owner": world.outsider.id}
    for _ in range(limits()["user"]["refusals_an_hour"]):
        assert (await guesser.api.get(f"/api/reports/{uuid.uuid4()}", params=query)).status_code == 404
    assert (await guesser.api.get(f"/api/reports/{uuid.uuid4()}", params=query)).status_code == 429

    async def told() -> bool:
        alerts = (await world.privacy_officer.api.get("/api/alerts", params={"limit": 50})).json()["alerts"]
        return any(alert["cause"] == "alarm" for alert in alerts)

    assert await eventually(told, what="a privacy officer is told")
