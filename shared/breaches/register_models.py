"""The register of breaches: as recorded, as stored, as shown. Incidents are told here, people are not named."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from shared.breaches.duties import Incident, Risk
from shared.breaches.models import DutyView, Moment
from shared.clock import Moment as Stamp
from shared.http.models import ApiModel
from shared.organisations.models import Identifier, Jurisdiction
from shared.sealing.records import Clear, Record, Sealed

BREACHES = "breaches"
LONGEST_REACH_DAYS = 92

type Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=120)]
type Passage = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=4000)]
type Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=1000)]
type Places = Annotated[list[Jurisdiction], Field(min_length=1, max_length=30)]
type People = Annotated[int, Field(ge=1, le=1_000_000_000)]
type DutyId = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}-[a-z-]{3,40}$")]
type Who = Literal["controller", "processor"]


class BreachForm(ApiModel):
    """What is known when it is learned of. Everything can be corrected while it is open."""

    title: Title
    facts: Passage = Field(description="What happened, to which data, how it was noticed. Name no people")
    aware_at: Moment = Field(description="When you learned of it: the clock runs from here")
    who: Who = "controller"
    jurisdictions: Places = Field(description="Where the affected people are, ISO 3166-2")
    risk: Risk
    people: People = Field(description="How many are affected; if unsure, the most there may be")
    unreadable: bool = Field(default=False, description="The data was encrypted and its keys were not taken")


class BreachChange(ApiModel):
    """Absent means unchanged. A changed assessment changes the duties; none that is done is forgotten."""

    title: Title | None = None
    facts: Passage | None = None
    effects: Passage | None = None
    remedy: Passage | None = None
    jurisdictions: Places | None = None
    risk: Risk | None = None
    people: People | None = None
    unreadable: bool | None = None
    told_people_at: Moment | None = None
    state: Literal["open", "closed"] | None = None


class DoneForm(ApiModel):
    """That a duty was met, or why it does not hold after all."""

    duty: DutyId
    at: Moment
    note: Note = Field(description="How and by whom it was told, or why it was not")


class PassOnForm(ApiModel):
    """Controllers whose data is affected: each gets the breach into its own register, and its own clock."""

    organisations: Annotated[list[Identifier], Field(min_length=1, max_length=100)]


class Done(ApiModel):
    duty: DutyId
    at: Stamp
    recorded_by: str
    note: str


class Breach(Record):
    """One breach in the register of one organisation; that of whoever runs the platform is its own."""

    container: ClassVar[str] = BREACHES

    kind: Literal["breach"] = "breach"
    state: Literal["open", "closed"] = "open"
    title: Sealed[str]
    facts: Sealed[str]
    effects: Sealed[str | None] = None
    remedy: Sealed[str | None] = None
    who: Who
    jurisdictions: Clear[list[str]]
    aware_at: Stamp
    risk: Risk
    people: int
    unreadable: bool
    told_people_at: Stamp | None = None
    done: Sealed[list[Done]] = []
    passed_on_ids: list[str] = []
    """Organisations that were told, by whoever runs the platform."""
    source_id: str | None = None
    """The breach in the register of whoever passed it on."""
    recorded_by: str
    recorded_at: Stamp
    closed_at: Stamp | None = None
    remind_at: Stamp | None
    kept_from: Stamp
    """The closing; five years after it was recorded if nobody closes it."""
    dispose_at: Stamp
    request_commitment: str

    def incident(self) -> Incident:
        return Incident(
            jurisdictions=tuple(self.jurisdictions),
            who=self.who,
            aware_at=self.aware_at,
            risk=self.risk,
            people=self.people,
            unreadable=self.unreadable,
            told_people_at=self.told_people_at,
        )


class OwedView(DutyView):
    """A duty of this breach, and what became of it."""

    done_at: datetime | None = None
    done_by: str | None = None
    note: str | None = None
    hours_left: float | None = Field(default=None, description="Until it is due; below zero if late; null if done")


class BreachLine(ApiModel):
    """One line of the board."""

    id: str
    title: str
    state: Literal["open", "closed"]
    who: Who
    risk: Risk
    people: int
    aware_at: Stamp
    open_duties: int
    next_due_at: datetime | None
    hours_left: float | None
    late: bool


class BreachBoard(ApiModel):
    """Open ones first, those whose next hour comes first on top."""

    breaches: list[BreachLine]


class BreachView(ApiModel):
    id: str
    title: str
    state: Literal["open", "closed"]
    facts: str
    effects: str | None
    remedy: str | None
    who: Who
    jurisdictions: list[str]
    risk: Risk
    people: int
    unreadable: bool
    aware_at: Stamp
    told_people_at: Stamp | None
    recorded_by: str
    recorded_at: Stamp
    closed_at: Stamp | None
    source_id: str | None
    passed_on_ids: list[str]
    version: str = Field(description="Of the table of duties")
    duties: list[OwedView]
    uncovered: list[str] = Field(description="Places for which the table has no duties: look up their law")
    etag: str = Field(description="Send this as If-Match to change it")


class ReachForm(ApiModel):
    """Which entries of the audit log to count: what somebody saw or changed, in a time."""

    since: AwareDatetime
    until: AwareDatetime
    actor: Identifier | None = Field(default=None, description="Id of a user or a camera; absent: everybody")
    actor_organisation: Identifier | None = None

    @model_validator(mode="after")
    def _not_too_long(self) -> "ReachForm":
        if not 0 < (self.until - self.since).total_seconds() <= LONGEST_REACH_DAYS * 86_400:
            raise ValueError(f"Give a time of at most {LONGEST_REACH_DAYS} days.")
        return self


class ReachedView(ApiModel):
    organisation_id: str
    entries: int
    records: int = Field(description="How many different records were seen or changed")


class ReachView(ApiModel):
    """Counts only: which records they were, each organisation sees in its own log."""

    organisations: list[ReachedView]
    records: int
    complete: bool = Field(description="False: there were more entries than are counted at once")
