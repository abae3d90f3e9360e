"""Reports found by what happened, when, where, what was taken and how, and by plate for a named report or case.

Only one's own organisation's reports are searched. What is asked for can be personal data, so it travels in a body,
never in an address, and is kept sealed in the audit log. A plate is compared by blind tokens; nothing sealed is opened
to decide whether a report is found.
"""

from collections.abc import Sequence
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.clock import Moment, rfc3339
from shared.geography import Point, distance_km
from shared.http.models import ApiModel, PersonalQuery
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.intelligence import vocabulary
from shared.organisations import service as organisations
from shared.organisations.models import Jurisdiction, Site
from shared.platform import Platform
from shared.policy.decision import Decision, Resource
from shared.reports import products
from shared.reports.facets import Facets, counted
from shared.reports.models import HowKnown, Line, Method, PlateText, Report, ReportPage, ReportType
from shared.reports.service import require_own
from shared.reports.views import view
from shared.retention.visibility import STILL_IN_USE
from shared.sealing.tokens import look_tokens, plate_tokens
from shared.storage.cosmos import has_any

HAS_PRODUCT = "EXISTS(SELECT VALUE i FROM i IN c.items WHERE CONTAINS(i.product, @product, true))"


class Circle(ApiModel):
    """All sites within ``km`` of a site of one's own, or of a point in degrees (WGS 84)."""

    site_id: UUID | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    km: float = Field(gt=0, le=500)

    @model_validator(mode="after")
    def _has_one_centre(self) -> Self:
        point = (self.latitude is not None, self.longitude is not None)
        if any(point) == (self.site_id is not None) or any(point) != all(point):
            raise ValueError("Give either a site, or a latitude and a longitude, as the centre.")
        return self


class ReportSearch(ApiModel):
    """Everything that is given has to hold; of a list of types, sites or ways of knowing, one."""

    types: list[ReportType] = Field(default=[], max_length=9)
    methods: list[Method] = Field(default=[], max_length=8, description="All of them")
    how_known: list[HowKnown] = Field(default=[], max_length=5)
    product: Line | None = Field(default=None, description="Part of a product's name, in any case")
    min_loss_minor: int | None = Field(default=None, ge=0)
    max_loss_minor: int | None = Field(default=None, ge=0)
    weapon_seen: bool | None = None
    anyone_hurt: bool | None = None
    status: Literal["open", "closed"] | None = None
    since: Moment | None = None
    until: Moment | None = None
    site_ids: list[UUID] = Field(default=[], max_length=100)
    region: Jurisdiction | None = Field(default=None, description="ISO 3166-2")
    near: Circle | None = None
    worn: Line | None = Field(default=None, description="Clothing of a suspect, as `red cap, white trainers`")
    marks: Line | None = Field(default=None, description="Marks of a suspect, as `tattoo on the neck`")
    plate: PlateText | None = None
    like: bool = Field(default=False, description="Also plates that differ only in what cameras confuse")
    report_id: UUID | None = Field(default=None, description="The report that a search for a plate is for")
    case_reference: Line | None = Field(default=None, description="The case that a search for a plate is for")
    facets: bool = Field(default=False, description="Also count what is found by type, site, month, product and method")
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)

    @model_validator(mode="after")
    def _plates_rest_on_something(self) -> Self:
        if self.plate and not (self.report_id or self.case_reference):
            raise ValueError("Name the report or the case that the search for a plate is for.")
        return self

    @property
    def sought(self) -> str:
        """What the audit log keeps, sealed."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True, exclude={"limit", "cursor"})

    @property
    def searched(self) -> str:
        """What a page's cursor is bound to: facets may be asked for with one page and not with the next."""
        return self.model_copy(update={"facets": False}).sought


class SearchPage(ReportPage):
    facets: Facets | None = Field(default=None, description="Of everything that is found, when asked for")


async def search(platform: Platform, principal: Principal, form: ReportSearch, query: PersonalQuery) -> SearchPage:
    """A page, newest event first, of reports at the sites where the principal's role holds."""
    action, decision = await _authorised(platform, principal, form, query)
    where, parameters = await _condition(platform, principal, form)
    home = [principal.organisation]
    binding = (principal.id, "ReportSearch", query.purpose.value, form.searched)
    wanted = Wanted(where, parameters, home, "occurredAt", form.limit, form.cursor, binding)
    page = await newest_page(platform, Report, wanted)
    facets = await counted(platform, where, parameters, home, decision.withheld) if form.facets else None
    await platform.account(
        principal,
        action,
        subjects=[report.id for report in page.records],
        decision=decision,
        purpose=query.purpose,
        shows=True,
        sought=form.sought,
    )
    reports = [view(report, decision.withheld) for report in page.records]
    return SearchPage(reports=reports, next_cursor=page.next_cursor, facets=facets)


