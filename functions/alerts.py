"""Alerts: made from messages, listed and acknowledged by their recipients."""

import logging

import azure.functions as func

from shared.alerts import handover, service
from shared.alerts.models import (
    AlertListQuery,
    AlertPage,
    AlertRequest,
    AlertView,
    ColleagueList,
    HandoverForm,
    UnreadView,
)
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery
from shared.platform import current
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.alerts")
door = Door()


@door.blueprint.function_name("alerts_dispatch")
@door.blueprint.service_bus_queue_trigger(arg_name="message", queue_name="alert-requests", connection="SERVICEBUS")
@traced("alerts_dispatch")
async def dispatch(message: func.ServiceBusMessage) -> None:
    request = AlertRequest.model_validate_json(message.get_body())
    created = await service.dispatch(current(), request)
    log.info("%s: %d new alerts", request.cause, created)


@door.endpoint(
    "alerts_list",
    "GET",
    "alerts",
    summary="Your alerts, newest first; or what is new, as soon as it is there",
    query=AlertListQuery,
    reply=AlertPage,
    personal=False,
)
async def list_mine(call: Call[NoBody, AlertListQuery]) -> Reply:
    return Reply(await service.list_mine(call.platform, call.principal, call.query, call.cursor_binding))


@door.endpoint(
    "alerts_acknowledge",
    "POST",
    "alerts/{alertId:guid}/acknowledge",
    summary="Mark an alert as dealt with",
    reply=AlertView,
    personal=False,
    changes=True,
)
async def acknowledge(call: Call[NoBody, NoQuery]) -> Reply:
    alert = await service.acknowledge(call.platform, call.principal, call.params["alertId"].lower(), call.if_match)
    return Reply(service.view(alert), etag=alert.etag)


@door.endpoint(
    "alerts_unread",
    "GET",
    "alerts/unread",
    summary="How many alerts you have not dealt with",
    reply=UnreadView,
    personal=False,
)
async def unread(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await service.unread(call.platform, call.principal))


@door.endpoint(
    "alerts_colleagues",
    "GET",
    "alerts/{alertId:guid}/colleagues",
    summary="Colleagues who could take an alert over",
    reply=ColleagueList,
)
async def colleagues(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await handover.colleagues(call.platform, call.principal, call.params["alertId"].lower()))


@door.endpoint(
    "alerts_hand_over",
    "POST",
    "alerts/{alertId:guid}/handover",
    summary="Hand an alert to a colleague; yours is dealt with",
    body=HandoverForm,
    reply=AlertView,
    changes=True,
)
async def hand_over(call: Call[HandoverForm, NoQuery]) -> Reply:
    alert_id = call.params["alertId"].lower()
    alert = await handover.hand_over(call.platform, call.principal, alert_id, call.body, call.if_match)
    return Reply(service.view(alert), etag=alert.etag)
