"""Webhooks as an administrator sets them up: told over real connections, signed, of what may be known and no more."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.receiver import Received, Receiver, receiver
from tests.support.waiting import eventually
from tests.support.world import Person, World, problem, submit, theft


@pytest.fixture
async def system() -> AsyncIterator[Receiver]:
    async with receiver() as running:
        yield running


async def hook(owner: Person, system: Receiver, **tells: Any) -> dict[str, Any]:
    """A webhook, after those that earlier tests left: an organisation may have twenty."""
    for left in (await owner.api.get("/api/webhooks")).json()["webhooks"]:
        gone = await owner.api.delete(f"/api/webhooks/{left['id']}", headers={"If-Match": left["etag"]})
        assert gone.status_code == 204
    body = {"name": "Control room", "url": system.url, "tells": tells}
    answer = await owner.api.post("/api/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def heard(system: Receiver, cause: str, calls: int = 1) -> list[Received]:
    """Waits for so many calls about ``cause``."""

    async def called() -> list[Received] | None:
        return found if len(found := system.of(cause)) >= calls else None

    return await eventually(called, what=f"{calls} calls")


async def deliveries(owner: Person, **query: str) -> list[dict[str, Any]]:
    answer = await owner.api.get("/api/deliveries", params={"limit": 50, **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


async def test_a_system_is_told_signed_and_again_after_a_failure(world: World, system: Receiver) -> None:
    made = await hook(world.admin, system, causes=["report"])
    ping = await world.admin.api.post(f"/api/webhooks/{made['webhook']['id']}/ping")
    assert (ping.json()["delivered"], ping.json()["outcome"]) == (True, "it answered 204")
    assert system.received.pop().checked(made["secret"])["type"] == "ping"

    system.answers = [503]
    report = (await submit(world.reporter, theft(world))).json()["id"]
    first, second = await heard(system, report, calls=2)
    assert first.id == second.id
    assert second.checked(made["secret"])["data"]["headline"] == "Theft reported at Quayside"

    async def delivered() -> dict[str, Any] | None:
        [mine] = [each for each in await deliveries(world.admin) if each["causeId"] == report]
        return mine if mine["state"] == "delivered" else None

    assert (await eventually(delivered))["tries"] == 2


async def test_its_secret_and_address_are_shown_once(world: World, system: Receiver) -> None:
    made = await hook(world.admin, system)
    listed = (await world.admin.api.get("/api/webhooks")).text
    assert made["webhook"]["id"] in listed
    assert made["secret"] not in listed
    assert system.url not in listed
    gone = await world.admin.api.delete(
        f"/api/webhooks/{made['webhook']['id']}", headers={"If-Match": made["webhook"]["etag"]}
    )
    assert gone.status_code == 204
    assert made["webhook"]["id"] not in (await world.admin.api.get("/api/webhooks")).text


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"url": "https://169.254.169.254/metadata/identity"}, "/url"),
        ({"url": "http://hooks.example.com/x"}, "/url"),
        ({"url": "https://10.1.2.3/"}, "/url"),
        ({"tells": {"causes": ["everything"]}}, "/tells/causes/0"),
        ({"tells": {"regions": ["England"]}}, "/tells/regions/0"),
        ({"tells": {"minimumLoss": {"amountMinor": -1, "currency": "GBP"}}}, "/tells/minimumLoss/amountMinor"),
        ({"name": ""}, "/name"),
    ],
)
async def test_what_cannot_be_called_or_told_is_explained(world: World, change: dict[str, Any], at: str) -> None:
    body = {"name": "Control room", "url": "https://hooks.example.com/x"} | change
    answer = await world.admin.api.post("/api/webhooks", json=body)
    assert answer.status_code == 400
    assert [each["at"] for each in problem(answer)["errors"]] == [at]


async def test_only_administrators_see_what_was_told(world: World) -> None:
    for person in (world.investigator, world.officer, world.reporter):
        assert (await person.api.get("/api/deliveries")).status_code == 403
        assert (await person.api.get("/api/webhooks")).status_code == 403
