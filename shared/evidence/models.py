"""The evidence item: as announced, as stored, as seen."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from shared.clock import Moment
from shared.evidence.media_types import MediaKind, MediaType, usual_name
from shared.evidence.obscuring.regions import Region
from shared.evidence.refusals import Reason
from shared.evidence.video.work import VideoWork
from shared.http.models import ApiModel, PersonalQuery
from shared.sealing.records import Clear, Requested, Sealed
from shared.storage.cosmos import Key

LARGEST_UPLOAD = 5_000_000_000

type Description = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
type AnnouncedType = Annotated[MediaType, BeforeValidator(lambda v: usual_name(v) if isinstance(v, str) else v)]


class State(StrEnum):
    AWAITING_UPLOAD = "awaiting_upload"
    STORED = "stored"
    REFUSED = "refused"
    DISPOSING = "disposing"
    """Claimed by the retention timer; to everybody else it is gone."""


class Verdict(StrEnum):
    """Of a malware scanner."""

    CLEAN = "clean"
    MALICIOUS = "malicious"


class UploadRequest(ApiModel):
    """What somebody wants to upload, to which report."""

    report_id: UUID
    kind: MediaKind
    mime_type: AnnouncedType
    size_bytes: int = Field(ge=1, le=LARGEST_UPLOAD)
    description: Description | None = None
    captured_at: Moment | None = None

    @model_validator(mode="after")
    def _type_fits_kind(self) -> Self:
        if self.mime_type.kind is not self.kind:
            raise ValueError(f"The type {self.mime_type} is no {self.kind}: give the kind that fits the file.")
        return self


class UploadPermission(ApiModel):
    """Where to send the file: one PUT of the whole content to ``uploadUrl`` with ``requiredHeaders``.

    A file with ``blockBytes`` is sent as blocks of that size (Put Block, then Put Block List): those that arrived stay,
    so an interrupted upload goes on where it stopped. The same announcement again, with its Idempotency-Key, gives a
    fresh URL when the first has expired.
    """

    evidence_id: str
    upload_url: str = Field(description="Keep it secret: whoever has it can upload in your place until it expires")
    expires_at: Moment
    required_headers: dict[str, str]
    block_bytes: int | None = Field(description="Send the file in blocks of this size; null: in one piece")


class Content(ApiModel):
    """One file of an item: what it is, and the fingerprint by which it can be shown to be unchanged."""

    mime_type: MediaType
    size_bytes: int
    sha256: str = Field(description="SHA-256 in hexadecimal")
    width: int | None = None
    height: int | None = None
    pages: int | None = None


class Evidence(Requested):
    """A stored evidence item. Fingerprints are sealed too: they would tell who else holds the same picture."""

    container: ClassVar[str] = "evidence"

    evidence_id: str
    kind: Literal["evidence"] = "evidence"
    media_kind: MediaKind
    report_id: str
    site_id: str
    event_at: Moment
    """When the event of the report was: the retention of evidence counts from it."""
    state: State = State.AWAITING_UPLOAD
    announced_type: MediaType
    announced_bytes: int
    uploaded_by: str
    requested_at: Moment
    captured_at: Moment | None
    processed_at: Moment | None = None
    refusal: Reason | None = None
    verdict: Verdict | None = None
    description: Sealed[str | None]
    original: Sealed[Content | None] = None
    rendition: Sealed[Content | None] = None
    rendition_part: Clear[str] = "rendition"
    """Where it lies: each decision paints a new one, so that whoever decides too late spoils nothing."""
    regions: Sealed[list[Region]] = []
    needs_review: bool = False
    """Whether faces were found, or could not be looked for, and nobody has decided about them."""
    obscured_by: str | None = None
    obscured_at: Moment | None = None
    original_destroyed_at: Moment | None = None
    video: Clear[VideoWork | None] = None
    """How far the work on a video is."""
    restricted_at: Moment | None = None
    """Since when it is used for legal claims only, because a person asked for that."""
    dispose_at: Moment

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.evidence_id]


class Refusal(ApiModel):
    code: Reason
    detail: str


class EvidenceView(ApiModel):
    """An evidence item as this viewer may see it; ``withheld`` names what was left out."""

    id: str
    organisation_id: str
    report_id: str
    site_id: str
    kind: MediaKind
    mime_type: MediaType
    size_bytes: int
    state: State
    refusal: Refusal | None
    description: str | None
    captured_at: Moment | None
    uploaded_by: str | None
    requested_at: Moment
    processed_at: Moment | None
    original: Content | None
    rendition: Content | None
    needs_review: bool = Field(description="Whether somebody has to look for bystanders before the report is shared")
    obscured_by: str | None = Field(description="Who decided what is painted over in the rendition")
    obscured_at: Moment | None
    original_destroyed_at: Moment | None = Field(description="Since when only the rendition exists")
    dispose_at: Moment = Field(description="When the item will be gone for good")
    withheld: list[str]


class EvidenceList(ApiModel):
    evidence: list[EvidenceView]


class ContentQuery(PersonalQuery):
    """``rendition=false`` asks for the original, with everything that its camera wrote into it."""

    rendition: bool = True
