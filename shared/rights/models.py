"""What a person asks of those who may hold data about them: as sent in, as seen by the person, as stored.

A request is the person's: the platform keeps it until the controllers have it, then only the contact and the answers.
A case is one controller's copy, with its clock: what one controller does with it, no other controller learns.
"""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.clock import Moment
from shared.evidence.media_types import MediaType
from shared.http.models import ApiModel
from shared.organisations.models import Jurisdiction, Mail
from shared.reports.models import PlateText
from shared.rights.clock import Reason
from shared.rights.decisions import Decided
from shared.sealing.records import Clear, Record, Sealed
from shared.storage.cosmos import Key

RIGHTS = "rights"
MOST_MESSAGES = 50

type PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]
type Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
type Passage = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=4000)]
type Phone = Annotated[str, StringConstraints(pattern=r"^\+[0-9][0-9 ().-]{5,24}$")]
type Secret = Annotated[str, StringConstraints(min_length=40, max_length=60, pattern=r"^[A-Za-z0-9_-]+$")]
type Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]


class Kind(StrEnum):
    """What a person can ask for. Which of them the law of the place knows stands in rights.toml."""

    ACCESS = "access"
    CORRECTION = "correction"
    DELETION = "deletion"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    PORTABILITY = "portability"
    OPT_OUT = "opt_out"


class Language(StrEnum):
    ENGLISH = "en"
    ENGLISH_NZ = "en-NZ"
    FRENCH = "fr"
    GERMAN = "de"
    SPANISH = "es"


# -- what the person sends -------------------------------------------------------------------------------------------


class Incident(ApiModel):
    """When and where it was, as far as the person knows: it tells who may hold something."""

    region: Jurisdiction = Field(description="ISO 3166-2, as GB-ENG, NZ or US-CA")
    place: Words = Field(description="Shop, street and town, in your own words")
    on: date
    about: time | None = Field(default=None, description="Local time, if you remember it")


class Agent(ApiModel):
    """Somebody who asks for another person, and by what right."""

    name: PersonName
    authority: Passage = Field(description="What allows you to ask for this person, and who can confirm it")


class Facts(ApiModel):
    """What is needed to find the records and nobody else's."""

    kinds: Annotated[list[Kind], Field(min_length=1, max_length=7)]
    full_name: PersonName
    date_of_birth: date
    incident: Incident
    plates: Annotated[list[PlateText], Field(max_length=3)] = []
    phone: Phone | None = Field(
        default=None,
        description="If they may call about this request; nothing is searched by it. As +44 20 7946 0000",
    )
    details: Passage | None = Field(default=None, description="What is wrong and what would be right, for a correction")
    agent: Agent | None = None


class RequestForm(Facts):
    """A request to everybody who may hold something. The code that is mailed to ``contact`` sends it off."""

    contact: Mail
    language: Language = Language.ENGLISH

    def facts(self) -> Facts:
        return Facts(**self.model_dump(exclude={"contact", "language"}))


class RequestReceipt(ApiModel):
    reference: str = Field(description="Names your request. It is no secret.")
    secret: str = Field(description="Shown once. With it you see how your request stands; nobody can give it again.")
    confirm_until: Moment = Field(description="By when the code that was mailed to you has to be entered")


class ConfirmForm(ApiModel):
    code: Code


class ReplyForm(ApiModel):
    message: Passage


# -- what the person sees --------------------------------------------------------------------------------------------


class RequestState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    """The code has not been entered."""
    SENT = "sent"
    """Whoever may hold something has it, or gets it at this moment: nobody outside sees a difference."""
    CLOSED = "closed"
    """Everybody who had it has answered."""


class Message(ApiModel):
    """What a controller asked, or told, and what the person replied."""

    case_id: str
    organisation: str
    sender: Literal["controller", "person"]
    topic: Literal["acknowledged", "clarification", "identity", "fee", "extension", "reply"]
    text: str
    at: Moment