async def _authorised(
    platform: Platform, principal: Principal, form: ReportSearch, query: PersonalQuery
) -> tuple[str, Decision]:
    """A search for a plate needs the right to search plates as well, and stands in the log under that name."""
    organisation = principal.organisation
    resource = Resource("report", organisation, organisation)
    decision = await platform.authorise(principal, "report:search", resource, query.purpose)
    if not form.plate:
        return "report:search", decision
    if form.report_id:
        await require_own(platform, organisation, str(form.report_id))
    bound = Resource("report", organisation, organisation, case_bound=True)
    return "plate:search", await platform.authorise(principal, "plate:search", bound, query.purpose)


async def _condition(platform: Platform, principal: Principal, form: ReportSearch) -> tuple[str, dict[str, object]]:
    """The condition on ``c`` with its parameters."""
    sites, parts = await sites_sought(platform, principal, form), products.sought(form.product or "")
    demands: list[tuple[str, str, object]] = [
        ("types", "ARRAY_CONTAINS(@types, c.type)", form.types or None),
        ("howKnown", "ARRAY_CONTAINS(@howKnown, c.howKnown)", form.how_known or None),
        ("product", HAS_PRODUCT, form.product),
        ("minLoss", "c.lossMinor >= @minLoss", form.min_loss_minor),
        ("maxLoss", "c.lossMinor <= @maxLoss", form.max_loss_minor),
        ("weaponSeen", "c.weaponSeen = @weaponSeen", form.weapon_seen),
        ("anyoneHurt", "c.anyoneHurt = @anyoneHurt", form.anyone_hurt),
        ("status", "c.status = @status", form.status),
        ("since", "c.occurredAt >= @since", rfc3339(form.since) if form.since else None),
        ("until", "c.occurredAt < @until", rfc3339(form.until) if form.until else None),
        ("sites", "ARRAY_CONTAINS(@sites, c.siteId)", None if sites is None else sorted(sites)),
        *((f"part{n}", f"ARRAY_CONTAINS(c.productParts, @part{n})", each) for n, each in enumerate(parts)),
        *((f"method{n}", f"ARRAY_CONTAINS(c.methods, @method{n})", each) for n, each in enumerate(form.methods)),
    ]
    clauses = ["c.kind = 'report'", STILL_IN_USE, *(clause for _, clause, value in demands if value is not None)]
    asked: dict[str, object] = {"usableAt": rfc3339(platform.clock.now())}
    asked |= {name: value for name, _, value in demands if value is not None}
    for clause, tokens in await _tokens(platform, principal, form):
        clauses.append(clause)
        asked |= tokens
    return " AND ".join(clauses), asked


async def _tokens(platform: Platform, principal: Principal, form: ReportSearch) -> list[tuple[str, dict[str, object]]]:
    """One condition for the plate, and one for each word that is sought: all of them have to hold."""
    if not (form.plate or form.worn or form.marks):
        return []
    keys = (await platform.keyring.index(principal.organisation)).keys
    found = []
    if form.plate:
        found.append(has_any("plateTokens", "plate", _plate_tokens(keys, form.plate, like=form.like)))
    worn = vocabulary.sought(vocabulary.worn, form.worn, "/worn")
    marks = vocabulary.sought(vocabulary.marks, form.marks, "/marks")
    for field, words in (("worn", worn), ("mark", marks)):
        for number, word in enumerate(sorted(words)):
            tokens = sorted({token for key in keys for token in look_tokens(key, field, [word])})
            found.append(has_any(f"{field}Tokens", f"{field}{number}x", tokens))
    return found


def _plate_tokens(keys: Sequence[bytes], plate: str, *, like: bool) -> list[str]:
    """Of every epoch of the index key that is open."""
    pairs = [plate_tokens(key, plate) for key in keys]
    return sorted({token for exact, folded in pairs for token in ((exact, folded) if like else (exact,))})


async def sites_sought(platform: Platform, principal: Principal, form: ReportSearch) -> set[str] | None:
    """The sites to search, never more than the principal's own; None for everywhere."""
    found = set(principal.sites) if principal.sites else None
    if form.site_ids:
        found = _both(found, {str(each) for each in form.site_ids})
    if not (form.region or form.near):
        return found
    known = await organisations.sites(platform, principal.organisation)
    if form.region:
        found = _both(found, {each.id for each in known if _lies_in(each, form.region)})
    if form.near:
        centre = await _centre(platform, principal, form.near)
        found = _both(found, {each.id for each in known if distance_km(centre, _point(each)) <= form.near.km})
    return found


def _both(found: set[str] | None, also: set[str]) -> set[str]:
    return also if found is None else found & also


def _lies_in(site: Site, region: str) -> bool:
    """``GB`` has all of ``GB-…``."""
    return site.region == region or site.region.startswith(f"{region}-")


async def _centre(platform: Platform, principal: Principal, circle: Circle) -> Point:
    if circle.site_id:
        site = await organisations.site(platform, principal.organisation, str(circle.site_id), pointer="/near/siteId")
        return _point(site)
    return circle.latitude or 0.0, circle.longitude or 0.0


def _point(site: Site) -> Point:
    return site.latitude, site.longitude
