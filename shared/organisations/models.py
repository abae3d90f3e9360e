"""Controllers and what belongs to them."""

from enum import StrEnum
from typing import ClassVar, Literal

from shared.clock import Moment
from shared.http.models import ApiModel
from shared.identity.principals import Role
from shared.sealing.records import Record, Sealed
from shared.storage.cosmos import Key


class OrganisationKind(StrEnum):
    RETAILER = "retailer"
    LAW_ENFORCEMENT = "law_enforcement"


class Organisation(Record):
    """A controller of personal data. ``jurisdiction`` is ISO 3166-2 (or its country part alone)."""

    container: ClassVar[str] = "organisations"

    name: str
    kind: OrganisationKind
    jurisdiction: str
    communities: list[str] = []

    @property
    def key(self) -> Key:
        return self.id


class Site(Record):
    """A place where things happen. ``region`` is ISO 3166-2; ``time_zone`` an IANA name."""

    container: ClassVar[str] = "sites"

    name: str
    region: str
    time_zone: str
    latitude: float
    longitude: float


class User(Record):
    """Somebody who signs in. ``site_ids`` empty means the roles hold at every site."""

    container: ClassVar[str] = "users"

    name: Sealed[str]
    roles: list[Role]
    site_ids: list[str] = []
    state: Literal["active", "suspended"] = "active"


class Community(Record):
    """A closed group of organisations that agreed to share. ``organisation_id`` is its founder."""

    container: ClassVar[str] = "communities"

    community_id: str
    kind: Literal["community"] = "community"
    name: str

    @property
    def key(self) -> Key:
        return self.community_id


class Membership(Record):
    """One organisation in one community, and the report types that it shares there."""

    container: ClassVar[str] = "communities"

    community_id: str
    kind: Literal["membership"] = "membership"
    shares: list[str]
    joined_at: Moment

    @property
    def key(self) -> Key:
        return self.community_id


class SiteView(ApiModel):
    id: str
    name: str
    region: str
    time_zone: str


class OrganisationView(ApiModel):
    id: str
    name: str
    kind: OrganisationKind
    jurisdiction: str


class MeView(ApiModel):
    """Who you are here: your roles, your organisation, and the sites at which your roles hold."""

    user_id: str
    roles: list[str]
    organisation: OrganisationView
    sites: list[SiteView]
