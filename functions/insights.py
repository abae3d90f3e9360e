"""What the past teaches, in tables that tell nothing of anybody."""

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody
from shared.insights import service
from shared.insights.models import InsightsQuery, InsightsView
from shared.insights.patterns import ChangeQuery, ChangeView, as_csv, changes

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
)
async def what_changed(call: Call[NoBody, ChangeQuery]) -> Reply:
    return Reply(await changes(call.platform, call.principal, call.query))


@door.endpoint(
    "insights_export",
    "GET",
    "insights/export",
    summary="A table of totals as CSV; what is left out is empty",
    query=InsightsQuery,
    media=("text/csv",),
)
async def export(call: Call[NoBody, InsightsQuery]) -> Reply:
    shown = await service.table(call.platform, call.principal, call.query)
    return Reply(as_csv(shown), content_type="text/csv")
