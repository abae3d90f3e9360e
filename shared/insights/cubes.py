"""What remains of a report after its time: one more in a cell of a fixed cube.

A cell is a month, a region, a type of event, a band of value and a band of the day. There is nothing else in it: no id,
no site, no text, no token, and no finer grain that would let two cells be subtracted from each other. Cells are not
shown as they are; see :mod:`shared.insights.suppression`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from shared.errors import Conflict, NotFound, PreconditionFailed
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.storage.cosmos import Document, Write

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


def value_band(loss_minor: int) -> str:
    """The band of an amount in minor units: ``none`` for nothing, else by its upper bound, which is excluded."""
    if loss_minor <= 0:
        return "none"
    return next((name for bound, name in VALUE_BANDS[1:] if loss_minor < bound), HIGHEST)


async def contribute(platform: Platform, report: Document, once: str) -> None:
    """Adds a report that is about to go to its organisation's cube; the same value of ``once`` adds nothing more.

    The marker that makes it so is stored in the very batch that changes the cell. It is random, so it cannot be
    traced back to the report once that is gone, and expires by itself.
    """
    owner = report["organisationId"]
    site = await organisations.site(platform, owner, report["siteId"])
    cell = Cell.of(report, site.region, site.time_zone)
    container = platform.container(CONTAINER)
    marker = {"id": derived_id("counted", once), "organisationId": owner, "kind": "counted", "ttl": COUNTED_FOR}
    for _ in range(ATTEMPTS):
        try:
            stored = await container.read(cell.id, owner)
            write = Write("replace", stored | {"count": stored["count"] + 1}, stored["_etag"])
        except NotFound:
            write = Write("create", {"id": cell.id, "organisationId": owner, "kind": "cell", **vars(cell), "count": 1})
        try:
            await container.batch(owner, [Write("create", marker), write])
        except PreconditionFailed:
            continue  # somebody else added to the cell
        except Conflict:
            if await _is_counted(platform, owner, marker["id"]):
                return
            continue  # somebody else made the cell
        return
    raise Conflict("The cell of the aggregate is being changed too often.")


async def _is_counted(platform: Platform, owner: str, marker: str) -> bool:
    try:
        await platform.container(CONTAINER).read(marker, owner)
    except NotFound:
        return False
    return True
