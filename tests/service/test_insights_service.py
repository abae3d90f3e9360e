"""The tables of the past: what was forgotten counts on, and what is small stays unsaid."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.clock import SetClock
from shared.insights import service
from shared.insights.cubes import WEEKDAYS, quarter_of
from shared.insights.models import InsightsQuery, InsightsView, View
from shared.platform import Platform
from shared.reports import service as reports
from shared.reports.models import ReportSubmission
from shared.retention import sweep
from tests.support.world import World, theft


async def submit(world: World, at: datetime, kind: str, count: int, **changes: object) -> None:
    platform = replace(world.platform, clock=SetClock(at + timedelta(hours=1)))
    for _ in range(count):
        form = ReportSubmission.model_validate(theft(world, type=kind, occurredAt=at.isoformat(), people=[], **changes))
        await reports.submit(platform, world.investigator.principal, form, uuid.uuid4().hex, notify=False)


async def asked(platform: Platform, world: World) -> InsightsView:
    query = InsightsQuery.model_validate({"purpose": "RESEARCH", "view": View.MONTH_BY_TYPE})
    return await service.table(platform, world.investigator.principal, query)


def counts(view: InsightsView, month: str) -> dict[str, int | None]:
    return {cell.column: cell.count for cell in view.cells if cell.row == month}


async def test_forgetting_changes_no_total(world: World) -> None:
    """Fourteen months ago twelve damages, seven robberies and two frauds happened; half a year later somebody looks,
    and again when everything has been disposed of."""
    then = world.platform.clock.now().replace(day=10) - timedelta(days=425)
    await submit(world, then, "damage", 12)
    await submit(world, then, "robbery", 7)
    await submit(world, then, "fraud", 2)
    half_a_year_later = replace(world.platform, clock=SetClock(then + timedelta(days=180)))
    month = f"{then:%Y-%m}"
    before = await asked(half_a_year_later, world)
    assert counts(before, month) == {"damage": 10, "robbery": None, "fraud": None} | {
        name: count for name, count in counts(before, month).items() if name not in {"damage", "robbery", "fraud"}
    }
    while (await sweep.run(world.platform)).disposed:
        pass
    after = await asked(half_a_year_later, world)
    assert counts(after, month) == counts(before, month)
    assert after.total == before.total


async def test_the_window_is_twelve_whole_months(world: World) -> None:
    at = replace(world.platform, clock=SetClock(datetime.fromisoformat("2027-03-31T23:00:00+00:00")))
    view = await asked(at, world)
    assert (view.first_month, view.last_month) == ("2026-03", "2027-02")


async def test_forgetting_changes_no_table_of_hours_goods_and_sites(world: World) -> None:
    """Eight thefts of cheese on one Wednesday at one site: shown while they are kept and when all are gone. The hour is
    one at which nothing else happens in this file."""
    now, site = world.platform.clock.now(), world.other_site
    then = now.replace(month=now.month - (now.month - 1) % 3, day=15, hour=(now.hour + 6) % 24) - timedelta(days=425)
    then -= timedelta(days=(then.weekday() - 2) % 7)
    await submit(world, then, "theft", 8, siteId=site.id, items=[{"product": "Blue cheese", "quantity": 1}])
    asked_at = replace(world.platform, clock=SetClock(then + timedelta(days=120)))
    local = then.astimezone(ZoneInfo(site.time_zone))

    async def tables(platform: Platform) -> list[InsightsView]:
        views = (View.WEEKDAY_BY_HOUR, View.PRODUCT_BY_QUARTER, View.SITE_BY_QUARTER)
        queries = [InsightsQuery.model_validate({"purpose": "RESEARCH", "view": each}) for each in views]
        return [await service.table(platform, world.investigator.principal, each) for each in queries]

    before = await tables(asked_at)
    hours, goods, sites = [{(each.row, each.column): each.count for each in view.cells} for view in before]
    quarter = quarter_of(local)
    assert len(hours) == 7 * 24
    assert hours[WEEKDAYS[local.weekday()], f"{local.hour:02}"] == 10
    assert (goods["dairy_and_cheese", quarter], sites[site.id, quarter]) == (10, 10)
    while (await sweep.run(world.platform)).disposed:
        pass
    assert await tables(asked_at) == before
    limited = replace(world.investigator.principal, sites=frozenset([world.site.id]))
    query = InsightsQuery.model_validate({"purpose": "RESEARCH", "view": View.SITE_BY_QUARTER})
    assert not [each for each in (await service.table(asked_at, limited, query)).cells if each.row == site.id]
