"""What a privacy officer does with a case before it is answered, and sees of it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.clock import Moment
from shared.http.models import ApiModel
from shared.rights.clock import Reason
from shared.rights.decisions import Decided
from shared.rights.models import (
    CaseState,
    Facts,
    HowProven,
    Identity,
    Kind,
    Language,
    Message,
    Passage,
    Proof,
    StoredExtension,
    StoredWait,
)


class ClockView(ApiModel):
    """By when, under which rule. Days are those of the controller's place."""

    regime: str
    regime_name: str
    rule_id: str
    received_on: date
    starts_on: date = Field(description="From when the law counts")
    acknowledge_by: date | None = Field(description="Null where the law asks for no acknowledgement")
    target_on: date = Field(description="By when we mean to answer")
    due_on: date = Field(description="The last day, as things stand")
    latest_on: date | None = Field(description="The last day that an extension can reach; null: what is reasonable")
    paused: bool
    paused_days: int
    extended: StoredExtension | None
    grounds: list[str] = Field(description="For which reasons the time can be extended")
    days_left: int
    overdue: bool


class CaseView(ApiModel):
    """A controller's part of a request, with all that is needed to answer it."""

    id: str
    reference: str
    state: CaseState
    kinds: list[Kind]
    language: Language
    received_at: Moment
    facts: Facts
    contact: str
    why_here: list[Literal["named", "token", "event", "region"]]
    acknowledged_at: Moment | None
    proof: Proof
    waits: list[StoredWait]
    messages: list[Message]
    decisions: list[Decided]
    clock: ClockView
    answered_at: Moment | None
    dispose_at: Moment


class CaseSummary(ApiModel):
    id: str
    reference: str
    state: CaseState
    kinds: list[Kind]
    received_at: Moment
    identity: Identity
    acknowledged: bool
    clock: ClockView


class CaseListQuery(ApiModel):
    state: CaseState | None = None
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)


class CasePage(ApiModel):
    """Newest first."""

    cases: list[CaseSummary]
    next_cursor: str | None


class Board(ApiModel):
    """What is open, the most urgent first; the first 200."""

    open: int
    overdue: int
    due_within_a_week: int
    paused: int
    not_acknowledged: int
    cases: list[CaseSummary]


class AcknowledgeForm(ApiModel):
    message: Passage | None = Field(default=None, description="Beside the standard text")


class ProofForm(ApiModel):
    result: Literal[Identity.CONFIRMED, Identity.NOT_CONFIRMED]
    how: HowProven | None = Field(default=None, description="Required if confirmed")
    note: Passage = Field(description="What was compared; never numbers of documents")


class WaitForm(ApiModel):
    reason: Reason
    message: Passage = Field(description="What you ask of the person")


class ExtensionForm(ApiModel):
    ground: Annotated[str, StringConstraints(pattern=r"^[a-z_]{3,30}$")]
    until: date
    message: Passage = Field(description="The reason, as the person is told")
