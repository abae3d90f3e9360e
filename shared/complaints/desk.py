"""What a privacy officer does with complaints and requests of third parties: reads, confirms receipt, closes."""

from datetime import timedelta

from shared.clock import rfc3339
from shared.complaints.intake import tell
from shared.complaints.models import (
    COMPLAINTS,
    OUTCOMES,
    Closing,
    DeskPage,
    DeskQuery,
    Incoming,
    MatterView,
    Step,
    Summary,
)
from shared.errors import Conflict, FieldError, Invalid, NotFound, PreconditionFailed
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Resource
from shared.retention.terms import terms_of

PURPOSE = Purpose.LEGAL_ACTION
"""The only one for which the desk reads: the organisation meets a duty to somebody."""
AGAIN_AFTER, AGAIN_IF_LATE = timedelta(days=7), timedelta(days=1)


async def list_matters(
    platform: Platform, principal: Principal, query: DeskQuery, binding: tuple[str, ...]
) -> DeskPage:
    """The board, newest first: what is open, by when, and what is late. Nothing of what people wrote."""
    decision = await _authorised(platform, principal, "complaint:list", principal.organisation)
    where, parameters = ["c.kind IN ('complaint', 'third_party_request')"], dict[str, object]()
    for name, value in (("kind", query.kind), ("state", query.state)):
        if value:
            where.append(f"c.{name} = @{name}")
            parameters[name] = value
    wanted = Wanted(
        " AND ".join(where), parameters, principal.organisation, "receivedAt", query.limit, query.cursor, binding
    )
    page = await newest_page(platform, Incoming, wanted)
    await platform.account(
        principal, "complaint:list", subjects=[each.id for each in page.records], decision=decision, purpose=PURPOSE
    )
    return DeskPage(matters=[summary(platform, each) for each in page.records], next_cursor=page.next_cursor)


async def read(platform: Platform, principal: Principal, identifier: str) -> MatterView:
    decision = await _authorised(platform, principal, "complaint:read", identifier)
    found = await _existing(platform, principal, identifier)
    await platform.account(
        principal, "complaint:read", subjects=[found.id], decision=decision, purpose=PURPOSE, shows=True
    )
    return view(platform, found)


async def acknowledge(platform: Platform, principal: Principal, identifier: str, etag: str) -> MatterView:
    """Receipt is confirmed: the sender sees it, and the clock of the law is met."""
    decision = await _authorised(platform, principal, "complaint:handle", identifier)
    found, now = await _existing(platform, principal, identifier), platform.clock.now()
    if found.state != "received":
        raise Conflict("Its receipt was confirmed already.")
    changed = found.model_copy(
        update={
            "state": "acknowledged",
            "acknowledged_at": now,
            "steps": [*found.steps, Step(at=now, action="acknowledged", by=principal.id)],
        }
    )
    stored = await platform.records(Incoming).replace(changed, etag)
    await platform.account(principal, "complaint:acknowledge", subjects=[found.id], decision=decision, purpose=PURPOSE)
    return view(platform, stored)


async def close(platform: Platform, principal: Principal, identifier: str, closing: Closing, etag: str) -> MatterView:
    """With its outcome, and the answer that the sender reads. From now on its time of retention runs."""
    decision = await _authorised(platform, principal, "complaint:handle", identifier)
    found, now = await _existing(platform, principal, identifier), platform.clock.now()
    if found.state == "closed":
        raise Conflict("It was closed already.")
    if closing.outcome not in OUTCOMES[found.kind]:
        known = ", ".join(sorted(OUTCOMES[found.kind]))
        what = FieldError("/outcome", "outcome", f"Choose one of: {known}.")
        raise Invalid("This outcome does not fit what was sent.", [what])
    terms = await terms_of(platform, principal.organisation)
    changed = found.model_copy(
        update={
            "state": "closed",
            "acknowledged_at": found.acknowledged_at or now,
            "closed_at": now,
            "outcome": closing.outcome,
            "answer": closing.answer,
            "remind_at": None,
            "steps": [*found.steps, Step(at=now, action="closed", by=principal.id)],
            "kept_from": now,
            "dispose_at": terms.dispose_at(found.kind, now),
        }
    )
    stored = await platform.records(Incoming).replace(changed, etag)
    await platform.account(principal, "complaint:close", subjects=[found.id], decision=decision, purpose=PURPOSE)
    return view(platform, stored)


async def remind(platform: Platform) -> int:
    """A timer's work: an alert for everything whose day comes near or has passed, weekly, then daily. How many."""
    now, count = platform.clock.now(), 0
    text = "SELECT * FROM c WHERE c.remindAt <= @now AND c.state != 'closed'"
    async for document in platform.container(COMPLAINTS).query(text, {"now": rfc3339(now)}):
        today = now.date().isoformat()
        unconfirmed = document["state"] == "received" and (document["acknowledgeBy"] or today) < today
        late = unconfirmed or document["answerBy"] < today
        await tell(platform, document["organisationId"], document["id"], "complaint_due", today)
        following = rfc3339(now + (AGAIN_IF_LATE if late else AGAIN_AFTER))
        try:
            await platform.container(COMPLAINTS).replace(document | {"remindAt": following}, document["_etag"])
        except (PreconditionFailed, NotFound):
            continue  # somebody is at it this moment
        count += 1
    return count


def summary(platform: Platform, matter: Incoming) -> Summary:
    today = platform.clock.now().date()
    waits = matter.state == "received" and matter.acknowledge_by is not None and matter.acknowledge_by < today
    return Summary(
        **matter.model_dump(include=set(Summary.model_fields) - {"overdue"}),
        overdue=waits or (matter.state != "closed" and matter.answer_by < today),
    )


def view(platform: Platform, matter: Incoming) -> MatterView:
    shown = matter.model_dump(include=set(MatterView.model_fields) - {"overdue", "etag"})
    return MatterView(**shown, overdue=summary(platform, matter).overdue, etag=matter.etag)


async def _existing(platform: Platform, principal: Principal, identifier: str) -> Incoming:
    try:
        return await platform.records(Incoming).read(identifier, principal.organisation)
    except NotFound:
        raise NotFound("Nothing of this id was sent to your organisation.") from None


async def _authorised(platform: Platform, principal: Principal, action: str, identifier: str) -> Decision:
    resource = Resource("complaint", identifier, principal.organisation)
    return await platform.authorise(principal, action, resource, PURPOSE)
