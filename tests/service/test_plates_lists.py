"""Lists of one's own, of partners and of the police: given by one side, taken by the other, and looked after."""

import asyncio
import dataclasses
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.clock import rfc3339
from shared.errors import Invalid, NotFound, PreconditionFailed
from shared.identity.principals import Principal
from shared.ids import new_id
from shared.organisations import devices
from shared.organisations.models import Organisation, OrganisationKind
from shared.plates import lists, watchlists
from shared.plates import service as plates
from shared.plates.disposal import WATCHLIST_ENTRY
from shared.plates.models import (
    CandidateListQuery,
    CandidateView,
    Doubt,
    Guess,
    PlateRead,
    ReviewForm,
    WatchlistEntry,
    WatchlistEntryForm,
)
from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.sharing import communities
from shared.sharing.models import CommunityForm, Lists, MembershipSettings
from shared.storage.cosmos import metered
from tests.support.world import World

RETAILER, POLICE = OrganisationKind.RETAILER, OrganisationKind.LAW_ENFORCEMENT


@pytest.fixture(autouse=True)
async def camera(world: World) -> AsyncIterator[Principal]:
    made = await devices.register_device(world.platform, world.site, "rekor")
    lists.forget()
    yield await world.platform.principals.device(made.device, made.secret)
    for each in (world.home, world.partner, world.police):
        await set_lists(world, each)


async def set_lists(world: World, organisation: Organisation, **given: Any) -> None:
    mine = await communities.membership(world.platform, world.community, organisation.id)
    assert mine
    changed = mine.model_copy(update={"lists": Lists(**given)})
    await world.platform.records(type(mine)).replace(changed, mine.etag)
    lists.forget()


async def watch(world: World, plate: str, who: str = "investigator", **changes: Any) -> WatchlistEntry:
    form = WatchlistEntryForm.model_validate(
        {"plate": plate, "reason": "Seen at thefts.", "caseReference": "HP-1"}
        | {"expiresAt": world.platform.clock.now() + timedelta(days=60)}
        | changes
    )
    entry = await watchlists.add(world.platform, getattr(world, who).principal, form, uuid.uuid4().hex)
    lists.forget()
    return entry


async def seen(
    world: World, camera: Principal, *plates_read: str, confidence: float = 0.9, platform: Platform | None = None
) -> int:
    """How many candidates a passage makes."""
    best, *others = [Guess(plate, confidence) for plate in plates_read]
    now = (platform or world.platform).clock.now()
    read = PlateRead(uuid.uuid4().hex, now, best, tuple(others))
    return await plates.ingest(platform or world.platform, camera, [read])


async def candidate_of(world: World, entry: WatchlistEntry) -> CandidateView | None:
    query = CandidateListQuery(purpose=Purpose.PREVENT_OFFENCE, limit=50)
    page = await plates.list_candidates(world.platform, world.investigator.principal, query, ("test",))
    return next((each for each in page.candidates if each.listed and each.listed.id == entry.id), None)


def later(platform: Platform, by: timedelta) -> Platform:
    now = platform.clock.now() + by

    class Later:
        def now(self) -> datetime:
            return now

    return dataclasses.replace(platform, clock=Later())


# -- how close -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "doubts"),
    [
        (["LK19 ABC"], []),
        (["LKI9 A8C"], [Doubt.FOLDED]),
        (["LX19 ABC"], [Doubt.ONE_OFF]),
        (["LK19 AB"], [Doubt.ONE_OFF]),
        (["LK19 ABCX"], [Doubt.ONE_OFF]),
        (["NN99 XXX", "LK19 ABC"], [Doubt.ALTERNATIVE]),
    ],
)
async def test_how_close_a_read_is_stands_beside_it(
    world: World, camera: Principal, read: list[str], doubts: list[Doubt]
) -> None:
    entry = await watch(world, "LK19 ABC")
    assert await seen(world, camera, *read) == 1
    candidate = await candidate_of(world, entry)
    assert candidate
    assert candidate.doubts == doubts
    await watchlists.withdraw(world.platform, world.investigator.principal, entry.id, entry.etag)


async def test_two_characters_off_is_another_plate_and_so_is_one_off_if_the_camera_is_sure(
    world: World, camera: Principal
) -> None:
    await watch(world, "LM21 ABC")
    assert await seen(world, camera, "LM22 ABX") == 0
    assert await seen(world, camera, "LX21 ABC", confidence=0.99) == 0
    assert await seen(world, camera, "NN99 XXX", "LX21 ABC") == 0, "only the first reading is tried one off"


