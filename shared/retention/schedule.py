"""How long each category is kept, where. The table is data that a privacy officer can read; this module applies it."""

import functools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from shared.retention.periods import Period

TABLE = Path(__file__).with_name("schedule.toml")
UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True)
class Rule:
    """One row of the table as it holds in one place."""

    category: str
    regime: str
    """The regime whose period it is; of several that apply the strictest."""
    period: Period
    ceiling: Period
    floor: Period | None
    says: str
    starts: str
    source: str
    shortened: bool = False
    """Whether the controller made it shorter."""

    @property
    def id(self) -> str:
        """How certificates and audit entries name it: ``report-UK-P12M@2026-11-23``."""
        return f"{self.category}-{self.regime}-{self.period}@{version()}"


@dataclass(frozen=True)
class Terms:
    """What holds for data collected at one place by one controller."""

    jurisdictions: tuple[str, ...]
    """ISO 3166-2: of the site, and of the controller."""
    zone: ZoneInfo = UTC_ZONE
    shortened: Mapping[str, Period] = field(default_factory=dict)
    """What the controller has shortened, by category."""

    def rule(self, category: str) -> Rule:
        """Raises KeyError for a category that the table does not have: an unknown one is an error, not for ever."""
        found = _strictest(category, self.jurisdictions)
        shorter = self.shortened.get(category)
        if shorter is None or shorter.length >= found.period.length:
            return found
        return Rule(**{**vars(found), "period": shorter, "shortened": True})

    def dispose_at(self, category: str, start: datetime) -> datetime:
        """When a record of the category must be gone; ``start`` is when the table says that its clock starts."""
        rule = self.rule(category)
        return min(each.after(start, self.zone) for each in (rule.period, rule.ceiling))

    def ceiling_of(self, category: str, start: datetime) -> datetime:
        """Beyond this moment only a legal hold that two people agreed on keeps the record."""
        return self.rule(category).ceiling.after(start, self.zone)

    def seconds(self, category: str, start: datetime) -> int:
        """The same as a Cosmos TTL, for records whose loss on deletion does no harm."""
        return max(1, int((self.dispose_at(category, start) - start).total_seconds()))

    def keeps(self, category: str) -> bool:
        return not self.rule(category).period.is_nothing

    @property
    def anpr_allowed(self) -> bool:
        """Whether a private body may read number plates here; every place that applies must allow it."""
        return all(_anpr(each) for each in self.jurisdictions)


@functools.cache
def table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text())


def version() -> str:
    return str(table()["version"])


def categories() -> list[str]:
    return list(table()["category"])


def regimes() -> dict[str, str]:
    """The name in full of each regime."""
    return dict(table()["regime_names"])


def backup(of: str) -> Period:
    """For how long a backup of the ``records`` or of the ``keys`` can be restored."""
    return Period.parse(table()["backup"][of])


@functools.cache
def regime_of(jurisdiction: str) -> str | None:
    """The regime of an ISO 3166-2 code, or of its country; None where the table knows none."""
    listed = {place: name for name, places in table()["regimes"].items() for place in places}
    return listed.get(jurisdiction) or listed.get(jurisdiction.partition("-")[0])


@functools.lru_cache(maxsize=4096)
def _strictest(category: str, jurisdictions: tuple[str, ...]) -> Rule:
    row = table()["category"][category]
    found = [each for place in jurisdictions for each in _periods(category, row, place)]
    regime, period = min(found or _all_regimes(row), key=lambda each: each[1].length)
    return Rule(
        category=category,
        regime=regime,
        period=period,
        ceiling=Period.parse(row["ceiling"]),
        floor=Period.parse(row["floor"]) if "floor" in row else None,
        says=row["says"],
        starts=row["starts"],
        source=row["source"],
    )


def _periods(category: str, row: Mapping[str, str], place: str) -> Iterable[tuple[str, Period]]:
    """What applies in one place: its regime's row and its state's own law, or every regime if none is known."""
    regime = regime_of(place)
    if regime is None:
        yield from _all_regimes(row)
    else:
        yield regime, Period.parse(row[regime])
    for narrower in table()["narrower"]:
        if narrower["jurisdiction"] == place and narrower["category"] == category:
            yield place, Period.parse(narrower["period"])


def _all_regimes(row: Mapping[str, str]) -> list[tuple[str, Period]]:
    return [(regime, Period.parse(row[regime])) for regime in table()["regimes"]]


@functools.cache
def _anpr(jurisdiction: str) -> bool:
    """The state's own row before its country's; no row, no cameras."""
    rows = {row["jurisdiction"]: bool(row["allowed"]) for row in table()["anpr"]}
    return rows.get(jurisdiction, rows.get(jurisdiction.partition("-")[0], False))
