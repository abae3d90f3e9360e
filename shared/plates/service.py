"""What happens to a plate read: matched, kept or dropped; and what people do with the candidates."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.alerts.models import AlertRequest, Cause
from shared.clock import rfc3339
from shared.errors import Conflict, Forbidden, NotFound, PreconditionFailed, Unauthenticated
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal, Role
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.plates import days, gates, health, lists, matching, pictures, spill, watchlists
from shared.plates.formats import understood
from shared.plates.formats.base import Message, Understood
from shared.plates.likeness import Likeness, likeness
from shared.plates.matching import Match
from shared.plates.models import (
    Candidate,
    CandidateDecision,
    CandidateListQuery,
    CandidatePage,
    CandidateState,
    CandidateView,
    Doubt,
    KeptRead,
    PlateRead,
    WatchlistEntry,
    WatchlistEntryView,
)
from shared.plates.passages import Passages, candidate_id, day_of
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Resource
from shared.retention.terms import terms_of
from shared.retention.visibility import STILL_IN_USE, in_use
from shared.sealing.records import Record
from shared.sealing.tokens import normalised_plate, plate_tokens
from shared.storage import outbox
from shared.storage.cosmos import Document

log = logging.getLogger("reeve.plates")

ALERT_QUEUE = "alert-requests"
DECIDE_WITHIN = timedelta(hours=24)
CLOCK_OFF = timedelta(minutes=10)
ENTRIES_SEEN_BY = {Role.INVESTIGATOR.value, Role.OFFICER.value}


@dataclass(frozen=True)
class Standing:
    """A possible match whose entry has been opened: it stands, and is this close."""

    match: Match
    entry: WatchlistEntry
    likeness: Likeness
    passages: Passages


# -- the camera's side -----------------------------------------------------------------------------------------------


async def receive(platform: Platform, device: Principal, headers: Mapping[str, str], body: bytes) -> Understood:
    """Reads a message in the vendor's own format, and deals with each read in it."""
    [site] = device.sites
    terms = await terms_of(platform, device.organisation, site)
    heard = understood(Message(headers, body, terms.zone), device.vendor_format)
    try:
        await ingest(platform, device, heard.reads)
        await health.note(platform, device, has_reads=bool(heard.reads))
    except spill.AWAY:
        await spill.set_aside(platform, device, heard.reads)
    return heard


async def take_up(platform: Platform, body: Document) -> bool:
    """Deals with reads that were set aside. False if they have to wait on."""
    device, reads = await spill.opened(platform, body)
    try:
        await ingest(platform, device, reads)
    except spill.AWAY:
        await spill.again_later(platform, body)
        return False
    except (Unauthenticated, Forbidden):
        log.warning("%d reads that waited were dropped: their camera has been shut out, or their site", len(reads))
    return True


async def ingest(platform: Platform, device: Principal, reads: list[PlateRead]) -> int:
    """Deals with each read so that it need not be sent again. A read without a match leaves no trace unless the site
    keeps reads.

    :returns: how many candidates were new.
    """
    if not reads:
        return 0
    [site] = device.sites
    resource = Resource("plate_read", device.id, device.organisation, site)
    decision = await platform.authorise(device, "plate:post", resource)
    terms = await terms_of(platform, device.organisation, site)
    await lists.applying(platform, device.organisation)  # and with them whatever was shut out ten seconds ago
    gates.demand_not_revoked(device)
    if not terms.anpr_allowed:
        raise Forbidden("The law at this site does not let a private body read number plates. Nothing was stored.")
    if not (await organisations.site(platform, device.organisation, site)).anpr_open:
        raise gates.closed()
    return sum([await _one(platform, device, site, read, decision) for read in reads])


async def _one(platform: Platform, device: Principal, site: str, read: PlateRead, decision: Decision) -> int:
    guesses = [(guess.plate, guess.confidence) for guess in (read.best, *read.alternatives)]
    found = await matching.matches(platform, device.organisation, guesses)
    standing = [each for match in found if (each := await _standing(platform, device, match, read.captured_at))]
    terms = await terms_of(platform, device.organisation, site)
    if not standing and device.keeps_unmatched and terms.keeps("plate_read"):
        await _keep(platform, device, site, read)
    return sum([await _candidate(platform, device, site, read, each, decision) for each in standing])


