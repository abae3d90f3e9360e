"""The answer to a person: what was decided for each record, as stored, as seen, and as handed over."""

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field

from shared.clock import Moment
from shared.errors import NotFound
from shared.evidence.media_types import MediaKind
from shared.evidence.models import Content
from shared.http.models import ApiModel
from shared.rights.decisions import MOST_DECISIONS, Act, Decided, Decision, Ground, Holding
from shared.rights.models import RIGHTS, AnswerFile, Kind, Language
from shared.sealing.records import Record, Sealed
from shared.storage.cosmos import Key

type CannotGive = Literal["no_rendition", "not_reviewed", "too_large"]


class EvidenceFacts(ApiModel):
    """What an officer needs to decide about a picture or film. It is looked at where evidence is:
    ``GET evidence/{id}/content``, with the purpose LEGAL_ACTION."""

    report_id: str
    media_kind: MediaKind
    rendition: Content | None = Field(description="What would be given; its ``sha256`` goes into the decision")
    cannot_give: CannotGive | None = Field(description="Why it cannot be given as things stand")


class RecordView(ApiModel):
    """A record that may be about the person, as it would be given with nothing taken out."""

    kind: Holding
    id: str
    why_found: Literal["plate", "name", "contact", "event", "report", "added"]
    content: dict[str, Any]
    suggested: Decision = Field(description="A start: what is not the person's is taken out. You decide.")
    acts: list[Act] = Field(description="What can be done with a record of this kind")
    held: bool = Field(description="Whether a legal hold keeps it")
    dispose_at: Moment | None
    evidence: EvidenceFacts | None = Field(default=None, description="For records of the kind ``evidence``")
    decided: Decided | None


class ExemptionView(ApiModel):
    code: str
    says: str
    source: str
    neither: bool = Field(description="Whether the answer may neither confirm nor deny")


class RecordsView(ApiModel):
    records: list[RecordView]
    exemptions: list[ExemptionView]
    known_kinds: list[Kind] = Field(description="What the law of the place lets the person ask for")


class AnswerForm(ApiModel):
    note: Ground | None = Field(default=None, description="What else you want to tell the person")


class DraftQuery(ApiModel):
    form: Literal["pdf", "json"] = "pdf"


# -- what is handed over ---------------------------------------------------------------------------------------------


class Controller(ApiModel):
    name: str
    contact: str | None
    notice: str | None


class GivenFile(AnswerFile):
    """A picture or film, as it is listed in the answer."""

    sha256: str
    obscured_on: date = Field(description="When it was decided who is painted over in it")


class GivenRecord(ApiModel):
    kind: Holding
    content: dict[str, Any]
    removed: int
    kept_until: date | None
    recipients: list[str]
    file: GivenFile | None = Field(default=None, description="Of a picture or film: fetched by a link of its own")


class WithheldRecord(ApiModel):
    kind: Holding
    exemption: str
    says: str
    source: str
    reason: str


class ActedRecord(ApiModel):
    kind: Holding
    act: Act
    result: Literal["erased", "held", "erased_person", "restricted", "corrected", "statement", "refused"]
    reason: str | None
    told: list[str]


class RecordPreview(ApiModel):
    """What the person would be told of one record. All empty: the answer would not mention it."""

    given: GivenRecord | None
    withheld: WithheldRecord | None
    done: ActedRecord | None


type Outcome = Literal["given", "partly", "withheld", "done", "nothing", "not_identified", "opt_out"]


class Package(ApiModel):
    """Everything that the person is told: what the document shows, for machines. Nothing else is in either."""

    format: Literal["reeve-rights-answer/1"] = "reeve-rights-answer/1"
    language: Language
    regime: str
    law_version: str
    controller: Controller
    reference: str
    person: str
    kinds: list[Kind]
    received_at: Moment
    answered_at: Moment
    outcome: Outcome
    neither: bool
    records: list[GivenRecord]
    withheld: list[WithheldRecord]
    results: list[ActedRecord]
    note: str | None
    authority: str
    authority_url: str

    @property
    def files(self) -> list[GivenFile]:
        return [each.file for each in self.records if each.file]

    def file(self, number: int) -> GivenFile:
        """Raises :class:`NotFound` if the answer has no such file."""
        found = next((each for each in self.files if each.number == number), None)
        if found is None:
            raise NotFound("The answer has no such file.")
        return found


class Source(ApiModel):
    """Which item a file of the answer was copied from."""

    number: int
    evidence_id: str


class Answer(Record):
    """The package as stored, in the partition of its case, for as long as it can be fetched."""

    container: ClassVar[str] = RIGHTS

    rights_id: str
    kind: Literal["rights_answer"] = "rights_answer"
    request_id: str
    package: Sealed[Package]
    sources: Sealed[list[Source]] = []
    answered_at: Moment
    decisions_commitment: str = ""
    """Commits to the decisions, the proof of who asks and the note that the package was put together from."""
    dispose_at: Moment

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.rights_id]


class Ticket(Record):
    """A link that works once. Its id is the keyed hash of what stands in the link."""

    container: ClassVar[str] = RIGHTS

    rights_id: str
    kind: Literal["ticket"] = "ticket"
    format: Literal["pdf", "json", "file"]
    file: int = 1
    piece: int = 1
    case_id: str
    owner_id: str
    request_id: str
    expires_at: Moment

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.rights_id]


class LinkForm(ApiModel):
    format: Literal["pdf", "json", "file"] = "pdf"
    file: int = Field(default=1, ge=1, le=MOST_DECISIONS, description="Number of the picture or film, for ``file``")
    piece: int = Field(default=1, ge=1, le=100, description="Of a long film: which of its pieces")


class LinkView(ApiModel):
    path: str = Field(description="Works once")
    expires_at: Moment
