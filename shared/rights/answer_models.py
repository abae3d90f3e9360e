"""The answer to a person: what was decided for each record, as stored, as seen, and as handed over."""

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field

from shared.clock import Moment
from shared.http.models import ApiModel
from shared.rights.decisions import Act, Decided, Decision, Ground, Holding
from shared.rights.models import RIGHTS, Kind, Language
from shared.sealing.records import Record, Sealed
from shared.storage.cosmos import Key


class RecordView(ApiModel):
    """A record that may be about the person, as it would be given with nothing taken out."""

    kind: Holding
    id: str
    why_found: Literal["plate", "name", "contact", "event", "added"]
    content: dict[str, Any]
    suggested: Decision = Field(description="A start: what is not the person's is taken out. You decide.")
    acts: list[Act] = Field(description="What can be done with a record of this kind")
    held: bool = Field(description="Whether a legal hold keeps it")
    dispose_at: Moment | None
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


class GivenRecord(ApiModel):
    kind: Holding
    content: dict[str, Any]
    removed: int
    kept_until: date | None
    recipients: list[str]


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


class Answer(Record):
    """The package as stored, in the partition of its case, for as long as it can be fetched."""

    container: ClassVar[str] = RIGHTS

    rights_id: str
    kind: Literal["rights_answer"] = "rights_answer"
    request_id: str
    package: Sealed[Package]
    answered_at: Moment
    dispose_at: Moment

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.rights_id]


class Ticket(Record):
    """A link that works once. Its id is the keyed hash of what stands in the link."""

    container: ClassVar[str] = RIGHTS

    rights_id: str
    kind: Literal["ticket"] = "ticket"
    format: Literal["pdf", "json"]
    case_id: str
    owner_id: str
    request_id: str
    expires_at: Moment

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.rights_id]


class LinkForm(ApiModel):
    format: Literal["pdf", "json"] = "pdf"


class LinkView(ApiModel):
    path: str = Field(description="Works once")
    expires_at: Moment