class AnswerFile(ApiModel):
    """A picture or film that belongs to an answer."""

    number: int
    name: str
    mime_type: MediaType
    size_bytes: int
    pieces: int = Field(description="How many it is fetched in; put one after another they are the file")

    @property
    def megabytes(self) -> str:
        """For people: never nothing."""
        return f"{max(self.size_bytes / 1_000_000, 0.1):.1f}"


class AnswerNote(ApiModel):
    """That a controller has answered, and until when the answer can be fetched."""

    case_id: str
    organisation_id: str
    organisation: str
    answered_at: Moment
    until: Moment
    files: list[AnswerFile] = []


class RequestView(ApiModel):
    """How a request stands. Who holds what is told by each controller's own answer, and by nothing else."""

    reference: str
    state: RequestState
    kinds: list[Kind]
    received_at: Moment
    messages: list[Message]
    answers: list[AnswerNote]


# -- as stored -------------------------------------------------------------------------------------------------------


class CaseRef(ApiModel):
    case_id: str
    organisation_id: str


class Request(Record):
    """A person's request, under the platform's own root until its controllers have it. Then the facts are dropped."""

    container: ClassVar[str] = RIGHTS

    rights_id: str
    kind: Literal["request"] = "request"
    state: RequestState = RequestState.UNCONFIRMED
    routed: bool = False
    kinds: list[Kind]
    language: Language
    secret_token: str
    code_token: str
    code_tries: int = 0
    codes_sent: int = 1
    confirm_until: Moment
    received_at: Moment
    confirmed_at: Moment | None = None
    facts: Sealed[Facts | None]
    contact: Sealed[str]
    messages: Sealed[list[Message]] = []
    cases: Clear[list[CaseRef]] = []
    answers: Clear[list[AnswerNote]] = []
    dispose_at: Moment

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.rights_id]


class CaseState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"


class Identity(StrEnum):
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    """The person could not be told from others: nothing about anybody may be given out."""


class HowProven(StrEnum):
    """The least that will do; none of them leaves a document with us."""

    FACTS_MATCH = "facts_match"
    """What the person says agrees with what is held, and the contact is proven."""
    SHOWN_IN_PERSON = "shown_in_person"
    """A document was looked at and given back."""
    SHOWN_ON_A_CALL = "shown_on_a_call"
    AGENT_AUTHORITY = "agent_authority"
    """The agent's authority and the person's identity were both confirmed."""


class Proof(ApiModel):
    result: Identity = Identity.UNCONFIRMED
    how: HowProven | None = None
    note: str | None = None
    by: str | None = None
    at: Moment | None = None


class StoredWait(ApiModel):
    """The person was asked for something. ``counts`` says whether the law stops the clock for it."""

    reason: Reason
    since: date
    until: date | None = None
    counts: bool


class StoredExtension(ApiModel):
    told: date
    ground: str
    until: date


class Case(Record):
    """One controller's part of a request."""

    container: ClassVar[str] = RIGHTS

    rights_id: str
    kind: Literal["rights_case"] = "rights_case"
    request_id: str
    state: CaseState = CaseState.OPEN
    kinds: list[Kind]
    language: Language
    regimes: Clear[list[str]]
    place: Clear[str]
    time_zone: Clear[str]
    rule_id: str
    received_at: Moment
    facts: Sealed[Facts]
    contact: Sealed[str]
    why_here: list[Literal["named", "token", "event", "region"]]
    acknowledged_at: Moment | None = None
    acknowledged_by: str | None = None
    proof: Sealed[Proof] = Proof()
    waits: list[StoredWait] = []
    extension: Clear[StoredExtension | None] = None
    messages: Sealed[list[Message]] = []
    decisions: Sealed[list[Decided]] = []
    told: Clear[list[str]] = []
    """Reminders and escalations that went out, each once."""
    answered_at: Moment | None = None
    answered_by: str | None = None
    kept_from: Moment
    dispose_at: Moment

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.rights_id]


# -- the work --------------------------------------------------------------------------------------------------------


class RoutingOrder(ApiModel):
    """A message of the ``rights-routing`` queue: ids only."""

    reference: str
    message_id: str
