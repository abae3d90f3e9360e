"""Erasure because a person asked: under a legal hold, while an upload arrives, twice, and for one of several people."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.cases import service as cases
from shared.cases.models import CaseForm, LinkForm
from shared.clock import SetClock
from shared.errors import NotFound
from shared.evidence.models import State
from shared.ids import derived_id
from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import Report, ReportSubmission
from shared.retention import disposal, holds
from shared.retention.disposal import Outcome, order_for
from shared.retention.kinds import KINDS
from shared.retention.models import HoldForm
from shared.rights import answering, intake, reminders
from shared.rights.answer_models import AnswerForm, Package
from shared.rights.decisions import Decision
from shared.rights.handover import of_case
from shared.rights.models import Case, CaseState, Identity, Proof
from tests.service.test_retention_service import announce, process
from tests.service.test_rights_requests import routed
from tests.support.rights import NAME, rights_case
from tests.support.world import World, theft

PLACE = {"region": "GB-WLS", "place": "Far from everything", "on": "2026-01-01"}
"""So that nothing else is found: what is decided about is named by id."""


async def reported(world: World, **changes: Any) -> Report:
    people = [
        {"role": "suspect", "ageBand": "adult", "name": NAME, "clothing": "A grey coat"},
        {"role": "suspect", "ageBand": "adult", "clothing": "A yellow cap"},
    ]
    story = {"whatHappened": f"{NAME} and another left with coats.", "people": people, "vehicles": []}
    form = ReportSubmission.model_validate(theft(world, **(story | changes)))
    return await reports.submit(world.platform, world.investigator.principal, form, uuid.uuid4().hex, notify=False)


async def case_of(world: World) -> Case:
    case = await rights_case(world, kinds=["deletion"], incident=PLACE)
    proven = case.model_copy(update={"proof": Proof(result=Identity.CONFIRMED)})
    return await world.platform.records(Case).replace(proven, case.etag)


async def decided(world: World, case: Case, record: str, **wanted: Any) -> Case:
    decision = Decision.model_validate({"kind": "report", "disclose": "give", "mine": ["/people/0"]} | wanted)
    officer = world.privacy_officer.principal
    return await answering.decide(world.platform, officer, case.id, record, decision, case.etag)


async def answered(world: World, case: Case) -> Package:
    await answering.answer(world.platform, world.privacy_officer.principal, case.id, AnswerForm(), case.etag)
    return (await of_case(world.platform, world.home.id, case.id)).package


async def is_there(platform: Platform, report: Report) -> bool:
    return (await platform.container("reports").read_many([(report.id, report.key)]))[0] is not None


async def test_a_hold_keeps_it_out_of_use_and_it_goes_when_the_hold_ends(world: World, platform: Platform) -> None:
    report, officer = await reported(world), world.privacy_officer.principal
    form = HoldForm.model_validate(
        {
            "records": [{"kind": "report", "id": report.id}],
            "until": platform.clock.now() + timedelta(days=30),
            "reason": "The prosecution has asked for it.",
            "caseReference": "WM/1/26",
        }
    )
    hold = await holds.set_hold(platform, officer, form, uuid.uuid4().hex)
    package = await answered(world, await decided(world, await case_of(world), report.id, act="erase"))
    assert [each.result for each in package.results] == ["held"]
    assert await is_there(platform, report)
    with pytest.raises(NotFound):
        await reports.read(platform, world.investigator.principal, report.id, Purpose.INVESTIGATE)
    await reports.read(platform, world.investigator.principal, report.id, Purpose.LEGAL_ACTION)

    await holds.release(platform, officer, hold.id, hold.etag)
    document = await platform.container("reports").read(report.id, report.key)
    assert await disposal.dispose(platform, order_for(KINDS["report"], document)) is Outcome.DISPOSED
    assert not await is_there(platform, report)


async def test_erased_twice_is_erased_once_and_both_are_told_so(world: World, platform: Platform) -> None:
    report = await reported(world)
    both = [await decided(world, await case_of(world), report.id, act="erase") for _ in range(2)]
    packages = [await answered(world, each) for each in both]
    assert [each.results[0].result for each in packages] == ["erased", "erased"]
    assert packages[0].records[0].content["people"][0]["clothing"] == "A grey coat"
    assert packages[1].records == []
    assert not await is_there(platform, report)
    text = "SELECT c.id FROM c WHERE c.kind = 'certificate' AND c.subject = @id"
    found = platform.container("retention").query(text, {"id": report.id}, key=world.home.id)
    assert len([each async for each in found]) == 1


async def test_an_answer_that_broke_off_is_finished_by_sending_it_again(world: World, platform: Platform) -> None:
    report = await reported(world)
    case = await decided(world, await case_of(world), report.id, act="erase")
    first = await answering._packed(platform, case, None)
    assert await is_there(platform, report)
    package = await answered(world, case)
    assert package.model_dump_json() == first.package.model_dump_json()
    assert not await is_there(platform, report)


async def test_whoever_was_not_told_of_an_answer_is_told_by_the_timer(world: World, platform: Platform) -> None:
    """The case is closed and the process dies before the person's copy says so."""
    reference, secret = await routed(platform, incident={"region": "GB-ENG", "place": "Quayside", "on": "2026-01-02"})
    identifier = derived_id("rights-case", reference, world.home.id)
    case = await platform.records(Case).read(identifier, [world.home.id, identifier])
    await answering._packed(platform, case, None)
    closed = case.model_copy(update={"state": CaseState.ANSWERED, "answered_at": platform.clock.now()})
    await platform.records(Case).replace(closed, case.etag)
    assert (await intake.status(platform, reference, secret)).answers == []
    for _ in range(2):
        await answering.finish(platform)
        assert [each.case_id for each in (await intake.status(platform, reference, secret)).answers] == [identifier]


