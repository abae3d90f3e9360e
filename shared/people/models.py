"""The profile of a person or a vehicle of interest, and the link that somebody confirmed: as given, stored and seen.

There is no score of a person: no field for one, and no place where one could be worked out.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from shared.clock import Moment
from shared.http.models import ApiModel, PersonalQuery
from shared.reports.models import Line, Passage, VehicleDescription
from shared.sealing.records import Record, Requested, Sealed
from shared.storage.cosmos import Key

PEOPLE = "people"
MOST_LINKS, MOST_NAMES, MOST_CHANGES = 200, 10, 200
REVIEWED_WITHIN = timedelta(days=183)
"""Half a year: the longest time to the next review."""
REVIEW_GRACE = timedelta(days=30)
"""A profile that nobody reviews is forgotten this long after its day of review."""
LONGEST_MONTHS = 72
"""Six years after its opening a profile goes, whatever happened since. Source: schedule.toml, person_of_interest."""

type Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=120)]
type Names = Annotated[list[Line], Field(max_length=MOST_NAMES)]


class Subject(StrEnum):
    PERSON = "person"
    VEHICLE = "vehicle"


class EndKind(StrEnum):
    """What a link can join."""

    REPORT = "report"
    PERSON = "person"
    VEHICLE = "vehicle"


class Confidence(StrEnum):
    """How sure the person is who made the link. In words, because a number would only look exact."""

    CERTAIN = "certain"
    """Identified beyond doubt: caught in the act, named by the police."""
    PROBABLE = "probable"
    """Several independent things agree."""
    POSSIBLE = "possible"
    """Worth knowing, not to be relied on."""


class Basis(StrEnum):
    ENTERED = "entered"
    SUGGESTED = "suggested"
    """The program proposed it, and a person confirmed it."""


class What(StrEnum):
    """What happened to a profile."""

    OPENED = "opened"
    CORRECTED = "corrected"
    LINKED = "linked"
    UNLINKED = "unlinked"
    REVIEWED = "reviewed"
    DISPUTED = "disputed"
    SETTLED = "settled"
    MERGED = "merged"
    SPLIT = "split"
    CLOSED = "closed"


class Change(ApiModel):
    """One step of a profile's history. It names fields, never their former content: what was wrong is gone."""

    what: What
    reason: Passage
    by: str
    at: Moment
    fields: list[str] = []
    other_id: str | None = Field(default=None, description="The record that was linked, merged or split off")


class Link(Record):
    """Two records that belong together, as a person confirmed. It dies with either of them."""

    container: ClassVar[str] = PEOPLE

    record_id: str
    kind: Literal["link"] = "link"
    end_ids: list[str]
    """Two, sorted."""
    ends: list[EndKind]
    """The kinds of the two."""
    confidence: Confidence
    basis: Basis = Basis.ENTERED
    reason: Sealed[str]
    event_at: Moment | None
    """When the event of the linked report was."""
    site_id: str | None = None
    """Where that was."""
    added_by: str
    created_at: Moment

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.record_id]

    def other(self, end: str) -> tuple[EndKind, str]:
        """The kind and id at the other end."""
        at = 1 if self.end_ids[0] == end else 0
        return self.ends[at], self.end_ids[at]


class Profile(Requested):
    """A stored profile. Whatever tells who somebody is, is sealed; names and plates are found by blind tokens."""

    container: ClassVar[str] = PEOPLE

    record_id: str
    kind: Literal["profile"] = "profile"
    subject: Subject
    label: Sealed[str]
    reason: Sealed[str]
    names: Sealed[list[str]]
    clothing: Sealed[str | None]
    marks: Sealed[str | None]
    carried: Sealed[str | None]
    behaviour: Sealed[str | None]
    vehicle: Sealed[VehicleDescription | None]
    name_tokens: list[str]
    plate_tokens: list[str]
    worn_tokens: list[str] = []
    mark_tokens: list[str] = []
    """As in reports: of the words of the closed vocabulary."""
    disputed: bool = False
    history: Sealed[list[Change]]
    absorbing_id: str | None = None
    """The profile that is just being merged into this one; whoever comes next finishes it."""
    last_event_at: Moment
    """The latest event that a person linked: the clock of retention."""
    opened_by: str
    opened_at: Moment
    changed_at: Moment
    review_at: Moment
    restricted_at: Moment | None = None
    """From then on it is used for nothing but legal claims, because the person asked for that."""
    dispose_at: Moment

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.record_id]


class ReportLinkForm(ApiModel):
    """A report in which the person or vehicle was."""

    report_id: UUID
    reason: Passage = Field(description="Why you think it is the same: what you saw, compared or were told")
    confidence: Confidence


class Described(ApiModel):
    """What identifies, without protected attributes: a person by names and what was seen, a vehicle by its looks."""

    names: Names = []
    clothing: Passage | None = None
    marks: Passage | None = None
    carried: Passage | None = None
    behaviour: Passage | None = None
    vehicle: VehicleDescription | None = None


