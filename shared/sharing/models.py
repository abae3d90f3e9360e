"""Communities, memberships with their settings, feed entries and disclosures: as stored and as seen."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.clock import Moment
from shared.http.models import ApiModel, PersonalQuery
from shared.organisations.models import Identifier, Jurisdiction, Name, OrganisationKind
from shared.reports.models import ReportType, ReportView
from shared.sealing.records import Clear, Record, Sealed
from shared.storage.cosmos import Key

LONGEST_DELAY_HOURS = 720
type Ids = Annotated[list[Identifier], Field(max_length=500)]


class Withholdable(StrEnum):
    """Fields that an owner may keep back beyond what the policy withholds from every partner."""

    ITEMS = "items"
    LOSS = "loss"
    VEHICLES = "vehicles"
    METHODS = "methods"
    WEAPON_SEEN = "weaponSeen"
    ANYONE_HURT = "anyoneHurt"
    SITE_ID = "siteId"


class SharingRule(ApiModel):
    """Reports that are shared without further ado: of these types, from these sites, with these partners, after a
    delay. Empty lists mean all. Several rules may match; a field is withheld if every matching rule withholds it."""

    types: Annotated[list[ReportType], Field(min_length=1, max_length=20)]
    site_ids: Ids = []
    partners: Ids = []
    delay_hours: int = Field(default=0, ge=0, le=LONGEST_DELAY_HOURS)
    withhold: Annotated[list[Withholdable], Field(max_length=10)] = []

    @property
    def delay(self) -> timedelta:
        return timedelta(hours=self.delay_hours)


class Wishes(ApiModel):
    """What a member's own users get to see of what others share. Empty lists mean all."""

    types: Annotated[list[ReportType], Field(max_length=20)] = []
    regions: Annotated[list[Jurisdiction], Field(max_length=100)] = []


class Lists(ApiModel):
    """What a member does with watchlists. An entry reaches another member's cameras if its owner gives and they take;
    nobody does either unless they said so."""

    gives: bool = Field(default=False, description="Your investigators may put entries on the community's list")
    takes: Annotated[list[OrganisationKind], Field(max_length=3)] = Field(
        default=[], description="Whose entries your cameras look out for: retailer, law_enforcement"
    )


class MembershipSettings(ApiModel):
    shares: Annotated[list[SharingRule], Field(max_length=20)] = []
    wishes: Wishes = Wishes()
    lists: Lists = Lists()


class Community(Record):
    """A closed group of organisations that agreed to share. ``organisation_id`` is its founder."""

    container: ClassVar[str] = "communities"

    community_id: str
    kind: Literal["community"] = "community"
    name: Clear[str]
    aim: Clear[str] = ""

    @property
    def key(self) -> Key:
        return self.community_id


class Membership(Record):
    """One organisation in one community; ``id`` is the organisation's. Read afresh for every view, never cached."""

    container: ClassVar[str] = "communities"

    community_id: str
    kind: Literal["membership"] = "membership"
    state: Literal["invited", "joined", "left"]
    organisation_kind: OrganisationKind
    organisation_name: Clear[str]
    sharing_lawful: Clear[dict[str, bool]] = {}
    """By kind of the other organisation: what this member's law allows, as the table said when it joined."""
    shares: Clear[list[SharingRule]] = []
    wishes: Clear[Wishes] = Wishes()
    lists: Clear[Lists] = Lists()
    invited_by: str | None = None
    joined_at: Moment | None = None

    @property
    def key(self) -> Key:
        return self.community_id

    @property
    def is_in(self) -> bool:
        return self.state == "joined"


class FeedEntry(Record):
    """The thin entry by which a community finds a report. ``id`` is the report's; no personal data in it."""

    container: ClassVar[str] = "feed"

    community_id: str
    kind: Literal["report"] = "report"
    report_id: str
    type: ReportType
    site_id: str
    region: Clear[str]
    occurred_at: Moment
    submitted_at: Moment
    choice: Literal["by_rule", "shared", "unshared"] = "by_rule"
    """What a person said about this one report; without a word the owner's rules decide, at each view."""

    @property
    def key(self) -> Key:
        return self.community_id


