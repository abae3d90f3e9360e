"""A document as its parts: the same for programs as for paper."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from shared.clock import Moment
from shared.http.models import ApiModel


class Pack(StrEnum):
    """Which documents there are."""

    RECORD_OF_PROCESSING = "record-of-processing"
    IMPACT_ASSESSMENT = "impact-assessment"
    SUB_PROCESSORS = "sub-processors"
    RETENTION_SCHEDULE = "retention-schedule"
    ACCESS_MATRIX = "access-matrix"


class PackQuery(ApiModel):
    form: Literal["json", "pdf"] = "json"


class FactView(ApiModel):
    name: str
    value: str | None


class TableView(ApiModel):
    header: list[str]
    rows: list[list[str]]
    widths: list[float] = Field(default=[], description="Proportions on paper")


class SectionView(ApiModel):
    """A heading and what stands under it, in this order."""

    title: str
    level: Literal[1, 2] = 1
    text: list[str] = []
    facts: list[FactView] = []
    points: list[str] = []
    table: TableView | None = None


class PackView(ApiModel):
    pack: Pack
    title: str
    organisation: str
    made_at: Moment
    version: str = Field(description="The newest table of rules, and a digest of what is said")
    rules: dict[str, str] = Field(description="Version of each table of rules that this is made from")
    draft: bool = Field(description="Whether a person has to complete it before it is worth anything")
    sections: list[SectionView]
