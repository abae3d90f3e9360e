"""What is published. Nothing here tells of a person but, if an organisation gave one, its contact for privacy."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from shared.clock import Moment
from shared.http.models import ApiModel, PageQuery
from shared.organisations.models import OrganisationKind
from shared.sealing.records import Clear, Record

type Kind = Literal["statement", "notice", "plates", "figures"]


class Publication(Record):
    """One version of what was published, kept so that everybody can see what was said when."""

    container: ClassVar[str] = "publications"

    kind: Literal["publication"] = "publication"
    of: Clear[Kind]
    version: Clear[str]
    published_at: Moment
    content: Clear[dict[str, Any]]


class VersionQuery(PageQuery):
    version: str | None = Field(default=None, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\.[0-9a-f]{8}$")


class SignQuery(PageQuery):
    paper: Literal["A4", "A3"] = "A4"


class VersionView(ApiModel):
    version: str
    published_at: Moment


class KeptView(ApiModel):
    """How long one category is kept under each regime, unless an organisation has made it shorter."""

    category: str
    says: str
    starts: str = Field(description="What the period is counted from")
    periods: dict[str, str] = Field(description="ISO 8601 by regime; PT0H is not kept at all")
    ceiling: str
    source: str


class KeptHereView(ApiModel):
    """How long one organisation keeps one category."""

    category: str
    says: str
    starts: str
    period: str = Field(description="ISO 8601; PT0H is not kept at all")
    shortened: bool = Field(description="Whether the organisation made it shorter than the schedule")
    rule: str
    source: str


class PromiseView(ApiModel):
    """A rule that wins over every permission. The access rules themselves are at /api/policy."""

    id: str
    says: str


class RightsView(ApiModel):
    """By when a request must be answered under one regime, as the table of terms says."""

    regime: str
    name: str
    answer: str
    extension: str | None = Field(description="By how much at most; null: what is reasonable, with reasons")
    acknowledge_complaint: str | None
    source: str


class AuthorityView(ApiModel):
    regime: str
    name: str
    url: str
    source: str


class ProcessorView(ApiModel):
    name: str
    services: list[str]
    does: str
    where: str
    transfers: str


class StatementView(ApiModel):
    """What the platform does with personal data, put together from the rules that it runs by."""

    version: str
    operator: str | None
    contact: str | None
    role: Literal["processor"] = "processor"
    rules: dict[str, str] = Field(description="Version of each table of rules that this is made from")
    purposes: list[str]
    kept: list[KeptView]
    promises: list[PromiseView]
    rights: list[RightsView]
    authorities: list[AuthorityView]
    processors: list[ProcessorView]
    versions: list[VersionView] = []


class SharedWithView(ApiModel):
    """One closed group: how many organisations of which kind, and what is shared with them."""

    members: dict[OrganisationKind, int]
    types: list[str]


class NoticeView(ApiModel):
    """What one organisation, as controller, does with personal data here."""

    version: str
    organisation_id: str
    name: str
    kind: OrganisationKind
    jurisdiction: str
    regime: str | None
    contact: str | None
    own_notice: str | None
    kept: list[KeptHereView]
    shares_with_retailers: bool = Field(description="Whether the law that holds for it allows that at all")
    shares_with_police: bool
    communities: list[SharedWithView]
    reads_plates: bool
    rights: list[RightsView]
    authorities: list[AuthorityView]
    rules: dict[str, str]
    versions: list[VersionView] = []


class PlatePolicyView(ApiModel):
    """The usage and privacy policy of an operator of cameras that read number plates.

    The fields are those of Cal. Civ. Code 1798.90.51(b)(2), in its order; we use them wherever cameras run.
    """

    version: str
    organisation_id: str
    name: str
    jurisdiction: str
    allowed: bool = Field(description="Whether a private body may run such cameras there at all")
    in_use: bool
    purposes: list[str] = Field(description="(A) Authorised purposes")
    roles: list[str] = Field(description="(B) Who may use the system or its information")
    training: str = Field(description="(B) The version of the terms that each of them has to accept first")
    monitoring: list[str] = Field(description="(C) How use is monitored: ids of rules and measures")
    sold: Literal[False] = False
    sharing: list[SharedWithView] = Field(description="(D) Sharing and transfer; it is never sold")
    custodian: str = Field(description="(E) Title of the official custodian")
    contact: str | None
    accuracy: list[str] = Field(description="(F) Measures for accuracy and correction")
    kept: list[KeptHereView] = Field(description="(G) How long, and by which rule it is destroyed")
    rules: dict[str, str]
    versions: list[VersionView] = []


class NoticeLink(ApiModel):
    organisation_id: str
    name: str
    kind: OrganisationKind
    jurisdiction: str


class NoticeList(ApiModel):
    organisations: list[NoticeLink]


class CountView(ApiModel):
    """One cell. Null where the number would tell too much."""

    what: str
    outcome: str = Field(description="What came of it; total where no outcome is told apart")
    count: int | None


class TimesView(ApiModel):
    """How long organisations took to answer. Null where too few answered, or too few organisations did."""

    what: str
    answered: int | None
    median_days: int | None
    in_time_percent: int | None = Field(description="Of those answered, by the day by which they should be, to five")


class FiguresView(ApiModel):
    """What was asked, answered, handed over and forgotten in the last twelve whole months, over all organisations."""

    first_month: str
    last_month: str
    counted_at: Moment
    received: list[CountView]
    times: list[TimesView]
    disclosed: list[CountView] = Field(description="To the police, by the purpose that was stated")
    disposed: list[CountView] = Field(description="By category, as certificates of disposal say")
    rule: str = Field(description="What is left out, in words")
