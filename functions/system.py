"""Health, the API's description, and the timer that relays what was left behind."""

import asyncio
import logging
from datetime import timedelta
from typing import Literal

import azure.functions as func

from shared.errors import Problem
from shared.http import api_page, openapi
from shared.http.door import Call, Door, Reply
from shared.http.models import ApiModel, NoBody, NoQuery
from shared.platform import current
from shared.storage import outbox
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.system")
door = Door()

OUTBOXES = ("reports", "plateReads", "disclosures", "rights", "evidence")
LEFT_BEHIND_AFTER = timedelta(seconds=30)
PAGE_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}


class Dependency(ApiModel):
    name: str
    state: Literal["up", "down"]


class Health(ApiModel):
    state: Literal["up", "down"]
    dependencies: list[Dependency] = []


@door.endpoint(
    "system_live", "GET", "health/live", summary="Is the process alive?", access="public", personal=False, reply=Health
)
async def live(_call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(Health(state="up"))


@door.endpoint(
    "system_ready",
    "GET",
    "health/ready",
    summary="Does everything it depends on answer?",
    access="public",
    personal=False,
    reply=Health,
)
async def ready(call: Call[NoBody, NoQuery]) -> Reply:
    platform = call.platform
    checks = {
        "cosmos": platform.cosmos.ping(),
        "keyring": platform.keys.ping(),
        "service-bus": platform.bus.ping("alert-requests"),
        "key-vault": platform.roots.ping(),
        "evidence-storage": platform.blobs.ping(),
    }
    results = await asyncio.gather(
        *(asyncio.wait_for(each, timeout=10) for each in checks.values()), return_exceptions=True
    )
    found = [
        Dependency(name=name, state="down" if isinstance(result, BaseException) else "up")
        for name, result in zip(checks, results, strict=True)
    ]
    up = all(each.state == "up" for each in found)
    return Reply(Health(state="up" if up else "down", dependencies=found), status=200 if up else 503)


@door.endpoint(
    "system_openapi",
    "GET",
    "openapi.json",
    summary="This API as OpenAPI 3.1",
    access="public",
    personal=False,
    media=("application/json",),
)
async def describe(_call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(openapi.document())


@door.endpoint(
    "system_docs",
    "GET",
    "docs",
    summary="This API for people",
    access="public",
    personal=False,
    media=("text/html",),
)
async def docs(_call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(api_page.page(), content_type="text/html", headers=PAGE_POLICY)


@door.blueprint.function_name("system_relay_outbox")
@door.blueprint.timer_trigger(arg_name="timer", schedule="*/30 * * * * *")
@traced("system_relay_outbox")
async def relay_outbox(timer: func.TimerRequest) -> None:
    """Sends again what nobody has confirmed; the broker and the handlers drop what arrives twice."""
    platform, sent, failed = current(), 0, 0
    for name in OUTBOXES:
        found = outbox.left_behind(platform.container(name), platform.clock.now(), LEFT_BEHIND_AFTER)
        async for message in found:
            try:
                await platform.bus.send(message)
                sent += 1
            except Problem:
                failed += 1
    log.info(
        "outbox: %d messages relayed, %d still waiting%s", sent, failed, ", run was late" if timer.past_due else ""
    )
