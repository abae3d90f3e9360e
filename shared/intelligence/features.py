"""What of a report may be compared with another. What is not a field here cannot be an input."""

import functools
from dataclasses import dataclass
from datetime import datetime

from shared.geography import Point
from shared.reports.models import Method
from shared.screening.screen import screen
from shared.storage.cosmos import Document


@dataclass(frozen=True, slots=True)
class Features:
    """There is no name, no narrative, no age and no protected attribute: the type is the promise."""

    report_id: str
    site_id: str
    place: Point | None
    occurred_at: datetime
    methods: frozenset[Method]
    products: frozenset[str]
    suspects: int
    """How many suspects were described; 0 is unknown."""
    plates: frozenset[str]
    """Index tokens of one scope: an exact and a folded one for each plate."""
    worn: frozenset[str]
    marks: frozenset[str]


def of_row(row: Document, place: Point | None) -> Features:
    """Of what is clear of a stored report: descriptions come as blind tokens."""
    return Features(
        report_id=row["id"],
        site_id=row["siteId"],
        place=place,
        occurred_at=datetime.fromisoformat(row["occurredAt"]),
        methods=frozenset(map(Method, row["methods"])),
        products=frozenset(product for item in row["items"] if (product := product_name(item["product"]))),
        suspects=row.get("suspects") or 0,
        plates=frozenset(row["plateTokens"]),
        worn=frozenset(row.get("wornTokens") or ()),
        marks=frozenset(row.get("markTokens") or ()),
    )


@functools.lru_cache(maxsize=20_000)
def product_name(name: str) -> str:
    """The product in one spelling; nothing where its name tells of a protected attribute."""
    return "" if screen(name).findings else " ".join(name.casefold().split())
