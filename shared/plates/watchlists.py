"""The watchlist of an organisation: who put what on it, why, and until when."""

from datetime import timedelta

from shared.errors import Conflict, FieldError, IdempotencyMismatch, Invalid, NotFound
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.plates.models import (
    WatchlistEntry,
    WatchlistEntryForm,
    WatchlistEntryView,
    WatchlistPage,
    WatchlistQuery,
)
from shared.platform import Platform
from shared.policy.decision import Purpose, Resource
from shared.reports import screening
from shared.sealing.keyring import Use
from shared.sealing.tokens import commitment, plate_tokens

LONGEST = timedelta(days=180)
REVIEW_AFTER = timedelta(days=30)


async def add(
    platform: Platform, principal: Principal, form: WatchlistEntryForm, idempotency_key: str
) -> WatchlistEntry:
    """Puts a vehicle on the list until its end. The same key twice is one entry."""
    organisation, purpose = principal.organisation, Purpose.PREVENT_OFFENCE
    identifier = derived_id("watchlist-entry", principal.id, idempotency_key)
    resource = Resource("watchlist", identifier, organisation)
    decision = await platform.authorise(principal, "watchlist:add", resource, purpose)
    screening.refuse_profiling(form)
    if errors := await objections(platform, organisation, form):
        raise Invalid("The entry cannot be taken as it is.", errors)
    entry = await _draft(platform, principal, form, identifier)
    try:
        entry = await platform.records(WatchlistEntry).create(entry)
    except Conflict:
        entry = await _repeated(platform, entry)
    await platform.account(
        principal, "watchlist:add", organisation=organisation, subjects=[entry.id], decision=decision, purpose=purpose
    )
    return entry


async def list_own(
    platform: Platform, principal: Principal, query: WatchlistQuery, binding: tuple[str, ...]
) -> WatchlistPage:
    organisation = principal.organisation
    resource = Resource("watchlist", organisation, organisation)
    decision = await platform.authorise(principal, "watchlist:list", resource, query.purpose)
    wanted = Wanted("c.kind = 'entry'", {}, organisation, "createdAt", query.limit, query.cursor, binding)
    page = await newest_page(platform, WatchlistEntry, wanted)
    await platform.account(
        principal,
        "watchlist:list",
        organisation=organisation,
        subjects=[entry.id for entry in page.records],
        decision=decision,
        purpose=query.purpose,
    )
    return WatchlistPage(
        entries=[view(entry) for entry in page.records],
        next_cursor=page.next_cursor,
    )


async def find(platform: Platform, organisation: str, entry_id: str) -> WatchlistEntry | None:
    try:
        return await platform.records(WatchlistEntry).read(entry_id, organisation)
    except NotFound:
        return None


def view(entry: WatchlistEntry) -> WatchlistEntryView:
    return WatchlistEntryView(**{name: getattr(entry, name) for name in WatchlistEntryView.model_fields})


async def objections(platform: Platform, organisation: str, form: WatchlistEntryForm) -> list[FieldError]:
    """What speaks against an entry beside its form: an end that is too far away, a report that is not there."""
    now, found = platform.clock.now(), []
    if not now < form.expires_at <= now + LONGEST:
        found.append(FieldError("/expiresAt", "expiry", "Choose a time within the next 180 days."))
    if form.report_id and not await _is_own_report(platform, organisation, str(form.report_id)):
        found.append(FieldError("/reportId", "unknown_report", "Choose a report of your own organisation."))
    return found


async def _is_own_report(platform: Platform, organisation: str, report_id: str) -> bool:
    try:
        await platform.container("reports").read(report_id, [organisation, report_id])
    except NotFound:
        return False
    return True


async def _draft(platform: Platform, principal: Principal, form: WatchlistEntryForm, identifier: str) -> WatchlistEntry:
    now = platform.clock.now()
    index = await platform.keyring.index(principal.organisation)
    key = await platform.keyring.key_for(principal.organisation, Use.COMMITMENTS)
    exact, folded = plate_tokens(index.newest, form.plate)
    return WatchlistEntry(
        id=identifier,
        organisation_id=principal.organisation,
        scope_id=principal.organisation,
        exact_token=exact,
        folded_token=folded,
        report_id=str(form.report_id) if form.report_id else None,
        created_by=principal.id,
        created_at=now,
        expires_at=form.expires_at,
        review_at=form.review_at or min(form.expires_at, now + REVIEW_AFTER),
        plate=form.plate,
        reason=form.reason,
        case_reference=form.case_reference,
        make=form.make,
        colour=form.colour,
        request_commitment=commitment(key, form.model_dump_json()),
    )


async def _repeated(platform: Platform, entry: WatchlistEntry) -> WatchlistEntry:
    existing = await platform.records(WatchlistEntry).read(entry.id, entry.key)
    if existing.request_commitment != entry.request_commitment:
        raise IdempotencyMismatch("Use a new Idempotency-Key for a different entry.")
    return existing
