"""Controllers and what belongs to them, as stored."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, HttpUrl, StringConstraints

from shared.clock import Moment
from shared.http.models import ApiModel
from shared.identity.principals import Role
from shared.sealing.records import Clear, Record, Sealed
from shared.storage.cosmos import Key

type Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]
PLACE = r"[A-Z]{2}(-[A-Z0-9]{1,3})?"
type Jurisdiction = Annotated[str, StringConstraints(pattern=f"^{PLACE}$")]
"""ISO 3166-2, or its country part alone."""
type Identifier = Annotated[
    str, StringConstraints(to_lower=True, pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
]
type SiteIds = Annotated[list[Identifier], Field(max_length=500)]
type Mail = Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,24}$")]


class OrganisationKind(StrEnum):
    RETAILER = "retailer"
    LAW_ENFORCEMENT = "law_enforcement"
    PLATFORM = "platform"


class Organisation(Record):
    """A controller of personal data. ``agency_id`` is the police force's own identifier."""

    container: ClassVar[str] = "organisations"

    name: Clear[str]
    kind: OrganisationKind
    jurisdiction: Clear[str]
    agency_id: str | None = None
    data_protection_contact: Clear[str | None] = None
    privacy_notice: Clear[str | None] = None
    state: Literal["active", "suspended"] = "active"
    communities: Clear[list[str]] = []
    covers: Clear[list[str]] = []
    """Of law enforcement: the regions (ISO 3166-2) whose sites it polices; none: all of its jurisdiction."""
    candidates_to_staff: bool = False
    """Whether reporters see possible plate matches at their own sites before anybody has confirmed them."""

    @property
    def key(self) -> Key:
        return self.id


class Site(Record):
    """A place where things happen. ``region`` is ISO 3166-2; ``time_zone`` an IANA name."""

    container: ClassVar[str] = "sites"

    name: Clear[str]
    region: Clear[str]
    time_zone: Clear[str]
    latitude: float
    longitude: float
    anpr_open: bool = True
    """Whether cameras may read number plates here: the organisation's own switch, beside what the law says."""


class User(Record):
    """Somebody who signs in. ``site_ids`` empty means the roles hold at every site."""

    container: ClassVar[str] = "users"

    name: Sealed[str]
    roles: list[Role]
    site_ids: list[str] = []
    state: Literal["active", "suspended"] = "active"
    accepted_terms: Clear[str | None] = None
    accepted_terms_at: Moment | None = None
    invited_by: str | None = None


class SiteForm(ApiModel):
    name: Name
    region: Jurisdiction
    time_zone: Annotated[str, StringConstraints(max_length=64)]
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class SiteView(ApiModel):
    """A site of the reader's own organisation. Partners see of a place no more than they see of its reports."""

    id: str
    name: str
    region: str
    time_zone: str
    latitude: float = Field(description="Degrees (WGS 84), as for maps of your own sites")
    longitude: float
    anpr_open: bool = Field(default=True, description="Whether your organisation lets cameras read number plates here")


class AnprSwitch(ApiModel):
    """Closed, nothing that a camera of the site posts is taken from its next post on."""

    open: bool


class OrganisationForm(ApiModel):
    """A new controller, and the name of whom its first administrator is invited as."""

    name: Name
    kind: OrganisationKind
    jurisdiction: Jurisdiction
    agency_id: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{2,20}$")] | None = None
    data_protection_contact: Mail
    privacy_notice: HttpUrl
    administrator: Name
    covers: Annotated[list[Jurisdiction], Field(max_length=200)] = Field(
        default=[], description="Of law enforcement: the regions it polices; none: all of its jurisdiction"
    )


class OrganisationChange(ApiModel):
    """Absent means unchanged."""

    name: Name | None = None
    data_protection_contact: Mail | None = None
    privacy_notice: HttpUrl | None = None
    candidates_to_staff: bool | None = Field(
        default=None,
        description="Let the staff of a site see possible plate matches there at once, as possible ones; off at first",
    )


class OrganisationView(ApiModel):
    id: str
    name: str
    kind: OrganisationKind
    jurisdiction: str
    agency_id: str | None = None
    data_protection_contact: str | None = None
    privacy_notice: str | None = None
    candidates_to_staff: bool = False


class MeView(ApiModel):
    """Who you are here: your roles, your organisation, and the sites at which your roles hold."""

    user_id: str
    roles: list[str]
    organisation: OrganisationView
    sites: list[SiteView]
    terms_accepted: bool = Field(description="Until you accept the terms in force, nothing else is open to you")


class UserView(ApiModel):
    id: str
    name: str
    roles: list[Role]
    site_ids: list[str]
    state: Literal["active", "suspended"]
    accepted_terms: str | None
    etag: str = Field(description="Send this as If-Match to change the user")


class UserList(ApiModel):
    users: list[UserView]


class UserChange(ApiModel):
    """Absent means unchanged. A suspension shows at once in this worker, within 30 seconds in all others."""

    roles: Annotated[list[Role], Field(min_length=1, max_length=7)] | None = None
    site_ids: SiteIds | None = None
    state: Literal["active", "suspended"] | None = None
