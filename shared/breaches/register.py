"""The register of breaches: recorded, assessed, told, closed; each duty with its clock. People do all of it.

An organisation keeps its own. Whoever runs the platform keeps one too, and passes a breach on to the organisations
whose data is affected: each then has it in its own register, under its own keys, and with its own clock.
"""

import hmac
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from dateutil.relativedelta import relativedelta

from shared.breaches import duties, service
from shared.breaches.duties import Duty
from shared.breaches.register_models import (
    BREACHES,
    Breach,
    BreachBoard,
    BreachChange,
    BreachForm,
    BreachLine,
    BreachView,
    Done,
    DoneForm,
    OwedView,
    PassOnForm,
)
from shared.clock import rfc3339
from shared.errors import Conflict, FieldError, IdempotencyMismatch, Invalid, NotFound, PreconditionFailed
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.policy.decision import Decision, Resource
from shared.retention.terms import terms_of
from shared.sealing.keyring import Use
from shared.sealing.tokens import commitment
from shared.storage.outbox import Message

UNCLOSED = relativedelta(years=5)
REMIND_EVERY = timedelta(hours=12)
MOST_SHOWN = 200


async def record(platform: Platform, principal: Principal, form: BreachForm, idempotency_key: str) -> BreachView:
    """Once for an Idempotency-Key; the clocks run from when it was learned of."""
    decision = await _authorised(platform, principal, "breach:record", principal.organisation)
    if form.aware_at > platform.clock.now():
        what = FieldError("/awareAt", "future", "Give the moment at which you learned of it.")
        raise Invalid("Nobody learns of a breach in the future.", [what])
    fresh = await _fresh(platform, principal.organisation, principal.id, form, idempotency_key)
    try:
        stored = await platform.records(Breach).create(fresh)
    except Conflict:
        stored = await platform.records(Breach).read(fresh.id, fresh.key)
        if not hmac.compare_digest(stored.request_commitment, fresh.request_commitment):
            raise IdempotencyMismatch("This key was used for another breach.") from None
    await platform.account(principal, "breach:record", subjects=[stored.id], decision=decision)
    return view(platform, stored)


async def board(platform: Platform, principal: Principal) -> BreachBoard:
    """The newest 200 of the organisation, open ones first, by the hour that comes next."""
    decision = await _authorised(platform, principal, "breach:read", principal.organisation)
    found = await platform.container(BREACHES).newest(
        "c.kind = 'breach'", {}, principal.organisation, by="awareAt", after=None, count=MOST_SHOWN
    )
    lines = [_line(platform, each) for each in await platform.records(Breach).open_all(found)]
    far = datetime.max.replace(tzinfo=UTC)
    lines.sort(key=lambda each: (each.state == "closed", each.next_due_at or far))
    await platform.account(principal, "breach:list", subjects=[each.id for each in lines], decision=decision)
    return BreachBoard(breaches=lines)


async def read(platform: Platform, principal: Principal, identifier: str) -> BreachView:
    decision = await _authorised(platform, principal, "breach:read", identifier)
    found = await _existing(platform, principal, identifier)
    await platform.account(principal, "breach:read", subjects=[found.id], decision=decision)
    return view(platform, found)


async def change(
    platform: Platform, principal: Principal, identifier: str, form: BreachChange, etag: str
) -> BreachView:
    """The facts and the assessment. It closes only when every duty was met, or somebody noted why it does not hold."""
    decision = await _authorised(platform, principal, "breach:record", identifier)
    found, now = await _existing(platform, principal, identifier), platform.clock.now()
    if found.state == "closed" and form.state != "open":
        raise Conflict("It is closed. Open it again before you change it.")
    changed = found.model_copy(update=form.model_dump(exclude_unset=True, exclude_none=True))
    terms = await terms_of(platform, principal.organisation)
    if found.state == "closed":
        again = {"closed_at": None, "kept_from": now + UNCLOSED}
        changed = changed.model_copy(update=again | {"dispose_at": terms.dispose_at("breach", now + UNCLOSED)})
    if changed.state == "closed":
        if missing := [each.whom for each, _ in _open(changed)]:
            raise Conflict(f"Somebody has not been told yet: {'; '.join(missing)}. Note what was done, or why not.")
        if not (changed.effects and changed.remedy):
            raise Conflict("Write down its effects and what was done about it before you close it.")
        ends = {"closed_at": now, "kept_from": now, "dispose_at": terms.dispose_at("breach", now)}
        changed = changed.model_copy(update=ends)
    changed = changed.model_copy(update={"remind_at": _remind_at(changed, now)})
    stored = await platform.records(Breach).replace(changed, etag)
    await platform.account(principal, "breach:change", subjects=[found.id], decision=decision)
    return view(platform, stored)


