"""Breaches of personal data: who must be told of one, by when."""

from shared.breaches import service
from shared.breaches.models import DeadlinesQuery, DeadlinesView
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody

door = Door()


@door.endpoint(
    "breaches_deadlines",
    "GET",
    "breaches/deadlines",
    summary="Who must be told of a breach by when, with the sources; nothing is stored",
    access="public",
    personal=False,
    query=DeadlinesQuery,
    reply=DeadlinesView,
)
async def deadlines(call: Call[NoBody, DeadlinesQuery]) -> Reply:
    return Reply(service.deadlines(call.query, call.platform.clock.now()))
