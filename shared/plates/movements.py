"""How the vehicles of one report or case moved: how often they were seen where, what was seen of them before and after,
and which vehicles were seen with them again and again.

Nobody names a plate here: it has to stand in the report, or in a report of the case. Another vehicle is shown only if
it kept company on at least three occasions, at two sites or on two days; before that it is counted by its blind token
and not opened, so that who merely drove by stays unknown.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.cases import service as cases
from shared.cases.models import Linkable, Status
from shared.clock import Moment, rfc3339
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.http.models import ApiModel, PersonalQuery
from shared.identity.principals import Principal
from shared.plates.models import Candidate, KeptRead
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.reports.models import Report
from shared.reports.service import require_own
from shared.retention.visibility import in_use
from shared.sealing.tokens import plate_tokens
from shared.storage.cosmos import Document, has_any

LONGEST = timedelta(days=31)
MOST_VEHICLES, MOST_SIGHTINGS, MOST_PASSING = 20, 100, 500
TOGETHER = timedelta(seconds=60)
"""Within so long of each other at one site they may have come together."""
OCCASIONS, PLACES = 3, 2
SEEN = "ARRAY_CONTAINS(['read', 'candidate'], c.kind) AND (NOT IS_DEFINED(c.disposeAt) OR c.disposeAt > @now)"


class MovementQuestion(ApiModel):
    """About the vehicles of one report or one case, within 31 days."""

    question: Literal["frequency", "around", "convoy"] = Field(
        description="How often where; last before and first after each report; which vehicles came with them repeatedly"
    )
    report_id: UUID | None = None
    case_id: UUID | None = None
    since: Moment | None = Field(default=None, description="31 days before 'until' if absent")
    until: Moment | None = Field(default=None, description="Now if absent")

    @model_validator(mode="after")
    def _about_one_thing(self) -> Self:
        if (self.report_id is None) == (self.case_id is None):
            raise ValueError("Name the report or the case whose vehicles this is about, and not both.")
        return self


class Passage(ApiModel):
    site_id: str
    at: Moment


class SeenAt(ApiModel):
    site_id: str
    times: int
    days: int
    first_at: Moment
    last_at: Moment


class Around(ApiModel):
    report_id: str
    occurred_at: Moment
    before: Passage | None = Field(description="The last passage before it")
    after: Passage | None = Field(description="The first passage after it")


class Company(ApiModel):
    plate: str
    occasions: list[Passage]


class VehicleMovements(ApiModel):
    plate: str
    seen_at: list[SeenAt] = []
    around: list[Around] = []
    company: list[Company] = []


class Movements(ApiModel):
    vehicles: list[VehicleMovements]
    complete: bool = Field(description="False if there were more passages than are looked at: narrow the time")


async def answer(platform: Platform, principal: Principal, form: MovementQuestion, query: PersonalQuery) -> Movements:
    organisation = principal.organisation
    until = form.until or platform.clock.now()
    since = form.since or until - LONGEST
    if until - since > LONGEST:
        what = FieldError("/since", "too_long", f"Choose at most {LONGEST.days} days.")
        raise Invalid("That is too long a time.", [what])
    resource = Resource("plate_read", organisation, organisation, case_bound=True)
    decision = await platform.authorise(principal, "plate:search", resource, query.purpose)
    reports = await _reports(platform, principal, form, query)
    plates = sorted({each.plate for report in reports for each in report.vehicles if each.plate})[:MOST_VEHICLES]
    passages = {plate: await _passages(platform, principal, plate, since, until) for plate in plates}
    complete = all(len(each) < MOST_SIGHTINGS for each in passages.values())
    vehicles, subjects = [], [each["id"] for found in passages.values() for each in found]
    for plate, found in passages.items():
        moved = VehicleMovements(plate=plate)
        match form.question:
            case "frequency":
                moved.seen_at = _seen_at(found)
            case "around":
                moved.around = [_around(report, found) for report in reports]
            case "convoy":
                moved.company, opened, whole = await _company(platform, principal, found)
                subjects += opened
                complete = complete and whole
        vehicles.append(moved)
    await platform.account(
        principal,
        "plate:search",
        organisation=organisation,
        subjects=subjects,
        decision=decision,
        purpose=query.purpose,
        shows=True,
        sought=f"{form.question} of {', '.join(plates) or 'no plate'}, for {form.report_id or f'case {form.case_id}'}",
    )
    return Movements(vehicles=vehicles, complete=complete)


# -- whose vehicles --------------------------------------------------------------------------------------------------


async def _reports(
    platform: Platform, principal: Principal, form: MovementQuestion, query: PersonalQuery
) -> list[Report]:
    """The report, or those of the case, as far as they are in use and the principal's role holds at their sites."""
    organisation = principal.organisation
    if form.case_id:
        case, _ = await cases.opened(platform, principal, "case:read", str(form.case_id), query.purpose)
        if case.status is Status.CLOSED:
            raise Conflict("The case is closed: nothing is looked for in it any more.")
        wanted = case.linked(Linkable.REPORT)
    else:
        wanted = [str(form.report_id)]
        await require_own(platform, organisation, wanted[0])
    found = await platform.container("reports").read_many([(each, [organisation, each]) for each in wanted])
    now = platform.clock.now()
    usable = [each for each in found if each and principal.at(each["siteId"]) and in_use(each, now, query.purpose)]
    if form.report_id and not usable:
        raise NotFound("The report does not exist, or is not yours.")
    return await platform.records(Report).open_all(usable)


