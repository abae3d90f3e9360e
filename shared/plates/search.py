"""Where a plate has been seen: by a whole plate or part of one, for a report or case.

Only one's own organisation's reads, candidates and reports are searched. A whole plate is found by blind tokens: there
is no list to page through. For part of one what was read is opened and compared (:mod:`shared.plates.partial`);
reports, which have a key each, are found by whole plates only. Each search is in the audit log with what was sought
and the other fields of Cal. Civ. Code §1798.90.52.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from shared.cases import service as cases
from shared.clock import Moment, rfc3339
from shared.errors import NotFound
from shared.http.models import ApiModel, PersonalQuery
from shared.identity.principals import Principal
from shared.plates import partial
from shared.plates.models import Candidate, KeptRead
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.reports.models import Line, PlateText
from shared.reports.service import require_own
from shared.sealing.tokens import plate_tokens
from shared.storage.cosmos import Document, has_any

MOST = 50

type Kind = Literal["read", "candidate", "report"]


@dataclass(frozen=True)
class Where:
    """Where plates are found: the documents, their tokens, the moment that counts, and whether the documents of a site
    lie together."""

    container: str
    kind: str
    tokens: str
    at: str
    by_site: bool


READS = Where("plateReads", "read", "tokens", "capturedAt", by_site=True)
CANDIDATES = Where("plateReads", "candidate", "tokens", "capturedAt", by_site=True)
REPORTS = Where("reports", "report", "plateTokens", "occurredAt", by_site=False)


class PlateSearch(ApiModel):
    """What is looked for, and what for. The plate is never in an address."""

    plate: Annotated[PlateText, AfterValidator(partial.check)] = Field(
        description="Whole, or with ? for one unknown character and * for any number; five have to be known then"
    )
    report_id: UUID | None = Field(default=None, description="The report that the search is for")
    case_id: UUID | None = Field(default=None, description="The case that it is for, which has to be open")
    case_reference: Line | None = Field(default=None, description="Of a case that is kept elsewhere, by the police say")
    like: bool = Field(default=False, description="Also plates that differ only in what cameras confuse")
    since: Moment | None = None
    until: Moment | None = None
    site_ids: Annotated[list[UUID], Field(max_length=50)] = Field(default=[], description="Only these; all if empty")

    @model_validator(mode="after")
    def _rests_on_something(self) -> Self:
        if not (self.report_id or self.case_id or self.case_reference):
            raise ValueError("Name the report or the case that this search is for.")
        return self


class Sighting(ApiModel):
    kind: Kind
    id: str
    site_id: str
    at: Moment
    plate: str | None = Field(description="As it was read; null for a report, which is opened by its own right")
    exact: bool


class SightingList(ApiModel):
    """At most fifty of each kind, newest first."""

    sightings: list[Sighting]
    complete: bool = Field(
        default=True,
        description="False if more was read in that time than is opened for part of a plate: narrow it",
    )


class SearchQuery(PersonalQuery):
    pass


async def search(platform: Platform, principal: Principal, form: PlateSearch, query: SearchQuery) -> SightingList:
    if form.report_id:
        await require_own(platform, principal.organisation, str(form.report_id))
    if form.case_id and not await cases.is_open(platform, principal.organisation, str(form.case_id)):
        raise NotFound("The case that the search is for does not exist, is closed, or is not yours.")
    organisation = principal.organisation
    resource = Resource("plate_read", organisation, organisation, case_bound=True)
    decision = await platform.authorise(principal, "plate:search", resource, query.purpose)
    if partial.is_partial(form.plate):
        found, complete = await _by_part(platform, principal, form)
    else:
        found, complete = await _by_token(platform, principal, form), True
    behind = ", ".join(
        [
            *([str(form.report_id)] if form.report_id else []),
            *(f"case {each}" for each in (form.case_id, form.case_reference) if each),
        ]
    )
    await platform.account(
        principal,
        "plate:search",
        organisation=organisation,
        subjects=[each.id for each in found],
        decision=decision,
        purpose=query.purpose,
        shows=True,
        sought=f"plate {form.plate}{' or alike' if form.like else ''}, for {behind}",
    )
    return SightingList(sightings=sorted(found, key=lambda each: each.at, reverse=True), complete=complete)


async def _by_token(platform: Platform, principal: Principal, form: PlateSearch) -> list[Sighting]:
    keys = (await platform.keyring.index(principal.organisation)).keys
    pairs = [plate_tokens(key, form.plate) for key in keys]
    exact = {pair[0] for pair in pairs}
    wanted = sorted(exact | ({pair[1] for pair in pairs} if form.like else set()))
    return [
        *await _reads(platform, principal, form, wanted, exact),
        *await _candidates(platform, principal, form, wanted, exact),
        *await _reports(platform, principal, form, wanted, exact),
    ]


async def _by_part(platform: Platform, principal: Principal, form: PlateSearch) -> tuple[list[Sighting], bool]:
    """What matches, and whether everything within the time was looked at."""
    until = form.until or platform.clock.now()
    bounded = form.model_copy(update={"since": partial.since(form.since, until), "until": until})
    exact, wanted = (partial.pattern(form.plate, like=like) for like in (False, form.like))
    reads = await _found(platform, principal, bounded, READS, [], count=partial.MOST_OPENED)
    candidates = await _found(platform, principal, bounded, CANDIDATES, [], count=partial.MOST_OPENED)
    opened: list[tuple[Kind, KeptRead | Candidate]] = [
        *(("read", each) for each in await platform.records(KeptRead).open_all(reads)),
        *(("candidate", each) for each in await platform.records(Candidate).open_all(candidates)),
    ]
    seen = [
        _sighting(kind, each, exact=bool(exact.fullmatch(partial.seen_as(each.plate, like=False))))
        for kind, each in opened
        if wanted.fullmatch(partial.seen_as(each.plate, like=form.like))
    ]
    found = [[each for each in seen if each.kind == kind] for kind in ("read", "candidate")]
    complete = max(len(reads), len(candidates)) < partial.MOST_OPENED and max(map(len, found)) <= MOST
    return [each for some in found for each in some[:MOST]], complete


async def _reads(
    platform: Platform, principal: Principal, form: PlateSearch, wanted: list[str], exact: set[str]
) -> list[Sighting]:
    documents = await _found(platform, principal, form, READS, wanted)
    opened = await platform.records(KeptRead).open_all(documents)
    return [_sighting("read", each, exact=not exact.isdisjoint(each.tokens)) for each in opened]


async def _candidates(
    platform: Platform, principal: Principal, form: PlateSearch, wanted: list[str], exact: set[str]
) -> list[Sighting]:
    documents = await _found(platform, principal, form, CANDIDATES, wanted)
    opened = await platform.records(Candidate).open_all(documents)
    return [_sighting("candidate", each, exact=not exact.isdisjoint(each.tokens)) for each in opened]


def _sighting(kind: Kind, record: KeptRead | Candidate, *, exact: bool) -> Sighting:
    return Sighting(
        kind=kind,
        id=record.id,
        site_id=record.site_id,
        at=record.captured_at,
        plate=record.plate,
        exact=exact,
    )


async def _reports(
    platform: Platform, principal: Principal, form: PlateSearch, wanted: list[str], exact: set[str]
) -> list[Sighting]:
    documents = await _found(platform, principal, form, REPORTS, wanted)
    return [
        Sighting(
            kind="report",
            id=each["id"],
            site_id=each["siteId"],
            at=each["occurredAt"],
            plate=None,
            exact=bool(set(each["plateTokens"]) & exact),
        )
        for each in documents
    ]


async def _found(
    platform: Platform,
    principal: Principal,
    form: PlateSearch,
    where: Where,
    wanted: list[str],
    count: int = MOST,
) -> list[Document]:
    """With any of the tokens that are ``wanted``, or all if there are none: in use still, at the sites where the
    principal's role holds, within the time asked for."""
    now = platform.clock.now()
    clauses = [
        "c.kind = @kind",
        f"c.{where.at} >= @since AND c.{where.at} <= @until",
        "(NOT IS_DEFINED(c.disposeAt) OR c.disposeAt > @now)",
        "(NOT IS_DEFINED(c.restrictedAt) OR IS_NULL(c.restrictedAt))",
    ]
    asked: dict[str, object] = {
        "kind": where.kind,
        "now": rfc3339(now),
        "since": rfc3339(form.since) if form.since else "",
        "until": rfc3339(form.until or now),
    }
    if wanted:
        has_token, tokens = has_any(where.tokens, "wanted", wanted)
        clauses.append(has_token)
        asked |= tokens
    key, sites = [principal.organisation], _sites(principal, form)
    if len(sites) == 1 and where.by_site:
        key += sites
    elif sites:
        clauses.append("ARRAY_CONTAINS(@sites, c.siteId)")
        asked["sites"] = sites
    return await platform.container(where.container).newest(
        " AND ".join(clauses), asked, key, by=where.at, after=None, count=count
    )


def _sites(principal: Principal, form: PlateSearch) -> list[str]:
    """Those asked for, as far as the principal's role holds there; empty for all of the organisation's."""
    asked = {str(each) for each in form.site_ids}
    if principal.sites and asked:
        return sorted(asked & principal.sites) or ["none"]
    return sorted(asked or principal.sites)
