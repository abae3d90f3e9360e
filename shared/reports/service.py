"""What happens to a report: submitted, read, listed, amended."""

from datetime import timedelta

from shared.alerts.models import AlertRequest, Cause
from shared.clock import rfc3339
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.intelligence import vocabulary
from shared.organisations import service as organisations
from shared.people import minors
from shared.platform import Platform
from shared.policy.decision import Purpose, Resource
from shared.reports import disposal, products, screening
from shared.reports.models import (
    AgeBand,
    AgeJudgement,
    MinorState,
    PersonDescription,
    PersonRole,
    Report,
    ReportAmendment,
    ReportListQuery,
    ReportPage,
    ReportSubmission,
    ReportView,
    VehicleDescription,
)
from shared.reports.views import view
from shared.retention.terms import terms_of
from shared.retention.visibility import STILL_IN_USE, in_use
from shared.sealing.keyring import Use
from shared.sealing.records import repeated
from shared.sealing.tokens import commitment, look_tokens, plate_tokens
from shared.sharing import access, feed
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
    screening.refuse_profiling(form)
    await organisations.site(platform, organisation, site)
    identifier = derived_id("report", principal.id, idempotency_key)
    resource = Resource("report", identifier, organisation, site)
    purpose = Purpose.PREVENT_RISK
    decision = await platform.authorise(principal, "report:submit", resource, purpose)

    report = await _draft(platform, principal, form, identifier)
    _check_still_kept(platform, report)
    message = warning(report)
    beside = [outbox.document(message, _partition(report), platform.clock.now())] if notify else []
    try:
        report = await platform.records(Report).create(report, *beside)
    except Conflict:
        report, beside = await repeated(platform.records(Report), report, "report"), []
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
    standing = await access.standing(platform, principal, organisation, report_id)
    is_known = standing.relation != "stranger"
    document = await _existing(platform, organisation, report_id, purpose) if is_known else None
    resource = Resource("report", report_id, organisation)
    if document is not None:
        resource = feed.resource_of(document, lawful=standing.lawful, case_bound=standing.case_bound)
    decision = await platform.authorise(principal, "report:read", resource, purpose, standing.relation)
    if document is None:
        raise NotFound("The report does not exist, or is not shared with you.")
    report = await platform.records(Report).open(document)
    await platform.account(
        principal,
        "report:read",
        organisation=organisation,
        subjects=[report_id],
        decision=decision,
        purpose=purpose,
        shows=True,
    )
    return report, view(report, decision.withheld | standing.withheld)


