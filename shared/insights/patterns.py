"""What the tables say about change: worked out from what they show, rounded and suppressed, and from nothing else.

The months before and from a chosen month on are compared, per column of a table; see :mod:`shared.insights.intervals`.
An interval of the ratio that holds 1 is no change to act on.
"""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Self

from dateutil.relativedelta import relativedelta
from pydantic import BaseModel, Field, model_validator

from shared.errors import FieldError, Invalid
from shared.http.models import ApiModel
from shared.identity.principals import Principal
from shared.insights import service
from shared.insights.intervals import SURE, ratio_bounds
from shared.insights.models import InsightsQuery, InsightsView, View
from shared.insights.service import MONTHS
from shared.platform import Platform

LEAST = 2
"""Months that a side of the comparison needs."""


class Change(StrEnum):
    MORE = "more"
    FEWER = "fewer"
    NOT_CLEAR = "not_clear"
    """The interval holds 1: it may be chance."""
    TOO_FEW = "too_few"
    """Some months are left out, because so little happened in them."""


class ChangeQuery(InsightsQuery):
    """``since``: the first month after a measure began, or after which something may have changed."""

    view: View = View.MONTH_BY_TYPE
    since: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}$", description="YYYY-MM; three months ago if absent")

    @model_validator(mode="after")
    def _by_month(self) -> Self:
        if self.view not in {View.MONTH_BY_TYPE, View.MONTH_BY_REGION}:
            raise ValueError("Changes are told by month: month_by_type or month_by_region.")
        return self


class ChangeRow(ApiModel):
    of: str
    change: Change
    before_a_month: float | None
    after_a_month: float | None
    ratio: float | None = Field(description="After by before")
    low: float | None = Field(description="The ratio lies between low and high 19 times in 20")
    high: float | None


class ChangeView(ApiModel):
    since: str
    first_month: str
    last_month: str
    rows: list[ChangeRow]
    rule: str
    caution: str = (
        "More reports can mean more events, or more reporting. The same months a year before are not in the table, so "
        "seasons can look like change. What several things changed at once, no table tells apart."
    )


async def changes(platform: Platform, principal: Principal, query: ChangeQuery) -> ChangeView:
    table = await service.table(platform, principal, InsightsQuery(**query.model_dump(exclude={"since"})))
    months = _months(table)
    since = query.since or months[-3]
    if since not in months[LEAST : MONTHS - LEAST + 1]:
        what = FieldError("query:since", "out_of_range", f"Choose a month from {months[LEAST]} to {months[-LEAST]}.")
        raise Invalid("Each side of the comparison needs two months.", [what])
    return ChangeView(
        since=since,
        first_month=table.first_month,
        last_month=table.last_month,
        rows=[_row(table, column, months, months.index(since)) for column in _columns(table)],
        rule=table.rule,
    )


def as_csv(table: InsightsView) -> str:
    """What is left out is empty, never 0."""
    return written([table.rows, table.columns, "count"], ([each.row, each.column, each.count] for each in table.cells))


def rows_as_csv(kind: type[BaseModel], rows: Iterable[BaseModel]) -> str:
    """One column for each field of an answer's rows."""
    return written(list(kind.model_fields), (list(each.model_dump(mode="json").values()) for each in rows))


def written(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe (CWE-1236)."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(head)
    out.writerows([["" if each is None else _harmless(each) for each in row] for row in rows])
    return text.getvalue()


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _months(table: InsightsView) -> list[str]:
    """All twelve: one in which nothing at all happened has no row."""
    year, month = map(int, table.first_month.split("-"))
    begins = relativedelta(years=year, months=month - 1)
    counted = (begins + relativedelta(months=each) for each in range(MONTHS))
    return [f"{each.years:04}-{each.months + 1:02}" for each in counted]


def _columns(table: InsightsView) -> list[str]:
    return sorted({cell.column for cell in table.cells})


def _row(table: InsightsView, column: str, months: list[str], at: int) -> ChangeRow:
    shown = {cell.row: cell.count for cell in table.cells if cell.column == column}
    counts = [shown.get(month, 0) for month in months]
    known = [each for each in counts if each is not None]
    if len(known) < len(counts):
        none = dict.fromkeys(("before_a_month", "after_a_month", "ratio", "low", "high"))
        return ChangeRow(of=column, change=Change.TOO_FEW, **none)
    return compared(column, known[:at], known[at:])


def compared(column: str, before: list[int], after: list[int]) -> ChangeRow:
    """Rounded counts by month."""
    a, b = sum(before) / len(before), sum(after) / len(after)
    low, high = ratio_bounds(before, after, SURE)
    change = Change.MORE if low > 1 else Change.FEWER if high < 1 else Change.NOT_CLEAR
    return ChangeRow(
        of=column,
        change=change,
        before_a_month=round(a, 1),
        after_a_month=round(b, 1),
        ratio=round(b / a, 2) if a else None,
        low=round(low, 2),
        high=round(high, 2) if math.isfinite(high) else None,
    )
