"""The event report: as submitted, as stored, as seen."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic_extra_types.currency_code import ISO4217

from shared.clock import Moment
from shared.http.models import ApiModel, PersonalQuery
from shared.sealing.records import Clear, Requested, Sealed
from shared.storage.cosmos import Key

type Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
type Passage = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
type Narrative = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=8000)]
type PlateText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=16)]

PROTECTED_ATTRIBUTES = frozenset(
    {"ethnicity", "race", "skincolour", "skincolor", "nationality", "religion", "belief", "politics", "orientation"}
    | {"sexuality", "gender", "sex", "disability", "health", "caste", "accent", "language", "immigrationstatus"}
)


class ReportType(StrEnum):
    THEFT = "theft"
    ATTEMPTED_THEFT = "attempted_theft"
    ROBBERY = "robbery"
    VIOLENCE = "violence"
    THREAT = "threat"
    FRAUD = "fraud"
    DAMAGE = "damage"
    FUEL_DRIVE_OFF = "fuel_drive_off"
    OTHER = "other"


class HowKnown(StrEnum):
    """How the reporter knows: it says how far a report can be relied on."""

    WITNESSED = "witnessed"
    CCTV = "cctv"
    TOLD = "told"
    ALARM = "alarm"
    STOCK_CHECK = "stock_check"


class Method(StrEnum):
    CONCEALED = "concealed"
    PUSH_OUT = "push_out"
    DISTRACTION = "distraction"
    TAG_REMOVED = "tag_removed"
    REFUND = "refund"
    SELF_CHECKOUT = "self_checkout"
    FORCE = "force"
    GROUP = "group"


class Money(ApiModel):
    """An amount in minor units (cents, pence) of an ISO 4217 currency."""

    amount_minor: int = Field(ge=0, le=10_000_000_000)
    currency: ISO4217


class Item(ApiModel):
    """What was taken or damaged."""

    product: Line
    quantity: int = Field(ge=1, le=10_000)
    value: Money | None = None


class PersonRole(StrEnum):
    SUSPECT = "suspect"
    WITNESS = "witness"
    VICTIM = "victim"
    STAFF = "staff"


class AgeBand(StrEnum):
    UNDER_18 = "under_18"
    ADULT = "adult"
    UNKNOWN = "unknown"


class PersonDescription(ApiModel):
    """Somebody who was there, by what they wore, carried and did. Protected attributes have no place here."""

    role: PersonRole
    age_band: AgeBand = AgeBand.UNKNOWN
    name: Line | None = None
    clothing: Passage | None = None
    marks: Passage | None = None
    carried: Passage | None = None
    behaviour: Passage | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_protected_attributes(cls, values: Any) -> Any:
        """The promise against profiling begins with a form that has no such field, and says why."""
        if isinstance(values, dict):
            named = {str(key).replace("_", "").lower() for key in values}
            if named & PROTECTED_ATTRIBUTES:
                raise ValueError(
                    "Reeve does not record ethnicity, religion, health or other protected attributes. "
                    "Describe clothing, marks and behaviour instead."
                )
        return values


class VehicleDescription(ApiModel):
    plate: PlateText | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    make: Line | None = None
    model: Line | None = None
    colour: Line | None = None
    notes: Passage | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "VehicleDescription":
        if not any((self.plate, self.make, self.model, self.colour, self.notes)):
            raise ValueError("Say at least one thing about the vehicle, or leave it out.")
        return self


class ReportSubmission(ApiModel):
    """The event reporting form."""

    type: ReportType
    occurred_at: Moment
    site_id: UUID
    how_known: HowKnown
    what_happened: Narrative
    methods: Annotated[list[Method], Field(max_length=8)] = []
    items: Annotated[list[Item], Field(max_length=100)] = []
    people: Annotated[list[PersonDescription], Field(max_length=20)] = []
    vehicles: Annotated[list[VehicleDescription], Field(max_length=10)] = []
    weapon_seen: bool = False
    anyone_hurt: bool = False
    police_reference: Line | None = None

    @model_validator(mode="after")
    def _one_currency(self) -> "ReportSubmission":
        if len({item.value.currency for item in self.items if item.value}) > 1:
            raise ValueError("Give all values of one report in one currency.")
        return self


class ReportAmendment(ApiModel):
    """What may be put right later. Absent means unchanged."""

    what_happened: Narrative | None = None
    police_reference: Line | None = None
    status: Literal["open", "closed"] | None = None


class MinorState(StrEnum):
    """Under 18 stated, or suspected from the text, is a minor until a person says otherwise."""

    NO = "no"
    STATED = "stated"
    SUSPECTED = "suspected"
    CLEARED = "cleared"


class AgeJudgement(ApiModel):
    """What a person found about a suspected minor, and how they know."""

    finding: Literal["adult", "minor"]
    reason: Passage


class Correction(ApiModel):
    """What was put right because the person whom it describes asked for it."""

    at: Moment
    by: str
    request_id: str
    pointer: str
    before: str | None
    after: str


class Report(Requested):
    """A stored report. What describes people, vehicles and events in words is sealed; the rest can be searched."""

    container: ClassVar[str] = "reports"

    report_id: str
    kind: Literal["report"] = "report"
    site_id: str
    type: ReportType
    occurred_at: Moment
    submitted_at: Moment
    amended_at: Moment | None = None
    how_known: HowKnown
    methods: list[Method]
    items: Clear[list[Item]]
    loss_minor: int
    currency: Clear[str | None]
    weapon_seen: bool
    anyone_hurt: bool
    status: Literal["open", "closed"] = "open"
    reported_by: str
    plate_tokens: list[str]
    worn_tokens: list[str] = []
    mark_tokens: list[str] = []
    """Of the words for clothing and marks of suspects that the closed vocabulary knows."""
    product_names: Clear[list[str]] = []
    product_parts: Clear[list[str]] = []
    suspects: int = 0
    what_happened: Sealed[str]
    people: Sealed[list[PersonDescription]]
    vehicles: Sealed[list[VehicleDescription]]
    police_reference: Sealed[str | None]
    statements: Sealed[list[str]] = []
    """What somebody whom it describes says about it."""
    corrections: Sealed[list[Correction]] = []
    restricted_at: Moment | None = None
    """From then on it is used for nothing but legal claims, because the person asked for that."""
    minor: MinorState = MinorState.NO
    retention_category: Clear[str] = "report"
    dispose_at: Moment

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.report_id]


class ReportView(ApiModel):
    """A report as this viewer may see it; ``withheld`` names what was left out."""

    id: str
    organisation_id: str
    site_id: str | None
    type: ReportType
    occurred_at: Moment
    submitted_at: Moment
    amended_at: Moment | None
    how_known: HowKnown
    methods: list[Method] | None
    items: list[Item] | None
    loss: Money | None
    weapon_seen: bool | None
    anyone_hurt: bool | None
    status: Literal["open", "closed"]
    reported_by: str | None
    what_happened: str | None
    people: list[PersonDescription] | None
    vehicles: list[VehicleDescription] | None
    police_reference: str | None
    statements: list[str] | None = Field(default=None, description="What somebody whom it describes says about it")
    minor: MinorState = Field(description="Whether somebody in it is or may be under 18")
    withheld: list[str]


class ReportQuery(PersonalQuery):
    """``owner`` is the organisation that reported, when it is not yours."""

    owner: UUID | None = None


class ReportListQuery(PersonalQuery):
    type: ReportType | None = None
    site_id: UUID | None = None
    since: Moment | None = None
    until: Moment | None = None
    min_loss_minor: int | None = Field(default=None, ge=0)
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)


class ReportPage(ApiModel):
    reports: list[ReportView]
    next_cursor: str | None