async def test_an_upload_that_is_under_way_leaves_nothing_behind(world: World, platform: Platform) -> None:
    report = await reported(world)
    item = await announce(world, report.id)
    await answered(world, await decided(world, await case_of(world), report.id, act="erase"))
    await process(world, item)
    left = await platform.container("evidence").read_many([(item, [world.home.id, item])])
    assert left == [None]


async def test_evidence_goes_with_its_report_also_if_a_case_groups_it_with_another(
    world: World, platform: Platform
) -> None:
    one, other = await reported(world), await reported(world)
    investigator = world.investigator.principal
    form = CaseForm(title="Two thefts", reason="The same coats")
    group = await cases.open_case(platform, investigator, form, Purpose.INVESTIGATE, uuid.uuid4().hex)
    item = await announce(world, one.id)
    await process(world, item)
    assert (await platform.container("evidence").read(item, [world.home.id, item]))["state"] == State.STORED.value
    for kind, identifier in (("report", one.id), ("report", other.id), ("evidence", item)):
        link = LinkForm.model_validate({"kind": kind, "id": identifier, "reason": "Belongs together"})
        group = await cases.link(platform, investigator, group.id, link, Purpose.INVESTIGATE, group.etag)
    case = await decided(world, await case_of(world), one.id, act="erase")
    case = await decided(world, case, other.id, act="erase_person")
    package = await answered(world, case)
    assert {each.result for each in package.results} == {"erased", "erased_person"}
    _, seen = await cases.read(platform, investigator, group.id, Purpose.INVESTIGATE)
    assert {each.id: each.present for each in seen.records} == {one.id: False, other.id: True, item: False}
    left = await platform.records(Report).read(other.id, other.key)
    assert [each.clothing for each in left.people] == ["A yellow cap"]
    assert NAME not in left.what_happened


async def test_reminders_come_once_each_and_not_while_the_clock_stands_still(world: World, platform: Platform) -> None:
    case = await rights_case(world)
    ahead = [replace(platform, clock=SetClock(platform.clock.now() + timedelta(days=days))) for days in (1, 26, 26, 40)]
    steps = []
    for later in ahead:
        await reminders.remind(later)
        now = await platform.records(Case).read(case.id, case.key)
        steps.append(now.told)
    assert steps == [[], ["soon"], ["soon"], ["soon", "overdue"]]
