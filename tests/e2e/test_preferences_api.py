"""People give a mail address, say what they want to hear, and hear it: over real connections, to the local inbox."""

import uuid
from typing import Any

import pytest

from tests.e2e.test_reports_api import alerts_about
from tests.support.post import Post
from tests.support.stack import StackUnderTest
from tests.support.world import Person, World, problem, submit, theft


@pytest.fixture
def post(stack: StackUnderTest) -> Post:
    return Post(stack)


async def prove(person: Person, post: Post) -> str:
    address = f"{uuid.uuid4().hex}@shop.example"
    assert (await person.api.put("/api/me/mail", json={"address": address})).json()["state"] == "unverified"
    code = {"code": await post.code(address)}
    answer = await person.api.post("/api/me/mail/verification", json=code)
    assert answer.json() == {"address": address, "state": "verified"}
    return address


async def choose(person: Person, body: dict[str, Any], at: str = "/api/me/alert-preferences") -> dict[str, Any]:
    etag = (await person.api.get(at)).headers["etag"]
    answer = await person.api.put(at, json=body, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == answer.json()["etag"] != etag
    chosen: dict[str, Any] = answer.json()
    return chosen


async def test_a_mail_arrives_for_whoever_asked(world: World, post: Post) -> None:
    address = await prove(world.investigator, post)
    await choose(world.investigator, {"rules": [{"outlets": ["email"], "tells": {"reportTypes": ["theft"]}}]})
    report = (await submit(world.reporter, theft(world))).json()["id"]
    [mail, _code] = await post.wait_for(address, 2)
    assert mail["subject"] == "Theft reported at Quayside"
    [alert] = await alerts_about(world.investigator, report)
    assert [(each["outlet"], each["why"]) for each in alert["also"]] == [("email", "a rule of your own")]
    assert (await world.investigator.api.delete("/api/me/mail")).status_code == 204
    assert (await world.investigator.api.get("/api/me/mail")).json() == {"address": None, "state": "none"}
    await choose(world.investigator, {})


async def test_an_organisation_sets_what_holds_and_everybody_sees_it(world: World) -> None:
    rule = {"name": "Robberies", "outlets": ["email"], "tells": {"reportTypes": ["robbery"]}, "mandatory": True}
    at = "/api/organisation/alert-preferences"
    before = (await world.admin.api.get(at)).json()["preferences"]
    await choose(world.admin, {"rules": [rule], "quietHours": {"begins": "22:00", "ends": "06:00"}}, at)
    seen = (await world.reporter.api.get("/api/me/alert-preferences")).json()["organisation"]
    assert [each["name"] for each in seen["rules"]] == ["Robberies"]
    assert seen["quietHours"] == {"begins": "22:00", "ends": "06:00", "urgentAnyway": True}
    assert (await world.investigator.api.get(at)).status_code == 403
    await choose(world.admin, before, at)


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"rules": [{"outlets": []}]}, "/rules/0/outlets"),
        ({"rules": [{"outlets": ["pigeon"]}]}, "/rules/0/outlets/0"),
        ({"rules": [{"outlets": ["email"], "pace": "yearly"}]}, "/rules/0/pace"),
        ({"quietHours": {"begins": "25:00", "ends": "06:00"}}, "/quietHours/begins"),
        ({"quietHours": {"begins": "06:00", "ends": "06:00"}}, "/quietHours"),
        ({"dailyAt": "8"}, "/dailyAt"),
    ],
)
async def test_what_cannot_be_meant_is_explained(world: World, body: dict[str, Any], at: str) -> None:
    answer = await world.reporter.api.put("/api/me/alert-preferences", json=body, headers={"If-Match": '"none"'})
    assert answer.status_code == 400
    assert [each["at"] for each in problem(answer)["errors"]] == [at]


@pytest.mark.parametrize(
    "address", ["nobody", "a@b", "two words@shop.example", "x\r\nBcc: a@b.example", "@shop.example"]
)
async def test_only_addresses_are_taken(world: World, address: str) -> None:
    answer = await world.reporter.api.put("/api/me/mail", json={"address": address})
    assert answer.status_code == 400
