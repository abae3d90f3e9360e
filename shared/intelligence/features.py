"""What of a report may be compared with another. What is not a field here cannot be an input."""

from dataclasses import dataclass
from datetime import datetime

from shared.geography import Point
from shared.intelligence import vocabulary
from shared.reports.models import Method, PersonRole, Report, ReportType
from shared.screening.screen import screen


@dataclass(frozen=True, slots=True)
class Features:
    """There is no name, no narrative, no age and no protected attribute: the type is the promise."""

    report_id: str
    site_id: str
    place: Point | None
    occurred_at: datetime
    type: ReportType
    methods: frozenset[Method]
    products: frozenset[str]
    suspects: int
    """How many suspects were described; 0 is unknown."""
    plates: frozenset[str]
    """Index tokens of one scope: an exact and a folded one for each plate."""
    worn: frozenset[str]
    marks: frozenset[str]


def of_report(report: Report, place: Point | None) -> Features:
    """``report`` is opened under policy by the caller; ``place`` is where its site is."""
    suspects = [person for person in report.people if person.role is PersonRole.SUSPECT]
    return Features(
        report_id=report.report_id,
        site_id=report.site_id,
        place=place,
        occurred_at=report.occurred_at,
        type=report.type,
        methods=frozenset(report.methods),
        products=frozenset(product for item in report.items if (product := _product(item.product))),
        suspects=len(suspects),
        plates=frozenset(report.plate_tokens),
        worn=frozenset[str]().union(*(vocabulary.worn(f"{p.clothing or ''}. {p.carried or ''}") for p in suspects)),
        marks=frozenset[str]().union(*(vocabulary.marks(p.marks or "") for p in suspects)),
    )


def _product(name: str) -> str:
    """The product in one spelling; nothing where its name tells of a protected attribute."""
    return "" if screen(name).findings else " ".join(name.casefold().split())
