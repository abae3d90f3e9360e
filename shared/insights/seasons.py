"""The last months or weeks beside what is usual at that time of the year, and how far it usually strays from that."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from shared.http.models import ApiModel, PersonalQuery
from shared.identity.principals import Principal
from shared.insights import counting, service
from shared.insights.cubes import Tables
from shared.insights.intervals import SLACK, usual
from shared.insights.patterns import Change
from shared.insights.service import RULES
from shared.insights.suppression import Key, shown
from shared.platform import Platform


class Unit(StrEnum):
    MONTH = "month"
    WEEK = "week"


TOLD = {Unit.MONTH: 12, Unit.WEEK: 13}
A_YEAR = {Unit.MONTH: 12, Unit.WEEK: 52}
AROUND = {Unit.MONTH: 1, Unit.WEEK: 3}
"""So many on either side belong to the same time of the year (Farrington et al. 1996)."""
YEARS = 3
LEAST = 3
"""Past months or weeks below which nothing is called usual."""


class SeasonsQuery(PersonalQuery):
    unit: Unit = Unit.MONTH
    community_id: UUID | None = None


class SeasonRow(ApiModel):
    of: str = Field(description="YYYY-MM or YYYY-Wnn")
    change: Change
    count: int | None = Field(description="Rounded to five; null where it would tell too much")
    usual: float | None = Field(description="At this time of the year, over at most three years before")
    low: float | None = Field(description="If nothing is unusual, the count lies between low and high 19 times in 20")
    high: float | None
    past: int = Field(description="From how many months or weeks of earlier years")


class SeasonsView(ApiModel):
    unit: Unit
    rows: list[SeasonRow]
    rule: str
    caution: str = (
        "One row in twenty lies outside by chance alone. What is usual is told from the same time of earlier years; "
        "where more was reported from year to year, everything looks like more."
    )


async def seasons(platform: Platform, principal: Principal, query: SeasonsQuery) -> SeasonsView:
    community = str(query.community_id) if query.community_id else None
    members, threshold, decision = await service.allowed(platform, principal, query.purpose, community)
    periods = _periods(platform, query.unit)
    summed: dict[Key, dict[str, int]] = {(each[:4], each): {} for each in periods}
    for member in members:
        for period, count in (await _counted(platform, query.unit, member, periods)).items():
            summed[period[:4], period][member] = count
    await service.account(platform, principal, query.purpose, community, decision)
    # What is left out never depends on the day of asking: a calendar year is complete, or lacks two at least.
    safe = shown(summed, threshold, margins=[1])
    counts = {key[1]: count for key, count in safe.items()}
    return SeasonsView(unit=query.unit, rows=judged(query.unit, periods, counts), rule=RULES[threshold])


def _periods(platform: Platform, unit: Unit) -> list[str]:
    count = counting.months if unit is Unit.MONTH else counting.weeks
    return count(platform.clock.now(), TOLD[unit] + YEARS * A_YEAR[unit] + AROUND[unit])


async def _counted(platform: Platform, unit: Unit, member: str, periods: Sequence[str]) -> Mapping[str, int]:
    counts: dict[str, int] = defaultdict(int)
    if unit is Unit.MONTH:
        for cell, count in await counting.cells(platform, member, periods[0], periods[-1]):
            counts[cell.month] += count
    else:
        for tally, count in await counting.tallied(platform, member, Tables.WEEKS, periods[0], periods[-1]):
            counts[tally.period] += count
    return counts


def judged(unit: Unit, periods: Sequence[str], counts: Mapping[str, int | None]) -> list[SeasonRow]:
    """``periods`` without a gap, oldest first; what came before the first count is no past, but a time unknown."""
    known = [each for each in periods if counts[each] != 0]
    begun = periods.index(known[0]) if known else len(periods)
    return [_row(unit, periods, counts, at, begun) for at in range(len(periods) - TOLD[unit], len(periods))]


def _row(unit: Unit, periods: Sequence[str], counts: Mapping[str, int | None], at: int, begun: int) -> SeasonRow:
    near = range(-AROUND[unit], AROUND[unit] + 1)
    places = [at - year * A_YEAR[unit] + step for year in range(1, YEARS + 1) for step in near]
    past = [counts[periods[place]] for place in places if place >= begun]
    told, count = [each for each in past if each is not None], counts[periods[at]]
    row = SeasonRow(of=periods[at], change=Change.TOO_FEW, count=count, usual=None, low=None, high=None, past=len(past))
    if count is None or len(told) < len(past) or len(past) < LEAST:
        return row
    mean, low, high = usual(told)
    low, high = max(0.0, low - SLACK), high + SLACK
    change = Change.MORE if count > high else Change.FEWER if count < low else Change.NOT_CLEAR
    said = {"usual": round(mean, 1), "low": round(low, 1), "high": round(high, 1), "change": change}
    return row.model_copy(update=said)
