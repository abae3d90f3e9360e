"""Each warning reaches each webhook once, or an administrator sees that it did not, whatever fails in between."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.alerts import service as alerts
from shared.alerts.occasion import Filter
from shared.delivery import administration, patience, service, webhooks
from shared.delivery.models import (
    Delivery,
    DeliveryQuery,
    DeliveryRequest,
    RotationForm,
    State,
    WebhookChange,
    WebhookForm,
)
from shared.errors import Invalid, NotFound, PreconditionFailed
from shared.storage.outbox import Message
from tests.support.desk import Desk, happened, told_of
from tests.support.receiver import Receiver, receiver
from tests.support.world import Person, World


@pytest.fixture
async def system() -> AsyncIterator[Receiver]:
    async with receiver() as running:
        yield running


async def hook(desk: Desk, owner: Person, system: Receiver, **wants: Any) -> tuple[str, str]:
    form = WebhookForm(name="Control room", url=system.url, tells=Filter(**wants))
    made = await webhooks.register(desk.platform, owner.principal, form)
    return made.webhook.id, made.secret


@pytest.fixture(autouse=True)
async def no_other_webhooks(world: World) -> None:
    container = world.platform.container("channels")
    for organisation in (world.home.id, world.partner.id, world.outsider.id, world.police.id):
        for each in [d async for d in container.query("SELECT c.id FROM c", key=organisation)]:
            await container.delete(each["id"], organisation)


async def test_those_who_may_know_are_told_and_nobody_else(desk: Desk, world: World, system: Receiver) -> None:
    _, secret = await hook(desk, world.admin, system)
    async with receiver() as partners, receiver() as strangers:
        partner = Person(replace(world.admin.principal, organisation=world.partner.id), "", world.admin.api)
        stranger = Person(replace(world.admin.principal, organisation=world.outsider.id), "", world.admin.api)
        _, of_partner = await hook(desk, partner, partners)
        await hook(desk, stranger, strangers)
        shared, unshared = await happened(desk, world), await happened(desk, world, type="fraud")
        await alerts.dispatch(desk.platform, shared)
        await alerts.dispatch(desk.platform, unshared)
        assert set(await desk.run()) == {"delivered"}
        assert {each.content["data"]["causeId"] for each in system.received} == {shared.id, unshared.id}
        assert [each.content["data"]["causeId"] for each in partners.received] == [shared.id]
        assert strangers.received == []
        said = system.of(shared.id)[0].checked(secret)
        assert partners.received[0].checked(of_partner)["data"]["relation"] == "community"
    assert said["type"] == "alert.report"
    assert said["data"]["headline"] == "Theft reported at Quayside"
    assert said["data"]["relation"] == "own"
    assert said["data"]["link"] == f"{desk.platform.settings.console_url}/"
    for secret_of_the_report in ("ZX71", "QLM", "jacket", "rucksack", "4471", world.reporter.id):
        assert secret_of_the_report not in system.of(shared.id)[0].body.decode()


async def test_whatever_is_redelivered_it_is_told_once(desk: Desk, world: World, system: Receiver) -> None:
    await hook(desk, world.admin, system)
    report = await happened(desk, world)
    for _ in range(3):
        await alerts.dispatch(desk.platform, report)
    [(_, message)] = desk.waiting.values()
    request = DeliveryRequest.model_validate(message.body)
    assert [await service.deliver(desk.platform, request) for _ in range(3)] == [
        "delivered",
        "not its turn",
        "not its turn",
    ]
    assert len(system.of(report.id)) == 1
    [only] = await told_of(desk, world.admin, report.id)
    assert (only.state, only.tries, only.outcome) == (State.DELIVERED, 1, "it answered 204")


async def test_a_receiver_that_is_down_for_a_while_is_told_later_under_the_same_id(
    desk: Desk, world: World, system: Receiver
) -> None:
    _, secret = await hook(desk, world.admin, system)
    system.answers = [500, 301, 429]
    system.redirect = f"{system.url}/elsewhere"
    report = await happened(desk, world)
    await alerts.dispatch(desk.platform, report)
    began = desk.clock.now()
    assert await desk.run() == ["again later", "again later", "again later", "delivered"]
    assert timedelta(seconds=120) < desk.clock.now() - began < timedelta(seconds=200)
    assert len(system.received) == 4, "a redirect was followed"
    assert len({each.id for each in system.received}) == 1
    assert len({each.headers["webhook-timestamp"] for each in system.received}) > 1
    assert all(each.checked(secret) for each in system.received[-1:])


async def test_what_is_given_up_is_seen_and_can_be_tried_again(desk: Desk, world: World, system: Receiver) -> None:
    await hook(desk, world.admin, system)
    system.usually = 503
    report = await happened(desk, world)
    await alerts.dispatch(desk.platform, report)
    outcomes = await desk.run()
    assert outcomes[-1] == "dead"
    assert len(system.received) <= len(patience.PAUSES) + 1
    page = await administration.list_deliveries(
        desk.platform, world.admin.principal, DeliveryQuery(state=State.DEAD), ()
    )
    dead = next(each for each in page.deliveries if each.cause_id == report.id)
    assert (dead.outcome, dead.due_at) == ("it answered 503", None)

    system.usually = 200
    with pytest.raises(PreconditionFailed):
        await administration.replay(desk.platform, world.admin.principal, dead.id, '"another"')
    other = replace(world.admin.principal, organisation=world.partner.id)
    with pytest.raises(NotFound):
        await administration.replay(desk.platform, other, dead.id, dead.etag)
    desk.clock.advance(timedelta(hours=1))  # the circuit has had its rest
    replayed = await administration.replay(desk.platform, world.admin.principal, dead.id, dead.etag)
    assert replayed.state is State.PENDING
    assert (await desk.run())[-1] == "delivered"
    [now] = await told_of(desk, world.admin, report.id)
    assert (now.id, now.state) == (dead.id, State.DELIVERED)
    with pytest.raises(Invalid):
        await administration.replay(desk.platform, world.admin.principal, dead.id, now.etag)


async def test_a_circuit_spares_whoever_fails_and_lets_one_probe(desk: Desk, world: World, system: Receiver) -> None:
    webhook, _ = await hook(desk, world.admin, system)
    system.usually = 500
    requests = [await happened(desk, world) for _ in range(patience.OPENS_AFTER + 3)]
    for request in requests:
        await alerts.dispatch(desk.platform, request)
    for _ in requests:
        await desk.turn()
    assert len(system.received) == patience.OPENS_AFTER, "called on although it had failed so often"
    [seen] = [w for w in (await webhooks.listed(desk.platform, world.admin.principal)).webhooks if w.id == webhook]
    assert seen.resting_until is not None
    assert seen.resting_until - desk.clock.now() <= patience.FIRST_REST

    system.usually = 204
    desk.clock.moment = seen.resting_until
    messages = sorted(desk.waiting.values(), key=lambda each: each[0])
    desk.clock.moment = max(seen.resting_until, messages[0][0])
    assert (await desk.run()).count("delivered") == len(requests)
    for request in requests:
        [only] = await told_of(desk, world.admin, request.id)
        assert only.state is State.DELIVERED
    [seen] = [w for w in (await webhooks.listed(desk.platform, world.admin.principal)).webhooks if w.id == webhook]
    assert seen.resting_until is None


async def test_a_crash_between_the_outcome_and_its_message_loses_nothing(
    desk: Desk, world: World, system: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hook(desk, world.admin, system)
    system.answers = [500]
    await alerts.dispatch(desk.platform, await happened(desk, world))
    [(_, message)] = desk.waiting.values()
    desk.waiting.clear()

    async def broken(message: Message, moment: datetime) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(desk.platform.bus, "send_at", broken)
        with pytest.raises(ConnectionError):
            await service.deliver(desk.platform, DeliveryRequest.model_validate(message.body))
    assert not desk.waiting
    await service.deliver(desk.platform, DeliveryRequest.model_validate(message.body))  # the broker tries again
    assert await desk.run() == ["delivered"]
    assert len(system.received) == 2


async def test_a_lost_message_is_sent_again_by_the_timer(desk: Desk, world: World, system: Receiver) -> None:
    await hook(desk, world.admin, system)
    report = await happened(desk, world)
    await alerts.dispatch(desk.platform, report)
    desk.waiting.clear()
    desk.seen.clear()
    await service.relay_overdue(desk.platform)
    assert not [
        m
        for _, m in desk.waiting.values()
        if m.body["id"] in {d.id for d in await told_of(desk, world.admin, report.id)}
    ]
    desk.clock.advance(service.OVERDUE + timedelta(seconds=1))
    await service.relay_overdue(desk.platform)
    await desk.run()
    assert len(system.of(report.id)) == 1


async def test_a_webhook_is_told_what_it_asked_for(desk: Desk, world: World, system: Receiver) -> None:
    await hook(desk, world.admin, system, urgent_only=True)
    calm, urgent = await happened(desk, world), await happened(desk, world, weaponSeen=True)
    for each in (calm, urgent):
        await alerts.dispatch(desk.platform, each)
    await desk.run()
    assert [each.content["data"]["causeId"] for each in system.received] == [urgent.id]


async def test_both_secrets_sign_until_the_old_one_ends(desk: Desk, world: World, system: Receiver) -> None:
    webhook, old = await hook(desk, world.admin, system)
    fresh = (await webhooks.rotate(desk.platform, world.admin.principal, webhook, RotationForm(overlap_hours=1))).secret
    await webhooks.ping(desk.platform, world.admin.principal, webhook)
    assert system.received[-1].checked(old) == system.received[-1].checked(fresh)
    desk.clock.advance(timedelta(hours=1, seconds=1))
    await webhooks.ping(desk.platform, world.admin.principal, webhook)
    assert len(system.received[-1].headers["webhook-signature"].split()) == 1
    newest = (
        await webhooks.rotate(desk.platform, world.admin.principal, webhook, RotationForm(overlap_hours=0))
    ).secret
    assert newest not in {old, fresh}


async def test_a_receiver_that_says_gone_is_paused_and_what_it_missed_is_kept(
    desk: Desk, world: World, system: Receiver
) -> None:
    webhook, _ = await hook(desk, world.admin, system)
    system.usually = 410
    report = await happened(desk, world)
    await alerts.dispatch(desk.platform, report)
    assert await desk.run() == ["dead"]
    [seen] = (await webhooks.listed(desk.platform, world.admin.principal)).webhooks
    assert (seen.state, seen.paused_because) == ("paused", "it answered 410: it wants no more calls")
    again = await webhooks.change(
        desk.platform, world.admin.principal, webhook, WebhookChange(state="active"), seen.etag
    )
    assert (again.state, again.paused_because) == ("active", None)


async def test_a_removed_webhook_leaves_nothing_to_call(desk: Desk, world: World, system: Receiver) -> None:
    webhook, _ = await hook(desk, world.admin, system)
    report = await happened(desk, world)
    await alerts.dispatch(desk.platform, report)
    [seen] = (await webhooks.listed(desk.platform, world.admin.principal)).webhooks
    with pytest.raises(PreconditionFailed):
        await webhooks.remove(desk.platform, world.admin.principal, webhook, '"another"')
    await webhooks.remove(desk.platform, world.admin.principal, webhook, seen.etag)
    assert await desk.run() == ["cancelled"]
    assert system.received == []
    with pytest.raises(NotFound):
        await desk.platform.keyring.refetch(world.home.id, webhook)


async def test_addresses_and_secrets_are_sealed(desk: Desk, world: World, system: Receiver) -> None:
    webhook, secret = await hook(desk, world.admin, system)
    stored = str(await desk.platform.container("channels").read(webhook, world.home.id))
    assert secret not in stored
    assert secret.removeprefix("whsec_") not in stored
    assert "127.0.0.1" not in stored


async def test_the_outcome_goes_when_the_alert_goes(desk: Desk, world: World, system: Receiver) -> None:
    await hook(desk, world.admin, system)
    report = await happened(desk, world)
    await alerts.dispatch(desk.platform, report)
    [made] = await told_of(desk, world.admin, report.id)
    stored = await desk.platform.records(Delivery).read(made.id, world.home.id)
    found = desk.platform.container("alerts").query("SELECT * FROM c WHERE c.causeId = @id", {"id": report.id})
    assert stored.ttl in {each["ttl"] async for each in found}