class Disclosure(Record):
    """A transfer to law enforcement: to whom, why, for which case, and exactly what."""

    container: ClassVar[str] = "disclosures"

    kind: Literal["disclosure"] = "disclosure"
    report_id: str
    recipient_id: str
    purpose: Clear[str]
    case_number: Sealed[str]
    note: Sealed[str]
    fields: Clear[list[str]]
    disclosed_by: str
    disclosed_at: Moment
    withdrawn_at: Moment | None = None
    received_at: Moment | None = None
    """When the recipient said that they have it."""
    received_by: str | None = None
    police_reference: Sealed[str | None] = None
    candidate_id: str | None = None
    """A confirmed match that goes with the report, and where it is kept."""
    seen_at_site_id: str | None = None
    seen_on: Clear[str | None] = None
    dispose_at: Moment


class CommunityForm(ApiModel):
    name: Name
    aim: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=1000)]
    settings: MembershipSettings = MembershipSettings()


class InviteForm(ApiModel):
    organisation_id: UUID


class MemberView(ApiModel):
    organisation_id: str
    name: str
    kind: OrganisationKind
    state: Literal["invited", "joined", "left"]
    joined_at: Moment | None


class CommunityView(ApiModel):
    id: str
    name: str
    aim: str
    state: Literal["invited", "joined", "left"] = Field(description="Your organisation's place in it")
    settings: MembershipSettings = Field(description="What your organisation shares, and what your users see")
    members: list[MemberView]
    etag: str = Field(description="Send this as If-Match to change your settings")


class CommunityList(ApiModel):
    communities: list[CommunityView]


class FeedQuery(PersonalQuery):
    type: ReportType | None = None
    region: Jurisdiction | None = None
    since: Moment | None = None
    limit: int = Field(default=25, ge=1, le=25)
    cursor: str | None = Field(default=None, max_length=400)


class FeedPage(ApiModel):
    """``nextCursor`` may be there although the page is short: what is not shared with you is left out."""

    reports: list[ReportView]
    next_cursor: str | None


class ShareForm(ApiModel):
    community_id: UUID


class ShareView(ApiModel):
    community_id: str
    report_id: str
    choice: Literal["by_rule", "shared", "unshared"]
    note: str


class SharesView(ApiModel):
    """Who can see this report, in plain words."""

    shares: list[ShareView]


type CaseNumber = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=60)]


class DisclosureForm(ApiModel):
    recipient_id: UUID
    purpose: Literal["NOTIFY_LE", "LEGAL_ACTION"]
    case_number: CaseNumber
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=2000)]
    withhold: Annotated[list[str], Field(max_length=20)] = []


class DisclosureView(ApiModel):
    id: str
    organisation_id: str
    report_id: str
    recipient_id: str
    purpose: str
    case_number: str
    note: str
    fields: list[str]
    disclosed_by: str
    disclosed_at: Moment
    withdrawn_at: Moment | None
    received_at: Moment | None = Field(description="When the recipient said that they have it")
    police_reference: str | None
    candidate_id: str | None = Field(description="A confirmed match that goes with it: see GET …/sighting")
    etag: str = Field(description="Send this as If-Match to withdraw or to receive it")


class PoliceForm(ApiModel):
    """To the force that covers the site; ``recipientId`` where several do."""

    recipient_id: UUID | None = None
    case_number: CaseNumber = Field(description="Your own incident number, or theirs if you have one")
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=2000)]
    withhold: Annotated[list[str], Field(max_length=20)] = []


class ForceView(ApiModel):
    id: str
    name: str


class PoliceView(ApiModel):
    covering: list[ForceView] = Field(description="The best fit first; the first is told unless another fits as well")
    disclosures: list[DisclosureView] = Field(description="The newest first, with receipts and references")


class ReceiptQuery(PersonalQuery):
    owner: UUID = Field(description="The organisation that disclosed it")


class ReceiptForm(ApiModel):
    """May be sent again, when the reference is known."""

    police_reference: CaseNumber | None = None


class DisclosureQuery(PersonalQuery):
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)


class DisclosurePage(ApiModel):
    disclosures: list[DisclosureView]
    next_cursor: str | None