# -- where they were seen --------------------------------------------------------------------------------------------


async def _passages(
    platform: Platform, principal: Principal, plate: str, since: datetime, until: datetime
) -> list[Document]:
    """Newest first; found by exact tokens, so nothing has to be opened."""
    keys = (await platform.keyring.index(principal.organisation)).keys
    has_token, asked = has_any("tokens", "wanted", [plate_tokens(key, plate)[0] for key in keys])
    return await _found(platform, principal, f"{SEEN} AND {has_token}", asked, since, until, MOST_SIGHTINGS)


async def _found(
    platform: Platform,
    principal: Principal,
    where: str,
    asked: dict[str, object],
    since: datetime,
    until: datetime,
    count: int,
) -> list[Document]:
    where += " AND c.capturedAt >= @since AND c.capturedAt <= @until"
    asked |= {"since": rfc3339(since), "until": rfc3339(until), "now": rfc3339(platform.clock.now())}
    if principal.sites:
        where += " AND ARRAY_CONTAINS(@sites, c.siteId)"
        asked["sites"] = sorted(principal.sites)
    return await platform.container(KeptRead.container).newest(
        where, asked, [principal.organisation], by="capturedAt", after=None, count=count
    )


def _seen_at(passages: Sequence[Document]) -> list[SeenAt]:
    by_site = defaultdict[str, list[datetime]](list)
    for each in passages:
        by_site[each["siteId"]].append(datetime.fromisoformat(each["capturedAt"]))
    found = [
        SeenAt(
            site_id=site,
            times=len(moments),
            days=len({each.date() for each in moments}),
            first_at=min(moments),
            last_at=max(moments),
        )
        for site, moments in by_site.items()
    ]
    return sorted(found, key=lambda each: -each.times)


def _around(report: Report, passages: Sequence[Document]) -> Around:
    known = [Passage(site_id=each["siteId"], at=each["capturedAt"]) for each in passages]
    return Around(
        report_id=report.id,
        occurred_at=report.occurred_at,
        before=max((each for each in known if each.at <= report.occurred_at), key=lambda each: each.at, default=None),
        after=min((each for each in known if each.at > report.occurred_at), key=lambda each: each.at, default=None),
    )


# -- who came with them ----------------------------------------------------------------------------------------------


async def _company(
    platform: Platform, principal: Principal, passages: Sequence[Document]
) -> tuple[list[Company], list[str], bool]:
    """Who was there often enough, which documents were opened to say so, and whether all that passed was looked at."""
    own = {token for each in passages for token in each["tokens"]}
    beside, complete = defaultdict[str, dict[str, Document]](dict), True
    for passage in passages:
        at = datetime.fromisoformat(passage["capturedAt"])
        asked: dict[str, object] = {"site": passage["siteId"]}
        where = f"{SEEN} AND c.siteId = @site"
        near = await _found(platform, principal, where, asked, at - TOGETHER, at + TOGETHER, MOST_PASSING)
        complete = complete and len(near) < MOST_PASSING
        for each in near:
            if each["tokens"] and own.isdisjoint(each["tokens"]):
                beside[each["tokens"][0]].setdefault(passage["id"], each)
    company, opened = [], []
    for occasions in beside.values():
        if not _is_company(list(occasions.values())):
            continue
        opened += [each["id"] for each in occasions.values()]
        if plate := await _plate(platform, next(iter(occasions.values()))):
            times = [Passage(site_id=each["siteId"], at=each["capturedAt"]) for each in occasions.values()]
            company.append(Company(plate=plate, occasions=sorted(times, key=lambda each: each.at)))
    return sorted(company, key=lambda each: -len(each.occasions)), opened, complete


async def _plate(platform: Platform, document: Document) -> str | None:
    """None if it is just being disposed of."""
    opened: list[KeptRead] | list[Candidate]
    if document["kind"] == "candidate":
        opened = await platform.records(Candidate).open_all([document])
    else:
        opened = await platform.records(KeptRead).open_all([document])
    return opened[0].plate if opened else None


def _is_company(occasions: Sequence[Document]) -> bool:
    places = {each["siteId"] for each in occasions}
    days = {each["capturedAt"][:10] for each in occasions}
    return len(occasions) >= OCCASIONS and max(len(places), len(days)) >= PLACES
