"""Watchlists: who put what on one, why, until when, and with whom it is shared."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.organisations.models import OrganisationKind
from shared.plates.models import (
    Listing,
    ReviewForm,
    WatchlistEntry,
    WatchlistEntryForm,
    WatchlistEntryView,
    WatchlistPage,
    WatchlistQuery,
)
from shared.platform import Platform
from shared.policy.decision import Purpose, Resource
from shared.reports import screening
from shared.reports.service import is_own
from shared.sealing.keyring import Use
from shared.sealing.records import repeated
from shared.sealing.tokens import commitment, plate_tokens
from shared.sharing import communities, law

LONGEST = timedelta(days=180)
REVIEW_AFTER, LONGEST_REVIEW = timedelta(days=30), timedelta(days=90)


async def add(
    platform: Platform, principal: Principal, form: WatchlistEntryForm, idempotency_key: str
) -> WatchlistEntry:
    """Puts a vehicle on the list until its end, and on those of communities. The same key twice is one entry."""
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
        entry = await repeated(platform.records(WatchlistEntry), entry, "entry")
    await _share(platform, entry)
    await platform.account(
        principal, "watchlist:add", organisation=organisation, subjects=[entry.id], decision=decision, purpose=purpose
    )
    return entry


async def review(
    platform: Platform, principal: Principal, entry_id: str, form: ReviewForm, etag: str
) -> WatchlistEntry:
    """Somebody has looked at the entry again, and it goes on."""
    now = platform.clock.now()

    def reviewed(entry: WatchlistEntry) -> dict[str, Any]:
        if errors := _review_objections(form.review_at, entry.expires_at, now):
            raise Invalid("The next review is too far away.", errors)
        return {"review_at": form.review_at, "reviewed_by": principal.id}

    return await _change(platform, principal, entry_id, etag, reviewed)


async def withdraw(platform: Platform, principal: Principal, entry_id: str, etag: str) -> WatchlistEntry:
    """From now on it matches nothing; the timer disposes of it."""
    now = platform.clock.now()
    return await _change(platform, principal, entry_id, etag, lambda entry: {"expires_at": min(now, entry.expires_at)})


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
        shows=True,
    )
    return WatchlistPage(
        entries=[view(entry) for entry in page.records],
        next_cursor=page.next_cursor,
    )


def view(entry: WatchlistEntry, withheld: frozenset[str] | None = None) -> WatchlistEntryView:
    """``withheld``: names of what a partner does not see; None for the owner, who sees all."""
    shown = {name: getattr(entry, name) for name in WatchlistEntryView.model_fields if name in type(entry).model_fields}
    whole = WatchlistEntryView(**shown | {"etag": entry.etag if withheld is None else None})
    names = {name: field.alias or name for name, field in WatchlistEntryView.model_fields.items()}
    hidden = {name: None for name, alias in names.items() if alias in (withheld or ())}
    return whole.model_copy(update={**hidden, "withheld": sorted(withheld or ())})


# -- what others may know --------------------------------------------------------------------------------------------


async def find(platform: Platform, organisation: str, entry_id: str) -> WatchlistEntry | None:
    """One of the organisation's own entries."""
    try:
        return await platform.records(WatchlistEntry).read(entry_id, organisation)
    except NotFound:
        return None


async def usable(platform: Platform, organisation: str, list_id: str | None, entry_id: str) -> WatchlistEntry | None:
    """The entry as it is now, if it may be used by this organisation: its own, or one of a community in which its
    owner gives and the organisation takes, and the owner's law lets it. Looked at afresh each time, so a change on
    either side holds at once."""
    owner = organisation if list_id in {None, organisation} else await _owner(platform, organisation, list_id, entry_id)
    return await find(platform, owner, entry_id) if owner else None


