"""What the past teaches, in tables that tell nothing of anybody."""

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody
from shared.insights import service
from shared.insights.models import InsightsQuery, InsightsView

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
