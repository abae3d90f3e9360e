"""What a controller sets, holds and is given as proof: as sent, as stored, as seen."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.clock import Moment
from shared.http.models import ApiModel
from shared.retention import schedule
from shared.retention.periods import Period
from shared.sealing.records import Clear, Record, Requested, Sealed


def _known(category: str) -> str:
    if category not in schedule.categories():
        raise ValueError("This is not a category of the retention schedule; GET /api/retention/schedule lists them.")
    return category


def _period(text: str) -> str:
    Period.parse(text)
    return text


type Category = Annotated[str, AfterValidator(_known)]
type PeriodText = Annotated[str, StringConstraints(max_length=8), AfterValidator(_period)]
type Shortened = Annotated[dict[Category, PeriodText], Field(max_length=50)]
type Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=1000)]
type CaseReference = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80)]

RETENTION = "retention"
PLATFORM = "platform"
"""The partition of what belongs to no controller: how far the timers are."""


class Why(StrEnum):
    """What makes a disposal lawful and necessary."""

    DUE = "due"
    ERASURE = "erasure"
    """A person's request that their controller granted."""
    RESTORED = "restored"
    """It had been disposed of, and a backup brought it back."""


# -- what a controller has shortened ---------------------------------------------------------------------------------


class Settings(Record):
    """One document an organisation."""

    container: ClassVar[str] = RETENTION
    ID: ClassVar[str] = "settings"

    kind: Literal["settings"] = "settings"
    shortened: Clear[dict[str, str]] = {}
    changed_by: str
    changed_at: Moment


class SettingsForm(ApiModel):
    """Only what is to be shorter than the schedule's default; what is left out follows the schedule."""

    shortened: Shortened


class RuleView(ApiModel):
    """One category as it holds for your organisation."""

    category: str
    says: str
    regime: str
    period: str = Field(description="ISO 8601, in force")
    in_words: str
    default_period: str
    ceiling: str
    floor: str | None
    starts: str = Field(description="When the clock starts")
    source: str
    shortened: bool


class ScheduleView(ApiModel):
    version: str
    rules: list[RuleView]
    backup_of_records: str
    backup_of_keys: str
    etag: str = Field(description="Send this as If-Match to change your organisation's periods")


# -- what would go ---------------------------------------------------------------------------------------------------


class PreviewForm(ApiModel):
    """``at``: a day to look ahead to, now if absent. ``shortened``: periods to try out."""

    at: Moment | None = None
    shortened: Shortened = {}


class Count(ApiModel):
    category: str
    count: int
    held: int = Field(description="Of these, how many a legal hold keeps")


class PreviewView(ApiModel):
    """Nothing was disposed of to find this out."""

    at: Moment
    counts: list[Count]
    total: int


# -- legal holds -----------------------------------------------------------------------------------------------------


class HeldRecord(ApiModel):
    kind: Literal["report", "evidence", "candidate", "profile", "case", "disclosure"]
    id: UUID


class HoldForm(ApiModel):
    """What must not be disposed of: why, for which case, and until when."""

    records: Annotated[list[HeldRecord], Field(min_length=1, max_length=50)]
    reason: Reason
    case_reference: CaseReference
    until: Moment
    review_at: Moment | None = Field(default=None, description="90 days from now at the latest, and if absent")


class HoldReview(ApiModel):
    """Somebody looked again whether the hold is still needed."""

    review_at: Moment | None = None
    until: Moment | None = None


