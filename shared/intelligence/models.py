"""Suggestions and links of reports, as they are asked for, stored and seen."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from shared.clock import Moment
from shared.http.models import ApiModel
from shared.intelligence.reasons import ReasonCode
from shared.people.models import PEOPLE, Basis, Confidence, EndKind
from shared.reports.models import Passage, ReportType
from shared.sealing.records import Record
from shared.storage.cosmos import Key


class Likelihood(StrEnum):
    """Of a link between reports, never of a person."""

    VERY_LIKELY = "very_likely"
    LIKELY = "likely"
    POSSIBLE = "possible"


class ReasonView(ApiModel):
    """``code``, ``rare`` and ``km`` are for those who say it in another language."""

    code: ReasonCode
    rare: bool = Field(description="Few reports have what agrees")
    km: int | None = Field(description="The distance that it speaks of")
    words: str = Field(description="In English")


class Suggestion(ApiModel):
    """Two reports that may belong together. It is stored nowhere, and nothing follows until somebody decides."""

    report_id: str
    type: ReportType
    occurred_at: Moment
    site_id: str
    likelihood: Likelihood
    compared_with: int = Field(description="Reports that people put together with it; 1 if it stands alone")
    evidence: list[ReasonView]
    counter_evidence: list[ReasonView]


class SuggestionList(ApiModel):
    suggestions: list[Suggestion]
    looked_at: int = Field(description="Reports that were compared: those that share something with it")
    version: str = Field(description="Of the weights")


class CaseSuggestion(Suggestion):
    belongs_with: str = Field(description="The report of the case that it may belong with")


class CaseSuggestionList(ApiModel):
    suggestions: list[CaseSuggestion]
    looked_at: int
    version: str


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class VerdictForm(ApiModel):
    """What a person decided about a suggestion, having read both reports."""

    verdict: Verdict
    reason: Passage
    confidence: Confidence | None = Field(default=None, description="How sure you are; only if you accept")

    @model_validator(mode="after")
    def _sure_of_what_is_linked(self) -> Self:
        if (self.verdict is Verdict.ACCEPTED) != (self.confidence is not None):
            raise ValueError("Say how sure you are if you accept, and only then.")
        return self


class ReportLinkMade(ApiModel):
    """A link between two reports that a person makes by themselves."""

    other_id: Annotated[str, Field(pattern="^[0-9a-fA-F-]{36}$")]
    reason: Passage
    confidence: Confidence


class UnlinkForm(ApiModel):
    reason: Passage


class ReportLinkView(ApiModel):
    id: str
    kind: EndKind
    record_id: str
    confidence: Confidence
    basis: Basis
    reason: str
    added_by: str
    added_at: Moment


class ReportLinkList(ApiModel):
    links: list[ReportLinkView]


class Rejection(Record):
    """Two reports that do not belong together, as a person said. It is forgotten with either of them."""

    container: ClassVar[str] = PEOPLE

    record_id: str
    kind: Literal["rejection"] = "rejection"
    end_ids: list[str]
    rejected_by: str
    created_at: Moment

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.record_id]


def likelihood(probability: float) -> Likelihood:
    if probability >= 0.9:
        return Likelihood.VERY_LIKELY
    return Likelihood.LIKELY if probability >= 0.75 else Likelihood.POSSIBLE
