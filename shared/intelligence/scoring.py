"""Scores a possible link between two reports, and says in words why.

After Fellegi and Sunter (1969): each level of agreement has a weight log2(m / u), where m is how often it occurs
among pairs that belong together and u among candidate pairs that do not. Aspects depend on each other, so the sum is
not a probability: a logistic curve, fitted to labelled pairs (Platt 1999), makes it one. ``weights.toml`` has the
numbers and where they come from.
"""

import functools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.intelligence.comparison import levels
from shared.intelligence.features import Features

FILE = Path(__file__).with_name("weights.toml")
TELLING = 0.5
"""A weight nearer to 0 than this (bits) is neither evidence nor counter-evidence."""


@dataclass(frozen=True, slots=True)
class Reason:
    """``code`` is all that is stored of a reason; it holds nothing of the reports themselves."""

    code: str
    weight: float
    words: str


@dataclass(frozen=True, slots=True)
class Link:
    """Two reports, and what speaks for and against their belonging together."""

    reports: tuple[str, str]
    probability: float
    evidence: tuple[Reason, ...]
    counter_evidence: tuple[Reason, ...]
    version: str

    @property
    def is_suggested(self) -> bool:
        return self.probability >= table().suggest_from and bool(self.evidence)


@dataclass(frozen=True, slots=True)
class Table:
    version: str
    suggest_from: float
    slope: float
    intercept: float
    weights: Mapping[str, float]


@functools.cache
def table() -> Table:
    return read(tomllib.loads(FILE.read_text()))


def read(rows: Mapping[str, Any]) -> Table:
    return Table(
        version=rows["version"],
        suggest_from=rows["suggest_from"],
        slope=rows["calibration"]["slope"],
        intercept=rows["calibration"]["intercept"],
        weights={
            f"{aspect}.{level}": math.log2(row["m"] / row["u"])
            for aspect, found in rows["levels"].items()
            for level, row in found.items()
        },
    )


def score(one: Features, other: Features) -> Link:
    known = table()
    codes = [f"{aspect}.{level}" for aspect, level in levels(one, other).items()]
    reasons = [Reason(code, known.weights[code], WORDS[code]) for code in codes]
    first, second = sorted((one.report_id, other.report_id))
    return Link(
        reports=(first, second),
        probability=probability(sum(reason.weight for reason in reasons), known),
        evidence=tuple(sorted((r for r in reasons if r.weight >= TELLING), key=lambda r: -r.weight)),
        counter_evidence=tuple(sorted((r for r in reasons if r.weight <= -TELLING), key=lambda r: r.weight)),
        version=known.version,
    )


def probability(total: float, known: Table) -> float:
    """``total`` in bits."""
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, known.slope * total + known.intercept))))


WORDS: Mapping[str, str] = {
    "plate.same": "The same number plate was noted.",
    "plate.alike": "The number plates are alike: they differ only in what is easily misread.",
    "plate.different": "The number plates are different.",
    "marks.several": "Several described marks agree.",
    "marks.one": "A described mark agrees.",
    "marks.none": "The described marks are different.",
    "worn.several": "Several described pieces of clothing agree.",
    "worn.one": "A described piece of clothing agrees.",
    "worn.none": "The described clothing is different.",
    "methods.all": "The same methods were used together.",
    "methods.several": "Several methods agree.",
    "methods.one": "A method agrees.",
    "methods.none": "The methods are different.",
    "products.several": "Several products agree.",
    "products.one": "A product agrees.",
    "products.none": "The products are different.",
    "type.same": "The reports are of the same type.",
    "type.different": "The reports are of different types.",
    "place.site": "Both happened at the same site.",
    "place.near": "The sites are within 10 km.",
    "place.region": "The sites are within 50 km.",
    "place.far": "The sites are more than 50 km apart.",
    "rhythm.day_and_hour": "Both happened on the same weekday, at about the same time.",
    "rhythm.hour": "Both happened at about the same time of day.",
    "rhythm.neither": "They happened at different times of day.",
    "interval.day": "They happened within a day.",
    "interval.month": "They happened within a month.",
    "interval.half_year": "They happened within half a year.",
    "interval.longer": "They happened more than half a year apart.",
    "company.alone": "One suspect was described in each.",
    "company.same_number": "The same number of suspects acted together.",
    "company.about": "Several suspects acted together in both, in different numbers.",
    "company.different": "In one a suspect acted alone, in the other several did.",
}
