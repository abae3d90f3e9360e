"""What people do with the searches they keep: save, list, take away; and how those end that nobody renewed."""

import contextlib

from shared.clock import rfc3339
from shared.errors import Conflict, FieldError, IdempotencyMismatch, Invalid, NotFound
from shared.http.models import PersonalQuery
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.intelligence import vocabulary
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Resource
from shared.reports import screening
from shared.sealing.keyring import Use
from shared.sealing.tokens import commitment
from shared.searches import alerting, service
from shared.searches.saved_models import (
    KEPT_WITHIN,
    MOST_OF_ONE,
    SEARCHES,
    SavedSearch,
    SavedSearchForm,
    SavedSearchList,
    SavedSearchView,
    view,
)
from shared.storage.cosmos import Document, Write

LEFT_TO_THE_TIMER = 7 * 24 * 3600
"""Seconds after its end for which the document waits for the timer, which destroys its key first."""
MOST = 500
"""Of one run of the timer."""


async def save(
    platform: Platform, principal: Principal, form: SavedSearchForm, query: PersonalQuery, idempotency_key: str
) -> SavedSearchView:
    """The same key twice is one search."""
    identifier = derived_id("saved-search", principal.id, idempotency_key)
    decision = await _authorised(platform, principal, identifier, query.purpose)
    await service.authorised(service.Asked(platform, principal, form.criteria, query.purpose))
    screening.refuse_profiling(form)
    vocabulary.sought(vocabulary.worn, form.criteria.worn, "/criteria/worn")
    vocabulary.sought(vocabulary.marks, form.criteria.marks, "/criteria/marks")
    now = platform.clock.now()
    if not now < form.ends_at <= now + KEPT_WITHIN:
        what = FieldError("/endsAt", "out_of_range", "Choose a day within the next half year.")
        raise Invalid("The day on which it ends is not possible.", [what])
    key = await platform.keyring.key_for(principal.organisation, Use.COMMITMENTS)
    search = SavedSearch(
        id=identifier,
        organisation_id=principal.organisation,
        user_id=principal.id,
        **{name: getattr(form, name) for name in SavedSearchForm.model_fields},
        purpose=query.purpose,
        created_at=now,
        request_commitment=commitment(key, form.model_dump_json()),
        ttl=round((form.ends_at - now).total_seconds()) + LEFT_TO_THE_TIMER,
    )
    stored = await _kept(platform, search)
    if stored.request_commitment != search.request_commitment:
        raise IdempotencyMismatch("Use a new Idempotency-Key for a different search.")
    await _changed(platform, stored.alerts, principal.organisation)
    await _account(platform, principal, "search:save", [identifier], decision, query.purpose)
    return view(stored)


async def list_own(platform: Platform, principal: Principal, purpose: Purpose) -> SavedSearchList:
    """The newest first."""
    decision = await _authorised(platform, principal, principal.organisation, purpose)
    rows = await _rows(platform, principal.organisation, principal.id)
    now = platform.clock.now()
    found = [each for each in await platform.records(SavedSearch).open_all(rows) if each.ends_at > now]
    await _account(platform, principal, "search:list-saved", [each.id for each in found], decision, purpose)
    return SavedSearchList(searches=[view(each) for each in sorted(found, key=lambda e: e.created_at, reverse=True)])


async def remove(platform: Platform, principal: Principal, search_id: str, purpose: Purpose) -> None:
    """One's own; nobody else's exists."""
    decision = await _authorised(platform, principal, search_id, purpose)
    row = next((e for e in await _rows(platform, principal.organisation, principal.id) if e["id"] == search_id), None)
    if row is None:
        raise NotFound("You keep no such search.")
    await _account(platform, principal, "search:forget", [search_id], decision, purpose)
    await _forget(platform, row)


async def forget_all(platform: Platform, organisation: str, user: str) -> int:
    """Of somebody who does not work there any more. Safe to repeat; how many there were."""
    rows = await _rows(platform, organisation, user)
    for each in rows:
        await _forget(platform, each)
    return len(rows)


async def expire(platform: Platform) -> int:
    """Forgets what nobody renewed. Safe to interrupt and to run twice; how many there were."""
    text = f"SELECT * FROM c WHERE c.kind = 'saved_search' AND c.endsAt <= @now OFFSET 0 LIMIT {MOST:d}"  # noqa: S608
    found = platform.container(SEARCHES).query(text, {"now": rfc3339(platform.clock.now())})
    rows = [each async for each in found]
    for each in rows:
        await _forget(platform, each)
    return len(rows)


async def _kept(platform: Platform, search: SavedSearch) -> SavedSearch:
    """Written together with one of the places that its owner has, or as it was when this is a repetition.

    A place is a document that only one search can make: so the limit holds for any number of requests at once.
    """
    organisation, records = search.organisation_id, platform.records(SavedSearch)
    rows = await _rows(platform, organisation, search.user_id)
    if search.id in {each["id"] for each in rows}:
        return await records.read(search.id, organisation)
    taken = {each.get("place", 0) for each in rows}
    for number in (each for each in range(MOST_OF_ONE) if each not in taken):
        with contextlib.suppress(Conflict):
            return await records.create(search.model_copy(update={"place": number}), _place(search, number))
        with contextlib.suppress(NotFound):  # what is there is another search in this place, or this very one
            return await records.read(search.id, organisation)
    raise Conflict(f"You keep {MOST_OF_ONE} searches already. Take one away first.")


def _place(search: SavedSearch, number: int) -> Document:
    """It ends with the search."""
    identifier = _place_id(search.user_id, number)
    return {"id": identifier, "kind": "place", "organisationId": search.organisation_id, "ttl": search.ttl}


def _place_id(user: str, number: int) -> str:
    return derived_id("saved-search-place", user, str(number))


async def _forget(platform: Platform, row: Document) -> None:
    """The key first: from then on nobody can read what was sought."""
    organisation, container = row["organisationId"], platform.container(SEARCHES)
    ids = [row["id"], _place_id(row["userId"], row.get("place", 0))]
    await platform.keyring.destroy(organisation, row["id"])
    try:
        await container.batch(organisation, [Write("delete", {"id": each}) for each in ids])
    except NotFound:  # one of them has ended by itself
        for each in ids:
            await container.delete(each, organisation)
    await _changed(platform, row["alerts"], organisation)


async def _changed(platform: Platform, alerts: bool, organisation: str) -> None:
    if alerts:
        await alerting.mark(platform, organisation)


async def _rows(platform: Platform, organisation: str, user: str) -> list[Document]:
    text = "SELECT * FROM c WHERE c.kind = 'saved_search' AND c.userId = @user"
    return [each async for each in platform.container(SEARCHES).query(text, {"user": user}, organisation)]


async def _authorised(platform: Platform, principal: Principal, subject: str, purpose: Purpose) -> Decision:
    resource = Resource("search", subject, principal.organisation)
    return await platform.authorise(principal, "search:save", resource, purpose)


async def _account(
    platform: Platform, principal: Principal, action: str, subjects: list[str], decision: Decision, purpose: Purpose
) -> None:
    await platform.account(
        principal,
        action,
        organisation=principal.organisation,
        subjects=subjects,
        decision=decision,
        purpose=purpose,
    )