async def _owner(platform: Platform, organisation: str, community: str, entry_id: str) -> str | None:
    [document] = await platform.container("watchlists").read_many([(entry_id, community)])
    if document is None:
        return None
    listing = Listing.model_validate(document)
    owner = await communities.membership(platform, community, listing.organisation_id)
    mine = await communities.membership(platform, community, organisation)
    if owner is None or mine is None or not (owner.is_in and mine.is_in):
        return None
    wanted = owner.lists.gives and listing.owner_kind in mine.lists.takes
    lawful = owner.sharing_lawful.get(mine.organisation_kind.value, False)
    return listing.organisation_id if wanted and lawful and owner.organisation_id != organisation else None


async def _share(platform: Platform, entry: WatchlistEntry) -> None:
    """Safe to repeat: what is listed already gets the entry's present end."""
    if not entry.community_ids:
        return
    home = await organisations.organisation(platform, entry.organisation_id)
    for community in entry.community_ids:
        try:
            index = await platform.community_index.index(community, home.id)
        except NotFound:
            continue  # the organisation has left it, and its listings there are dead
        listing = Listing(
            id=entry.id,
            organisation_id=home.id,
            scope_id=community,
            owner_kind=home.kind,
            folded_token=plate_tokens(index.newest, entry.plate)[1],
            created_at=entry.created_at,
            expires_at=entry.expires_at,
            review_at=entry.review_at,
        )
        await platform.container(Listing.container).upsert(listing.model_dump(mode="json", by_alias=True))


# -- what an entry has to have ---------------------------------------------------------------------------------------


async def objections(platform: Platform, organisation: str, form: WatchlistEntryForm) -> list[FieldError]:
    """What speaks against an entry beside its form: an end that is too far away, a report that is not there, a
    community to which nothing is given."""
    now, found = platform.clock.now(), []
    if not now < form.expires_at <= now + LONGEST:
        found.append(FieldError("/expiresAt", "expiry", "Choose a time within the next 180 days."))
    if form.review_at:
        found += _review_objections(form.review_at, form.expires_at, now)
    if form.report_id and not await is_own(platform, organisation, str(form.report_id)):
        found.append(FieldError("/reportId", "unknown_report", "Choose a report of your own organisation."))
    for number, community in enumerate(form.community_ids):
        if not await _may_give(platform, organisation, str(community)):
            said = "Choose a community to whose list your organisation gives; its administrator can change that."
            found.append(FieldError(f"/communityIds/{number}", "not_given", said))
    return found


def _review_objections(review_at: datetime, expires_at: datetime, now: datetime) -> list[FieldError]:
    if now < review_at <= min(expires_at, now + LONGEST_REVIEW):
        return []
    return [FieldError("/reviewAt", "review", "Choose a time within 90 days and before the entry expires.")]


async def _may_give(platform: Platform, organisation: str, community: str) -> bool:
    mine = await communities.membership(platform, community, organisation)
    if mine is None or not (mine.is_in and mine.lists.gives):
        return False
    home = await organisations.organisation(platform, organisation)
    return any(law.may_share(home, kind) for kind in OrganisationKind)


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
        community_ids=[str(each) for each in form.community_ids],
        plate=form.plate,
        reason=form.reason,
        case_reference=form.case_reference,
        make=form.make,
        colour=form.colour,
        request_commitment=commitment(key, form.model_dump_json()),
    )


async def _change(
    platform: Platform,
    principal: Principal,
    entry_id: str,
    etag: str,
    changed: Callable[[WatchlistEntry], dict[str, Any]],
) -> WatchlistEntry:
    organisation, purpose = principal.organisation, Purpose.PREVENT_OFFENCE
    if (entry := await find(platform, organisation, entry_id)) is None:
        raise NotFound("The entry does not exist, or is not yours.")
    resource = Resource("watchlist", entry_id, organisation)
    decision = await platform.authorise(principal, "watchlist:change", resource, purpose)
    update = changed(entry)
    stored = await platform.records(WatchlistEntry).replace(entry.model_copy(update=update), etag)
    await _share(platform, stored)
    await platform.account(
        principal,
        "watchlist:change",
        organisation=organisation,
        subjects=[entry_id],
        decision=decision,
        purpose=purpose,
    )
    return stored