async def done(platform: Platform, principal: Principal, identifier: str, form: DoneForm, etag: str) -> BreachView:
    """Notes that a duty was met: when, how, by whom. A later note on the same duty takes the place of the first."""
    decision = await _authorised(platform, principal, "breach:record", identifier)
    found = await _existing(platform, principal, identifier)
    owed = {each.id: each for each, _ in duties.owed(found.incident())}
    if form.duty not in owed:
        what = FieldError("/duty", "unknown_duty", f"Choose one of: {', '.join(owed)}.")
        raise Invalid("This breach does not bring that duty.", [what])
    note = Done(duty=form.duty, at=form.at, recorded_by=principal.id, note=form.note)
    update: dict[str, object] = {"done": [*(each for each in found.done if each.duty != form.duty), note]}
    if owed[form.duty].tell == "people" and found.told_people_at is None:
        update["told_people_at"] = form.at
    changed = found.model_copy(update=update)
    changed = changed.model_copy(update={"remind_at": _remind_at(changed, platform.clock.now())})
    stored = await platform.records(Breach).replace(changed, etag)
    await platform.account(principal, "breach:done", subjects=[found.id], decision=decision)
    return view(platform, stored)


async def pass_on(platform: Platform, principal: Principal, identifier: str, form: PassOnForm, etag: str) -> BreachView:
    """To the organisations whose data is affected. What the platform knows, they know from this moment."""
    decision = await _authorised(platform, principal, "breach:pass-on", identifier)
    found, now = await _existing(platform, principal, identifier), platform.clock.now()
    if unknown := sorted({each for each in form.organisations if not await organisations.controller(platform, each)}):
        what = FieldError("/organisations", "unknown", f"There is no organisation {', '.join(unknown)}.")
        raise Invalid("An organisation to be told does not exist.", [what])
    for each in form.organisations:
        await _hand_over(platform, found, each, now)
        await platform.account(principal, "breach:pass-on", subjects=[found.id], decision=decision, organisation=each)
    passed = sorted({*found.passed_on_ids, *form.organisations})
    stored = await platform.records(Breach).replace(found.model_copy(update={"passed_on_ids": passed}), etag)
    await platform.account(principal, "breach:pass-on", subjects=[found.id], decision=decision)
    return view(platform, stored)


async def remind(platform: Platform) -> int:
    """A timer's work: an alert for every open breach with something still to be told, twice a day. How many."""
    now, count = platform.clock.now(), 0
    text = "SELECT * FROM c WHERE c.kind = 'breach' AND c.state = 'open' AND c.remindAt <= @now"
    async for document in platform.container(BREACHES).query(text, {"now": rfc3339(now)}):
        await _tell(platform, document["organisationId"], document["id"], rfc3339(now)[:13])
        following = document | {"remindAt": rfc3339(now + REMIND_EVERY)}
        try:
            await platform.container(BREACHES).replace(following, document["_etag"])
        except (PreconditionFailed, NotFound):
            continue  # somebody is at it this moment
        count += 1
    return count


# -- how it is done --------------------------------------------------------------------------------------------------


