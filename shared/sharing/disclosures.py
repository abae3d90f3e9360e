"""Disclosures to law enforcement: one report, one recipient, one case, and a record of exactly what was handed over."""

from dataclasses import dataclass

from shared.alerts.models import AlertRequest, Cause
from shared.errors import Conflict, IdempotencyMismatch, NotFound
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.organisations.models import OrganisationKind
from shared.platform import Platform
from shared.policy.decision import Purpose, Resource
from shared.retention.terms import terms_of
from shared.sharing import handing_over
from shared.sharing.feed import own_report, resource_of
from shared.sharing.models import Disclosure, DisclosureForm, DisclosurePage, DisclosureQuery, DisclosureView
from shared.storage import outbox
from shared.storage.outbox import Message

ALERT_QUEUE = "alert-requests"
SAME = ("report_id", "recipient_id", "purpose", "case_number", "note", "fields", "candidate_id")
"""What a repeated request has in common with the first."""


@dataclass(frozen=True)
class Seen:
    """A confirmed match, and where it is kept."""

    candidate: str
    site: str
    day: str


async def disclose(
    platform: Platform,
    principal: Principal,
    report_id: str,
    form: DisclosureForm,
    idempotency_key: str,
    *,
    tells: Cause | None = None,
    seen: Seen | None = None,
) -> Disclosure:
    """Hands the report over. The recipient reads it where it is, until the disclosure is withdrawn or it is gone.

    ``tells``: as what its officers are told of it. ``seen``: what goes with it.
    """
    document = await own_report(platform, principal, report_id)
    purpose = Purpose(form.purpose)
    resource = resource_of(document, case_bound=True)
    decision = await platform.authorise(principal, "report:disclose", resource, purpose)
    recipient = await handing_over.police(platform, str(form.recipient_id), "/recipientId")
    now, terms = platform.clock.now(), await terms_of(platform, principal.organisation)
    disclosure = Disclosure(
        id=derived_id("disclosure", principal.id, idempotency_key),
        organisation_id=principal.organisation,
        report_id=report_id,
        recipient_id=recipient,
        purpose=form.purpose,
        case_number=form.case_number,
        note=form.note,
        fields=handing_over.fields(form.withhold),
        disclosed_by=principal.id,
        disclosed_at=now,
        dispose_at=terms.dispose_at("disclosure", now),
    )
    if seen:
        where = {"candidate_id": seen.candidate, "seen_at_site_id": seen.site, "seen_on": seen.day}
        disclosure = disclosure.model_copy(update=where)
    message = told(disclosure, tells) if tells else None
    beside = [outbox.document(message, {"organisationId": disclosure.organisation_id}, now)] if message else []
    try:
        stored = await platform.records(Disclosure).create(disclosure, *beside)
    except Conflict:
        stored = await _repeated(platform, disclosure)
    await platform.account(
        principal,
        "report:disclose",
        subjects=[report_id, stored.id, recipient],
        decision=decision,
        purpose=purpose,
    )
    if message:
        await platform.bus.send_or_leave(message)
    return stored


async def withdraw(platform: Platform, principal: Principal, disclosure_id: str, etag: str) -> Disclosure:
    """From the next request on the recipient sees nothing more. The record of what was disclosed stays."""
    try:
        disclosure = await platform.records(Disclosure).read(disclosure_id, principal.organisation)
    except NotFound:
        raise NotFound("There is no such disclosure by your organisation.") from None
    document = await own_report(platform, principal, disclosure.report_id)
    purpose = Purpose(disclosure.purpose)
    resource = resource_of(document, case_bound=True)
    decision = await platform.authorise(principal, "report:disclose", resource, purpose)
    changed = disclosure.model_copy(update={"withdrawn_at": platform.clock.now()})
    stored = await platform.records(Disclosure).replace(changed, etag)
    await platform.account(
        principal,
        "disclosure:withdraw",
        subjects=[disclosure.report_id, disclosure_id],
        decision=decision,
        purpose=purpose,
    )
    return stored


