"""Scores a possible link between a report and a group of reports, and says in words why.

Each aspect speaks for or against it (``habits.py``, in nats). How far each is to be believed, and which sum is which
probability, was fitted by logistic regression to labelled pairs, apart for a single report, a small and a larger
group. ``weights.toml`` has the numbers and where they come from. People have no score: the two ends are reports.
"""

import dataclasses
import functools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.intelligence.comparison import levels
from shared.intelligence.features import Features
from shared.intelligence.habits import Habits
from shared.intelligence.reasons import AGAINST, ORDER, RARITIES, ReasonCode

FILE = Path(__file__).with_name("weights.toml")
TELLING = 0.4
"""What changes the log odds by less than this is neither evidence nor counter-evidence."""
TELLS_MUCH = 2.5
MOST_COMPARED = 30
"""Reports of a group that the words are taken from."""
BANDS = {"one": 1, "few": 4, "many": 10**9}
"""Sizes of groups, up to and with."""


@dataclass(frozen=True, slots=True)
class Reason:
    """It holds nothing of the reports themselves."""

    code: ReasonCode
    weight: float

    @property
    def rare(self) -> bool:
        """Whether few reports have what agrees."""
        return self.weight >= TELLS_MUCH and self.code.aspect in RARITIES


@dataclass(frozen=True, slots=True)
class Link:
    """A report and a report of a group, and what speaks for and against their belonging together."""

    reports: tuple[str, str]
    probability: float
    evidence: tuple[Reason, ...]
    counter_evidence: tuple[Reason, ...]
    compared_with: int
    """Reports of the group that the second one belongs to."""
    version: str

    @property
    def is_suggested(self) -> bool:
        return self.probability >= table().suggest_from and bool(self.evidence)


@dataclass(frozen=True, slots=True)
class Band:
    intercept: float
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Table:
    version: str
    suggest_from: float
    bands: Mapping[str, Band]
    plates: Mapping[str, float]


@functools.cache
def table() -> Table:
    return read(tomllib.loads(FILE.read_text()))


def read(rows: Mapping[str, Any]) -> Table:
    return Table(
        version=rows["version"],
        suggest_from=rows["suggest_from"],
        bands={name: Band(row["intercept"], row["weights"]) for name, row in rows["bands"].items()},
        plates=rows["plates"],
    )


def band(size: int) -> str:
    return next(name for name, most in BANDS.items() if size <= most)


def weighed(report: Features, group: Habits, known: Table) -> tuple[dict[str, float], float]:
    """What each aspect adds to the log odds, believed as far as its weight says, and the intercept."""
    row = known.bands[band(group.size)]
    found = {aspect: row.weights[aspect] * value for aspect, value in group.bits(report).items()}
    if plate := group.plate(report):
        found["plate"] = known.plates[plate]
    return found, row.intercept


def probability(report: Features, group: Habits) -> float:
    found, intercept = weighed(report, group, table())
    return _logistic(sum(found.values()) + intercept)


def explained(report: Features, group: Habits, nearest: str) -> Link:
    """With reasons; ``nearest`` is the report of the group that is named."""
    known = table()
    found, intercept = weighed(report, group, known)
    reasons = [Reason(code, value) for code, value in _coded(report, group, found)]
    return Link(
        reports=(report.report_id, nearest),
        probability=_logistic(sum(found.values()) + intercept),
        evidence=tuple(sorted((r for r in reasons if r.weight > 0), key=lambda r: -r.weight)),
        counter_evidence=tuple(sorted((r for r in reasons if r.weight < 0), key=lambda r: r.weight)),
        compared_with=group.size,
        version=known.version,
    )


def turned(link: Link) -> Link:
    """The same link seen from its other end."""
    return dataclasses.replace(link, reports=(link.reports[1], link.reports[0]))


def _coded(report: Features, group: Habits, found: Mapping[str, float]) -> list[tuple[ReasonCode, float]]:
    """Each aspect that tells something, with the level at which it agrees best. A level whose words would say the
    opposite of its weight is left out: one garment may agree where three others do not."""
    best = _best(report, group)
    summed = dict(found)
    summed["rhythm"] = summed.pop("hour", 0.0) + summed.pop("weekday", 0.0)
    coded = [(best[aspect], value) for aspect, value in summed.items() if aspect in best]
    return [(code, value) for code, value in coded if abs(value) >= TELLING and (value > 0) == (code not in AGAINST)]


def _best(report: Features, group: Habits) -> dict[str, ReasonCode]:
    found: dict[str, ReasonCode] = {}
    for other in group.reports[-MOST_COMPARED:]:
        for aspect, level in levels(report, other).items():
            codes = [ReasonCode(f"{aspect}.{level}"), *([found[aspect]] if aspect in found else [])]
            found[aspect] = min(codes, key=ORDER.index)
    return found


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, odds))))
