"""Aggregates as they are asked for and shown."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.http.models import ApiModel, PersonalQuery


class View(StrEnum):
    """The tables that there are. A fixed list: whoever could slice at will could subtract one slice from another."""

    MONTH_BY_TYPE = "month_by_type"
    MONTH_BY_REGION = "month_by_region"
    REGION_BY_TYPE = "region_by_type"
    TYPE_BY_VALUE = "type_by_value"
    TYPE_BY_HOUR = "type_by_hour"


COORDINATES: dict[View, tuple[str, str]] = {
    View.MONTH_BY_TYPE: ("month", "type"),
    View.MONTH_BY_REGION: ("month", "region"),
    View.REGION_BY_TYPE: ("region", "type"),
    View.TYPE_BY_VALUE: ("type", "value_band"),
    View.TYPE_BY_HOUR: ("type", "hour_band"),
}


class InsightsQuery(PersonalQuery):
    """The last twelve whole months, of your organisation, or of a community it is in."""

    view: View
    community_id: UUID | None = None


class CellView(ApiModel):
    row: str
    column: str
    count: int | None = Field(description="Rounded to five; null where it would tell too much")


class InsightsView(ApiModel):
    view: View
    scope: Literal["organisation", "community"]
    first_month: str
    last_month: str
    rows: str
    columns: str
    cells: list[CellView]
    total: int | None
    rule: str = Field(description="What is left out, in words")
