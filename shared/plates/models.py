"""Watchlist entries, kept reads and candidates: as sent, as stored, as seen."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.clock import Moment
from shared.http.models import ApiModel, PersonalQuery
from shared.organisations.models import OrganisationKind
from shared.reports.models import Line, Passage, PlateText
from shared.sealing.records import Clear, Record, Requested, Sealed
from shared.storage.cosmos import Key


@dataclass(frozen=True)
class Guess:
    """One reading of a plate, and how sure the camera is of it (0 to 1)."""

    plate: str
    confidence: float


@dataclass(frozen=True)
class PlateRead:
    """One passage of a vehicle, in our terms whatever the camera's were."""

    read_id: str
    captured_at: Moment
    best: Guess
    alternatives: tuple[Guess, ...] = ()
    make: str | None = None
    colour: str | None = None
    direction: float | None = None
    pictures: tuple[bytes | str, ...] = field(default=(), repr=False, compare=False)
    """As sent, in base64 or not, the smallest cut-out first. Looked at only when there is a match."""


class WatchlistEntryForm(ApiModel):
    """A vehicle to look out for: never without a reason, a report or case behind it, an end, and a day by which
    somebody looks at it again."""

    plate: PlateText
    reason: Passage
    report_id: UUID | None = None
    case_reference: Line | None = None
    expires_at: Moment
    review_at: Moment | None = Field(default=None, description="Without a review by then it matches no more")
    make: Line | None = None
    colour: Line | None = None
    community_ids: Annotated[list[UUID], Field(max_length=20)] = Field(
        default=[], description="Communities whose members' cameras are to look out for it too"
    )

    @model_validator(mode="after")
    def _rests_on_something(self) -> Self:
        if not (self.report_id or self.case_reference):
            raise ValueError("Name the report or the case that this entry rests on.")
        return self


class ReviewForm(ApiModel):
    """What a person concluded who has looked at an entry again: it is needed still, until the next look."""

    still_needed: Literal[True]
    review_at: Moment


class WatchlistEntry(Requested):
    """A stored entry; only its blind tokens are in clear, by which a read is matched."""

    container: ClassVar[str] = "watchlists"

    scope_id: str
    kind: Literal["entry"] = "entry"
    exact_token: str
    folded_token: str
    report_id: str | None
    created_by: str
    created_at: Moment
    expires_at: Moment
    review_at: Moment
    reviewed_by: str | None = None
    community_ids: list[str] = []
    plate: Sealed[str]
    reason: Sealed[str]
    case_reference: Sealed[str | None]
    make: Sealed[str | None]
    colour: Sealed[str | None]

    @property
    def key(self) -> Key:
        return self.scope_id

    @property
    def ends_at(self) -> datetime:
        """From then on it matches nothing."""
        return min(self.expires_at, self.review_at)


class Listing(Record):
    """The thin entry by which a community's cameras find a vehicle. ``id`` is that of the entry, which stays with its
    owner and is read there, by the rules of that moment."""

    container: ClassVar[str] = "watchlists"

    scope_id: str
    kind: Literal["listing"] = "listing"
    owner_kind: OrganisationKind
    folded_token: str
    created_at: Moment
    expires_at: Moment
    review_at: Moment

    @property
    def key(self) -> Key:
        return self.scope_id


class WatchlistEntryView(ApiModel):
    id: str
    organisation_id: str = Field(description="Whose entry it is")
    plate: str
    reason: str
    report_id: str | None
    case_reference: str | None
    make: str | None
    colour: str | None
    created_by: str | None
    created_at: Moment
    expires_at: Moment
    review_at: Moment
    reviewed_by: str | None
    community_ids: list[str]
    withheld: list[str] = Field(default=[], description="Fields that the owner's organisation keeps to itself")
    etag: str | None = Field(description="Send this as If-Match to review or withdraw; null if it is not yours")


class WatchlistQuery(PersonalQuery):
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)


class WatchlistPage(ApiModel):
    entries: list[WatchlistEntryView]
    next_cursor: str | None


class KeptRead(Record):
    """A read without a match, kept for the site's short time under the key of its day."""

    container: ClassVar[str] = "plateReads"

    site_id: str
    day: Clear[str]
    kind: Literal["read"] = "read"
    day_key: Clear[str]
    captured_at: Moment
    tokens: list[str]
    plate: Sealed[str]
    make: Sealed[str | None]
    colour: Sealed[str | None]
    ttl: int = Field(description="A backstop: the timer disposes of the whole day before")

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.site_id, self.day]

    @property
    def key_id(self) -> str:
        return self.day_key


class CandidateState(StrEnum):
    CANDIDATE = "candidate"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Doubt(StrEnum):
    """What speaks against a match; a person weighs it."""

    FOLDED = "characters that cameras confuse"
    ONE_OFF = "one character is another, missing or too many"
    ALTERNATIVE = "not the camera's first reading"
    MAKE = "another make than listed"
    COLOUR = "another colour than listed"
    CLOCK = "the camera's clock is off"


class Candidate(Record):
    """A possible match. It becomes more only when a person has compared plate and picture."""

    container: ClassVar[str] = "plateReads"

    site_id: str
    day: Clear[str]
    kind: Literal["candidate"] = "candidate"
    device_id: str
    entry_id: str
    list_id: str | None = None
    """The community through which the entry was found; None for the organisation's own."""
    captured_at: Moment
    created_at: Moment
    decide_by: Moment
    state: CandidateState = CandidateState.CANDIDATE
    decided_by: str | None = None
    decided_at: Moment | None = None
    confidence: float
    picture_until: Moment | None = None
    """None if the camera sent none."""
    tokens: list[str] = []
    plate: Sealed[str]
    make: Sealed[str | None]
    colour: Sealed[str | None]
    doubts: Sealed[list[Doubt]]
    note: Sealed[str | None] = None
    dispose_at: Moment

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.site_id, self.day]

    def has_picture(self, now: datetime) -> bool:
        open_still = self.state is CandidateState.CANDIDATE and now < self.decide_by
        shown = open_still or self.state is CandidateState.CONFIRMED
        return shown and self.picture_until is not None and now < self.picture_until


class CandidateView(ApiModel):
    id: str
    site_id: str
    captured_at: Moment
    state: CandidateState
    decide_by: Moment
    decided_by: str | None
    decided_at: Moment | None
    plate: str
    confidence: float = Field(description="The camera's, 0 to 1")
    make: str | None
    colour: str | None
    doubts: list[Doubt]
    picture_until: Moment | None = Field(
        description="Until then GET …/picture shows what the camera saw; null if there is no picture, or no longer"
    )
    listed: WatchlistEntryView | None = Field(
        description="The watchlist entry; null if it is gone, or if you see the candidate as staff of the site"
    )
    etag: str = Field(description="Send this as If-Match to decide")


class CandidateListQuery(PersonalQuery):
    state: CandidateState | None = None
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)


class CandidatePage(ApiModel):
    candidates: list[CandidateView]
    next_cursor: str | None


class CandidateDecision(ApiModel):
    """What a person concluded after comparing the plate, and the picture where there is one, with the entry."""

    decision: Literal["confirmed", "rejected"]
    compared_plate_and_picture: Literal[True]
    note: Passage | None = None


class Receipt(ApiModel):
    """What a device is told: that its message has been dealt with, and nothing about anybody."""

    received: int
