"""What a privacy officer does with a case before it is answered: sees what is open, writes to the person, runs the
clock, and says whether the person is who they say. The answer itself is answering.py's."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Resource
from shared.reports import screening
from shared.rights import clock, correspondence, terms
from shared.rights.desk_models import (
    AcknowledgeForm,
    Board,
    CaseListQuery,
    CasePage,
    CaseSummary,
    CaseView,
    ClockView,
    ExtensionForm,
    ProofForm,
    WaitForm,
)
from shared.rights.models import MOST_MESSAGES, Case, CaseState, Identity, Message, Proof, StoredExtension, StoredWait
from shared.rights.terms import Step

PURPOSE = Purpose.LEGAL_ACTION
"""A request is answered because the law says so; nobody looks at it for anything else."""
MOST_ON_BOARD = 200
SOON = timedelta(days=7)


# -- looking ---------------------------------------------------------------------------------------------------------


async def board(platform: Platform, principal: Principal) -> Board:
    """Everything open, the most urgent first."""
    decision = await _authorised(platform, principal, "rights:list", principal.organisation)
    text = (
        "SELECT * FROM c WHERE c.kind = 'rights_case' AND c.state = 'open' "  # noqa: S608 - a number of ours
        f"ORDER BY c.receivedAt OFFSET 0 LIMIT {MOST_ON_BOARD}"
    )
    found = [each async for each in platform.container(Case.container).query(text, key=[principal.organisation])]
    cases = [summary(each, platform.clock.now()) for each in await platform.records(Case).open_all(found)]
    await platform.account(
        principal, "rights:list", subjects=[each.id for each in cases], decision=decision, purpose=PURPOSE
    )
    return Board(
        open=len(cases),
        overdue=sum(each.clock.overdue for each in cases),
        due_within_a_week=sum(0 <= each.clock.days_left <= SOON.days for each in cases),
        paused=sum(each.clock.paused for each in cases),
        not_acknowledged=sum(not each.acknowledged for each in cases),
        cases=sorted(cases, key=lambda each: (each.clock.due_on, each.received_at)),
    )


async def list_cases(
    platform: Platform, principal: Principal, query: CaseListQuery, binding: tuple[str, ...]
) -> CasePage:
    """A page, the newest first."""
    decision = await _authorised(platform, principal, "rights:list", principal.organisation)
    where, parameters = "c.kind = 'rights_case'", dict[str, object]()
    if query.state:
        where += " AND c.state = @state"
        parameters["state"] = query.state.value
    wanted = Wanted(where, parameters, [principal.organisation], "receivedAt", query.limit, query.cursor, binding)
    page = await newest_page(platform, Case, wanted)
    await platform.account(
        principal, "rights:list", subjects=[each.id for each in page.records], decision=decision, purpose=PURPOSE
    )
    now = platform.clock.now()
    return CasePage(cases=[summary(each, now) for each in page.records], next_cursor=page.next_cursor)


async def read(platform: Platform, principal: Principal, case_id: str) -> Case:
    case, decision = await opened(platform, principal, "rights:read", case_id)
    await account(platform, principal, "rights:read", case, decision, shows=True)
    return case


# -- writing to the person -------------------------------------------------------------------------------------------


async def acknowledge(platform: Platform, principal: Principal, case_id: str, form: AcknowledgeForm, etag: str) -> Case:
    """Tells the person that their request has arrived, once."""
    case, decision = await opened(platform, principal, "rights:handle", case_id)
    if case.acknowledged_at:
        raise Conflict("The receipt was confirmed already.")
    screening.refuse_profiling(form)
    now = platform.clock.now()
    changed = case.model_copy(update={"acknowledged_at": now, "acknowledged_by": principal.id})
    said = await _told(platform, changed, "acknowledged", form.message or "")
    return await _stored(platform, principal, "rights:acknowledge", said, etag, decision)


async def prove(platform: Platform, principal: Principal, case_id: str, form: ProofForm, etag: str) -> Case:
    """A person at the controller says whether it is the person. Nothing that was shown is kept.

    Whoever is not identified is told nothing: what was decided before falls.
    """
    case, decision = await opened(platform, principal, "rights:handle", case_id)
    screening.refuse_profiling(form)
    if form.result is Identity.CONFIRMED and form.how is None:
        raise Invalid("Say how it was proven.", [FieldError("/how", "required", "Choose how you know.")])
    now = platform.clock.now()
    proof = Proof(result=form.result, how=form.how, note=form.note, by=principal.id, at=now)
    today = clock.local_day(now, ZoneInfo(case.time_zone))
    waits = [
        each.model_copy(update={"until": today})
        if each.until is None and each.reason is clock.Reason.IDENTITY
        else each
        for each in case.waits
    ]
    decisions = case.decisions if form.result is Identity.CONFIRMED else []
    changed = case.model_copy(update={"proof": proof, "waits": waits, "decisions": decisions})
    return await _stored(platform, principal, f"rights:identity:{form.result.value}", changed, etag, decision)


async def ask(platform: Platform, principal: Principal, case_id: str, form: WaitForm, etag: str) -> Case:
    """Asks the person for something. The clock stops only where the law says so; the person is asked all the same."""
    case, decision = await opened(platform, principal, "rights:handle", case_id)
    screening.refuse_profiling(form)
    if any(each.until is None and each.reason is form.reason for each in case.waits):
        raise Conflict("You are waiting for this already.")
    today = clock.local_day(platform.clock.now(), ZoneInfo(case.time_zone))
    try:
        clock.wait(clock_of(case, today), clock.Wait(form.reason, today))
        counts = True
    except Conflict:
        counts = False
    wait = StoredWait(reason=form.reason, since=today, counts=counts)
    changed = case.model_copy(update={"waits": [*case.waits, wait]})
    said = await _told(platform, changed, form.reason.value, form.message)
    return await _stored(platform, principal, "rights:ask", said, etag, decision)


async def extend(platform: Platform, principal: Principal, case_id: str, form: ExtensionForm, etag: str) -> Case:
    """More time, for a reason the law knows; the person is told in the same step, or there is no extension."""
    case, decision = await opened(platform, principal, "rights:handle", case_id)
    screening.refuse_profiling(form)
    today = clock.local_day(platform.clock.now(), ZoneInfo(case.time_zone))
    clock.extend(clock_of(case, today), clock.Extended(today, form.ground, form.until))
    extension = StoredExtension(told=today, ground=form.ground, until=form.until)
    changed = case.model_copy(update={"extension": extension})
    said = await _told(platform, changed, "extension", form.message)
    return await _stored(platform, principal, "rights:extend", said, etag, decision)


# -- the clock of a case ---------------------------------------------------------------------------------------------


def clock_of(case: Case, today: date) -> clock.Clock:
    """Of the regimes that may apply the one that is due first."""
    received = clock.local_day(case.received_at, ZoneInfo(case.time_zone))
    waits = tuple(clock.Wait(each.reason, each.since, each.until) for each in case.waits if each.counts)
    extended = (
        clock.Extended(case.extension.told, case.extension.ground, case.extension.until) if case.extension else None
    )
    return clock.earliest(
        [clock.Clock(regime, case.place, received, waits, extended) for regime in case.regimes], today
    )


def clock_view(case: Case, now: datetime) -> ClockView:
    today = clock.local_day(case.answered_at or now, ZoneInfo(case.time_zone))
    running = clock_of(case, today)
    due = clock.answer_due(running, today)
    return ClockView(
        regime=running.regime,
        regime_name=terms.regime(running.regime)["name"],
        rule_id=case.rule_id,
        received_on=running.received,
        starts_on=clock.started(running, today),
        acknowledge_by=clock.due(running, Step.ACKNOWLEDGE, today),
        target_on=clock.target(running, today),
        due_on=due,
        latest_on=clock.latest_due(running, today),
        paused=case.state is CaseState.OPEN and clock.is_paused(running),
        paused_days=clock.paused_days(running, today),
        extended=case.extension,
        grounds=sorted(terms.extension(running.regime).grounds),
        days_left=(due - today).days,
        overdue=today > due,
    )


def view(case: Case, now: datetime) -> CaseView:
    same = set(CaseView.model_fields) - {"reference", "clock"}
    return CaseView(reference=case.request_id, clock=clock_view(case, now), **case.model_dump(include=same))


def summary(case: Case, now: datetime) -> CaseSummary:
    return CaseSummary(
        id=case.id,
        reference=case.request_id,
        state=case.state,
        kinds=case.kinds,
        received_at=case.received_at,
        identity=case.proof.result,
        acknowledged=case.acknowledged_at is not None,
        clock=clock_view(case, now),
    )


# -- for the answer too ----------------------------------------------------------------------------------------------


async def opened(platform: Platform, principal: Principal, action: str, case_id: str) -> tuple[Case, Decision]:
    """The case, for whoever may do this with it; whoever asks accounts for it. A closed one can only be read."""
    decision = await _authorised(platform, principal, action, case_id)
    try:
        case = await platform.records(Case).read(case_id, [principal.organisation, case_id])
    except NotFound:
        raise NotFound("There is no such request at your organisation.") from None
    if action != "rights:read" and case.state is not CaseState.OPEN:
        raise Conflict("The request has been answered. What comes now is a new request.")
    return case, decision


async def account(
    platform: Platform,
    principal: Principal,
    action: str,
    case: Case,
    decision: Decision,
    *subjects: str,
    shows: bool = False,
) -> None:
    await platform.account(
        principal, action, subjects=[case.id, *subjects], decision=decision, purpose=PURPOSE, shows=shows
    )


async def _authorised(platform: Platform, principal: Principal, action: str, subject: str) -> Decision:
    resource = Resource("rights_case", subject, principal.organisation)
    return await platform.authorise(principal, action, resource, PURPOSE)


async def _told(platform: Platform, case: Case, topic: str, text: str) -> Case:
    """The case with one message more, which the person gets too."""
    if len(case.messages) >= MOST_MESSAGES:
        raise Conflict("There are very many messages in this case already. Answer it, or talk to the person.")
    home = await organisations.organisation(platform, case.organisation_id)
    message = Message.model_validate(
        {
            "case_id": case.id,
            "organisation": home.name,
            "sender": "controller",
            "topic": topic,
            "text": text,
            "at": platform.clock.now().astimezone(UTC),
        }
    )
    return case.model_copy(update={"messages": [*case.messages, message]})


async def _stored(
    platform: Platform, principal: Principal, action: str, case: Case, etag: str, decision: Decision
) -> Case:
    """First the controller's own case, then the person's copy of what was said: a break in between is made good by
    the next step, because the person's copy is brought up to date as a whole."""
    stored = await platform.records(Case).replace(case, etag)
    await correspondence.bring_up_to_date(platform, stored)
    await account(platform, principal, action, stored, decision)
    return stored
