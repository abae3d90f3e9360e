"""The bundle: a disclosure of what a case holds, to one recipient, for one case number, for a limited time."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from shared.cases.models import Passage, Reference
from shared.clock import Moment
from shared.http.models import ApiModel
from shared.people.models import Subject
from shared.reports.models import VehicleDescription
from shared.sealing.records import Clear, Requested, Sealed

BUNDLES = "disclosures"
"""The container, beside the disclosures of single reports: what left the house stands in one place."""
MOST_REPORTS = 25
MOST_PROFILES = 10
ALONE = 5
"""Reports that one person may hand over; more take a second one. A bundle is no way to export everything."""
LONGEST_DAYS = 30

type Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]


class RecipientKind(StrEnum):
    """To whom a bundle may go. There is no kind for employers, insurers, debt collectors or data brokers."""

    LAW_ENFORCEMENT = "law_enforcement"
    PROSECUTOR = "prosecutor"
    COURT = "court"
    OWN_COUNSEL = "own_counsel"


class State(StrEnum):
    WAITING = "waiting"
    """For a second person."""
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Recipient(ApiModel):
    kind: RecipientKind
    name: Name = Field(description="The office and, if known, the person")
    organisation_id: UUID | None = Field(default=None, description="Of a police force that works with Reeve")

    @model_validator(mode="after")
    def _police_only(self) -> Self:
        if self.organisation_id and self.kind is not RecipientKind.LAW_ENFORCEMENT:
            raise ValueError("Only law-enforcement organisations receive bundles inside Reeve.")
        return self


class EvidenceChoice(ApiModel):
    """Which form of an item goes along. An original shows bystanders, so it needs its reason."""

    id: UUID
    original: bool = False
    reason: Passage | None = None

    @model_validator(mode="after")
    def _reason_for_original(self) -> Self:
        if self.original and not self.reason:
            raise ValueError("Say why the original is needed, and not the rendition without bystanders.")
        return self


class BundleForm(ApiModel):
    recipient: Recipient
    purpose: Literal["NOTIFY_LE", "LEGAL_ACTION"]
    case_number: Reference = Field(description="The recipient's number")
    reports: Annotated[list[UUID], Field(min_length=1, max_length=MOST_REPORTS)]
    evidence: Annotated[list[EvidenceChoice], Field(max_length=100)] = []
    profiles: Annotated[list[UUID], Field(max_length=MOST_PROFILES)] = Field(
        default=[], description="Of the case, and only if they are needed; a second person has to agree"
    )
    withhold: Annotated[list[str], Field(max_length=20)] = []
    notes: Passage | None = Field(default=None, description="A word to the recipient; it stands on the first page")
    days: int = Field(default=14, ge=1, le=LONGEST_DAYS, description="How long it can be fetched")


class BundledProfile(ApiModel):
    """What of a profile is handed over: what identifies, and that somebody disputes it."""

    id: str
    subject: Subject
    label: str
    names: list[str]
    clothing: str | None
    marks: str | None
    carried: str | None
    behaviour: str | None
    vehicle: VehicleDescription | None
    disputed: bool
    last_event_at: Moment


class Chosen(ApiModel):
    id: str
    original: bool
    reason: str | None


class Bundle(Requested):
    """A stored bundle. Its archive lies sealed under its own key, and goes when it expires; this record stays as long
    as the record of any disclosure."""

    container: ClassVar[str] = BUNDLES

    kind: Literal["bundle"] = "bundle"
    case_id: str
    report_ids: list[str]
    evidence_ids: list[str]
    profile_ids: list[str] = []
    chosen: Sealed[list[Chosen]]
    fields: Clear[list[str]]
    recipient_id: str | None
    recipient_kind: RecipientKind
    recipient: Sealed[str]
    purpose: Clear[str]
    case_number: Sealed[str]
    notes: Sealed[str | None]
    state: State
    needs_approval: bool
    requested_by: str
    disclosed_at: Moment
    """When it was asked for; the clock of its retention."""
    approved_by: str | None = None
    approved_at: Moment | None = None
    built_at: Moment | None = None
    expires_at: Moment
    failure: Clear[str | None] = None
    size_bytes: int | None = None
    sha256: Sealed[str | None] = None
    dispose_at: Moment


class BundleView(ApiModel):
    id: str
    organisation_id: str
    case_id: str
    report_ids: list[str]
    evidence_ids: list[str]
    profile_ids: list[str]
    recipient_id: str | None
    recipient_kind: RecipientKind
    recipient: str
    purpose: str
    case_number: str
    state: State
    needs_approval: bool = Field(description="More than five reports, or a profile: a second person has to agree")
    requested_by: str
    disclosed_at: Moment
    approved_by: str | None
    built_at: Moment | None
    expires_at: Moment
    failure: str | None
    size_bytes: int | None
    sha256: str | None = Field(description="Of the archive: tell the recipient by another way")
    etag: str


class BundleList(ApiModel):
    bundles: list[BundleView]


class BundleOrder(ApiModel):
    """The message that has a bundle built."""

    organisation_id: str
    bundle_id: str
    message_id: str


def view(bundle: Bundle) -> BundleView:
    return BundleView(**bundle.model_dump(include=set(BundleView.model_fields)), etag=bundle.etag)