async def _standing(platform: Platform, device: Principal, match: Match, at: datetime) -> Standing | None:
    """None if the entry has gone, or is no longer given or taken, or only began like this plate."""
    home, [site] = device.organisation, device.sites
    entry, known = await asyncio.gather(
        watchlists.usable(platform, home, match.list_id, match.entry_id),
        Passages.of(platform, home, site, device.id, match.entry_id, at),
    )
    if entry is None or entry.ends_at <= platform.clock.now():
        return None
    close = likeness(entry.plate, match.plate)
    return Standing(match, entry, close, known) if close is not None else None


async def _candidate(
    platform: Platform, device: Principal, site: str, read: PlateRead, standing: Standing, decision: Decision
) -> int:
    if standing.passages.told:
        return 0
    candidate = await _draft(platform, device, site, read, standing)
    message = _message(candidate, Cause.PLATE_CANDIDATE)
    beside: list[Document | Record] = [outbox.document(message, _partition(candidate), platform.clock.now())]
    if picture := pictures.of(candidate, read):
        beside.append(picture)
        candidate = candidate.model_copy(update={"picture_until": candidate.created_at + pictures.KEPT})
    await platform.account(
        device, "plate:match", organisation=device.organisation, subjects=[candidate.id], decision=decision
    )  # before it is stored: a worker that dies in between leaves an entry too many, never one too few
    if not await _stored(platform, device, candidate, standing.passages, beside):
        return 0
    await platform.bus.send_or_leave(message)
    return 1


async def _stored(
    platform: Platform, device: Principal, candidate: Candidate, known: Passages, beside: list[Document | Record]
) -> bool:
    """False if another worker was told of the same passage at this very moment. If it was told of another passage of
    the same vehicle, this one is tried again."""
    while not known.told:
        try:
            await gates.store(platform, device, candidate, *beside, known.noted())
        except (Conflict, PreconditionFailed, NotFound):  # or the day's document has just gone by itself
            former, known = known, await known.again(platform)
            if known == former:
                return False  # it is the candidate that is there already
        else:
            return True
    return False


async def _draft(platform: Platform, device: Principal, site: str, read: PlateRead, standing: Standing) -> Candidate:
    now, match = platform.clock.now(), standing.match
    terms = await terms_of(platform, device.organisation, site)
    index = await platform.keyring.index(device.organisation)
    return Candidate(
        id=candidate_id(device.id, match.entry_id, read.captured_at),
        organisation_id=device.organisation,
        site_id=site,
        day=day_of(read.captured_at),
        device_id=device.id,
        entry_id=match.entry_id,
        list_id=match.list_id if match.list_id != device.organisation else None,
        captured_at=read.captured_at,
        created_at=now,
        decide_by=now + DECIDE_WITHIN,
        confidence=round(match.confidence, 4),
        tokens=list(plate_tokens(index.newest, match.plate)),
        plate=normalised_plate(match.plate),
        make=read.make,
        colour=read.colour,
        doubts=_doubts(read, standing, now - read.captured_at),
        dispose_at=terms.dispose_at("plate_candidate", min(read.captured_at, now)),
    )


def _doubts(read: PlateRead, standing: Standing, age: timedelta) -> list[Doubt]:
    entry = standing.entry
    checks = {
        Doubt.FOLDED: standing.likeness is Likeness.FOLDED,
        Doubt.ONE_OFF: standing.likeness is Likeness.ONE_OFF,
        Doubt.ALTERNATIVE: standing.match.position > 0,
        Doubt.MAKE: _differs(entry.make, read.make),
        Doubt.COLOUR: _differs(entry.colour, read.colour),
        Doubt.CLOCK: abs(age) > CLOCK_OFF,
    }
    return [doubt for doubt, holds in checks.items() if holds]


def _differs(listed: str | None, seen: str | None) -> bool:
    return listed is not None and seen is not None and listed.casefold() not in seen.casefold()


async def _keep(platform: Platform, device: Principal, site: str, read: PlateRead) -> None:
    """Sealed under the key of its day: one write, and all reads of a day at a site die with one key."""
    terms, now = await terms_of(platform, device.organisation, site), platform.clock.now()
    at = min(read.captured_at, now)  # a camera whose clock is ahead keeps nothing longer
    left = await days.dispose_at(platform, device.organisation, site, at) - now
    if left <= timedelta():
        return  # it came too late to be kept
    day, _ = days.day_of(at, terms.zone)
    tokens = await platform.keyring.index(device.organisation)
    kept = KeptRead(
        id=derived_id("read", device.id, read.read_id),
        organisation_id=device.organisation,
        site_id=site,
        day=day,
        day_key=days.key_id(device.organisation, site, day),
        captured_at=read.captured_at,
        tokens=list(plate_tokens(tokens.newest, read.best.plate)),
        plate=normalised_plate(read.best.plate),
        make=read.make,
        colour=read.colour,
        ttl=int((left + days.BACKSTOP).total_seconds()),
    )
    try:
        await gates.store(platform, device, kept)
    except Conflict:
        return  # sent again


