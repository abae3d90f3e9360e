"""What remains of a report after its time: one more in a cell of a fixed cube, and in a few tallies beside it.

A cell is a month, a region, a type of event, a band of value and a band of the day. There is nothing else in it: no id,
no site, no text, no token, and no finer grain that would let two cells be subtracted from each other. What needs
another dimension (hour and weekday, site, goods, week) has a tally of that alone, and no two of them can be crossed.
Neither is shown as it is; see :mod:`shared.insights.suppression`.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from shared.errors import Conflict, NotFound, PreconditionFailed
from shared.ids import derived_id
from shared.insights.products import groups_of
from shared.organisations import service as organisations
from shared.organisations.models import Site
from shared.platform import Platform
from shared.storage.cosmos import Container, Document, Write

CONTAINER = "insights"
VALUE_BANDS = ((0, "none"), (50_00, "under-50"), (200_00, "50-200"), (1_000_00, "200-1000"), (5_000_00, "1000-5000"))
HIGHEST = "over-5000"
HOUR_BANDS = ("night", "morning", "afternoon", "evening")
COUNTED_FOR = 30 * 86_400
"""Seconds for which it is remembered that a contribution was counted: longer than any retry of a disposal."""
ATTEMPTS = 20


@dataclass(frozen=True, order=True)
class Cell:
    """The five coordinates, each from a short list."""

    month: str
    """YYYY-MM, on the calendar of the site."""
    region: str
    """ISO 3166-2."""
    type: str
    value_band: str
    """Of the loss, in units of the report's currency."""
    hour_band: str
    """A quarter of the day: night from 0, morning from 6, afternoon from 12, evening from 18 o'clock."""

    @classmethod
    def of(cls, report: Document, region: str, zone: str) -> Self:
        local = datetime.fromisoformat(report["occurredAt"]).astimezone(ZoneInfo(zone))
        return cls(
            month=f"{local:%Y-%m}",
            region=region,
            type=report["type"],
            value_band=value_band(report["lossMinor"]),
            hour_band=HOUR_BANDS[local.hour // 6],
        )

    @property
    def id(self) -> str:
        return "|".join((self.month, self.region, self.type, self.value_band, self.hour_band))


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Tables(StrEnum):
    """What is tallied besides, each for itself."""

    RHYTHM = "rhythm"
    """Of a quarter of the year: weekday and hour, as ``mon-14``, on the clock of the site."""
    SITES = "sites"
    """Of a quarter: the site."""
    PRODUCTS = "products"
    """Of a quarter: the group of goods. A report counts once in each of its groups."""
    WEEKS = "weeks"
    """Of an ISO week: nothing."""


@dataclass(frozen=True, order=True)
class Tally:
    table: str
    period: str
    """YYYY-Qn, or YYYY-Wnn."""
    of: str = ""

    @property
    def id(self) -> str:
        return "|".join((self.table, self.period, self.of))


def tallies(report: Document, zone: str) -> Iterator[Tally]:
    """All that a report counts in, from what is clear of it."""
    local = datetime.fromisoformat(report["occurredAt"]).astimezone(ZoneInfo(zone))
    quarter = quarter_of(local)
    yield Tally(Tables.RHYTHM, quarter, f"{WEEKDAYS[local.weekday()]}-{local.hour:02}")
    yield Tally(Tables.SITES, quarter, report["siteId"])
    yield Tally(Tables.WEEKS, week_of(local))
    for group in sorted(groups_of(item["product"] for item in report["items"])):
        yield Tally(Tables.PRODUCTS, quarter, group)


def quarter_of(local: datetime) -> str:
    return f"{local.year:04}-Q{(local.month + 2) // 3}"


def week_of(local: datetime) -> str:
    """ISO 8601: weeks begin on Mondays, and the first is that with the year's first Thursday."""
    year, week, _ = local.isocalendar()
    return f"{year:04}-W{week:02}"


def value_band(loss_minor: int) -> str:
    """The band of an amount in minor units: ``none`` for nothing, else by its upper bound, which is excluded."""
    if loss_minor <= 0:
        return "none"
    return next((name for bound, name in VALUE_BANDS[1:] if loss_minor < bound), HIGHEST)


async def contribute(platform: Platform, report: Document, once: str) -> None:
    """Adds a report that is about to go to its organisation's cube; the same value of ``once`` adds nothing more.

    The marker that makes it so is stored in the very batch that changes the counts. It is random, so it cannot be
    traced back to the report once that is gone, and expires by itself.
    """
    owner = report["organisationId"]
    counts = _counts(report, await organisations.site(platform, owner, report["siteId"]))
    container = platform.container(CONTAINER)
    marker = {"id": derived_id("counted", once), "organisationId": owner, "kind": "counted", "ttl": COUNTED_FOR}
    for _ in range(ATTEMPTS):
        more = await asyncio.gather(*(_one_more(container, owner, each) for each in counts))
        try:
            await container.batch(owner, [Write("create", marker), *more])
        except PreconditionFailed:
            continue  # somebody else added to one of them
        except Conflict:
            if await _is_counted(platform, owner, marker["id"]):
                return
            continue  # somebody else made one of them
        return
    raise Conflict("The cell of the aggregate is being changed too often.")


def _counts(report: Document, site: Site) -> list[Document]:
    """The documents that count it, without how much."""
    cell = Cell.of(report, site.region, site.time_zone)
    rest = [{"id": each.id, "kind": "tally", **vars(each)} for each in tallies(report, site.time_zone)]
    return [{"id": cell.id, "kind": "cell", **vars(cell)}, *rest]


async def _one_more(container: Container, owner: str, counted: Document) -> Write:
    try:
        stored = await container.read(counted["id"], owner)
    except NotFound:
        return Write("create", counted | {"organisationId": owner, "count": 1})
    return Write("replace", stored | {"count": stored["count"] + 1}, stored["_etag"])


async def _is_counted(platform: Platform, owner: str, marker: str) -> bool:
    try:
        await platform.container(CONTAINER).read(marker, owner)
    except NotFound:
        return False
    return True
