"""What happens to a report: submitted, read, listed, amended."""

from datetime import timedelta

from shared.alerts.models import AlertRequest, Cause
from shared.clock import rfc3339
from shared.errors import Conflict, FieldError, IdempotencyMismatch, Invalid, NotFound
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.policy.decision import Purpose, Relation, Resource
from shared.reports.models import (
    Money,
    Report,
    ReportAmendment,
    ReportListQuery,
    ReportPage,
    ReportSubmission,
    ReportView,
    VehicleDescription,
)
from shared.retention.rules import dispose_at
from shared.sealing.tokens import commitment, plate_tokens
from shared.storage import outbox
from shared.storage.cosmos import Document

ALERT_QUEUE = "alert-requests"
CLOCK_SKEW = timedelta(minutes=5)
OLDEST = timedelta(days=731)


async def submit(
    platform: Platform, principal: Principal, form: ReportSubmission, idempotency_key: str, *, notify: bool = True
) -> Report:
    """Stores the report, with the message that warns others in the same batch. The same key twice is one report.

    ``notify`` is off for reports of long ago that are taken over from another system.
    """
    organisation, site = principal.organisation, str(form.site_id)
    _check_when(platform, form)
    await organisations.site(platform, organisation, site)
    identifier = derived_id("report", principal.id, idempotency_key)
    resource = Resource("report", identifier, organisation, site)
    purpose = Purpose.PREVENT_RISK
    decision = await platform.authorise(principal, "report:submit", resource, purpose)

    report = await _draft(platform, principal, form, identifier)
    message = warning(report)
    beside = [outbox.document(message, _partition(report), platform.clock.now())] if notify else []
    try:
        report = await platform.records(Report).create(report, *beside)
    except Conflict:
        report, beside = await _repeated(platform, report), []
    await platform.account(
        principal, "report:submit", organisation=organisation, subjects=[report.id], decision=decision, purpose=purpose
    )
    if beside:
        await platform.bus.send_or_leave(message)
    return report


async def read(
    platform: Platform, principal: Principal, report_id: str, purpose: Purpose, owner: str | None = None
) -> tuple[Report, ReportView]:
    organisation = owner or principal.organisation
    related = await relation_to(platform, principal, organisation, report_id)
    document = await _existing(platform, organisation, report_id) if related != "stranger" else None
    site = document["siteId"] if document else None
    resource = Resource("report", report_id, organisation, site)
    decision = await platform.authorise(principal, "report:read", resource, purpose, related)
    if document is None:
        raise NotFound("The report does not exist, or is not shared with you.")
    report = await platform.records(Report).open(document)
    await platform.account(
        principal, "report:read", organisation=organisation, subjects=[report_id], decision=decision, purpose=purpose
    )
    return report, view(report, decision.withheld)


async def list_own(
    platform: Platform, principal: Principal, query: ReportListQuery, binding: tuple[str, ...]
) -> ReportPage:
    """The organisation's reports, newest event first, at the sites where the principal's role holds."""
    resource = Resource("report", principal.organisation, principal.organisation, _one_site(query))
    decision = await platform.authorise(principal, "report:list", resource, query.purpose)
    where, parameters = _filter(principal, query)
    wanted = Wanted(where, parameters, [principal.organisation], "occurredAt", query.limit, query.cursor, binding)
    page = await newest_page(platform, Report, wanted)
    await platform.account(
        principal,
        "report:list",
        organisation=principal.organisation,
        subjects=[report.id for report in page.records],
        decision=decision,
        purpose=query.purpose,
    )
    return ReportPage(
        reports=[view(report, decision.withheld) for report in page.records],
        next_cursor=page.next_cursor,
    )


async def amend(
    platform: Platform, principal: Principal, report_id: str, change: ReportAmendment, purpose: Purpose, etag: str
) -> Report:
    document = await _existing(platform, principal.organisation, report_id)
    if document is None:
        raise NotFound("The report does not exist, or is not yours.")
    resource = Resource("report", report_id, principal.organisation, document["siteId"])
    decision = await platform.authorise(principal, "report:amend", resource, purpose)
    report = await platform.records(Report).open(document)
    given = {name: getattr(change, name) for name in change.model_fields_set}
    amended = report.model_copy(update={**given, "amended_at": platform.clock.now()})
    stored = await platform.records(Report).replace(amended, etag)
    await platform.account(
        principal,
        "report:amend",
        organisation=principal.organisation,
        subjects=[report_id],
        decision=decision,
        purpose=purpose,
    )
    return stored