async def test_one_off_is_not_tried_when_something_is_listed_as_it_was_read(world: World, camera: Principal) -> None:
    for plate in ("LP31 ABC", "LP31 ABX"):
        await watch(world, plate)
    assert await seen(world, camera, "LP31 ABC") == 1


async def test_what_only_begins_like_a_token_is_no_match(
    world: World, camera: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two plates whose tokens begin alike cannot be made in a test, so here all tokens do."""
    monkeypatch.setattr("shared.plates.lists.number_of", lambda token: 7)
    monkeypatch.setattr("shared.sealing.tokens.FoldedNumbers.number", lambda self, plate: 7)
    entry = await watch(world, "LQ41 ABC")
    assert await seen(world, camera, "NN99 XXX") == 0
    assert await seen(world, camera, "LQ41 ABC") == 1
    candidate = await candidate_of(world, entry)
    assert candidate
    assert candidate.plate == "LQ41ABC"


# -- whose -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "kind"), [("partner_investigator", RETAILER), ("officer", POLICE)])
async def test_an_entry_reaches_others_if_its_owner_gives_and_they_take(
    world: World, camera: Principal, who: str, kind: OrganisationKind
) -> None:
    owner = world.partner if kind is RETAILER else world.police
    plate = "MA11 ABC" if kind is RETAILER else "YF12 UTW"
    await set_lists(world, owner, gives=True)
    entry = await watch(world, plate, who, communityIds=[world.community])
    assert await seen(world, camera, plate) == 0, "they do not take"
    await set_lists(world, world.home, takes=[RETAILER if kind is POLICE else POLICE])
    assert await seen(world, camera, plate) == 0, "they take those of others"
    await set_lists(world, world.home, takes=[kind])
    assert await seen(world, camera, plate) == 1
    view = await candidate_of(world, entry)
    assert view
    assert view.listed
    assert (view.listed.organisation_id, view.listed.plate) == (owner.id, plate)
    assert (view.listed.case_reference, view.listed.created_by, view.listed.etag) == (None, None, None)
    assert "caseReference" in view.listed.withheld
    entries = world.platform.container("audit").query(
        "SELECT * FROM c WHERE c.action = 'watchlist:read' AND ARRAY_CONTAINS(c.subjects, @entry)",
        {"entry": entry.id},
        key=[owner.id],
    )
    assert len([each async for each in entries]) == 1, "its owner can see who looked"

    await set_lists(world, owner)
    assert await seen(world, camera, plate, platform=later(world.platform, timedelta(minutes=5))) == 0, "not given now"
    assert await candidate_of(world, entry) is None


async def test_an_entry_that_is_not_shared_stays_at_home(world: World, camera: Principal) -> None:
    await set_lists(world, world.partner, gives=True)
    await set_lists(world, world.home, takes=[RETAILER])
    await watch(world, "JX23 TVW", "partner_investigator")
    assert await seen(world, camera, "JX23 TVW") == 0


async def test_nothing_is_put_on_a_list_to_which_the_organisation_does_not_give(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await watch(world, "JY24 KLM", communityIds=[world.community])
    assert [each.code for each in refused.value.errors] == ["not_given"]
    with pytest.raises(Invalid):
        await watch(world, "JY24 KLM", "stranger", communityIds=[world.community])


async def test_what_goes_leaves_the_communities_too(world: World, camera: Principal) -> None:
    await set_lists(world, world.partner, gives=True)
    await set_lists(world, world.home, takes=[RETAILER])
    entry = await watch(world, "KN35 PRU", "partner_investigator", communityIds=[world.community])
    gone = await watchlists.withdraw(world.platform, world.partner_investigator.principal, entry.id, entry.etag)
    assert gone.expires_at <= world.platform.clock.now()
    lists.forget()
    assert await seen(world, camera, "KN35 PRU") == 0
    document = await world.platform.container("watchlists").read(entry.id, world.partner.id)
    await WATCHLIST_ENTRY.dispose(world.platform, document)
    with pytest.raises(NotFound):
        await world.platform.container("watchlists").read(entry.id, world.community)


# -- fresh, and looked after -----------------------------------------------------------------------------------------


async def test_a_worker_follows_what_changes_without_reading_the_list_anew(
    world: World, camera: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await seen(world, camera, "NN99 XXX") == 0
    monkeypatch.setattr(lists, "forget", lambda: None)
    entry = await watch(world, "HV46 XYM")
    with metered() as meter:
        assert await seen(world, camera, "HV46 XYM") == 0, "not for ten seconds"
    assert meter.calls == []
    monkeypatch.setattr(lists, "REFRESH_SECONDS", 0.0)
    with metered() as meter:
        assert await seen(world, camera, "HV46 XYM") == 1
    assert "query" not in [operation for operation, _ in meter.calls], "the change feed told"
    await watchlists.withdraw(world.platform, world.investigator.principal, entry.id, entry.etag)
    assert await seen(world, camera, "HV46 XYM", platform=later(world.platform, timedelta(minutes=5))) == 0


async def test_a_list_is_read_anew_in_the_end(world: World, camera: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = await watch(world, "HT57 LKP")
    assert await seen(world, camera, "NN99 XXX") == 0
    await world.platform.container("watchlists").delete(entry.id, world.home.id)
    assert await seen(world, camera, "HT57 LKP") == 0, "it is not there when it is looked up"
    kept = lists._kept[world.home.id]
    before = len(kept.table)
    monkeypatch.setattr(lists, "REFRESH_SECONDS", 0.0)
    monkeypatch.setattr(lists, "REBUILD_SECONDS", 0.0)
    assert await seen(world, camera, "NN99 XXX") == 0
    assert kept.rebuilding
    await kept.rebuilding
    assert len(kept.table) < before


async def test_an_entry_rests_until_somebody_has_looked_at_it_again(world: World, camera: Principal) -> None:
    now, me = world.platform.clock.now(), world.investigator.principal
    entry = await watch(world, "FR68 WXT", reviewAt=now + timedelta(days=10))
    after = later(world.platform, timedelta(days=11))
    assert await seen(world, camera, "FR68 WXT", platform=after) == 0
    for wrong in (timedelta(days=-1), timedelta(days=61), timedelta(days=91)):
        form = ReviewForm(still_needed=True, review_at=now + wrong)
        with pytest.raises(Invalid):
            await watchlists.review(world.platform, me, entry.id, form, entry.etag)
    form = ReviewForm(still_needed=True, review_at=now + timedelta(days=40))
    with pytest.raises(PreconditionFailed):
        await watchlists.review(world.platform, me, entry.id, form, '"another"')
    reviewed = await watchlists.review(world.platform, me, entry.id, form, entry.etag)
    assert reviewed.reviewed_by == me.id
    lists.forget()
    assert await seen(world, camera, "FR68 WXT", platform=after) == 1
    with pytest.raises(NotFound):
        await watchlists.review(world.platform, world.stranger.principal, entry.id, form, reviewed.etag)


async def test_an_entry_expires_by_itself(world: World, camera: Principal) -> None:
    await watch(world, "EP79 NMU", expiresAt=world.platform.clock.now() + timedelta(days=20))
    assert await seen(world, camera, "EP79 NMU", platform=later(world.platform, timedelta(days=21))) == 0


async def test_a_review_reaches_the_communities_that_were_not_left(world: World) -> None:
    platform, admin = world.platform, world.admin.principal
    form = CommunityForm(name="Brief Watch", aim="Warn each other for a short while.")
    left = (await communities.found(platform, world.home, new_id(platform.clock.now()), form)).id
    await communities.enter(platform, left, world.home, MembershipSettings(lists=Lists(gives=True)))
    await set_lists(world, world.home, gives=True)
    entry = await watch(world, "LT71 ABC", communityIds=[left, world.community])
    await communities.leave(platform, admin, left)
    again = ReviewForm(still_needed=True, review_at=platform.clock.now() + timedelta(days=45))
    reviewed = await watchlists.review(platform, world.investigator.principal, entry.id, again, entry.etag)
    listing = await platform.container("watchlists").read(entry.id, world.community)
    assert listing["reviewAt"] == rfc3339(reviewed.review_at)


async def test_of_reads_at_the_same_moment_each_passage_is_one_candidate(world: World, camera: Principal) -> None:
    """Within half a minute it is one passage, also where the clock's window ends, or the day."""
    await watch(world, "PS70 QEF")
    midnight = world.platform.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    first, second, third = midnight - timedelta(seconds=10), midnight + timedelta(minutes=2), midnight
    third += timedelta(minutes=5, seconds=21)
    passes = [at + timedelta(seconds=gap) for at in (first, second, third) for gap in (0, 19, 0)]
    reads = [PlateRead(uuid.uuid4().hex, at, Guess("PS70QEF", 0.99)) for at in passes]
    made = await asyncio.gather(*(plates.ingest(world.platform, camera, [each]) for each in reads[3:]))
    assert sum(made) == 2
    assert [await plates.ingest(world.platform, camera, [each]) for each in reads[:3]] == [1, 0, 0]
    assert sum(await asyncio.gather(*(plates.ingest(world.platform, camera, [each]) for each in reads))) == 0
    later = dataclasses.replace(reads[0], captured_at=first + timedelta(seconds=57))
    assert await plates.ingest(world.platform, camera, [later]) == 1
