"""What the past teaches, in tables that tell nothing of anybody. Each answer comes as CSV too, if that is asked for."""

import logging
from collections.abc import Iterable
from typing import Any

import azure.functions as func
from pydantic import BaseModel

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody
from shared.insights import digest, seasons, service, sites
from shared.insights.models import InsightsQuery, InsightsView
from shared.insights.patterns import ChangeQuery, ChangeRow, ChangeView, as_csv, changes, rows_as_csv
from shared.insights.seasons import SeasonRow, SeasonsQuery, SeasonsView
from shared.insights.sites import SiteRow, SitesQuery, SitesView
from shared.platform import current
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.insights")
CSV = "text/csv"
door = Door()


@door.endpoint(
    "insights_table",
    "GET",
    "insights",
    summary="How many events of which kind, when and where: rounded, and silent about small numbers",
    query=InsightsQuery,
    reply=InsightsView,
)
async def table(call: Call[NoBody, InsightsQuery]) -> Reply:
    return Reply(await service.table(call.platform, call.principal, call.query))


@door.endpoint(
    "insights_changes",
    "GET",
    "insights/changes",
    summary="What changed before and after a month, with how far that may be chance",
    query=ChangeQuery,
    reply=ChangeView,
    media=(CSV,),
)
async def what_changed(call: Call[NoBody, ChangeQuery]) -> Reply:
    answer = await changes(call.platform, call.principal, call.query)
    return _as_preferred(call, answer, ChangeRow, answer.rows)


@door.endpoint(
    "insights_seasons",
    "GET",
    "insights/seasons",
    summary="The last months or weeks beside what is usual at that time of the year, with how far that may be chance",
    query=SeasonsQuery,
    reply=SeasonsView,
    media=(CSV,),
)
async def beside_the_usual(call: Call[NoBody, SeasonsQuery]) -> Reply:
    answer = await seasons.seasons(call.platform, call.principal, call.query)
    return _as_preferred(call, answer, SeasonRow, answer.rows)


@door.endpoint(
    "insights_sites",
    "GET",
    "insights/sites",
    summary="Each site's last quarter beside its own of a year before, with how far that may be chance",
    query=SitesQuery,
    reply=SitesView,
    media=(CSV,),
)
async def beside_themselves(call: Call[NoBody, SitesQuery]) -> Reply:
    answer = await sites.compared(call.platform, call.principal, call.query)
    return _as_preferred(call, answer, SiteRow, answer.rows)


@door.endpoint(
    "insights_export",
    "GET",
    "insights/export",
    summary="A table of totals as CSV; what is left out is empty",
    query=InsightsQuery,
    media=(CSV,),
)
async def export(call: Call[NoBody, InsightsQuery]) -> Reply:
    shown = await service.table(call.platform, call.principal, call.query)
    return Reply(as_csv(shown), content_type=CSV)


@door.blueprint.function_name("insights_week")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 45 * * * *")
@traced("insights_week")
async def tell_of_the_week(timer: func.TimerRequest) -> None:
    placed = await digest.tell(current())
    log.info("letters of the week: %d%s", placed, ", run was late" if timer.past_due else "")


def _as_preferred(call: Call[Any, Any], answer: BaseModel, kind: type[BaseModel], rows: Iterable[BaseModel]) -> Reply:
    if CSV in call.headers.get("accept", "").lower():
        return Reply(rows_as_csv(kind, rows), content_type=CSV)
    return Reply(answer)
