"""Aggregates as they are asked for and shown."""

from enum import StrEnum
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.http.models import ApiModel, PersonalQuery


class View(StrEnum):
    """The tables that there are. A fixed list: whoever could slice at will could subtract one slice from another."""

    MONTH_BY_TYPE = "month_by_type"
    MONTH_BY_REGION = "month_by_region"
    REGION_BY_TYPE = "region_by_type"
    TYPE_BY_VALUE = "type_by_value"
    TYPE_BY_HOUR = "type_by_hour"
    WEEKDAY_BY_HOUR = "weekday_by_hour"
    PRODUCT_BY_QUARTER = "product_by_quarter"
    SITE_BY_QUARTER = "site_by_quarter"


COORDINATES: dict[View, tuple[str, str]] = {
    View.MONTH_BY_TYPE: ("month", "type"),
    View.MONTH_BY_REGION: ("month", "region"),
    View.REGION_BY_TYPE: ("region", "type"),
    View.TYPE_BY_VALUE: ("type", "value_band"),
    View.TYPE_BY_HOUR: ("type", "hour_band"),
    View.WEEKDAY_BY_HOUR: ("weekday", "hour"),
    View.PRODUCT_BY_QUARTER: ("product", "quarter"),
    View.SITE_BY_QUARTER: ("site", "quarter"),
}


class InsightsQuery(PersonalQuery):
    """The last twelve whole months, of your organisation, or of a community it is in. Of weekdays the last four whole
    quarters, by quarter the last five: those of a year ago are among them."""

    view: View
    community_id: UUID | None = None

    @model_validator(mode="after")
    def _sites_are_ones_own(self) -> Self:
        if self.community_id and self.view is View.SITE_BY_QUARTER:
            raise ValueError("Sites are compared within their own organisation only.")
        return self


class CellView(ApiModel):
    row: str
    column: str
    count: int | None = Field(description="Rounded to five; null where it would tell too much")


class InsightsView(ApiModel):
    view: View
    scope: Literal["organisation", "community"]
    first_month: str = Field(description="YYYY-MM, or YYYY-Qn where quarters are counted")
    last_month: str
    rows: str
    columns: str
    cells: list[CellView]
    total: int | None
    rule: str = Field(description="What is left out, in words")