# -- the investigator's side -----------------------------------------------------------------------------------------


async def list_candidates(
    platform: Platform, principal: Principal, query: CandidateListQuery, binding: tuple[str, ...]
) -> CandidatePage:
    organisation = principal.organisation
    resource = await _resource(platform, principal, organisation)
    decision = await platform.authorise(principal, "candidate:read", resource, query.purpose)
    where, parameters = _filter(platform, principal, query)
    wanted = Wanted(where, parameters, [organisation], "capturedAt", query.limit, query.cursor, binding)
    page = await newest_page(platform, Candidate, wanted)
    await platform.account(
        principal,
        "candidate:list",
        organisation=organisation,
        subjects=[candidate.id for candidate in page.records],
        decision=decision,
        purpose=query.purpose,
        shows=True,
    )
    return CandidatePage(
        candidates=await _views(platform, principal, page.records, query.purpose),
        next_cursor=page.next_cursor,
    )


async def read_candidate(
    platform: Platform, principal: Principal, candidate_id: str, purpose: Purpose
) -> CandidateView:
    candidate = await find(platform, principal, candidate_id, purpose)
    resource = await _resource(platform, principal, candidate_id, candidate.site_id)
    decision = await platform.authorise(principal, "candidate:read", resource, purpose)
    await platform.account(
        principal,
        "candidate:read",
        subjects=[candidate_id],
        decision=decision,
        purpose=purpose,
        shows=True,
    )
    [seen] = await _views(platform, principal, [candidate], purpose)
    return seen


async def picture_of(platform: Platform, principal: Principal, candidate_id: str, purpose: Purpose) -> bytes:
    """A JPEG, to compare with the entry."""
    candidate = await find(platform, principal, candidate_id, purpose)
    decision = await platform.authorise(
        principal, "candidate:read", await _resource(platform, principal, candidate_id, candidate.site_id), purpose
    )
    content = await pictures.read(platform, candidate)
    await platform.account(
        principal,
        "candidate:picture",
        subjects=[candidate_id],
        decision=decision,
        purpose=purpose,
        shows=True,
    )
    return content


async def _resource(platform: Platform, principal: Principal, identifier: str, site: str | None = None) -> Resource:
    """Whether the organisation lets its sites' staff see candidates is looked up for those whom it matters to."""
    open_to_staff = False
    if Role.REPORTER.value in principal.roles:
        home = await organisations.organisation(platform, principal.organisation)
        open_to_staff = home.candidates_to_staff
    return Resource("candidate", identifier, principal.organisation, site, open_to_staff=open_to_staff)


async def decide(
    platform: Platform, principal: Principal, candidate_id: str, made: CandidateDecision, purpose: Purpose, etag: str
) -> CandidateView:
    """A person confirms or rejects. Only a confirmation lets anybody else be warned."""
    candidate = await find(platform, principal, candidate_id, purpose)
    resource = Resource("candidate", candidate_id, principal.organisation, candidate.site_id)
    decision = await platform.authorise(principal, "candidate:decide", resource, purpose)
    if _state(platform, candidate) is not CandidateState.CANDIDATE:
        raise Conflict(f"The candidate is {_state(platform, candidate)} already.")
    now = platform.clock.now()
    terms = await terms_of(platform, principal.organisation, candidate.site_id)
    category = "plate_confirmed" if made.decision == "confirmed" else "plate_candidate"
    decided = candidate.model_copy(
        update={
            "dispose_at": terms.dispose_at(category, min(candidate.captured_at, candidate.created_at)),
            "state": CandidateState(made.decision),
            "decided_by": principal.id,
            "decided_at": now,
            "note": made.note,
            "picture_until": candidate.picture_until if made.decision == "confirmed" else None,
        }
    )
    message = _message(decided, Cause.PLATE_CONFIRMED)
    beside = [outbox.document(message, _partition(decided), now)] if made.decision == "confirmed" else []
    stored = await platform.records(Candidate).replace(decided, etag, *beside)
    await platform.account(
        principal,
        f"candidate:{made.decision}",
        subjects=[candidate_id],
        decision=decision,
        purpose=purpose,
    )
    if beside:
        await platform.bus.send_or_leave(message)
    elif candidate.picture_until:
        await pictures.delete(platform, candidate_id, candidate.key)
    [seen] = await _views(platform, principal, [stored], purpose)
    return seen


