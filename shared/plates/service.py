"""What happens to a plate read: matched, kept or dropped; and what people do with the candidates."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.alerts.models import AlertRequest, Cause
from shared.clock import rfc3339
from shared.errors import Conflict, Forbidden, NotFound
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.plates import days, health, matching, spill, watchlists
from shared.plates.formats import understood
from shared.plates.formats.base import Message, Understood
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
)
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Resource
from shared.retention.terms import terms_of
from shared.sealing.tokens import normalised_plate, plate_tokens
from shared.storage import outbox
from shared.storage.cosmos import Document, Key

ALERT_QUEUE = "alert-requests"
PASSAGE_SECONDS = 30
DECIDE_WITHIN = timedelta(hours=24)
CLOCK_OFF = timedelta(minutes=10)


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
    if not terms.anpr_allowed:
        raise Forbidden("The law at this site does not let a private body read number plates. Nothing was stored.")
    return sum([await _one(platform, device, site, read, decision) for read in reads])


async def _one(platform: Platform, device: Principal, site: str, read: PlateRead, decision: Decision) -> int:
    guesses = [(guess.plate, guess.confidence) for guess in (read.best, *read.alternatives)]
    found = await matching.matches(platform, device.organisation, guesses)
    terms = await terms_of(platform, device.organisation, site)
    if not found and device.keeps_unmatched and terms.keeps("plate_read"):
        await _keep(platform, device, site, read)
    return sum([await _candidate(platform, device, site, read, match, decision) for match in found])


async def _candidate(
    platform: Platform, device: Principal, site: str, read: PlateRead, match: Match, decision: Decision
) -> int:
    candidate = await _draft(platform, device, site, read, match)
    if await _told_before(platform, candidate):
        return 0
    message = _message(candidate, Cause.PLATE_CANDIDATE)
    beside = outbox.document(message, _partition(candidate), platform.clock.now())
    try:
        candidate = await platform.records(Candidate).create(candidate, beside)
    except Conflict:
        return 0  # the same passage, told again
    await platform.account(
        device, "plate:match", organisation=device.organisation, subjects=[candidate.id], decision=decision
    )
    await platform.bus.send_or_leave(message)
    return 1


async def _told_before(platform: Platform, candidate: Candidate) -> bool:
    """Whether the window before or after this one holds the same passage, which then crossed its edge."""
    window, home = timedelta(seconds=PASSAGE_SECONDS), candidate.organisation_id
    pairs: list[tuple[str, Key]] = []
    for at in (candidate.captured_at - window, candidate.captured_at + window):
        identifier = _candidate_id(candidate.device_id, candidate.entry_id, at)
        pairs.append((identifier, [home, candidate.site_id, at.date().isoformat()]))
    found = await platform.container("plateReads").read_many(pairs)
    passages = [datetime.fromisoformat(each["capturedAt"]) for each in found if each]
    return any(abs(each - candidate.captured_at) < window for each in passages)


def _candidate_id(device: str, entry: str, at: datetime) -> str:
    """The same for all reads of one vehicle by one camera within one window of half a minute."""
    return derived_id("candidate", device, entry, str(int(at.timestamp()) // PASSAGE_SECONDS))


async def _draft(platform: Platform, device: Principal, site: str, read: PlateRead, match: Match) -> Candidate:
    now = platform.clock.now()
    entry = await watchlists.find(platform, device.organisation, match.entry_id)
    terms = await terms_of(platform, device.organisation, site)
    index = await platform.keyring.index(device.organisation)
    return Candidate(
        id=_candidate_id(device.id, match.entry_id, read.captured_at),
        organisation_id=device.organisation,
        site_id=site,
        day=read.captured_at.date().isoformat(),
        device_id=device.id,
        entry_id=match.entry_id,
        captured_at=read.captured_at,
        created_at=now,
        decide_by=now + DECIDE_WITHIN,
        confidence=round(match.confidence, 4),
        tokens=list(plate_tokens(index.newest, match.plate)),
        plate=normalised_plate(match.plate),
        make=read.make,
        colour=read.colour,
        doubts=_doubts(read, match, entry, now - read.captured_at),
        dispose_at=terms.dispose_at("plate_candidate", read.captured_at),
    )


def _doubts(read: PlateRead, match: Match, entry: WatchlistEntry | None, age: timedelta) -> list[Doubt]:
    checks = {
        Doubt.FOLDED: match.folded,
        Doubt.ALTERNATIVE: match.alternative,
        Doubt.MAKE: entry is not None and _differs(entry.make, read.make),
        Doubt.COLOUR: entry is not None and _differs(entry.colour, read.colour),
        Doubt.CLOCK: abs(age) > CLOCK_OFF,
    }
    return [doubt for doubt, holds in checks.items() if holds]


def _differs(listed: str | None, seen: str | None) -> bool:
    return listed is not None and seen is not None and listed.casefold() not in seen.casefold()


async def _keep(platform: Platform, device: Principal, site: str, read: PlateRead) -> None:
    """Sealed under the key of its day: one write, and all reads of a day at a site die with one key."""
    terms = await terms_of(platform, device.organisation, site)
    ends = await days.dispose_at(platform, device.organisation, site, read.captured_at)
    left = ends - platform.clock.now()
    if left <= timedelta():
        return  # it came too late to be kept
    day, _ = days.day_of(read.captured_at, terms.zone)
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
        await platform.records(KeptRead).create(kept)
    except Conflict:
        return  # sent again


# -- the investigator's side -----------------------------------------------------------------------------------------


async def list_candidates(
    platform: Platform, principal: Principal, query: CandidateListQuery, binding: tuple[str, ...]
) -> CandidatePage:
    organisation = principal.organisation
    resource = Resource("candidate", organisation, organisation)
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
    )
    return CandidatePage(
        candidates=[await view(platform, candidate) for candidate in page.records],
        next_cursor=page.next_cursor,
    )


async def read_candidate(
    platform: Platform, principal: Principal, candidate_id: str, purpose: Purpose
) -> CandidateView:
    candidate = await _find(platform, principal, candidate_id)
    resource = Resource("candidate", candidate_id, principal.organisation, candidate.site_id)
    decision = await platform.authorise(principal, "candidate:read", resource, purpose)
    await platform.account(
        principal,
        "candidate:read",
        organisation=principal.organisation,
        subjects=[candidate_id],
        decision=decision,
        purpose=purpose,
    )
    return await view(platform, candidate)


async def decide(
    platform: Platform, principal: Principal, candidate_id: str, made: CandidateDecision, purpose: Purpose, etag: str
) -> CandidateView:
    """A person confirms or rejects. Only a confirmation lets anybody else be warned."""
    candidate = await _find(platform, principal, candidate_id)
    resource = Resource("candidate", candidate_id, principal.organisation, candidate.site_id)
    decision = await platform.authorise(principal, "candidate:decide", resource, purpose)
    if _state(platform, candidate) is not CandidateState.CANDIDATE:
        raise Conflict(f"The candidate is {_state(platform, candidate)} already.")
    now = platform.clock.now()
    terms = await terms_of(platform, principal.organisation, candidate.site_id)
    category = "plate_confirmed" if made.decision == "confirmed" else "plate_candidate"
    decided = candidate.model_copy(
        update={
            "dispose_at": terms.dispose_at(category, candidate.captured_at),
            "state": CandidateState(made.decision),
            "decided_by": principal.id,
            "decided_at": now,
            "note": made.note,
        }
    )
    message = _message(decided, Cause.PLATE_CONFIRMED)
    beside = [outbox.document(message, _partition(decided), now)] if made.decision == "confirmed" else []
    stored = await platform.records(Candidate).replace(decided, etag, *beside)
    await platform.account(
        principal,
        f"candidate:{made.decision}",
        organisation=principal.organisation,
        subjects=[candidate_id],
        decision=decision,
        purpose=purpose,
    )
    if beside:
        await platform.bus.send_or_leave(message)
    return await view(platform, stored)


async def view(platform: Platform, candidate: Candidate) -> CandidateView:
    entry = await watchlists.find(platform, candidate.organisation_id, candidate.entry_id)
    known = {name: getattr(candidate, name) for name in CandidateView.model_fields if name in Candidate.model_fields}
    known["state"] = _state(platform, candidate)
    return CandidateView(**known, listed=watchlists.view(entry) if entry else None)


async def _find(platform: Platform, principal: Principal, candidate_id: str) -> Candidate:
    text = "SELECT * FROM c WHERE c.id = @id AND c.kind = 'candidate'"
    found = platform.container("plateReads").query(text, {"id": candidate_id}, key=[principal.organisation])
    async for document in found:
        return await platform.records(Candidate).open(document)
    raise NotFound("The candidate does not exist, or is not yours.")


def _state(platform: Platform, candidate: Candidate) -> CandidateState:
    """A candidate that nobody decided on in time has expired, whether or not anything has noticed."""
    late = candidate.state is CandidateState.CANDIDATE and platform.clock.now() >= candidate.decide_by
    return CandidateState.EXPIRED if late else candidate.state


def _filter(platform: Platform, principal: Principal, query: CandidateListQuery) -> tuple[str, dict[str, object]]:
    where, parameters = ["c.kind = 'candidate'"], dict[str, object]()
    if query.state in {CandidateState.CANDIDATE, CandidateState.EXPIRED}:
        sign = ">" if query.state is CandidateState.CANDIDATE else "<="
        where.append(f"c.state = 'candidate' AND c.decideBy {sign} @now")
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
