"""A complaint, and a request of somebody who is not the person concerned: as sent, as stored, as seen by the desk."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.clock import Moment
from shared.http.models import ApiModel, PageQuery
from shared.organisations.models import Identifier, Mail
from shared.pages.languages import Language
from shared.sealing.records import Clear, Record, Sealed

COMPLAINTS = "complaints"

type PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]
type Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
type Passage = Annotated[str, StringConstraints(strip_whitespace=True, min_length=20, max_length=4000)]
type Reference = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[CTct]-[0-9A-Za-z]{5}-[0-9A-Za-z]{5}$")
]
type Secret = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9_-]{32}$")]


class Kind(StrEnum):
    COMPLAINT = "complaint"
    THIRD_PARTY_REQUEST = "third_party_request"


class About(StrEnum):
    """What a complaint is about."""

    KEPT = "kept"
    """Something is kept that should not be, or is wrong."""
    SHARED = "shared"
    NOT_ANSWERED = "not_answered"
    """A request was not answered, late, or badly."""
    TREATED = "treated"
    """How somebody was treated in a shop."""
    CAMERAS = "cameras"
    OTHER = "other"


class Sender(StrEnum):
    """Who asks for data about somebody else."""

    POLICE = "police"
    COURT = "court"
    LAWYER = "lawyer"
    INSURER = "insurer"
    AUTHORITY = "authority"
    OTHER = "other"


class Outcome(StrEnum):
    """What came of it, decided by the controller."""

    UPHELD = "upheld"
    PARTLY = "partly"
    NOT_UPHELD = "not_upheld"
    DISCLOSED = "disclosed"
    """To a third party; the disclosure itself is recorded where it was made."""
    REFUSED = "refused"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"


OUTCOMES = {
    Kind.COMPLAINT: {Outcome.UPHELD, Outcome.PARTLY, Outcome.NOT_UPHELD, Outcome.TRANSFERRED, Outcome.WITHDRAWN},
    Kind.THIRD_PARTY_REQUEST: {
        Outcome.DISCLOSED, Outcome.PARTLY, Outcome.REFUSED, Outcome.TRANSFERRED, Outcome.WITHDRAWN,
    },
}  # fmt: skip


# -- what is sent ----------------------------------------------------------------------------------------------------


class AddresseeQuery(PageQuery):
    """Whoever comes from the notice of an organisation finds it chosen."""

    organisation_id: Identifier | None = None


class ComplaintForm(ApiModel):
    """A complaint to one organisation. Nobody needs an account, and nobody has to say more than this."""

    organisation_id: Identifier = Field(json_schema_extra={"widget": "select"})
    about: About = Field(json_schema_extra={"widget": "radio"})
    what_happened: Passage
    wanted: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] | None = None
    name: PersonName = Field(json_schema_extra={"autocomplete": "name"})
    contact: Mail = Field(json_schema_extra={"widget": "email", "autocomplete": "email"})


class ThirdPartyForm(ApiModel):
    """A request for data about somebody else, by whoever says that a law entitles them to it."""

    organisation_id: Identifier = Field(json_schema_extra={"widget": "select"})
    sender: Sender = Field(json_schema_extra={"widget": "radio"})
    body: Line = Field(json_schema_extra={"autocomplete": "organization"})
    name: PersonName = Field(json_schema_extra={"autocomplete": "name"})
    contact: Mail = Field(json_schema_extra={"widget": "email", "autocomplete": "email"})
    their_reference: Line | None = None
    legal_basis: Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=1000)]
    what_happened: Passage


class StatusForm(ApiModel):
    """How something that was sent stands. Neither half is in an address, where others might read it."""

    reference: Reference = Field(json_schema_extra={"autocomplete": "off"})
    secret: Secret = Field(json_schema_extra={"autocomplete": "off"})


class Receipt(ApiModel):
    reference: str
    secret: str = Field(description="Shown here only. With the reference it tells how the matter stands")
    organisation: str
    received_at: Moment
    acknowledge_by: date | None = Field(description="By when the law wants receipt confirmed; null: it sets no day")
    answer_by: date = Field(description="By when the organisation should answer")


class StatusView(ApiModel):
    reference: str
    organisation: str
    received_at: Moment
    state: Literal["received", "acknowledged", "closed"]
    acknowledge_by: date | None
    answer_by: date
    acknowledged_at: Moment | None
    closed_at: Moment | None
    outcome: Outcome | None
    answer: str | None = Field(description="What the organisation wrote")


# -- what is stored --------------------------------------------------------------------------------------------------


class Step(ApiModel):
    """Who did what, when. ``by`` is empty for the sender."""

    at: Moment
    action: Literal["received", "acknowledged", "closed"]
    by: str = ""


class Incoming(Record):
    """A complaint or a third party's request, in the partition of the organisation that it was sent to."""

    container: ClassVar[str] = COMPLAINTS

    kind: Kind
    reference: Clear[str]
    secret_commitment: str
    request_commitment: str
    language: Language
    about: About | None = None
    sender: Sender | None = None
    name: Sealed[str]
    contact: Sealed[str]
    contact_token: str = ""
    """By which a complaint is found when whoever made it asks for their data; empty for third parties."""
    body: Sealed[str | None] = None
    their_reference: Sealed[str | None] = None
    legal_basis: Sealed[str | None] = None
    what_happened: Sealed[str]
    wanted: Sealed[str | None] = None
    rule: Clear[str | None]
    """The row of the table of terms by which the receipt is counted."""
    received_at: Moment
    acknowledge_by: Clear[date | None]
    answer_by: Clear[date]
    remind_at: Moment | None
    """When the privacy officers are reminded next; None once it is closed."""
    state: Literal["received", "acknowledged", "closed"] = "received"
    acknowledged_at: Moment | None = None
    closed_at: Moment | None = None
    outcome: Outcome | None = None
    answer: Sealed[str | None] = None
    steps: Clear[list[Step]]
    kept_from: Moment
    """From when its time of retention is counted: the closing, and a year after it came if nobody closes it."""
    dispose_at: Moment


# -- what the desk sees ----------------------------------------------------------------------------------------------


class DeskQuery(ApiModel):
    kind: Kind | None = None
    state: Literal["received", "acknowledged", "closed"] | None = None
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)


class Summary(ApiModel):
    """A line of the board: nothing of what was written."""

    id: str
    kind: Kind
    reference: str
    about: About | None
    sender: Sender | None
    state: Literal["received", "acknowledged", "closed"]
    received_at: Moment
    acknowledge_by: date | None
    answer_by: date
    overdue: bool = Field(description="Whether a day has passed by which something should have been done")
    outcome: Outcome | None


class DeskPage(ApiModel):
    matters: list[Summary]
    next_cursor: str | None


class MatterView(Summary):
    name: str
    contact: str
    body: str | None
    their_reference: str | None
    legal_basis: str | None
    what_happened: str
    wanted: str | None
    language: Language
    rule: str | None
    steps: list[Step]
    answer: str | None
    etag: str = Field(description="Send this as If-Match to change it")


class Closing(ApiModel):
    outcome: Outcome
    answer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=20, max_length=8000)] = Field(
        description="What the sender reads with the reference and the secret: what was found, why, and where to go next"
    )
