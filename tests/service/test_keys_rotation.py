"""Keys change while everybody works on; what is old stops opening at its deadline; what is gone stays gone."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import SetClock
from shared.complaints import intake
from shared.complaints.models import About, ComplaintForm
from shared.errors import CannotOpen, Conflict, NotFound, Unavailable
from shared.identity.principals import Principal
from shared.keys import service
from shared.keys.models import Rotation, RotationForm, State, What
from shared.organisations import devices
from shared.organisations import service as organisations
from shared.organisations.models import OrganisationKind
from shared.pages.languages import Language
from shared.plates import lists, matching, watchlists
from shared.plates.models import WatchlistEntry, WatchlistEntryForm
from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import Report, ReportSubmission
from shared.rights import holdings
from shared.rights.models import RequestForm
from shared.sealing.keyring import Use
from shared.sealing.records import Records
from shared.sealing.roots import RootKeys
from shared.storage.cosmos import Container, Document
from tests.support.rights import ask
from tests.support.stack import StackUnderTest
from tests.support.world import World, theft


def at(platform: Platform, ahead: timedelta) -> Platform:
    return replace(platform, clock=SetClock(platform.clock.now() + ahead))


@pytest.fixture
async def shop(world: World) -> World:
    """An organisation of its own for each test, with an investigator and a site."""
    platform = world.platform
    home = await organisations.onboard(platform, "Corner Books", OrganisationKind.RETAILER, "GB")
    site = world.site.model_copy(update={"id": str(uuid.uuid4()), "organisation_id": home.id, "etag": ""})
    await organisations.add_site(platform, site)
    people = {}
    for name, role in (("investigator", "investigator"), ("privacy_officer", "privacy_officer")):
        person = getattr(world, name)
        mine = Principal(str(uuid.uuid4()), home.id, "user", frozenset([role]))
        people[name] = replace(person, principal=mine)
    return replace(world, home=home, site=site, people=people)


async def submit(world: World) -> Report:
    form = ReportSubmission.model_validate(theft(world))
    return await reports.submit(world.platform, world.investigator.principal, form, uuid.uuid4().hex, notify=False)


async def watch(world: World, plate: str) -> WatchlistEntry:
    form = WatchlistEntryForm.model_validate(
        {"plate": plate, "reason": "Seen at thefts.", "caseReference": "HP-1"}
        | {"expiresAt": world.platform.clock.now() + timedelta(days=30)}
    )
    return await watchlists.add(world.platform, world.investigator.principal, form, uuid.uuid4().hex)


async def start(world: World, what: What) -> Rotation:
    officer, form = world.privacy_officer.principal, RotationForm(what=what)
    return await service.start(world.platform, officer, form, uuid.uuid4().hex)


async def finish(platform: Platform) -> None:
    while await service.go_on(platform, pages=1):
        pass


async def state(world: World) -> State:
    found = await service.list_rotations(world.platform, world.privacy_officer.principal)
    return found.rotations[0].state


async def roots_in_use(world: World) -> set[str]:
    found = world.platform.container("keyring").query(
        "SELECT VALUE c.root FROM c WHERE IS_DEFINED(c.wrapped)", key=world.home.id
    )
    return {str(each) async for each in found}


async def reads(world: World, report: Report) -> bool:
    world.platform.keyring.forget()
    _, view = await reports.read(world.platform, world.investigator.principal, report.id, Purpose.INVESTIGATE)
    return view.what_happened == report.what_happened


async def complain(world: World, mailbox: str) -> str:
    form = ComplaintForm(
        organisation_id=world.home.id,
        about=About.KEPT,
        what_happened="I am on your list and should not be.",
        name="Nobody Known",
        contact=mailbox,
    )
    await intake.complain(world.platform, form, uuid.uuid4().hex, Language("en"))
    return mailbox


async def complaints_of(world: World, mailbox: str) -> int:
    facts = RequestForm.model_validate(ask(plates=[])).facts()
    found = await holdings.of(world.platform, world.home.id, facts, mailbox)
    return [each.kind for each in found].count("complaint")


# -- roots -----------------------------------------------------------------------------------------------------------


async def test_a_root_is_rotated_while_everything_opens(shop: World) -> None:
    before, entry = await submit(shop), await watch(shop, "RT01 ABC")
    [old] = await roots_in_use(shop)
    lost = await shop.platform.container("keyring").read(before.id, shop.home.id)
    await start(shop, What.ROOT)
    during = await submit(shop)
    assert len(await roots_in_use(shop)) == 2
    assert await reads(shop, before)
    await service.go_on(shop.platform)  # too early: another worker may still wrap with the old root
    assert await state(shop) is State.RUNNING

    soon = at(shop.platform, timedelta(minutes=10))
    await finish(soon)
    assert await state(shop) is State.WAITING
    assert old not in await roots_in_use(shop)
    assert await reads(shop, before)
    assert await reads(shop, during)

    await finish(at(soon, timedelta(hours=25)))
    assert await state(shop) is State.DONE
    assert await reads(shop, before)
    assert (await watchlists.find(shop.platform, shop.home.id, entry.id)) is not None
    assert [m.entry_id for m in await matching.matches(shop.platform, shop.home.id, [("RT01ABC", 1.0)])] == [entry.id]

    current = await shop.platform.container("keyring").read(before.id, shop.home.id)
    await shop.platform.container("keyring").replace(
        current | {k: lost[k] for k in ("root", "wrapped")}, current["_etag"]
    )
    with pytest.raises(CannotOpen, match="retired"):  # a backup's copy of the key, under the old root
        await reads(shop, before)


async def test_one_rotation_at_a_time(shop: World) -> None:
    key = uuid.uuid4().hex
    officer, form = shop.privacy_officer.principal, RotationForm(what=What.ROOT)
    first = await service.start(shop.platform, officer, form, key)
    assert (await service.start(shop.platform, officer, form, key)).id == first.id
    with pytest.raises(Conflict, match="under way"):
        await start(shop, What.ROOT)
    assert (await start(shop, What.INDEX)).what is What.INDEX


async def test_killed_at_any_write_it_goes_on(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    written, died, step = [await submit(shop) for _ in range(3)], True, 0
    await watch(shop, "RT02 ABC")
    for what in What:
        await start(shop, what)
    soon = at(shop.platform, timedelta(minutes=10))
    while died and step < 60:
        with monkeypatch.context() as patch:
            dying_at(patch, step)
            try:
                await finish(soon)
                died = False
            except KeyboardInterrupt:
                step += 1
        soon.keyring.forget()
    await finish(at(soon, timedelta(days=40)))
    found = await service.list_rotations(shop.platform, shop.privacy_officer.principal)
    assert {each.state for each in found.rotations} == {State.DONE}
    assert all([await reads(shop, each) for each in written])


def dying_at(patch: pytest.MonkeyPatch, step: int) -> None:
    left, plain = step, Container.replace

    async def counted(self: Container, document: Document, etag: str) -> Document:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return await plain(self, document, etag)

    patch.setattr(Container, "replace", counted)


async def test_a_root_that_is_a_year_old_is_rotated(shop: World) -> None:
    assert await service.start_what_is_due(shop.platform) == 0
    later = at(shop.platform, timedelta(days=366))
    assert await service.start_what_is_due(later) > 0
    found = await service.list_rotations(shop.platform, shop.privacy_officer.principal)
    assert [each.what for each in found.rotations] == [What.ROOT]


async def test_cameras_and_invitations_survive_the_platforms_rotation(world: World) -> None:
    platform = world.platform
    camera = await devices.register_device(platform, world.site, "rekor")
    await platform.roots.rotate("platform")
    platform.keyring.forget()
    platform.principals.forget()
    assert await platform.principals.device(camera.device, camera.secret)


# -- index keys ------------------------------------------------------------------------------------------------------


async def test_index_keys_are_rotated_while_everything_is_found(shop: World) -> None:
    report, entry = await submit(shop), await watch(shop, "RT03 ABC")
    mailbox = await complain(shop, f"{uuid.uuid4().hex}@mail.example")
    old = (await shop.platform.keyring.index(shop.home.id)).newest
    await start(shop, What.INDEX)
    newer = await watch(shop, "RT04 ABC")

    async def found() -> set[str]:
        lists.forget()
        guesses = [("RT03ABC", 1.0), ("RTO4ABC", 0.8)]
        return {each.entry_id for each in await matching.matches(shop.platform, shop.home.id, guesses)}

    assert await found() == {entry.id, newer.id}
    assert await complaints_of(shop, mailbox) == 1
    assert len((await shop.platform.keyring.index(shop.home.id)).keys) == 2
    soon = at(shop.platform, timedelta(minutes=10))
    await finish(soon)
    assert await found() == {entry.id, newer.id}
    renewed = await shop.platform.records(Report).read(report.id, report.key)
    assert set(renewed.plate_tokens).isdisjoint(report.plate_tokens)
    await finish(at(soon, timedelta(days=40)))
    index = await shop.platform.keyring.index(shop.home.id)
    assert len(index.keys) == 1
    assert old not in index.keys
    assert await found() == {entry.id, newer.id}
    assert await complaints_of(shop, mailbox) == 1


async def test_a_record_that_changes_meanwhile_keeps_its_change(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    report = await submit(shop)
    await start(shop, What.INDEX)
    plain, overtaken = Container.replace, [False]

    async def slow(self: Container, document: Document, etag: str) -> Document:
        if document["id"] == report.id and not overtaken[0]:
            overtaken[0] = True
            closed = await self.read(report.id, report.key)
            await plain(self, closed | {"status": "closed"}, closed["_etag"])
        return await plain(self, document, etag)

    with monkeypatch.context() as patch:
        patch.setattr(Container, "replace", slow)
        await finish(at(shop.platform, timedelta(minutes=10)))
    stored = await shop.platform.records(Report).read(report.id, report.key)
    assert stored.status == "closed"
    assert set(stored.plate_tokens).isdisjoint(report.plate_tokens)


# -- communities -----------------------------------------------------------------------------------------------------


async def member(platform: Platform) -> str:
    return (await organisations.onboard(platform, "Member", OrganisationKind.RETAILER, "GB")).id


async def test_members_of_a_community_make_equal_tokens_and_others_do_not(world: World) -> None:
    platform, community = world.platform, str(uuid.uuid4())
    one, two, three = [await member(platform) for _ in range(3)]
    await platform.community_index.admit(community, one, [])
    await platform.community_index.admit(community, two, [one])
    await platform.community_index.admit(community, two, [one])  # repeated
    first = await platform.community_index.index(community, one)
    assert (await platform.community_index.index(community, two)).keys == first.keys
    assert first.newest != (await platform.keyring.index(one)).newest
    with pytest.raises(NotFound):
        await platform.community_index.index(community, three)


async def test_whoever_leaves_knows_nothing_of_what_comes_after(world: World) -> None:
    platform, community = world.platform, str(uuid.uuid4())
    one, two, three = [await member(platform) for _ in range(3)]
    for newcomer, others in ((one, []), (two, [one]), (three, [one, two])):
        await platform.community_index.admit(community, newcomer, others)
    before = await platform.community_index.index(community, two)
    await platform.community_index.dismiss(community, two, [one, three])
    await platform.community_index.dismiss(community, two, [one, three])  # repeated
    after = await platform.community_index.index(community, one)
    assert (await platform.community_index.index(community, three)).keys == after.keys
    assert after.newest not in before.keys
    assert after.keys[1:] == before.keys  # what was shared before can still be looked up by those who stay
    with pytest.raises(NotFound):
        await platform.community_index.index(community, two)


# -- failing closed --------------------------------------------------------------------------------------------------


async def test_without_the_vault_cached_keys_serve_until_they_expire(shop: World, stores: StackUnderTest) -> None:
    platform, report = shop.platform, await submit(shop)
    now = 0.0
    roots = RootKeys(platform.roots._vault, lambda: now)
    keyring = type(platform.keyring)(platform.container("keyring"), roots, platform.clock, lambda: now)
    assert await keyring.fetch(shop.home.id, report.id)
    away = {"action": "status", "status": 429, "method": "GET", "times": None}
    with stores.faults("keyvault").happening(away):
        now = 299.0
        assert await keyring.fetch(shop.home.id, report.id)
        now = 301.0
        with pytest.raises(Unavailable) as refused:
            await keyring.fetch(shop.home.id, report.id)
    assert refused.value.status == 503
    assert refused.value.headers["Retry-After"]
    assert await keyring.fetch(shop.home.id, report.id)


async def test_a_destroyed_key_stops_opening_in_other_workers_within_minutes(shop: World) -> None:
    platform, report, now = shop.platform, await submit(shop), 0.0
    other = type(platform.keyring)(platform.container("keyring"), platform.roots, platform.clock, lambda: now)
    await other.fetch(shop.home.id, report.id)
    await platform.keyring.destroy(shop.home.id, report.id)
    assert await other.fetch(shop.home.id, report.id)
    now = 301.0
    with pytest.raises(NotFound):
        await other.fetch(shop.home.id, report.id)


async def test_many_at_once_ask_the_vault_once(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    platform, asked = shop.platform, []
    get = platform.roots._vault.get_secret

    async def counted(*arguments: Any, **named: Any) -> Any:
        asked.append(arguments)
        return await get(*arguments, **named)

    monkeypatch.setattr(platform.roots._vault, "get_secret", counted)
    platform.roots.forget()
    await asyncio.gather(*(platform.roots.root(shop.home.id) for _ in range(50)))
    assert len(asked) == 1


async def test_an_organisation_that_has_left_leaves_nothing_that_opens(shop: World) -> None:
    report, entry = await submit(shop), await watch(shop, "RT05 ABC")
    assert await service.shred(shop.platform, shop.home.id) > 3
    for model, record in ((Report, report), (WatchlistEntry, entry)):
        with pytest.raises(NotFound):
            await shop.platform.records(model).read(record.id, record.key)
    assert await shop.platform.keyring.key_for(shop.home.id, Use.COMMITMENTS) is not None  # a new one, for nothing old


# -- keys of records -------------------------------------------------------------------------------------------------


async def test_records_are_sealed_anew_and_old_copies_open_no_more(shop: World) -> None:
    platform, report, entry = shop.platform, await submit(shop), await watch(shop, "RT06 ABC")
    old_copy = await platform.container("reports").read(report.id, report.key)
    old_key = await platform.keyring.fetch(shop.home.id, report.id)
    other = type(platform.keyring)(platform.container("keyring"), platform.roots, platform.clock)
    await other.fetch(shop.home.id, report.id)  # another worker, with the old key in memory

    await start(shop, What.RECORDS)
    await finish(at(platform, timedelta(minutes=10)))
    await finish(at(platform, timedelta(minutes=11)))
    assert await state(shop) is State.DONE
    new_key = await platform.keyring.fetch(shop.home.id, report.id)
    assert new_key.secret != old_key.secret
    assert new_key.former is None
    assert await reads(shop, report)
    assert (await watchlists.find(platform, shop.home.id, entry.id)) is not None
    with pytest.raises(CannotOpen):
        await platform.records(Report).open(old_copy)
    elsewhere = Records(Report, platform.container("reports"), other)
    assert (await elsewhere.read(report.id, report.key)).what_happened == report.what_happened


async def test_a_record_opens_at_every_moment_of_being_sealed_anew(shop: World) -> None:
    platform, report = shop.platform, await submit(shop)
    await platform.keyring.renew(shop.home.id, report.id)  # and then the worker dies
    assert await reads(shop, report)
    current = await platform.records(Report).read(report.id, report.key)
    await platform.records(Report).replace(current, current.etag)  # sealed with the new key, and dies again
    assert await reads(shop, report)
    await platform.roots.rotate(shop.home.id)
    assert await platform.keyring.rewrap(shop.home.id, 100) > 0
    assert await reads(shop, report)
    again = await platform.records(Report).read(report.id, report.key)
    await platform.records(Report).reseal(again)
    assert (await platform.keyring.fetch(shop.home.id, report.id)).former is None
    assert await reads(shop, report)