async def _fresh(
    platform: Platform,
    organisation: str,
    by: str,
    form: BreachForm,
    idempotency_key: str,
    source: str | None = None,
) -> Breach:
    now, terms = platform.clock.now(), await terms_of(platform, organisation)
    key = await platform.keyring.key_for(organisation, Use.COMMITMENTS)
    fresh = Breach(
        id=derived_id("breach", organisation, by, idempotency_key),
        organisation_id=organisation,
        source_id=source,
        recorded_by=by,
        recorded_at=now,
        remind_at=None,
        kept_from=now + UNCLOSED,
        dispose_at=terms.dispose_at("breach", now + UNCLOSED),
        request_commitment=commitment(key, form.model_dump_json()),
        **form.model_dump(),
    )
    return fresh.model_copy(update={"remind_at": _remind_at(fresh, now)})


async def _hand_over(platform: Platform, breach: Breach, organisation: str, now: datetime) -> None:
    """Twice is once: the entry's id derives from the breach."""
    form = BreachForm(
        title=breach.title,
        facts=breach.facts,
        aware_at=now,
        who="controller",
        jurisdictions=breach.jurisdictions,
        risk=breach.risk,
        people=breach.people,
        unreadable=breach.unreadable,
    )
    fresh = await _fresh(platform, organisation, breach.organisation_id, form, breach.id, source=breach.id)
    try:
        await platform.records(Breach).create(fresh)
    except Conflict:
        return
    await _tell(platform, organisation, fresh.id, "passed on")


async def _tell(platform: Platform, organisation: str, identifier: str, occasion: str) -> None:
    message_id = derived_id("breach-alert", identifier, occasion)
    body = {
        "cause": "breach",
        "id": identifier,
        "organisationId": organisation,
        "key": [organisation],
        "messageId": message_id,
    }
    await platform.bus.send_or_leave(Message(message_id, "alert-requests", body))


def _open(breach: Breach) -> list[tuple[Duty, datetime | None]]:
    met = {each.duty for each in breach.done}
    return [(duty, due) for duty, due in duties.owed(breach.incident()) if duty.id not in met]


def _next_due(owed: Iterable[tuple[Duty, datetime | None]]) -> datetime | None:
    return min((due for _, due in owed if due), default=None)


def _remind_at(breach: Breach, now: datetime) -> datetime | None:
    """In half a day while something is to be told, sooner if something is due before; None when all is done."""
    owed = _open(breach) if breach.state == "open" else []
    if not owed:
        return None
    due = _next_due(owed)
    soon = now + REMIND_EVERY
    return max(now, min(soon, due - timedelta(hours=6))) if due else soon


def _line(platform: Platform, breach: Breach) -> BreachLine:
    owed = _open(breach) if breach.state == "open" else []
    due = _next_due(owed)
    left = _hours(due, platform.clock.now())
    return BreachLine(
        **breach.model_dump(include=set(BreachLine.model_fields)),
        open_duties=len(owed),
        next_due_at=due,
        hours_left=left,
        late=left is not None and left < 0,
    )


def view(platform: Platform, breach: Breach) -> BreachView:
    now, met = platform.clock.now(), {each.duty: each for each in breach.done}
    shown = breach.model_dump(include=set(BreachView.model_fields))
    return BreachView(
        **shown,
        version=duties.version(),
        duties=[_owed(duty, due, met.get(duty.id), now) for duty, due in duties.owed(breach.incident())],
        uncovered=duties.uncovered(breach.jurisdictions),
        etag=breach.etag,
    )


def _owed(duty: Duty, due: datetime | None, met: Done | None, now: datetime) -> OwedView:
    return OwedView(
        **service.view(duty, due, now).model_dump(),
        done_at=met.at if met else None,
        done_by=met.recorded_by if met else None,
        note=met.note if met else None,
        hours_left=None if met else _hours(due, now),
    )


def _hours(due: datetime | None, now: datetime) -> float | None:
    return round((due - now).total_seconds() / 3600, 1) if due else None


async def _existing(platform: Platform, principal: Principal, identifier: str) -> Breach:
    try:
        return await platform.records(Breach).read(identifier, principal.organisation)
    except NotFound:
        raise NotFound("There is no such breach in your organisation's register.") from None


async def _authorised(platform: Platform, principal: Principal, action: str, identifier: str) -> Decision:
    return await platform.authorise(principal, action, Resource("breach", identifier, principal.organisation))
