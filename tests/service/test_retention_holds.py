"""What is held is not disposed of, whoever is faster; and no hold lasts for ever or rests on one person alone."""

import contextlib
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import SetClock
from shared.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from shared.identity.principals import Role
from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import Report, ReportSubmission
from shared.retention import disposal, holds, service, sweep
from shared.retention.disposal import Outcome
from shared.retention.kinds import KINDS
from shared.retention.models import Hold, HoldForm, HoldReview, PreviewForm, Why
from shared.storage.cosmos import Container, Document
from tests.service.test_retention_service import announce, process
from tests.support.world import Person, World, add_person, theft

ALMOST_A_YEAR = timedelta(days=364)
DAY = timedelta(days=1)


def at(platform: Platform, ahead: timedelta) -> Platform:
    return replace(platform, clock=SetClock(platform.clock.now() + ahead))


async def submit(world: World) -> Report:
    """Its time is up within a day."""
    occurred = (world.platform.clock.now() - ALMOST_A_YEAR).isoformat()
    form = ReportSubmission.model_validate(theft(world, occurredAt=occurred, people=[]))
    return await reports.submit(world.platform, world.investigator.principal, form, uuid.uuid4().hex, notify=False)


def form_of(world: World, report: Report, days: float = 60, **changes: Any) -> HoldForm:
    ends = world.platform.clock.now() + timedelta(days=days)
    values = {"records": [{"kind": "report", "id": report.id}], "until": ends}
    values |= {"reason": "The prosecution has asked for it.", "caseReference": "WM/4471/26"}
    return HoldForm.model_validate(values | changes)


async def hold(world: World, report: Report, days: float = 60) -> Hold:
    author = world.privacy_officer.principal
    return await holds.set_hold(world.platform, author, form_of(world, report, days), uuid.uuid4().hex)


async def dispose(platform: Platform, report: Report, why: Why = Why.DUE) -> Outcome:
    document = await platform.container("reports").read(report.id, report.key)
    return await disposal.dispose(platform, disposal.order_for(KINDS["report"], document, why))


@pytest.fixture(scope="module")
async def colleague(world: World) -> Person:
    await add_person(world, "second_officer", world.home, Role.PRIVACY_OFFICER)
    return world.second_officer


async def test_a_held_record_stays_and_goes_when_the_hold_is_released(world: World) -> None:
    report = await submit(world)
    held = await hold(world, report)
    later = at(world.platform, 2 * DAY)
    assert await dispose(later, report) is Outcome.HELD
    assert (await sweep.run(later)).held == 0  # it is passed by, without even being looked at
    released = await holds.release(later, world.privacy_officer.principal, held.id, (await again(world, held)).etag)
    assert released.effective() <= later.clock.now()
    while (await sweep.run(later)).disposed:
        pass
    with pytest.raises(NotFound):
        await world.platform.container("reports").read(report.id, report.key)


async def again(world: World, held: Hold) -> Hold:
    return await world.platform.records(Hold).read(held.id, world.home.id)


async def test_what_only_a_hold_keeps_is_read_for_legal_action_only(world: World) -> None:
    report = await submit(world)
    await hold(world, report)
    later, reader = at(world.platform, 2 * DAY), world.investigator.principal
    await dispose(later, report)
    with pytest.raises(NotFound):
        await reports.read(later, reader, report.id, Purpose.INVESTIGATE)
    _, view = await reports.read(later, reader, report.id, Purpose.LEGAL_ACTION)
    assert view.id == report.id


async def test_an_erasure_respects_a_hold_and_a_repeated_disposal_does_not_ask(world: World) -> None:
    report = await submit(world)
    await hold(world, report)
    assert await service.erase(world.platform, world.home.id, "report", report.id) == "held"
    assert await dispose(world.platform, report, Why.RESTORED) is Outcome.DISPOSED


async def test_beyond_the_ceiling_it_takes_two(world: World, colleague: Person) -> None:
    """The report's ceiling is two years after the event, about a year from now."""
    report = await submit(world)
    held = await hold(world, report, days=700)
    assert holds.view(held).needs_approval
    assert held.holds_until <= held.ceiling
    with pytest.raises(Forbidden, match="A colleague"):
        await holds.approve(world.platform, world.privacy_officer.principal, held.id, held.etag)
    approved = await holds.approve(world.platform, colleague.principal, held.id, held.etag)
    assert not holds.view(approved).needs_approval
    assert approved.approved_by == colleague.id
    longer = HoldReview(until=world.platform.clock.now() + timedelta(days=900))
    reviewed = await holds.review(world.platform, colleague.principal, held.id, longer, approved.etag)
    assert holds.view(reviewed).needs_approval  # a later end is a new decision, and needs two people again
    assert reviewed.requested_by == colleague.id


