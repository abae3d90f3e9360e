"""How what a search finds is spread over types, sites, months, products and methods: counts only.

One pass over what is clear of the reports that this person may find, and no further than ``MOST_COUNTED`` of them.
Beyond that every count is a lower bound, and is said to be one.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing

from pydantic import Field

from shared.http.models import ApiModel
from shared.intelligence.features import product_name
from shared.platform import Platform
from shared.reports.models import Report
from shared.storage.cosmos import Document, Key

MOST_COUNTED = 2000
MOST_VALUES = 30
COLUMNS = "c.type, c.siteId, c.occurredAt, c.methods, c.items"
PAGE = 1000


class Count(ApiModel):
    value: str
    reports: int


class Facets(ApiModel):
    """For each aspect the values that most reports have. A report counts once for each of its methods and products, so
    these add up to more than there are reports. What the viewer may not see of a report is not counted by it."""

    counted: int
    at_least: bool = Field(description=f"More than {MOST_COUNTED} reports are found: every count is at least so much")
    types: list[Count]
    sites: list[Count] | None
    months: list[Count] | None = Field(description="By UTC, as `2026-03`")
    products: list[Count] | None = Field(description="In one spelling; names that tell of a person's traits left out")
    methods: list[Count] | None


async def counted(
    platform: Platform, where: str, parameters: Mapping[str, object], key: Key, withheld: Collection[str]
) -> Facets:
    """Of the reports that meet the condition on ``c``; ``withheld`` names fields that the viewer may not see."""
    total, at_least = 0, False
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("type", "siteId", "occurredAt", "items", "methods")}
    async with aclosing(_rows(platform, where, parameters, key)) as rows:
        async for row in rows:
            if total == MOST_COUNTED:
                at_least = True
                break
            total += 1
            for name, values in _values(row).items():
                counts[name].update(values)
    shown = {name: None if name in withheld else _most(found) for name, found in counts.items()}
    return Facets(
        counted=total,
        at_least=at_least,
        types=_most(counts["type"]),
        sites=shown["siteId"],
        months=shown["occurredAt"],
        products=shown["items"],
        methods=shown["methods"],
    )


def _rows(platform: Platform, where: str, parameters: Mapping[str, object], key: Key) -> AsyncGenerator[Document]:
    """In no order, which lets the database stream them: a lower bound holds whichever are counted."""
    text = f"SELECT {COLUMNS} FROM c WHERE {where}"  # noqa: S608 - words of ours
    return platform.container(Report.container).query(text, parameters, key=key, page=PAGE)


def _values(row: Document) -> dict[str, set[str]]:
    """By field of the report."""
    return {
        "type": {row["type"]},
        "siteId": {row["siteId"]},
        "occurredAt": {row["occurredAt"][:7]},
        "items": {name for item in row["items"] if (name := product_name(item["product"]))},
        "methods": set(row["methods"]),
    }


def _most(counts: Counter[str]) -> list[Count]:
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:MOST_VALUES]
    return [Count(value=value, reports=reports) for value, reports in ranked]
