"""Which duties a breach brings and when each is due: pure functions of the table, which a lawyer can read too."""

import functools
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shared.retention.periods import Period
from shared.retention.schedule import regime_of

TABLE = Path(__file__).with_name("duties.toml")


class Risk(StrEnum):
    """What was assessed, from the least to the most."""

    UNLIKELY = "unlikely"
    """A risk to people is unlikely."""
    LIKELY = "likely"
    """There is a risk to people."""
    SERIOUS = "serious"
    """The risk is high, or serious harm to somebody is likely."""


LADDER = list(Risk)


@dataclass(frozen=True)
class Duty:
    """One row of the table."""

    id: str
    regime: str
    who: Literal["controller", "processor", "both"]
    tell: Literal["authority", "people", "controller", "nobody yet"]
    whom: str
    starts: Literal["aware", "people told"]
    risk: Risk
    says: str
    source: str
    source_read: bool
    within: Period | None = None
    over: int = 0
    spared_if_unreadable: bool = False


@dataclass(frozen=True)
class Incident:
    """What must be known of a breach to say who is told when: no personal data."""

    jurisdictions: tuple[str, ...]
    """ISO 3166-2: where the affected people are."""
    who: Literal["controller", "processor"]
    aware_at: datetime
    risk: Risk
    people: int
    """How many are affected, at least one."""
    unreadable: bool = False
    """Whether the data was encrypted and its keys were not taken."""
    told_people_at: datetime | None = None


@functools.cache
def table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text())


def version() -> str:
    return str(table()["version"])


@functools.cache
def duties() -> tuple[Duty, ...]:
    return tuple(_duty(row) for row in table()["duty"])


def owed(incident: Incident) -> list[tuple[Duty, datetime | None]]:
    """The duties that hold, with when each is due; those without delay first, then the earliest."""
    regimes = {regime_of(each) for each in incident.jurisdictions}
    found = [(each, due(each, incident)) for each in duties() if each.regime in regimes and _holds(each, incident)]
    return sorted(found, key=lambda each: (each[1] is not None, each[1] or incident.aware_at))


def uncovered(jurisdictions: Iterable[str]) -> list[str]:
    """The places for which the table has no duties: their law must be looked up, and silence would mislead."""
    known = {each.regime for each in duties()}
    return [each for each in jurisdictions if regime_of(each) not in known]


def due(duty: Duty, incident: Incident) -> datetime | None:
    """When a duty is due, in the zone of its start; None for "without delay".

    Hours run through nights, weekends and holidays. For days the earlier of two counts holds, 24 hours each or the same
    time of day in the regime's zone, so that a change of the clocks never makes it late.
    """
    if duty.within is None:
        return None
    start = (incident.aware_at if duty.starts == "aware" else _people_told(duty, incident)).astimezone(UTC)
    zone = ZoneInfo(table()["zones"].get(duty.regime, "UTC"))
    return min(start + duty.within.length, duty.within.after(start, zone))


def _people_told(duty: Duty, incident: Incident) -> datetime:
    """When people were told; before that, the last day on which they have to be."""
    if incident.told_people_at:
        return incident.told_people_at
    telling = next(each for each in duties() if each.regime == duty.regime and each.tell == "people")
    return due(telling, incident) or incident.aware_at


def _holds(duty: Duty, incident: Incident) -> bool:
    return (
        duty.who in {incident.who, "both"}
        and LADDER.index(incident.risk) >= LADDER.index(duty.risk)
        and incident.people > duty.over
        and not (duty.spared_if_unreadable and incident.unreadable)
    )


def _duty(row: dict[str, Any]) -> Duty:
    within = Period.parse(row["within"]) if "within" in row else None
    return Duty(**{**row, "risk": Risk(row["risk"]), "within": within})
