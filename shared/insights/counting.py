"""How much there was of what: from the reports that are kept, and from what is left of those that were forgotten.

What is counted here is exact, and nothing of it leaves without :mod:`shared.insights.suppression`.
"""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from shared.clock import rfc3339
from shared.insights.cubes import CONTAINER, Cell, Tables, Tally, quarter_of, tallies, week_of
from shared.organisations import service as organisations
from shared.organisations.models import Site
from shared.platform import Platform
from shared.storage.cosmos import Document

SPARE = timedelta(days=1)
"""On either side, for the time zones where that is another day."""


def months(now: datetime, many: int) -> list[str]:
    """The whole months before this one, oldest first."""
    this = now.replace(day=1)
    return [f"{this - relativedelta(months=back):%Y-%m}" for back in range(many, 0, -1)]


def quarters(now: datetime, many: int) -> list[str]:
    """The whole quarters before this one, oldest first."""
    this = now.replace(day=1)
    return [quarter_of(this - relativedelta(months=3 * back)) for back in range(many, 0, -1)]


def weeks(now: datetime, many: int) -> list[str]:
    """The whole ISO weeks before this one, oldest first."""
    return [week_of(now - timedelta(weeks=back)) for back in range(many, 0, -1)]


def begins(period: str) -> date:
    """The first day of YYYY-MM, YYYY-Qn or YYYY-Wnn."""
    year, _, part = period.partition("-")
    if part.startswith("W"):
        return date.fromisocalendar(int(year), int(part[1:]), 1)
    return date(int(year), 3 * int(part[1:]) - 2 if part.startswith("Q") else int(part), 1)


def ends(period: str) -> date:
    """The day after the last."""
    if "W" in period:
        return begins(period) + timedelta(weeks=1)
    return begins(period) + relativedelta(months=3 if "Q" in period else 1)


async def cells(platform: Platform, organisation: str, first: str, last: str) -> list[tuple[Cell, int]]:
    """Of the months from ``first`` to ``last``."""
    kept = platform.container(CONTAINER).query(
        "SELECT * FROM c WHERE c.kind = 'cell' AND c.month >= @first AND c.month <= @last",
        {"first": first, "last": last},
        key=organisation,
    )
    names = Cell.__dataclass_fields__
    found = [(Cell(**{name: each[name] for name in names}), int(each["count"])) async for each in kept]
    async for report, site in _living(platform, organisation, first, last):
        cell = Cell.of(report, site.region, site.time_zone)
        if first <= cell.month <= last:
            found.append((cell, 1))
    return found


async def tallied(
    platform: Platform, organisation: str, table: Tables, first: str, last: str
) -> list[tuple[Tally, int]]:
    """Of the quarters or weeks from ``first`` to ``last``."""
    kept = platform.container(CONTAINER).query(
        "SELECT * FROM c WHERE c.kind = 'tally' AND c.table = @table AND c.period >= @first AND c.period <= @last",
        {"table": table.value, "first": first, "last": last},
        key=organisation,
    )
    found = [(Tally(table, each["period"], each["of"]), int(each["count"])) async for each in kept]
    async for report, site in _living(platform, organisation, first, last):
        counted = (each for each in tallies(report, site.time_zone) if each.table == table)
        found += [(each, 1) for each in counted if first <= each.period <= last]
    return found


async def recent(platform: Platform, organisation: str, first: str, last: str) -> list[tuple[str, str, str]]:
    """Of each report from week ``first`` to ``last``: week, site and type. Of so short a time all are kept still."""
    found = []
    async for report, site in _living(platform, organisation, first, last):
        local = datetime.fromisoformat(report["occurredAt"]).astimezone(ZoneInfo(site.time_zone))
        if first <= (week := week_of(local)) <= last:
            found.append((week, site.id, str(report["type"])))
    return found


async def _living(platform: Platform, organisation: str, first: str, last: str) -> AsyncIterator[tuple[Document, Site]]:
    sites = {each.id: each for each in await organisations.sites(platform, organisation)}
    living = platform.container("reports").query(
        "SELECT c.occurredAt, c.type, c.lossMinor, c.siteId, c.items FROM c WHERE c.kind = 'report' "
        "AND c.occurredAt >= @since AND c.occurredAt < @until AND NOT IS_DEFINED(c.disposing)",
        {"since": _midnight(begins(first) - SPARE), "until": _midnight(ends(last) + SPARE)},
        key=[organisation],
        page=1000,
    )
    async for report in living:
        yield report, sites[report["siteId"]]


def _midnight(day: date) -> str:
    return rfc3339(datetime.fromisoformat(f"{day}T00:00:00+00:00"))
