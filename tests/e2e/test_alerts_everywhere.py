"""From a camera to a control room: a read, a candidate, a person's decision; then feed, mail, browser and webhook, for
the right people and nobody else."""

from typing import Any

import pytest

from shared.organisations import devices
from tests.e2e.test_deliveries_api import deliveries, heard, hook
from tests.e2e.test_plates_api import PURPOSE, matched, passage, watch
from tests.e2e.test_preferences_api import choose, prove
from tests.e2e.test_reports_api import alerts_about
from tests.support.browser import PushService, push_service
from tests.support.post import Post
from tests.support.receiver import receiver
from tests.support.stack import StackUnderTest
from tests.support.waiting import eventually
from tests.support.world import Person, World

ALL_MAIL = {"rules": [{"outlets": ["email"]}]}


async def shown(browser: PushService, count: int) -> None:
    async def enough() -> bool:
        return len(browser.arrived) >= count

    await eventually(enough, what=f"{count} messages in the browser")
    assert len(browser.arrived) == count


@pytest.fixture
def post(stack: StackUnderTest) -> Post:
    return Post(stack)


async def mails(post: Post, address: str) -> list[dict[str, Any]]:
    return [mail for mail in await post.to(address) if mail["subject"] != "Your code"]


async def browser_of(person: Person, service: PushService) -> None:
    """Who then is told there besides by mail."""
    service.key = (await person.api.get("/api/push-key")).json()["publicKey"]
    added = await person.api.post("/api/me/browsers", json=service.agent.subscription(service.endpoint))
    assert added.status_code == 201, added.text
    await choose(person, {"rules": [{"outlets": ["email", "push"]}]})


async def test_a_confirmed_match_reaches_feed_mail_browser_and_webhook(world: World, post: Post) -> None:
    people = [world.investigator, world.reporter, world.elsewhere, world.partner_investigator, world.officer]
    addresses = {person.id: await prove(person, post) for person in people}
    for person in people:
        await choose(person, ALL_MAIL)
    camera = await devices.register_device(world.platform, world.site, "rekor")
    async with receiver() as control_room, push_service() as browser:
        await browser_of(world.investigator, browser)
        made = await hook(world.admin, control_room, causes=["plate_candidate", "plate_confirmed"])
        entry = await watch(world, "RB71 QTZ")
        found = await matched(world, camera, entry, passage("RB71QTZ"))

        # A candidate is for those who compare, and for nobody else.
        [candidate] = await alerts_about(world.investigator, found["id"])
        assert (candidate["cause"], candidate["also"][0]["outlet"]) == ("plate_candidate", "email")
        [mail, _code] = await post.wait_for(addresses[world.investigator.id], 2)
        assert mail["subject"] == "Possible watchlist match to compare at Quayside"
        [call] = await heard(control_room, found["id"])
        assert call.checked(made["secret"])["type"] == "alert.plate_candidate"
        await shown(browser, 1)
        for person in people[1:]:
            assert await alerts_about(person, found["id"], within=0) == []
            assert await mails(post, addresses[person.id]) == []

        # Confirmed by a person, it is for the staff of the site too.
        decided = await world.investigator.api.post(
            f"/api/plates/candidates/{found['id']}/decision",
            json={"decision": "confirmed", "comparedPlateAndPicture": True},
            params=PURPOSE,
            headers={"If-Match": found["etag"]},
        )
        assert decided.status_code == 200, decided.text
        [told] = await alerts_about(world.reporter, found["id"])
        assert told["cause"] == "plate_confirmed"
        [mail, _code] = await post.wait_for(addresses[world.reporter.id], 2)
        assert mail["subject"] == "Watchlist vehicle confirmed at Quayside"
        _, call = await heard(control_room, found["id"], calls=2)
        said = call.checked(made["secret"])
        assert (said["type"], said["data"]["urgent"]) == ("alert.plate_confirmed", True)
        await post.wait_for(addresses[world.investigator.id], 3)
        for person in (world.elsewhere, world.partner_investigator, world.officer):
            assert await alerts_about(person, found["id"], within=0) == []
            assert await mails(post, addresses[person.id]) == []

        # Each once, and no word of the vehicle outside the app.
        await shown(browser, 2)
        assert [each["headline"] for each in browser.arrived] == [
            "Possible watchlist match to compare at Quayside",
            "Watchlist vehicle confirmed at Quayside",
        ]
        assert len(control_room.of(found["id"])) == 2
        assert len(await mails(post, addresses[world.investigator.id])) == 2
        assert len(await mails(post, addresses[world.reporter.id])) == 1
        outside = str([await mails(post, each) for each in addresses.values()])
        outside += str(browser.arrived)
        outside += "".join(each.body.decode() for each in control_room.of(found["id"]))
        for secret in ("RB71", "QTZ", "Seen at two thefts", "C-1"):
            assert secret not in outside
        mine = [each for each in await deliveries(world.admin) if each["causeId"] == found["id"]]
        assert len(mine) == 7
        for each in (await world.investigator.api.get("/api/me/browsers")).json()["browsers"]:
            assert (await world.investigator.api.delete(f"/api/me/browsers/{each['id']}")).status_code == 204
        removed = await world.admin.api.delete(
            f"/api/webhooks/{made['webhook']['id']}", headers={"If-Match": made["webhook"]["etag"]}
        )
        assert removed.status_code == 204
    for person in people:
        assert (await person.api.delete("/api/me/mail")).status_code == 204
        await choose(person, {})
