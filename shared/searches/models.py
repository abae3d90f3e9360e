"""What may be asked for across kinds of records, and what is answered.

Everything that is given has to hold. So a kind of which a condition cannot be asked has no hits, and is not searched.
"""

from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.cases.models import CasePage, Reference
from shared.cases.models import Status as CaseStatus
from shared.evidence.media_types import MediaKind
from shared.evidence.models import EvidenceView
from shared.evidence.models import State as EvidenceState
from shared.http.models import ApiModel
from shared.people.models import ProfilePage
from shared.reports.models import Line
from shared.reports.search import ReportSearch, SearchPage


class Kind(StrEnum):
    REPORT = "report"
    PERSON = "person"
    VEHICLE = "vehicle"
    CASE = "case"
    EVIDENCE = "evidence"


TIME = {"since", "until"}
PLATE = {"plate", "like", "report_id", "case_reference"}
PAGE = {"kinds", "limit", "cursor", "facets"}
"""How it is answered, not what is sought."""
KNOWN: dict[Kind, set[str]] = {
    Kind.REPORT: set(ReportSearch.model_fields) - PAGE,
    Kind.PERSON: {"name", "worn", "marks", *TIME},
    Kind.VEHICLE: {*PLATE, *TIME},
    Kind.CASE: {"title", "police_reference", "case_statuses", "assignee_id", *TIME},
    Kind.EVIDENCE: {"of_report", "media", "states", "site_ids", "region", "near", *TIME},
}
"""By what each kind can be searched."""


class Search(ReportSearch):
    """Everything that is given has to hold; of a list of values, one."""

    kinds: list[Kind] = Field(
        default=[], max_length=5, description="What to look for; left out: all that can be searched by what is given"
    )
    name: Line | None = Field(default=None, description="Words of a name of a person of interest, in any order")
    title: Line | None = Field(default=None, description="Words of the title of a case, in any order")
    police_reference: Reference | None = Field(default=None, description="Of a case, in any spelling")
    case_statuses: list[CaseStatus] = Field(default=[], max_length=4)
    assignee_id: UUID | None = Field(default=None, description="Who works on a case")
    of_report: UUID | None = Field(default=None, description="The report that evidence belongs to")
    media: list[MediaKind] = Field(default=[], max_length=4)
    states: list[EvidenceState] = Field(default=[], max_length=4, description="Of evidence")

    @model_validator(mode="after")
    def _can_be_searched(self) -> Self:
        if self.cursor and len(self.kinds) > 1:
            raise ValueError("The next page is of one kind: name it in kinds, with the cursor of its list.")
        for kind in self.kinds:
            if alien := sorted(str(type(self).model_fields[name].alias) for name in self.given - KNOWN[kind]):
                raise ValueError(f"{kind.value} cannot be searched by {', '.join(alien)}: leave one of them out.")
        if not self.searched_kinds:
            raise ValueError("No kind of record can be searched by all of this together: leave something out.")
        return self

    @property
    def given(self) -> set[str]:
        """Names of the conditions."""
        fields = type(self).model_fields
        return {name for name in set(fields) - PAGE if getattr(self, name) != fields[name].default}

    @property
    def searched_kinds(self) -> list[Kind]:
        """In the order of :class:`Kind`. A cursor without a kind is one of reports."""
        if self.cursor and not self.kinds:
            return [Kind.REPORT]
        return [kind for kind in Kind if kind in (self.kinds or Kind) and self.given <= KNOWN[kind]]

    @property
    def of_reports(self) -> ReportSearch:
        """The part that reports can be searched by."""
        return ReportSearch(**{name: getattr(self, name) for name in ReportSearch.model_fields})


class EvidencePage(ApiModel):
    evidence: list[EvidenceView]
    next_cursor: str | None


class SearchAnswer(SearchPage):
    """A list of each kind that was searched, with a cursor of its own; null for the others."""

    searched: list[Kind]
    people: ProfilePage | None = None
    vehicles: ProfilePage | None = None
    cases: CasePage | None = None
    evidence: EvidencePage | None = None
