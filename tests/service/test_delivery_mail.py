"""Mail: to proved addresses only, by the rules of both sides, gathered where they say so, and never a word too much."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from shared.alerts import service as alerts
from shared.alerts.models import AlertListQuery, Outlet
from shared.alerts.occasion import Filter
from shared.alerts.preferences import OwnPreferences, Pace, QuietHours, Rule, TeamPreferences, TeamRule
from shared.delivery import addresses, choices, service
from shared.delivery.addresses import CODE_VALID, MOST_CODES_A_DAY, MOST_TRIES, CodeForm, MailForm
from shared.delivery.models import Delivery, State
from shared.errors import Conflict, Invalid, PreconditionFailed, QuotaSpent, Unavailable
from shared.identity.principals import Role
from shared.organisations import management
from shared.organisations.models import User, UserChange
from tests.support.desk import Desk, happened, told_of
from tests.support.post import Post
from tests.support.stack import StackUnderTest
from tests.support.world import Person, World, add_person

ALL_MAIL = Rule(outlets=[Outlet.EMAIL])


@pytest.fixture
def post(stores: StackUnderTest) -> Post:
    return Post(stores)


@pytest.fixture(autouse=True)
async def nobody_can_be_reached(world: World) -> None:
    container = world.platform.container("channels")
    for organisation in (world.home.id, world.partner.id, world.police.id, world.outsider.id, "platform"):
        for each in [d async for d in container.query("SELECT c.id FROM c", key=organisation)]:
            await container.delete(each["id"], organisation)
    world.platform.keyring.forget()


async def reachable(desk: Desk, person: Person, post: Post, **wants: Any) -> str:
    """Gives the person a proved address, and rules."""
    address = f"{uuid.uuid4().hex}@shop.example"
    await addresses.give(desk.platform, person.principal, MailForm(address=address))
    await addresses.verify(desk.platform, person.principal, CodeForm(code=await post.code(address)))
    if wants:
        await choose(desk, person, **wants)
    return address


async def choose(desk: Desk, person: Person, **wants: Any) -> None:
    etag = (await choices.read_own(desk.platform, person.principal)).etag
    await choices.set_own(desk.platform, person.principal, OwnPreferences(**wants), etag)


async def mails(post: Post, address: str) -> list[dict[str, Any]]:
    """Without the code that the address was proved with."""
    return [each for each in await post.to(address) if each["subject"] != "Your code"]


async def test_those_who_asked_are_told_once_and_nobody_else(desk: Desk, world: World, post: Post) -> None:
    told = await reachable(desk, world.investigator, post, rules=[ALL_MAIL])
    partner = await reachable(desk, world.partner_investigator, post, rules=[ALL_MAIL])
    officer = await reachable(desk, world.officer, post, rules=[])
    stranger = await reachable(desk, world.stranger, post, rules=[ALL_MAIL])
    reporter = await reachable(desk, world.reporter, post, rules=[ALL_MAIL])
    report = await happened(desk, world)
    for _ in range(2):
        await alerts.dispatch(desk.platform, report)
    assert set(await desk.run()) == {"delivered"}
    counts = [len(await mails(post, each)) for each in (told, partner, officer, stranger, reporter)]
    assert counts == [1, 1, 0, 0, 0]
    [mail] = await mails(post, told)
    assert mail["subject"] == "Theft reported at Quayside"
    assert mail["headers"]["Auto-Submitted"] == "auto-generated"
    assert f"always: {desk.platform.settings.console_url}/" in mail["text"]
    assert "a rule of your own" in mail["text"]
    for secret in ("ZX71", "QLM", "jacket", "rucksack", "4471", world.investigator.id, report.id):
        assert secret not in json.dumps(mail)


async def test_the_alert_says_where_it_was_told_besides_and_why(desk: Desk, world: World, post: Post) -> None:
    await reachable(desk, world.investigator, post)
    report = await happened(desk, world, weaponSeen=True)
    await alerts.dispatch(desk.platform, report)
    page = await alerts.list_mine(desk.platform, world.investigator.principal, AlertListQuery(limit=50), ())
    [alert] = [each for each in page.alerts if each.cause_id == report.id]
    assert [(each.outlet, each.why) for each in alert.also] == [
        ("email", "your organisation's rule \u201cUrgent alerts\u201d")
    ]


async def test_calm_alerts_are_gathered_and_told_when_they_said(desk: Desk, world: World, post: Post) -> None:
    hourly = Rule(outlets=[Outlet.EMAIL], pace=Pace.HOURLY)
    told = await reachable(desk, world.investigator, post, rules=[hourly])
    reports = [await happened(desk, world) for _ in range(3)]
    for report in reports:
        await alerts.dispatch(desk.platform, report)
    assert await service.gather(desk.platform) == 0
    assert await desk.run() == []
    desk.clock.advance(timedelta(hours=1))
    assert await service.gather(desk.platform) == 1
    assert await service.gather(desk.platform) == 0
    assert await desk.run() == ["delivered"]
    [mail] = await mails(post, told)
    assert mail["subject"] == "3 alerts, the latest: Theft reported at Quayside"
    assert mail["text"].count("- Theft reported at Quayside") == 3
    for report in reports:
        [only] = await told_of(desk, world.admin, report.id, channel="email", gathered=True)
        assert only.state is State.GATHERED
        assert only.digest_id is not None


async def test_a_run_that_broke_off_is_finished_without_telling_twice(
    desk: Desk, world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await reachable(desk, world.investigator, post, rules=[Rule(outlets=[Outlet.EMAIL], pace=Pace.HOURLY)])
    for _ in range(2):
        await alerts.dispatch(desk.platform, await happened(desk, world))
    desk.clock.advance(timedelta(hours=1))

    async def broken(*_: object) -> str:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(service, "_settle", broken)
        with pytest.raises(ConnectionError):
            await service.gather(desk.platform)
    late = await happened(desk, world)
    await alerts.dispatch(desk.platform, late)
    desk.clock.advance(timedelta(hours=1))
    await service.gather(desk.platform)
    await service.gather(desk.platform)
    await desk.run()
    assert sorted(mail["text"].count("- Theft") for mail in await mails(post, told)) == [1, 2]


async def test_whoever_leaves_is_told_nothing_more(desk: Desk, world: World, post: Post) -> None:
    """Not even what waits for them; and where they could be reached is not kept."""
    await add_person(world, "leaver", world.home, Role.INVESTIGATOR)
    told = await reachable(desk, world.leaver, post, rules=[Rule(outlets=[Outlet.EMAIL], pace=Pace.HOURLY)])
    await alerts.dispatch(desk.platform, await happened(desk, world))
    user = await desk.platform.records(User).read(world.leaver.id, world.home.id)
    change = UserChange(state="suspended")
    await management.change_user(desk.platform, world.admin.principal, user.id, change, user.etag)
    assert await addresses.known(desk.platform, world.home.id, user.id) is None
    desk.clock.advance(timedelta(hours=1))
    assert await service.gather(desk.platform) == 1
    assert await desk.run() == ["cancelled"]
    assert await mails(post, told) == []


async def test_quiet_hours_hold_back_what_is_not_urgent(desk: Desk, world: World, post: Post) -> None:
    night = datetime.combine(desk.clock.now().date() + timedelta(days=1), time(2), ZoneInfo(world.site.time_zone))
    told = await reachable(
        desk, world.investigator, post, rules=[ALL_MAIL], quiet_hours=QuietHours(begins="22:00", ends="07:00")
    )
    desk.clock.moment = night.astimezone(desk.clock.now().tzinfo)
    await alerts.dispatch(desk.platform, await happened(desk, world))
    await alerts.dispatch(desk.platform, await happened(desk, world, weaponSeen=True))
    await desk.run()
    assert [mail["subject"] for mail in await mails(post, told)] == ["Theft reported at Quayside"]
    desk.clock.moment = night.replace(hour=7).astimezone(desk.clock.now().tzinfo)
    await service.gather(desk.platform)
    await desk.run()
    assert len(await mails(post, told)) == 2


async def test_both_sides_have_their_say(desk: Desk, world: World, post: Post) -> None:
    investigators = TeamRule(
        name="Violence",
        tells=Filter(urgent_only=True),
        outlets=[Outlet.EMAIL],
        roles=[Role.INVESTIGATOR],
        mandatory=True,
    )
    etag = (await choices.read_team(desk.platform, world.admin.principal)).etag
    await choices.set_team(desk.platform, world.admin.principal, TeamPreferences(rules=[investigators]), etag)
    with pytest.raises(PreconditionFailed):
        await choices.set_team(desk.platform, world.admin.principal, TeamPreferences(), etag)
    told = await reachable(desk, world.investigator, post, rules=[])
    await alerts.dispatch(desk.platform, await happened(desk, world))
    await alerts.dispatch(desk.platform, await happened(desk, world, weaponSeen=True))
    await desk.run()
    [mail] = await mails(post, told)
    assert "your organisation's rule \u201cViolence\u201d" in mail["text"]


async def test_a_mailbox_that_refuses_is_not_tried_again(desk: Desk, world: World, post: Post) -> None:
    await reachable(desk, world.investigator, post, rules=[ALL_MAIL])
    known = await addresses.known(desk.platform, world.home.id, world.investigator.id)
    assert known is not None
    moved = known.model_copy(update={"address": "bounce@shop.example"})
    await desk.platform.records(addresses.MailAddress).replace(moved, known.etag)
    await alerts.dispatch(desk.platform, await happened(desk, world))
    assert await desk.run() == ["dead"]
    assert (await addresses.shown(desk.platform, world.investigator.principal)).state == "bounced"
    await alerts.dispatch(desk.platform, await happened(desk, world))
    assert await desk.run() == []


async def test_one_busy_mailbox_is_tried_again_and_spoils_nobody_elses_mail(
    desk: Desk, world: World, post: Post
) -> None:
    await reachable(desk, world.investigator, post, rules=[ALL_MAIL])
    known = await addresses.known(desk.platform, world.home.id, world.investigator.id)
    assert known is not None
    busy = known.model_copy(update={"address": "busy@shop.example"})
    await desk.platform.records(addresses.MailAddress).replace(busy, known.etag)
    told = await reachable(desk, world.partner_investigator, post, rules=[ALL_MAIL])
    await alerts.dispatch(desk.platform, await happened(desk, world))
    outcomes = await desk.run()
    assert (outcomes.count("delivered"), outcomes.count("dead")) == (1, 1)
    assert len(outcomes) > 5
    assert len(await mails(post, told)) == 1


async def test_a_mail_server_that_is_away_is_spared_and_nothing_is_lost(desk: Desk, world: World, post: Post) -> None:
    told = await reachable(desk, world.investigator, post, rules=[ALL_MAIL])
    nobody = desk.platform.settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:9"})
    platform, desk.platform = desk.platform, replace(desk.platform, settings=nobody)
    await alerts.dispatch(desk.platform, await happened(desk, world))
    for _ in range(3):
        assert await desk.turn() == "again later"
    desk.platform = platform
    assert await desk.run() == ["delivered"]
    assert len(await mails(post, told)) == 1


async def test_only_the_right_code_proves_an_address(desk: Desk, world: World, post: Post) -> None:
    me, address = world.investigator.principal, f"{uuid.uuid4().hex}@shop.example"
    assert (await addresses.shown(desk.platform, me)).state == "none"
    with pytest.raises(Conflict):
        await addresses.verify(desk.platform, me, CodeForm(code="00000000"))
    assert (await addresses.give(desk.platform, me, MailForm(address=address))).state == "unverified"
    code = await post.code(address)
    wrong = CodeForm(code=f"{(int(code) + 1) % 10**8:08d}")
    for _ in range(MOST_TRIES):
        with pytest.raises(Invalid):
            await addresses.verify(desk.platform, me, wrong)
    with pytest.raises(QuotaSpent):
        await addresses.verify(desk.platform, me, CodeForm(code=code))
    await addresses.give(desk.platform, me, MailForm(address=address))
    await post.wait_for(address, 2)
    with pytest.raises(Invalid):
        await addresses.verify(desk.platform, me, CodeForm(code=code))
    fresh = CodeForm(code=await post.code(address))
    desk.clock.advance(CODE_VALID + timedelta(seconds=1))
    with pytest.raises(Conflict):
        await addresses.verify(desk.platform, me, fresh)
    assert (await addresses.shown(desk.platform, me)).state == "unverified"


async def test_nobody_floods_a_mailbox_with_codes(desk: Desk, world: World, post: Post) -> None:
    form = MailForm(address=f"{uuid.uuid4().hex}@shop.example")
    for _ in range(MOST_CODES_A_DAY):
        await addresses.give(desk.platform, world.investigator.principal, form)
    with pytest.raises(QuotaSpent):
        await addresses.give(desk.platform, world.investigator.principal, form)
    desk.clock.advance(timedelta(days=1, seconds=1))
    await addresses.give(desk.platform, world.investigator.principal, form)
    assert len(await post.to(form.address)) == MOST_CODES_A_DAY + 1


async def test_addresses_that_do_not_exist_are_said_at_once(desk: Desk, world: World) -> None:
    with pytest.raises(Invalid):
        await addresses.give(desk.platform, world.investigator.principal, MailForm(address="bounce@shop.example"))
    with pytest.raises(Unavailable):
        await addresses.give(desk.platform, world.investigator.principal, MailForm(address="busy@shop.example"))


async def test_an_address_is_sealed_and_goes_at_once(desk: Desk, world: World, post: Post) -> None:
    address = await reachable(desk, world.investigator, post, rules=[ALL_MAIL])
    found = desk.platform.container("channels").query("SELECT * FROM c", key=world.home.id)
    stored = str([each async for each in found])
    assert world.investigator.id in stored
    assert address not in stored
    await alerts.dispatch(desk.platform, await happened(desk, world))
    await addresses.remove(desk.platform, world.investigator.principal)
    assert await desk.run() == ["cancelled"]
    assert await mails(post, address) == []
    assert (await addresses.shown(desk.platform, world.investigator.principal)).address is None


@asynccontextmanager
async def mail_service() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """Azure Communication Services as its documentation describes it: takes a mail once for each operation id."""
    taken: dict[str, dict[str, Any]] = {}
    shown: list[dict[str, Any]] = []

    async def send(request: web.Request) -> web.Response:
        if not request.headers.get("Authorization", "").startswith("Bearer ") or "api-version" not in request.query:
            return web.Response(status=401)
        operation = str(uuid.UUID(request.headers["Operation-Id"]))
        if operation not in taken:
            taken[operation] = await request.json()
            shown.append(taken[operation])
        return web.json_response({"id": operation, "status": "Running"}, status=202)

    app = web.Application()
    app.router.add_post("/emails:send", send)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", shown
    finally:
        await runner.cleanup()


async def test_azure_communication_services_can_take_the_mail(desk: Desk, world: World, post: Post) -> None:
    told = await reachable(desk, world.investigator, post, rules=[ALL_MAIL])
    async with mail_service() as (endpoint, taken):
        settings = desk.platform.settings.model_copy(update={"acs_endpoint": endpoint})
        desk.platform = replace(desk.platform, settings=settings)
        report = await happened(desk, world)
        await alerts.dispatch(desk.platform, report)
        assert await desk.run() == ["delivered"]
        [delivery] = await told_of(desk, world.admin, report.id, channel="email")
        stored = await desk.platform.records(Delivery).read(delivery.id, world.home.id)
        again = stored.model_copy(update={"state": State.PENDING})
        await asyncio.gather(*(service.SENDERS[again.channel](desk.platform, again) for _ in range(2)))
    [mail] = taken
    assert mail["recipients"] == {"to": [{"address": told}]}
    assert mail["senderAddress"] == "alerts@reeve.example"
    assert mail["content"]["subject"] == "Theft reported at Quayside"
    assert await mails(post, told) == []