async def list_disclosures(
    platform: Platform, principal: Principal, query: DisclosureQuery, binding: tuple[str, ...]
) -> DisclosurePage:
    """An owner's own disclosures; for law enforcement, those that it received from the organisations it works with."""
    resource = Resource("disclosure", principal.organisation, principal.organisation)
    decision = await platform.authorise(principal, "disclosure:list", resource, query.purpose)
    wanted = Wanted(
        "c.kind = 'disclosure'",
        {},
        principal.organisation,
        "disclosedAt",
        query.limit,
        query.cursor,
        binding,
    )
    if principal.employer == OrganisationKind.LAW_ENFORCEMENT.value:
        return await _received(platform, principal, query)
    found = await newest_page(platform, Disclosure, wanted)
    await platform.account(
        principal,
        "disclosure:list",
        subjects=[each.id for each in found.records],
        decision=decision,
        purpose=query.purpose,
    )
    return DisclosurePage(disclosures=[disclosure_view(each) for each in found.records], next_cursor=found.next_cursor)


async def recipients_of(platform: Platform, organisation: str, report_id: str) -> list[str]:
    """Ids of the organisations that can read the report by a disclosure, in order."""
    text = (
        "SELECT c.recipientId FROM c WHERE c.kind = 'disclosure' AND c.reportId = @report "
        "AND (NOT IS_DEFINED(c.withdrawnAt) OR IS_NULL(c.withdrawnAt))"
    )
    found = platform.container("disclosures").query(text, {"report": report_id}, key=organisation)
    return sorted({str(each["recipientId"]) async for each in found})


async def _received(platform: Platform, principal: Principal, query: DisclosureQuery) -> DisclosurePage:
    """Across owners, the newest first; each owner's log says that its disclosures were looked at."""
    text = (
        "SELECT * FROM c WHERE c.kind = 'disclosure' AND c.recipientId = @me "
        "AND (NOT IS_DEFINED(c.withdrawnAt) OR IS_NULL(c.withdrawnAt)) "
        "ORDER BY c.disclosedAt DESC OFFSET 0 LIMIT @limit"
    )
    parameters = {"me": principal.organisation, "limit": query.limit}
    documents = [each async for each in platform.container("disclosures").query(text, parameters)]
    resource = Resource("disclosure", principal.organisation, principal.organisation)
    decision = await platform.authorise(principal, "disclosure:list", resource, query.purpose)
    found = await platform.records(Disclosure).open_all(documents[: query.limit])
    for owner in {each.organisation_id for each in found} or {principal.organisation}:
        await platform.account(
            principal,
            "disclosure:list",
            organisation=owner,
            subjects=[each.id for each in found if each.organisation_id == owner],
            decision=decision,
            purpose=query.purpose,
        )
    return DisclosurePage(disclosures=[disclosure_view(each) for each in found], next_cursor=None)


def disclosure_view(disclosure: Disclosure) -> DisclosureView:
    values = disclosure.model_dump(include=set(DisclosureView.model_fields))
    return DisclosureView(**values, etag=disclosure.etag)


def told(disclosure: Disclosure, cause: Cause) -> Message:
    """The message that has people told of a step; sent again for the same step it is the same."""
    message_id = derived_id(cause, disclosure.id)
    request = AlertRequest(
        cause=cause,
        id=disclosure.id,
        organisation_id=disclosure.organisation_id,
        key=[disclosure.organisation_id],
        message_id=message_id,
    )
    return Message(message_id, ALERT_QUEUE, request.model_dump(mode="json", by_alias=True))


async def _repeated(platform: Platform, disclosure: Disclosure) -> Disclosure:
    """What the key made before, if it was for the same: the log must not tell of a handing over that never was."""
    known = await platform.records(Disclosure).read(disclosure.id, disclosure.key)
    if any(getattr(known, each) != getattr(disclosure, each) for each in SAME):
        raise IdempotencyMismatch("Use a new Idempotency-Key for a different disclosure.")
    return known