class Hold(Requested):
    """A stored hold. It holds until :attr:`holds_until`, which every change computes anew."""

    container: ClassVar[str] = RETENTION

    kind: Literal["hold"] = "hold"
    records: Clear[list[str]]
    reason: Sealed[str]
    case_reference: Sealed[str]
    requested_by: str
    requested_at: Moment
    until: Moment
    ceiling: Moment
    """The earliest at which one of its records must be gone unless two people say otherwise."""
    review_at: Moment
    approved_by: str | None = None
    approved_at: Moment | None = None
    released_by: str | None = None
    released_at: Moment | None = None
    holds_until: Moment
    dispose_at: Moment

    @model_validator(mode="after")
    def _two_people(self) -> Self:
        if self.approved_by == self.requested_by:
            raise ValueError("whoever asks for a hold cannot approve it")
        return self

    def effective(self) -> datetime:
        """The end of a hold: released, not reviewed in time, or beyond the ceiling without a second person."""
        ends = [self.until, self.review_at]
        if self.released_at:
            ends.append(self.released_at)
        if self.approved_by is None:
            ends.append(self.ceiling)
        return min(ends)


class HoldView(ApiModel):
    id: str
    records: list[str]
    reason: str
    case_reference: str
    requested_by: str
    requested_at: Moment
    until: Moment
    review_at: Moment
    approved_by: str | None
    released_at: Moment | None
    holds_until: Moment = Field(description="When it really ends, as things stand")
    needs_approval: bool = Field(description="Whether a second person has to agree, because it goes beyond the ceiling")
    etag: str = Field(description="Send this as If-Match to change the hold")


class HoldList(ApiModel):
    holds: list[HoldView]


class HoldQuery(ApiModel):
    ended: bool = False


# -- proof -----------------------------------------------------------------------------------------------------------


class Certificate(Record):
    """Proof of a disposal. Its id derives from its text, and the audit log holds the id."""

    container: ClassVar[str] = RETENTION

    kind: Literal["certificate"] = "certificate"
    category: Clear[str]
    subject: Clear[str]
    text: Clear[str]
    disposed_at: Moment
    dispose_at: Moment
    ttl: int


class CertificateView(ApiModel):
    id: str
    category: str
    subject: str
    disposed_at: Moment
    text: str
    note: str = Field(description="The text as a signed note of your organisation's audit log")


class CertificateQuery(ApiModel):
    subject: UUID | None = Field(default=None, description="Id of a record that is gone")
    category: Category | None = None
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)


class CertificatePage(ApiModel):
    certificates: list[CertificateView]
    next_cursor: str | None


# -- the work --------------------------------------------------------------------------------------------------------


class Order(ApiModel):
    """A message of the ``disposals`` queue: ids only."""

    kind: str
    id: str
    organisation_id: str
    key: list[str]
    why: Why = Why.DUE
    failed_before: bool = False
    """Whether a note of a failure is to be cleared away when it succeeds."""


class Failure(Record):
    """A record that could not be disposed of, and how often it was tried. Deleted when it succeeds."""

    container: ClassVar[str] = RETENTION

    kind: Literal["failure"] = "failure"
    record_kind: Clear[str]
    record_id: str
    error: Clear[str]
    times: int
    first_at: Moment
    last_at: Moment


class FailureView(ApiModel):
    kind: str
    id: str
    error: str
    times: int
    first_at: Moment
    last_at: Moment


class Redating(Record):
    """Existing records getting the earlier end that a shortened rule gives them: where the work stands."""

    container: ClassVar[str] = RETENTION

    kind: Literal["redating"] = "redating"
    cause: Clear[str]
    kinds_left: Clear[list[str]]
    after: Clear[tuple[str, str] | None] = None
    looked_at: int = 0
    brought_forward: int = 0
    started_at: Moment
    finished_at: Moment | None = None
    ttl: int


class RedatingView(ApiModel):
    cause: str
    looked_at: int
    brought_forward: int
    started_at: Moment
    finished_at: Moment | None


class ProgressView(ApiModel):
    """How far forgetting is: what fails, and what is being brought forward."""

    failures: list[FailureView]
    redatings: list[RedatingView]


class RestorationForm(ApiModel):
    """After a restore: from when on disposals have to be repeated. Give the time of the restored backup."""

    since: Moment


class RestorationView(ApiModel):
    repeated: int
