"""Where a plate has been seen: by exact plate, for a report or case, and remembered with what was searched.

Only one's own organisation's reads, candidates and reports are searched, by blind tokens: there is no list to page
through, and no part of a plate to try. Each search is in the audit log with the fields of Cal. Civ. Code §1798.90.52.
"""

from dataclasses import dataclass
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.clock import Moment, rfc3339
from shared.http.models import ApiModel, PersonalQuery
from shared.identity.principals import Principal
from shared.plates.models import Candidate, KeptRead
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.reports.models import Line, PlateText
from shared.reports.service import require_own
from shared.sealing.tokens import plate_tokens
from shared.storage.cosmos import Document

MOST = 50


@dataclass(frozen=True)
class Where:
    """Where plates are found: the documents, their tokens, and the moment that counts."""

    container: str
    kind: str
    has_token: str
    at: str


TOKENS = "EXISTS(SELECT VALUE t FROM t IN c.tokens WHERE ARRAY_CONTAINS(@wanted, t))"
PLATE_TOKENS = "EXISTS(SELECT VALUE t FROM t IN c.plateTokens WHERE ARRAY_CONTAINS(@wanted, t))"
READS = Where("plateReads", "read", TOKENS, "capturedAt")
CANDIDATES = Where("plateReads", "candidate", TOKENS, "capturedAt")
REPORTS = Where("reports", "report", PLATE_TOKENS, "occurredAt")


class PlateSearch(ApiModel):
    """What is looked for, and what for. The plate is never in an address."""

    plate: PlateText
    report_id: UUID | None = Field(default=None, description="The report that the search is for")
    case_reference: Line | None = None
    like: bool = Field(default=False, description="Also plates that differ only in what cameras confuse")
    since: Moment | None = None
    until: Moment | None = None

    @model_validator(mode="after")
    def _rests_on_something(self) -> Self:
        if not (self.report_id or self.case_reference):
            raise ValueError("Name the report or the case that this search is for.")
        return self


class Sighting(ApiModel):
    kind: Literal["read", "candidate", "report"]
    id: str
    site_id: str
    at: Moment
    plate: str | None = Field(description="As it was read; null for a report, which is opened by its own right")
    exact: bool


class SightingList(ApiModel):
    """At most fifty of each kind, newest first."""

    sightings: list[Sighting]


class SearchQuery(PersonalQuery):
    pass


async def search(platform: Platform, principal: Principal, form: PlateSearch, query: SearchQuery) -> SightingList:
    if form.report_id:
        await require_own(platform, principal.organisation, str(form.report_id))
    organisation = principal.organisation
    resource = Resource("plate_read", organisation, organisation, case_bound=True)
    decision = await platform.authorise(principal, "plate:search", resource, query.purpose)
    pairs = [plate_tokens(key, form.plate) for key in (await platform.keyring.index(organisation)).keys]
    exact = {pair[0] for pair in pairs}
    wanted = sorted(exact | ({pair[1] for pair in pairs} if form.like else set()))
    found = [
        *await _reads(platform, principal, form, wanted, exact),
        *await _candidates(platform, principal, form, wanted, exact),
        *await _reports(platform, principal, form, wanted, exact),
    ]
    behind = str(form.report_id) if form.report_id else f"case {form.case_reference}"
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
    return SightingList(sightings=sorted(found, key=lambda each: each.at, reverse=True))


async def _reads(
    platform: Platform, principal: Principal, form: PlateSearch, wanted: list[str], exact: set[str]
) -> list[Sighting]:
    documents = await _found(platform, principal, form, READS, wanted)
    return [_sighting("read", each, exact) for each in await platform.records(KeptRead).open_all(documents)]


async def _candidates(
    platform: Platform, principal: Principal, form: PlateSearch, wanted: list[str], exact: set[str]
) -> list[Sighting]:
    documents = await _found(platform, principal, form, CANDIDATES, wanted)
    return [_sighting("candidate", each, exact) for each in await platform.records(Candidate).open_all(documents)]


def _sighting(kind: Literal["read", "candidate"], record: KeptRead | Candidate, exact: set[str]) -> Sighting:
    return Sighting(
        kind=kind,
        id=record.id,
        site_id=record.site_id,
        at=record.captured_at,
        plate=record.plate,
        exact=not exact.isdisjoint(record.tokens),
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
    platform: Platform, principal: Principal, form: PlateSearch, where: Where, wanted: list[str]
) -> list[Document]:
    """In use still, at the sites where the principal's role holds, within the time asked for."""
    now = platform.clock.now()
    clauses = [
        "c.kind = @kind",
        where.has_token,
        f"c.{where.at} >= @since AND c.{where.at} <= @until",
        "(NOT IS_DEFINED(c.disposeAt) OR c.disposeAt > @now)",
    ]
    asked: dict[str, object] = {
        "kind": where.kind,
        "wanted": wanted,
        "now": rfc3339(now),
        "since": rfc3339(form.since) if form.since else "",
        "until": rfc3339(form.until or now),
    }
    if principal.sites:
        clauses.append("ARRAY_CONTAINS(@sites, c.siteId)")
        asked["sites"] = sorted(principal.sites)
    return await platform.container(where.container).newest(
        " AND ".join(clauses), asked, [principal.organisation], by=where.at, after=None, count=MOST
    )
