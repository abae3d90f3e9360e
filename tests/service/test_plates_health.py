"""A camera that falls silent is noticed once, and one passage is one candidate wherever the windows lie."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.alerts import service as alerts
from shared.alerts.models import AlertListQuery, AlertRequest
from shared.clock import SetClock
from shared.identity.principals import Principal
from shared.organisations import devices
from shared.organisations.models import AnprSwitch
from shared.plates import health, lists, watchlists
from shared.plates import service as plates
from shared.plates.models import Guess, PlateRead, WatchlistEntryForm
from shared.platform import Platform
from shared.storage.outbox import Message
from tests.support.lpr import REKOR, body
from tests.support.world import World

HEARTBEAT = body({"data_type": "heartbeat"})


def at(platform: Platform, ahead: timedelta) -> Platform:
    return replace(platform, clock=SetClock(platform.clock.now() + ahead))


@pytest.fixture
async def camera(world: World) -> Principal:
    health._noted.clear()
    credential = await devices.register_device(world.platform, world.site, "rekor")
    return await world.platform.principals.device(credential.device, credential.secret)


async def seen(world: World, camera: Principal) -> devices.DeviceView:
    listed = await devices.list_devices(world.platform, world.admin.principal)
    return next(each for each in listed.devices if each.id == camera.id)


@pytest.fixture
def sent(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    messages: list[Message] = []

    async def taken(message: Message) -> None:
        messages.append(message)

    monkeypatch.setattr(world.platform.bus, "send", taken)
    return messages


async def test_a_camera_is_noted_when_it_is_heard_and_seldom_again(world: World, camera: Principal) -> None:
    assert (await seen(world, camera)).heard_at is None
    await plates.receive(world.platform, camera, {}, HEARTBEAT)
    first = await seen(world, camera)
    assert first.heard_at is not None
    assert first.read_at is None
    await plates.receive(at(world.platform, timedelta(minutes=4)), camera, {}, HEARTBEAT)
    assert (await seen(world, camera)).heard_at == first.heard_at
    await plates.receive(at(world.platform, timedelta(minutes=6)), camera, {}, body(REKOR))
    later = await seen(world, camera)
    assert later.heard_at is not None
    assert later.heard_at > first.heard_at
    assert later.read_at == later.heard_at


async def test_silence_is_told_once_and_ends_when_the_camera_is_heard(
    world: World, camera: Principal, sent: list[Message]
) -> None:
    await plates.receive(world.platform, camera, {}, HEARTBEAT)
    await health.tell_of_silence(at(world.platform, timedelta(hours=5)))
    assert [each for each in sent if each.body["id"] == camera.id] == []
    late = at(world.platform, timedelta(hours=7))
    for _ in range(2):
        await health.tell_of_silence(late)
    [message] = [each for each in sent if each.body["id"] == camera.id]
    assert (await seen(world, camera)).silent

    request = AlertRequest.model_validate(message.body)
    assert await alerts.dispatch(world.platform, request) >= 1
    assert await alerts.dispatch(world.platform, request) == 0
    page = await alerts.list_mine(world.platform, world.admin.principal, AlertListQuery(), ("test",))
    assert "has not been heard for hours" in page.alerts[0].headline

    await plates.receive(at(world.platform, timedelta(hours=8)), camera, {}, HEARTBEAT)
    assert not (await seen(world, camera)).silent


async def test_a_camera_that_was_shut_out_may_be_silent(world: World, camera: Principal, sent: list[Message]) -> None:
    """Or whose site was."""
    admin, late = world.admin.principal, at(world.platform, timedelta(hours=7))
    await plates.receive(world.platform, camera, {}, HEARTBEAT)
    await devices.switch(world.platform, admin, world.site.id, AnprSwitch(open=False))
    await health.tell_of_silence(late)
    await devices.switch(world.platform, admin, world.site.id, AnprSwitch(open=True))
    await devices.revoke(world.platform, admin, camera.id)
    await health.tell_of_silence(late)
    assert [each for each in sent if each.body["id"] == camera.id] == []


@pytest.mark.parametrize("seconds", [-29, -15, -1, 0, 1, 15, 29])
async def test_one_passage_across_the_edge_of_a_window_is_one_candidate(
    world: World, camera: Principal, seconds: int
) -> None:
    platform, plate = world.platform, f"PE{abs(seconds):02}{'A' if seconds < 0 else 'B'}BC"
    form = WatchlistEntryForm.model_validate(
        {"plate": plate, "reason": "Seen at thefts.", "caseReference": "HP-1"}
        | {"expiresAt": platform.clock.now() + timedelta(days=30)}
    )
    await watchlists.add(platform, world.investigator.principal, form, uuid.uuid4().hex)
    lists.forget()
    edge = datetime.fromtimestamp(int(datetime.now(UTC).timestamp()) // 30 * 30, UTC)
    reads = [PlateRead(uuid.uuid4().hex, edge + timedelta(seconds=each), Guess(plate, 0.9)) for each in (0, seconds)]
    assert sum([await plates.ingest(platform, camera, [read]) for read in reads]) == 1
    much_later = PlateRead(uuid.uuid4().hex, edge + timedelta(seconds=61), Guess(plate, 0.9))
    assert await plates.ingest(platform, camera, [much_later]) == 1
