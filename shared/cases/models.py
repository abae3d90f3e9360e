"""The case: as opened, as stored, as seen."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.clock import Moment
from shared.http.models import ApiModel, PersonalQuery
from shared.people.models import Subject
from shared.sealing.records import Requested, Sealed
from shared.storage.cosmos import Key

CASES = "cases"
MOST_RECORDS, MOST_NOTES, MOST_TASKS = 100, 200, 100
"""Of one case: its document stays well below what Cosmos DB takes."""

type Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
type Passage = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
type Reference = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80)]
type Assignees = Annotated[list[UUID], Field(max_length=10)]


class Linkable(StrEnum):
    """The kinds of records that a case groups."""

    REPORT = "report"
    EVIDENCE = "evidence"


class LinkKind(StrEnum):
    """What can be put into a case: its records, and the profile of a person or a vehicle."""

    REPORT = "report"
    EVIDENCE = "evidence"
    PROFILE = "profile"


class Status(StrEnum):
    OPEN = "open"
    WITH_POLICE = "with_police"
    IN_COURT = "in_court"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What came of it; fed back by a person when it is known."""

    NO_ACTION = "no_action"
    WARNING = "warning"
    COMMUNITY_RESOLUTION = "community_resolution"
    CHARGED = "charged"
    CONVICTED = "convicted"
    ACQUITTED = "acquitted"
    WITHDRAWN = "withdrawn"


class Link(ApiModel):
    """A record of the case, and why somebody put it there."""

    kind: Linkable
    id: str
    reason: Passage
    added_by: str
    added_at: Moment


class CaseProfile(ApiModel):
    """A profile that the case names, and why somebody put it there."""

    id: str
    reason: Passage
    added_by: str
    added_at: Moment


class Note(ApiModel):
    text: Passage
    written_by: str
    written_at: Moment


class Task(ApiModel):
    id: str
    text: Passage
    assigned_to_id: str | None
    due: Moment | None
    added_by: str
    done_by: str | None = None
    done_at: Moment | None = None


class Case(Requested):
    """A stored case. Notes and tasks are part of it, so that they are forgotten with it."""

    container: ClassVar[str] = CASES

    case_id: str
    kind: Literal["case"] = "case"
    status: Status = Status.OPEN
    outcome: Outcome | None = None
    title: Sealed[str]
    summary: Sealed[str | None]
    police_reference: Sealed[str | None] = None
    title_tokens: list[str] = []
    reference_tokens: list[str] = []
    """Of its police reference: none or one."""
    assignee_ids: list[str]
    deadline: Moment | None = None
    record_ids: list[str] = []
    """Of all links, so that the cases of a record can be found."""
    links: Sealed[list[Link]] = []
    profile_ids: list[str] = []
    profiles: Sealed[list[CaseProfile]] = []
    notes: Sealed[list[Note]] = []
    tasks: Sealed[list[Task]] = []
    opened_by: str
    opened_at: Moment
    changed_at: Moment
    dispose_at: Moment

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.case_id]

    def linked(self, kind: Linkable) -> list[str]:
        return [link.id for link in self.links if link.kind is kind]


class CaseForm(ApiModel):
    title: Title
    reason: Passage = Field(description="Why the case is opened: the aim of the investigation")
    police_reference: Reference | None = None
    assignees: Assignees = []
    deadline: Moment | None = None


class CaseChange(ApiModel):
    """What may be changed; what is absent stays. ``null`` takes a deadline or an outcome away."""

    title: Title | None = None
    summary: Passage | None = None
    status: Status | None = None
    outcome: Outcome | None = None
    police_reference: Reference | None = None
    assignees: Assignees | None = Field(default=None, description="Hand over by naming others")
    deadline: Moment | None = None


class LinkForm(ApiModel):
    kind: LinkKind
    id: UUID
    reason: Passage


class NoteForm(ApiModel):
    notes: Passage = Field(description="The note; it cannot be changed later, only followed by another")


class TaskForm(ApiModel):
    notes: Passage = Field(description="What is to be done")
    assigned_to: UUID | None = None
    due: Moment | None = None


class TaskChange(ApiModel):
    done: bool | None = None
    assigned_to: UUID | None = None
    due: Moment | None = None


class LinkView(Link):
    present: bool = Field(description="False once the record has been disposed of")


class CaseProfileView(ApiModel):
    """Who may not read the profile learns only that there is one; all else is null then."""

    withheld: bool
    id: str | None
    subject: Subject | None
    disputed: bool | None
    reason: str | None
    added_by: str | None
    added_at: Moment | None


class CaseView(ApiModel):
    """A case with everything in it."""

    id: str
    organisation_id: str
    status: Status
    outcome: Outcome | None
    title: str
    summary: str | None
    police_reference: str | None
    assignee_ids: list[str]
    deadline: Moment | None
    records: list[LinkView]
    profiles: list[CaseProfileView]
    notes: list[Note]
    tasks: list[Task]
    opened_by: str
    opened_at: Moment
    changed_at: Moment
    dispose_at: Moment = Field(description="When the case will be gone if nothing happens to it any more")


class OutcomesView(ApiModel):
    """What came of the cases that a report belongs to. Neither says which cases."""

    outcomes: list[Outcome] = Field(description="Each that is known, once")
    pending: int = Field(description="Cases of which none is known yet")


class CaseSummary(ApiModel):
    id: str
    status: Status
    title: str
    assignee_ids: list[str]
    deadline: Moment | None
    overdue: bool
    records: int
    open_tasks: int
    changed_at: Moment


class CaseListQuery(PersonalQuery):
    status: Status | None = None
    record: UUID | None = Field(default=None, description="Cases that this report or evidence belongs to")
    mine: bool = False
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)


class CasePage(ApiModel):
    cases: list[CaseSummary]
    next_cursor: str | None


def summary(case: Case, now: datetime) -> CaseSummary:
    known = case.model_dump(include=set(CaseSummary.model_fields))
    return CaseSummary(
        **known,
        overdue=bool(case.deadline and case.deadline < now and case.status is not Status.CLOSED),
        records=len(case.links),
        open_tasks=sum(task.done_at is None for task in case.tasks),
    )