async def test_a_hold_that_nobody_reviews_ends(world: World) -> None:
    report = await submit(world)
    held = await hold(world, report, days=300)
    assert held.holds_until == held.review_at
    almost, late = at(world.platform, 89 * DAY), at(world.platform, 91 * DAY)
    assert await dispose(almost, report) is Outcome.HELD
    await holds.review(almost, world.privacy_officer.principal, held.id, HoldReview(), held.etag)
    assert await dispose(late, report) is Outcome.HELD
    with pytest.raises(Conflict, match="ended"):
        await holds.review(
            at(world.platform, 200 * DAY),
            world.privacy_officer.principal,
            held.id,
            HoldReview(),
            (await again(world, held)).etag,
        )
    assert await dispose(at(world.platform, 200 * DAY), report) is Outcome.DISPOSED


async def test_holding_evidence_keeps_its_report(world: World) -> None:

    report = await submit(world)
    item = await announce(world, report.id)
    await process(world, item)
    form = form_of(world, report, records=[{"kind": "evidence", "id": item}])
    await holds.set_hold(world.platform, world.privacy_officer.principal, form, uuid.uuid4().hex)
    later = at(world.platform, 2 * DAY)
    assert await dispose(later, report) is Outcome.HELD
    document = await world.platform.container("evidence").read(item, [world.home.id, item])
    assert document["state"] == "stored"


async def test_a_hold_that_comes_between_the_check_and_the_claim_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, later = await submit(world), at(world.platform, 2 * DAY)
    claim = disposal._claimed

    async def overtaken(platform: Platform, kind: Any, document: Document) -> Document:
        await hold(world, report)
        return await claim(platform, kind, document)

    with monkeypatch.context() as patch:
        patch.setattr(disposal, "_claimed", overtaken)
        assert await dispose(later, report) is Outcome.HELD
    document = await world.platform.container("reports").read(report.id, report.key)
    assert "disposing" not in document
    assert (await world.platform.records(Report).read(report.id, report.key)).what_happened


async def test_a_hold_that_comes_after_the_claim_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    report, later = await submit(world), at(world.platform, 2 * DAY)
    destroy = later.keyring.destroy

    async def stuck(organisation: str, record: str) -> None:
        if record == report.id:
            raise Conflict("stuck")
        await destroy(organisation, record)

    with monkeypatch.context() as patch:
        patch.setattr(later.keyring, "destroy", stuck)
        with pytest.raises(Conflict, match="stuck"):
            await dispose(later, report)
    with pytest.raises(Conflict, match="being disposed of"):
        await hold(world, report)
    listed = await holds.list_holds(world.platform, world.privacy_officer.principal, ended=False)
    assert report.id not in {record for each in listed.holds for record in each.records}
    assert await dispose(later, report) is Outcome.DISPOSED


async def test_killed_at_any_step_nothing_under_hold_is_touched(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    report, later = await submit(world), at(world.platform, 2 * DAY)
    before = await world.platform.records(Report).read(report.id, report.key)
    await hold(world, report)
    for allowed in range(4):
        with monkeypatch.context() as patch:
            left = [allowed]
            replace_plain = Container.replace

            async def counted(
                self: Container, document: Document, etag: str, left: list[int] = left, plain: Any = replace_plain
            ) -> Document:
                left[0] -= 1
                if left[0] < 0:
                    raise KeyboardInterrupt
                return dict(await plain(self, document, etag))

            patch.setattr(Container, "replace", counted)
            with contextlib.suppress(KeyboardInterrupt):
                await dispose(later, report)
        after = await world.platform.records(Report).read(report.id, report.key)
        assert after.what_happened == before.what_happened
        assert after.dispose_at == before.dispose_at


async def test_the_same_hold_twice_is_one_and_another_needs_its_own_key(world: World) -> None:
    report, key = await submit(world), uuid.uuid4().hex
    form, author = form_of(world, report), world.privacy_officer.principal
    first = await holds.set_hold(world.platform, author, form, key)
    assert (await holds.set_hold(world.platform, author, form, key)).id == first.id
    with pytest.raises(Exception, match="Idempotency-Key"):
        await holds.set_hold(world.platform, author, form_of(world, report, days=61), key)


async def test_a_preview_says_how_many_are_held(world: World) -> None:
    report = await submit(world)
    await hold(world, report)
    form = PreviewForm(at=world.platform.clock.now() + 2 * DAY)
    seen = await service.preview(world.platform, world.privacy_officer.principal, form)
    [count] = [each for each in seen.counts if each.category == "report"]
    assert count.held >= 1
    assert count.count >= count.held


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"records": [{"kind": "report", "id": str(uuid.uuid4())}]}, "does not exist"),
        ({"days": -1}, "not possible"),
        ({"days": 4000}, "not possible"),
        ({"reason": "The Asian man from the video must not get away."}, "who people are"),
    ],
    ids=["unknown record", "past", "for ever", "profiling"],
)
async def test_what_cannot_be_held(world: World, changes: dict[str, Any], says: str) -> None:
    form = form_of(world, await submit(world), **changes)
    with pytest.raises(Invalid, match=says):
        await holds.set_hold(world.platform, world.privacy_officer.principal, form, uuid.uuid4().hex)


async def test_two_people_at_once(world: World, colleague: Person) -> None:
    held = await hold(world, await submit(world))
    await holds.review(world.platform, world.privacy_officer.principal, held.id, HoldReview(), held.etag)
    with pytest.raises(PreconditionFailed):
        await holds.release(world.platform, colleague.principal, held.id, held.etag)