class ProfileForm(Described):
    subject: Subject
    label: Label = Field(description="By which colleagues recognise it in a list; need not be a name")
    reason: Passage = Field(description="Why a profile is needed, beyond the reports themselves")
    review_at: Moment = Field(description="When somebody looks whether it is still needed: within half a year")
    reports: Annotated[list[ReportLinkForm], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _fits_its_subject(self) -> Self:
        refuse_misfits(self.subject, self)
        if self.subject is Subject.VEHICLE and self.vehicle is None:
            raise ValueError("Describe the vehicle.")
        if len({each.report_id for each in self.reports}) < len(self.reports):
            raise ValueError("Name each report once.")
        return self


class ProfileChange(Described):
    """A correction: what is absent stays, ``null`` takes something away. The reason is kept, the old content is not."""

    label: Label | None = None
    correction_reason: Passage


class LinkForm(ApiModel):
    kind: EndKind
    id: UUID
    reason: Passage
    confidence: Confidence


class ReviewForm(ApiModel):
    reason: Passage = Field(description="Why it is still needed")
    review_at: Moment


class DisputeForm(ApiModel):
    """``disputed``: false settles it."""

    disputed: bool
    reason: Passage


class MergeForm(ApiModel):
    other_id: UUID = Field(description="The profile that becomes part of this one")
    reason: Passage


class SplitForm(ApiModel):
    """What moves to a new profile: some names, some links, and what is known of it."""

    label: Label
    reason: Passage
    names: Names = []
    link_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_LINKS)]
    review_at: Moment


class CloseForm(ApiModel):
    reason: Passage


class ProfileLinkView(ApiModel):
    id: str
    kind: EndKind = Field(description="Of the record at the other end")
    record_id: str
    confidence: Confidence
    basis: Basis
    reason: str
    event_at: Moment | None
    added_by: str
    added_at: Moment


class ProfileView(ApiModel):
    id: str
    organisation_id: str
    subject: Subject
    label: str
    reason: str
    names: list[str]
    clothing: str | None
    marks: str | None
    carried: str | None
    behaviour: str | None
    vehicle: VehicleDescription | None
    disputed: bool = Field(description="Somebody says that it is wrong; do not rely on it")
    links: list[ProfileLinkView]
    history: list[Change]
    last_event_at: Moment
    opened_by: str
    opened_at: Moment
    changed_at: Moment
    review_at: Moment
    review_due: bool
    dispose_at: Moment = Field(description="When it is gone if no event is linked and nobody reviews it")


class ProfileSummary(ApiModel):
    id: str
    subject: Subject
    label: str
    disputed: bool
    last_event_at: Moment
    changed_at: Moment
    review_at: Moment
    review_due: bool


class ProfileListQuery(PersonalQuery):
    subject: Subject | None = None
    disputed: bool | None = None
    review_due: bool = False
    record: UUID | None = Field(default=None, description="Profiles that are linked to this report or profile")
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)


class ProfileSearch(ApiModel):
    """By name: all words that are given, in any order, whatever their case and accents."""

    name: Line
    subject: Subject | None = None
    limit: int = Field(default=25, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=400)

    @property
    def sought(self) -> str:
        """What the audit log keeps, sealed."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True, exclude={"limit", "cursor"})


class ProfilePage(ApiModel):
    profiles: list[ProfileSummary]
    next_cursor: str | None


def refuse_misfits(subject: Subject, form: Described) -> None:
    """Raises ValueError for words about a person in a vehicle's profile, and the other way round."""
    if subject is Subject.PERSON and form.vehicle:
        raise ValueError("Give the vehicle a profile of its own, and link the two.")
    if subject is Subject.VEHICLE and any((form.names, form.clothing, form.marks, form.carried, form.behaviour)):
        raise ValueError("Give the person a profile of their own, and link the two.")


def summary(profile: Profile, now: datetime) -> ProfileSummary:
    known = profile.model_dump(include=set(ProfileSummary.model_fields))
    return ProfileSummary(**known, review_due=profile.review_at <= now)


def view(profile: Profile, links: list[Link], now: datetime, *, whole: bool = True) -> ProfileView:
    """``whole`` unless the reader sees some links only: then no step is told that names a record of elsewhere."""
    known = profile.model_dump(include=set(ProfileView.model_fields) - {"links", "history"})
    seen = [link_view(each, profile.id) for each in links]
    told = {None, *(each.record_id for each in seen)}
    history = [each for each in profile.history if whole or each.other_id in told]
    return ProfileView(**known, links=seen, history=history, review_due=profile.review_at <= now)


def link_view(link: Link, of: str) -> ProfileLinkView:
    kind, other = link.other(of)
    return ProfileLinkView(
        id=link.id,
        kind=kind,
        record_id=other,
        confidence=link.confidence,
        basis=link.basis,
        reason=link.reason,
        event_at=link.event_at,
        added_by=link.added_by,
        added_at=link.created_at,
    )
