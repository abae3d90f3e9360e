"""The table of terms: what a regime allows for which step, and where the law says so. Data that a lawyer can read."""

import functools
import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from dateutil.relativedelta import relativedelta

from shared.rights.days import Calendar

TABLE = Path(__file__).with_name("regimes.toml")
WRITTEN = re.compile(r"(\d{1,3}) (day|working day|month)s?")


class Step(StrEnum):
    """What has its own last day; not every regime knows each."""

    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"
    OPT_OUT = "opt_out"
    TRANSFER = "transfer"
    ACKNOWLEDGE_COMPLAINT = "acknowledge_complaint"


@dataclass(frozen=True)
class Term:
    """So many days, working days or months."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """``30 days``, ``20 working days`` or ``1 month``. Raises ValueError for anything else."""
        found = WRITTEN.fullmatch(text)
        if not found:
            raise ValueError("Write a term as '30 days', '20 working days' or '1 month'.")
        return cls(int(found[1]), found[2])

    def after(self, start: date, calendar: Calendar) -> date:
        """The last day of the term; the day on which it starts is not counted."""
        match self.unit:
            case "month":
                return start + relativedelta(months=self.count)
            case "day":
                return start + timedelta(days=self.count)
            case _:
                return calendar.add_working_days(start, self.count)


@dataclass(frozen=True)
class Row:
    """What the table says about one step under one regime."""

    regime: str
    step: Step
    term: Term
    rolls: bool
    source: str

    @property
    def id(self) -> str:
        """How a case names the rule that it was counted by: ``NZ-answer@2026-11-25``."""
        return f"{self.regime}-{self.step}@{version()}"


@dataclass(frozen=True)
class Extension:
    """By how much the time for the answer may be extended, and on which grounds."""

    most: Term | None
    """None: what is reasonable, which a person decides."""
    grounds: frozenset[str]
    source: str


@functools.cache
def table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text())


def version() -> str:
    return str(table()["version"])


def regimes() -> list[str]:
    return list(table()["regime"])


def regime(name: str) -> dict[str, Any]:
    """Raises KeyError for a regime that the table does not have: without a row nobody guesses a date."""
    found: dict[str, Any] = table()["regime"][name]
    return found


def row(name: str, step: Step) -> Row | None:
    """None where the regime sets no time for the step."""
    found = regime(name).get(step)
    if found is None:
        return None
    return Row(name, step, Term.parse(found["term"]), bool(found.get("rolls", False)), found["source"])


def extension(name: str) -> Extension:
    found = regime(name)["extension"]
    most = Term.parse(found["most"]) if "most" in found else None
    return Extension(most, frozenset(found["grounds"]), found["source"])


def target() -> Term:
    """By when we mean to answer, if the law does not say earlier."""
    return Term.parse(table()["target"]["term"])


def calendar(name: str, place: str) -> Calendar:
    """The working days of a regime at the place (ISO 3166-2) of the controller."""
    found = regime(name)
    country, _, part = place.partition("-")
    return Calendar(
        country="" if found.get("no_holidays") else country,
        part=part if found.get("regional_holidays") else "",
        closed=_closed(*found["closed"]) if "closed" in found else None,
    )


def _closed(first: str, last: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """``12-25`` as (12, 25), twice."""
    begins, ends = date.fromisoformat(f"2000-{first}"), date.fromisoformat(f"2000-{last}")
    return (begins.month, begins.day), (ends.month, ends.day)