async def _views(
    platform: Platform, principal: Principal, candidates: Sequence[Candidate], purpose: Purpose
) -> list[CandidateView]:
    """Each beside its entry, for those who compare; the staff of a site see the candidate alone. An entry of another
    organisation is read by the rules for partners, and that it was read stands in its owner's log."""
    if not ENTRIES_SEEN_BY & principal.roles:
        return [_view(platform, candidate, None) for candidate in candidates]
    seen, decisions = [], dict[str, tuple[Decision, list[str]]]()
    for candidate in candidates:
        entry = await watchlists.usable(platform, principal.organisation, candidate.list_id, candidate.entry_id)
        listed = None
        if entry and entry.organisation_id == principal.organisation:
            listed = watchlists.view(entry)
        elif entry:
            resource = Resource("watchlist", entry.id, entry.organisation_id, sharing_lawful=True)
            decision = await platform.authorise(principal, "watchlist:read", resource, purpose, related="community")
            decisions.setdefault(entry.organisation_id, (decision, []))[1].append(entry.id)
            listed = watchlists.view(entry, decision.withheld)
        seen.append(_view(platform, candidate, listed))
    for owner, (decision, entries) in decisions.items():
        await platform.account(
            principal,
            "watchlist:read",
            organisation=owner,
            subjects=entries,
            decision=decision,
            purpose=purpose,
            shows=True,
        )
    return seen


def _view(platform: Platform, candidate: Candidate, listed: WatchlistEntryView | None) -> CandidateView:
    known = {name: getattr(candidate, name) for name in CandidateView.model_fields if name in Candidate.model_fields}
    until = candidate.picture_until if candidate.has_picture(platform.clock.now()) else None
    return CandidateView(**known | {"state": _state(platform, candidate), "picture_until": until}, listed=listed)


async def find(platform: Platform, principal: Principal, candidate_id: str, purpose: Purpose) -> Candidate:
    """Raises :class:`NotFound` also for one whose time is up, or that a person's request has put out of use."""
    text = "SELECT * FROM c WHERE c.id = @id AND c.kind = 'candidate'"
    found = platform.container("plateReads").query(text, {"id": candidate_id}, key=[principal.organisation])
    async for document in found:
        if in_use(document, platform.clock.now(), purpose):
            return await platform.records(Candidate).open(document)
    raise NotFound("The candidate does not exist, or is not yours.")


def _state(platform: Platform, candidate: Candidate) -> CandidateState:
    """A candidate that nobody decided on in time has expired, whether or not anything has noticed."""
    late = candidate.state is CandidateState.CANDIDATE and platform.clock.now() >= candidate.decide_by
    return CandidateState.EXPIRED if late else candidate.state


def _filter(platform: Platform, principal: Principal, query: CandidateListQuery) -> tuple[str, dict[str, object]]:
    where, parameters = ["c.kind = 'candidate'", STILL_IN_USE], dict[str, object]()
    parameters["usableAt"] = rfc3339(platform.clock.now())
    if query.state in {CandidateState.CANDIDATE, CandidateState.EXPIRED}:
        late = query.state is CandidateState.EXPIRED
        undecided = f"c.state = 'candidate' AND c.decideBy {'<=' if late else '>'} @now"
        where.append(f"(c.state = 'expired' OR ({undecided}))" if late else undecided)
        parameters["now"] = rfc3339(platform.clock.now())
    elif query.state:
        where.append("c.state = @state")
        parameters["state"] = query.state.value
    if principal.sites:
        where.append("ARRAY_CONTAINS(@sites, c.siteId)")
        parameters["sites"] = sorted(principal.sites)
    return " AND ".join(where), parameters


def _message(candidate: Candidate, cause: Cause) -> outbox.Message:
    message_id = derived_id("warning", cause, candidate.id)
    request = AlertRequest(
        cause=cause,
        id=candidate.id,
        organisation_id=candidate.organisation_id,
        key=list(candidate.key),
        message_id=message_id,
    )
    return outbox.Message(message_id, ALERT_QUEUE, request.model_dump(mode="json", by_alias=True))


def _partition(candidate: Candidate) -> dict[str, str]:
    return {"organisationId": candidate.organisation_id, "siteId": candidate.site_id, "day": candidate.day}