async def relation_to(platform: Platform, principal: Principal, owner: str, report_id: str) -> Relation:
    """Own, shared through a community that both belong to, or neither."""
    if owner == principal.organisation:
        return "own"
    mine = await organisations.organisation(platform, principal.organisation)
    entries = await platform.container("feed").read_many([(report_id, each) for each in mine.communities])
    shared = any(entry and entry["organisationId"] == owner for entry in entries)
    return "community" if shared else "stranger"


def warning(report: Report) -> outbox.Message:
    """The message that asks for others to be warned: ids only."""
    message_id = derived_id("warning", report.id)
    request = AlertRequest(
        cause=Cause.REPORT,
        id=report.id,
        organisation_id=report.organisation_id,
        key=[report.organisation_id, report.report_id],
        message_id=message_id,
    )
    return outbox.Message(message_id, ALERT_QUEUE, request.model_dump(mode="json", by_alias=True))


def view(report: Report, withheld: frozenset[str]) -> ReportView:
    values = report.model_dump(exclude={"schema_version", "plate_tokens", "request_commitment", "dispose_at"})
    loss = Money(amount_minor=report.loss_minor, currency=report.currency) if report.currency else None
    known = {name: value for name, value in values.items() if name in ReportView.model_fields}
    shown = ReportView(**known, loss=loss, withheld=sorted(withheld))
    hidden = {name for name, field in ReportView.model_fields.items() if field.alias in withheld}
    return shown.model_copy(update=dict.fromkeys(hidden))


async def _draft(platform: Platform, principal: Principal, form: ReportSubmission, identifier: str) -> Report:
    now = platform.clock.now()
    root = await platform.roots.root(principal.organisation)
    losses = [item.value.amount_minor * item.quantity for item in form.items if item.value]
    currencies = {item.value.currency for item in form.items if item.value}
    return Report(
        id=identifier,
        organisation_id=principal.organisation,
        report_id=identifier,
        site_id=str(form.site_id),
        submitted_at=now,
        loss_minor=sum(losses),
        currency=next(iter(currencies), None),
        reported_by=principal.id,
        plate_tokens=_tokens(root.index, form.vehicles),
        request_commitment=commitment(root.audit, form.model_dump_json()),
        dispose_at=dispose_at("report", form.occurred_at),
        **form.model_dump(exclude={"site_id"}),
    )


async def _repeated(platform: Platform, report: Report) -> Report:
    existing = await platform.records(Report).read(report.id, report.key)
    if existing.request_commitment != report.request_commitment:
        raise IdempotencyMismatch("Use a new Idempotency-Key for a different report.")
    return existing


async def _existing(platform: Platform, organisation: str, report_id: str) -> Document | None:
    try:
        return await platform.container("reports").read(report_id, [organisation, report_id])
    except NotFound:
        return None


def _tokens(index_key: bytes, vehicles: list[VehicleDescription]) -> list[str]:
    return sorted({token for each in vehicles if each.plate for token in plate_tokens(index_key, each.plate)})


def _check_when(platform: Platform, form: ReportSubmission) -> None:
    now = platform.clock.now()
    if form.occurred_at > now + CLOCK_SKEW:
        raise Invalid("The event lies in the future.", [FieldError("/occurredAt", "future", "Check date and time.")])
    if form.occurred_at < now - OLDEST:
        what = FieldError("/occurredAt", "too_old", "Events of more than two years ago may not be kept.")
        raise Invalid("The event lies too far in the past.", [what])


def _partition(report: Report) -> dict[str, str]:
    return {"organisationId": report.organisation_id, "reportId": report.report_id}


def _one_site(query: ReportListQuery) -> str | None:
    return str(query.site_id) if query.site_id else None


def _filter(principal: Principal, query: ReportListQuery) -> tuple[str, dict[str, object]]:
    clauses: dict[str, tuple[str, object]] = {"kind": ("c.kind = @kind", "report")}
    if query.type:
        clauses["type"] = ("c.type = @type", query.type.value)
    if query.site_id:
        clauses["site"] = ("c.siteId = @site", str(query.site_id))
    elif principal.sites:
        clauses["sites"] = ("ARRAY_CONTAINS(@sites, c.siteId)", sorted(principal.sites))
    if query.since:
        clauses["since"] = ("c.occurredAt >= @since", rfc3339(query.since))
    if query.until:
        clauses["until"] = ("c.occurredAt < @until", rfc3339(query.until))
    if query.min_loss_minor is not None:
        clauses["loss"] = ("c.lossMinor >= @loss", query.min_loss_minor)
    where = " AND ".join(clause for clause, _ in clauses.values())
    return where, {name: value for name, (_, value) in clauses.items()}
