"""Legal holds: what must not be forgotten yet, because a court, the police or a claim needs it.

One person can hold a record until the ceiling of its category; beyond that a second one has to agree. A hold that
nobody reviews within 90 days ends by itself. What is held beyond its own time is out of use: it can be read for legal
action only, and is found by no search (compare Cal. Civ. Code 1798.145(a)(1)(B): data that the police ask to keep is
not used for anything else).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.clock import rfc3339
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Resource
from shared.reports import screening
from shared.retention.disposable import Disposable
from shared.retention.kinds import KINDS
from shared.retention.models import RETENTION, Hold, HoldForm, HoldList, HoldReview, HoldView
from shared.retention.terms import terms_of
from shared.sealing.keyring import Use
from shared.sealing.records import repeated
from shared.sealing.tokens import commitment
from shared.storage.cosmos import Document

REVIEWED_EVERY = timedelta(days=90)
LONGEST = timedelta(days=3 * 366)
"""A hold that is still needed then is set anew, by two people who look at it with fresh eyes."""


async def until(platform: Platform, organisation: str, names: Iterable[str]) -> datetime | None:
    """Until when one of these ids is held at least, as things stand; None if none is."""
    text = (
        "SELECT VALUE c.holdsUntil FROM c WHERE c.kind = 'hold' AND c.holdsUntil > @now "
        "AND EXISTS(SELECT VALUE each FROM each IN c.records WHERE ARRAY_CONTAINS(@names, each))"
    )
    asked = {"now": rfc3339(platform.clock.now()), "names": sorted(names)}
    found = [str(each) async for each in platform.container(RETENTION).query(text, asked, key=organisation)]
    return datetime.fromisoformat(max(found)) if found else None


async def held_records(platform: Platform, organisation: str, at: datetime) -> list[str]:
    """Ids of everything that is held at the moment ``at``."""
    text = "SELECT VALUE each FROM c JOIN each IN c.records WHERE c.kind = 'hold' AND c.holdsUntil > @at"
    found = platform.container(RETENTION).query(text, {"at": rfc3339(at)}, key=organisation)
    return sorted({str(each) async for each in found})


# -- what people do --------------------------------------------------------------------------------------------------


async def set_hold(platform: Platform, principal: Principal, form: HoldForm, idempotency_key: str) -> Hold:
    """First the hold is stored, then the records are looked at: a disposal that claims one of them in between finds
    the hold, one that claimed it before is found here."""
    decision = await _authorised(platform, principal, "hold:set", principal.organisation)
    now = platform.clock.now()
    _check_times(now, form)
    screening.refuse_profiling(form)
    found = await _records(platform, principal.organisation, form)
    key = await platform.keyring.key_for(principal.organisation, Use.COMMITMENTS)
    review_at = min(form.review_at or now + REVIEWED_EVERY, now + REVIEWED_EVERY)
    hold = Hold(
        id=derived_id("hold", principal.id, idempotency_key),
        organisation_id=principal.organisation,
        records=sorted(str(each.id) for each in form.records),
        reason=form.reason,
        case_reference=form.case_reference,
        requested_by=principal.id,
        requested_at=now,
        until=form.until,
        ceiling=min([await _ceiling(platform, kind, document) for kind, document in found]),
        review_at=review_at,
        holds_until=now,
        dispose_at=now,
        request_commitment=commitment(key, form.model_dump_json()),
    )
    try:
        stored = await platform.records(Hold).create(await _dated(platform, hold))
    except Conflict:
        stored = await repeated(platform.records(Hold), hold, "hold")
    await _refuse_claimed(platform, stored, form)
    await _account(platform, principal, "hold:set", stored, decision)
    return stored


async def approve(platform: Platform, principal: Principal, hold_id: str, etag: str) -> Hold:
    """The second of two people. Nobody approves what they asked for."""
    decision = await _authorised(platform, principal, "hold:set", hold_id)
    hold = await _existing(platform, principal, hold_id)
    if hold.requested_by == principal.id:
        raise Forbidden("You asked for this hold. A colleague with your role has to approve it.")
    if hold.released_at:
        raise Conflict("The hold has been released.")
    changed = hold.model_copy(update={"approved_by": principal.id, "approved_at": platform.clock.now()})
    return await _stored(platform, principal, "hold:approve", changed, etag, decision)


async def review(platform: Platform, principal: Principal, hold_id: str, form: HoldReview, etag: str) -> Hold:
    """Still needed: for another 90 days at most. A later end needs a second person again."""
    decision = await _authorised(platform, principal, "hold:set", hold_id)
    hold, now = await _existing(platform, principal, hold_id), platform.clock.now()
    if hold.released_at:
        raise Conflict("The hold has been released.")
    if hold.effective() <= now:
        raise Conflict("The hold has ended already. Set a new one if it is still needed.")
    changes: dict[str, object] = {"review_at": min(form.review_at or now + REVIEWED_EVERY, now + REVIEWED_EVERY)}
    if form.until:
        _check_end(now, form.until)
        changes["until"] = form.until
        if form.until > hold.until:
            changes |= {"approved_by": None, "approved_at": None, "requested_by": principal.id}
    return await _stored(platform, principal, "hold:review", hold.model_copy(update=changes), etag, decision)


async def release(platform: Platform, principal: Principal, hold_id: str, etag: str) -> Hold:
    """What is past its time goes with the next run."""
    decision = await _authorised(platform, principal, "hold:set", hold_id)
    hold = await _existing(platform, principal, hold_id)
    if hold.released_at:
        return hold
    changed = hold.model_copy(update={"released_by": principal.id, "released_at": platform.clock.now()})
    stored = await _stored(platform, principal, "hold:release", changed, etag, decision)
    await _forget_held(platform, stored)
    return stored


async def list_holds(platform: Platform, principal: Principal, *, ended: bool) -> HoldList:
    decision = await _authorised(platform, principal, "retention:read", principal.organisation)
    text = f"SELECT * FROM c WHERE c.kind = 'hold' AND c.holdsUntil {'<=' if ended else '>'} @now"  # noqa: S608
    asked = {"now": rfc3339(platform.clock.now())}
    found = platform.container(RETENTION).query(text, asked, key=principal.organisation)
    documents = [each async for each in found]
    opened = await platform.records(Hold).open_all(sorted(documents, key=lambda each: str(each["holdsUntil"])))
    await platform.account(
        principal,
        "hold:list",
        subjects=[each.id for each in opened],
        decision=decision,
    )
    return HoldList(holds=[view(each) for each in opened])


def view(hold: Hold) -> HoldView:
    known = hold.model_dump(include=set(HoldView.model_fields))
    waits = hold.approved_by is None and hold.until > hold.ceiling and hold.released_at is None
    return HoldView(**known, needs_approval=waits, etag=hold.etag)


# -- how it is done --------------------------------------------------------------------------------------------------


def _check_times(now: datetime, form: HoldForm) -> None:
    _check_end(now, form.until)
    if form.review_at and form.review_at <= now:
        what = FieldError("/reviewAt", "past", "Choose a day within the next 90.")
        raise Invalid("The review lies in the past.", [what])


def _check_end(now: datetime, end: datetime) -> None:
    if not now < end <= now + LONGEST:
        what = FieldError("/until", "out_of_range", "Choose a day in the future, three years from now at the latest.")
        raise Invalid("The end of the hold is not possible.", [what])


async def _records(platform: Platform, organisation: str, form: HoldForm) -> list[tuple[Disposable, Document]]:
    found = []
    for number, each in enumerate(form.records):
        kind = KINDS[each.kind]
        text = "SELECT * FROM c WHERE c.id = @id AND c.kind = @kind"
        asked = {"id": str(each.id), "kind": kind.name}
        documents = platform.container(kind.container).query(text, asked, key=kind.home(organisation))
        document = next(iter([document async for document in documents]), None)
        if document is None:
            what = FieldError(f"/records/{number}/id", "unknown_record", "Check the id; it may be gone already.")
            raise Invalid("A record to be held does not exist.", [what])
        found.append((kind, document))
    return found


async def _refuse_claimed(platform: Platform, hold: Hold, form: HoldForm) -> None:
    claimed = [
        document["id"]
        for _, document in await _records(platform, hold.organisation_id, form)
        if "disposing" in document
    ]
    if not claimed:
        return
    await platform.container(RETENTION).delete(hold.id, hold.organisation_id)
    await platform.keyring.destroy(hold.organisation_id, hold.id)
    raise Conflict("A record is being disposed of at this moment, and cannot be held any more.", extra={"ids": claimed})


async def _ceiling(platform: Platform, kind: Disposable, document: Document) -> datetime:
    site = str(document[kind.site]) if kind.site and document.get(kind.site) else None
    terms = await terms_of(platform, document["organisationId"], site)
    row = kind.row_of(document)
    return terms.ceiling_of(row.category, datetime.fromisoformat(document[row.starts]))


async def _dated(platform: Platform, hold: Hold) -> Hold:
    """The hold with its real end, and the end of its own time after that."""
    ends, terms = hold.effective(), await terms_of(platform, hold.organisation_id)
    return hold.model_copy(update={"holds_until": ends, "dispose_at": terms.dispose_at("hold", ends)})


async def _stored(
    platform: Platform, principal: Principal, action: str, hold: Hold, etag: str, decision: Decision
) -> Hold:
    stored = await platform.records(Hold).replace(await _dated(platform, hold), etag)
    await _account(platform, principal, action, stored, decision)
    return stored


async def _existing(platform: Platform, principal: Principal, hold_id: str) -> Hold:
    try:
        return await platform.records(Hold).read(hold_id, principal.organisation)
    except NotFound:
        raise NotFound("There is no such hold by your organisation.") from None


async def _forget_held(platform: Platform, hold: Hold) -> None:
    """The mark by which runs pass by a held record: without it the next run looks at the record again."""
    for kind in KINDS.values():
        container = platform.container(kind.container)
        text = (
            "SELECT * FROM c WHERE c.kind = @kind AND IS_DEFINED(c.heldUntil) "
            "AND (ARRAY_CONTAINS(@held, c.id) OR ARRAY_CONTAINS(@held, c.reportId))"
        )
        asked = {"kind": kind.name, "held": hold.records}
        found = container.query(text, asked, key=kind.home(hold.organisation_id))
        for document in [each async for each in found]:
            kept = {name: value for name, value in document.items() if name != "heldUntil"}
            await container.replace(kept, document["_etag"])


async def _authorised(platform: Platform, principal: Principal, action: str, subject: str) -> Decision:
    resource = Resource("retention", subject, principal.organisation)
    return await platform.authorise(principal, action, resource, Purpose.LEGAL_ACTION)


async def _account(platform: Platform, principal: Principal, action: str, hold: Hold, decision: Decision) -> None:
    await platform.account(
        principal,
        action,
        subjects=[hold.id, *hold.records],
        decision=decision,
        purpose=Purpose.LEGAL_ACTION,
    )