async def list_own(
    platform: Platform, principal: Principal, query: ReportListQuery, binding: tuple[str, ...]
) -> ReportPage:
    """The organisation's reports, newest event first, at the sites where the principal's role holds."""
    resource = Resource("report", principal.organisation, principal.organisation, _one_site(query))
    decision = await platform.authorise(principal, "report:list", resource, query.purpose)
    where, parameters = _filter(platform, principal, query)
    wanted = Wanted(where, parameters, [principal.organisation], "occurredAt", query.limit, query.cursor, binding)
    page = await newest_page(platform, Report, wanted)
    await platform.account(
        principal,
        "report:list",
        subjects=[report.id for report in page.records],
        decision=decision,
        purpose=query.purpose,
        shows=True,
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
    screening.refuse_profiling(change)
    given = {name: getattr(change, name) for name in change.model_fields_set}
    amended = report.model_copy(update={**given, "amended_at": platform.clock.now()})
    amended = await suspected(platform, report, amended)
    stored = await platform.records(Report).replace(amended, etag)
    if stored.minor is not report.minor:
        await feed.index(platform, document | {"minor": stored.minor.value})
    await platform.account(
        principal,
        "report:amend",
        subjects=[report_id],
        decision=decision,
        purpose=purpose,
    )
    return stored


async def judge_age(
    platform: Platform, principal: Principal, report_id: str, judgement: AgeJudgement, etag: str
) -> Report:
    """A person says whether somebody is a minor: if so the report leaves every feed at once, else it may enter them."""
    document = await _existing(platform, principal.organisation, report_id)
    if document is None:
        raise NotFound("The report does not exist, or is not yours.")
    purpose = Purpose.PREVENT_RISK
    decision = await platform.authorise(principal, "report:judge-age", feed.resource_of(document), purpose)
    report = await platform.records(Report).open(document)
    found = MinorState.STATED if judgement.finding == "minor" else MinorState.CLEARED
    category = disposal.category_of(report, minor=found is MinorState.STATED)
    terms = await terms_of(platform, report.organisation_id, report.site_id)
    changed = report.model_copy(
        update={
            "minor": found,
            "amended_at": platform.clock.now(),
            "retention_category": category,
            "dispose_at": terms.dispose_at(category, report.occurred_at),
        }
    )
    stored = await platform.records(Report).replace(changed, etag)
    await feed.index(platform, document | {"minor": found.value})
    if found is MinorState.STATED:
        await minors.release(platform, report.organisation_id, report.id)
    await platform.account(
        principal,
        f"report:judge-age:{judgement.finding}",
        subjects=[report_id],
        decision=decision,
        purpose=purpose,
    )
    return stored


async def suspected(platform: Platform, before: Report, after: Report) -> Report:
    """``after``, as a report with a minor where its new words suggest one: it leaves every feed, until a person judges.
    Words that stood there when a person judged suggest nothing new."""
    if after.minor not in {MinorState.NO, MinorState.CLEARED} or not screening.suspects_minor(after):
        return after
    if before.minor is MinorState.CLEARED and screening.suspects_minor(before):
        return after
    category = disposal.category_of(after, minor=True)
    terms = await terms_of(platform, after.organisation_id, after.site_id)
    ends = min(after.dispose_at, terms.dispose_at(category, after.occurred_at))
    changes = {"minor": MinorState.SUSPECTED, "retention_category": category, "dispose_at": ends}
    return after.model_copy(update=changes)


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


async def _draft(platform: Platform, principal: Principal, form: ReportSubmission, identifier: str) -> Report:
    now = platform.clock.now()
    index = await platform.keyring.index(principal.organisation)
    key = await platform.keyring.key_for(principal.organisation, Use.COMMITMENTS)
    losses = [item.value.amount_minor * item.quantity for item in form.items if item.value]
    currencies = {item.value.currency for item in form.items if item.value}
    minor = _minor(form)
    category = disposal.category_of(form, minor=minor is not MinorState.NO)
    terms = await terms_of(platform, principal.organisation, str(form.site_id))
    return Report(
        id=identifier,
        organisation_id=principal.organisation,
        report_id=identifier,
        site_id=str(form.site_id),
        submitted_at=now,
        loss_minor=sum(losses),
        currency=next(iter(currencies), None),
        reported_by=principal.id,
        **tokens_of(index.newest, form.vehicles, form.people),
        **products.lists_of(form.items),
        suspects=len(described(form.people)),
        request_commitment=commitment(key, form.model_dump_json()),
        retention_category=category,
        dispose_at=terms.dispose_at(category, form.occurred_at),
        minor=minor,
        **form.model_dump(exclude={"site_id"}),
    )


def _minor(form: ReportSubmission) -> MinorState:
    if any(person.age_band is AgeBand.UNDER_18 for person in form.people):
        return MinorState.STATED
    return MinorState.SUSPECTED if screening.suspects_minor(form) else MinorState.NO


async def _existing(
    platform: Platform, organisation: str, report_id: str, purpose: Purpose | None = None
) -> Document | None:
    """None also for a report whose time is up: what only a legal hold keeps is read for legal action only."""
    try:
        document = await platform.container("reports").read(report_id, [organisation, report_id])
    except NotFound:
        return None
    return document if in_use(document, platform.clock.now(), purpose) else None


async def is_own(platform: Platform, organisation: str, report_id: str) -> bool:
    """Whether the organisation has this report, and it is in use: something else may then rest on it."""
    return await _existing(platform, organisation, report_id) is not None


async def require_own(platform: Platform, organisation: str, report_id: str) -> None:
    """Raises :class:`NotFound` for a search that names a report which it cannot rest on."""
    if not await is_own(platform, organisation, report_id):
        raise NotFound("The report that the search is for does not exist, or is not yours.")


def tokens_of(
    index_key: bytes, vehicles: list[VehicleDescription], people: list[PersonDescription]
) -> dict[str, list[str]]:
    """By which a report is found by the plates it names, and by what its suspects wore and were marked by."""
    suspects = described(people)
    worn = {word for each in suspects for word in vocabulary.worn(f"{each.clothing or ''}. {each.carried or ''}")}
    marks = {word for each in suspects for word in vocabulary.marks(each.marks or "")}
    return {
        "plate_tokens": sorted(
            {token for each in vehicles if each.plate for token in plate_tokens(index_key, each.plate)}
        ),
        "worn_tokens": look_tokens(index_key, "worn", worn),
        "mark_tokens": look_tokens(index_key, "mark", marks),
    }


def described(people: list[PersonDescription]) -> list[PersonDescription]:
    return [person for person in people if person.role is PersonRole.SUSPECT]


def _check_when(platform: Platform, form: ReportSubmission) -> None:
    now = platform.clock.now()
    if form.occurred_at > now + CLOCK_SKEW:
        raise Invalid("The event lies in the future.", [FieldError("/occurredAt", "future", "Check date and time.")])
    if form.occurred_at < now - OLDEST:
        what = FieldError("/occurredAt", "too_old", "Events of more than two years ago may not be kept.")
        raise Invalid("The event lies too far in the past.", [what])


def _check_still_kept(platform: Platform, report: Report) -> None:
    if report.dispose_at <= platform.clock.now():
        what = FieldError("/occurredAt", "past_retention", "The retention schedule has this event forgotten already.")
        raise Invalid("The event is so long ago that its report may not be kept any more.", [what])


def _partition(report: Report) -> dict[str, str]:
    return {"organisationId": report.organisation_id, "reportId": report.report_id}


def _one_site(query: ReportListQuery) -> str | None:
    return str(query.site_id) if query.site_id else None


def _filter(platform: Platform, principal: Principal, query: ReportListQuery) -> tuple[str, dict[str, object]]:
    clauses: dict[str, tuple[str, object]] = {
        "kind": ("c.kind = @kind", "report"),
        "usableAt": (STILL_IN_USE, rfc3339(platform.clock.now())),
    }
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
