"""Deliveries outside the app: webhooks and their management, the queue, and what could not be delivered."""

import logging

import azure.functions as func

from shared.delivery import administration, service, webhooks
from shared.delivery.models import (
    DeliveryPage,
    DeliveryQuery,
    DeliveryRequest,
    DeliveryView,
    PingView,
    RotationForm,
    RotationView,
    WebhookChange,
    WebhookCreated,
    WebhookForm,
    WebhookList,
    WebhookView,
)
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery
from shared.platform import current
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.delivery")
door = Door()


@door.blueprint.function_name("alerts_deliver")
@door.blueprint.service_bus_queue_trigger(arg_name="message", queue_name="deliveries", connection="SERVICEBUS")
@traced("alerts_deliver")
async def deliver(message: func.ServiceBusMessage) -> None:
    request = DeliveryRequest.model_validate_json(message.get_body())
    log.info("delivery: %s", await service.deliver(current(), request))


@door.blueprint.function_name("alerts_relay_deliveries")
@door.blueprint.timer_trigger(arg_name="timer", schedule="20 * * * * *")
@traced("alerts_relay_deliveries")
async def relay(timer: func.TimerRequest) -> None:
    sent = await service.relay_overdue(current())
    log.info("deliveries: %d overdue%s", sent, ", run was late" if timer.past_due else "")


@door.blueprint.function_name("alerts_gather")
@door.blueprint.timer_trigger(arg_name="timer", schedule="40 * * * * *")
@traced("alerts_gather")
async def gather(timer: func.TimerRequest) -> None:
    told = await service.gather(current())
    log.info("digests: %d%s", told, ", run was late" if timer.past_due else "")


@door.endpoint(
    "webhooks_register",
    "POST",
    "webhooks",
    summary="Have a system of yours told of warnings; its secret is shown once",
    body=WebhookForm,
    reply=WebhookCreated,
    status=201,
)
async def register(call: Call[WebhookForm, NoQuery]) -> Reply:
    return Reply(await webhooks.register(call.platform, call.principal, call.body))


@door.endpoint("webhooks_list", "GET", "webhooks", summary="Your organisation's webhooks", reply=WebhookList)
async def list_webhooks(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await webhooks.listed(call.platform, call.principal))


@door.endpoint(
    "webhooks_change",
    "PATCH",
    "webhooks/{webhookId:guid}",
    summary="Change what a webhook is told, or where; pause or resume it",
    body=WebhookChange,
    reply=WebhookView,
    changes=True,
)
async def change(call: Call[WebhookChange, NoQuery]) -> Reply:
    webhook_id = call.params["webhookId"].lower()
    changed = await webhooks.change(call.platform, call.principal, webhook_id, call.body, call.if_match)
    return Reply(changed, etag=changed.etag)


@door.endpoint(
    "webhooks_remove",
    "DELETE",
    "webhooks/{webhookId:guid}",
    summary="Remove a webhook with its address and secrets",
    status=204,
    changes=True,
)
async def remove(call: Call[NoBody, NoQuery]) -> Reply:
    await webhooks.remove(call.platform, call.principal, call.params["webhookId"].lower(), call.if_match)
    return Reply(None)


@door.endpoint(
    "webhooks_rotate",
    "POST",
    "webhooks/{webhookId:guid}/rotation",
    summary="A new secret for a webhook; the old one signs too for a while",
    body=RotationForm,
    reply=RotationView,
)
async def rotate(call: Call[RotationForm, NoQuery]) -> Reply:
    return Reply(await webhooks.rotate(call.platform, call.principal, call.params["webhookId"].lower(), call.body))


@door.endpoint(
    "webhooks_ping",
    "POST",
    "webhooks/{webhookId:guid}/ping",
    summary="Call a webhook now, to try it out",
    reply=PingView,
)
async def ping(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await webhooks.ping(call.platform, call.principal, call.params["webhookId"].lower()))


@door.endpoint(
    "deliveries_list",
    "GET",
    "deliveries",
    summary="What was told outside the app, newest first; state=dead is what could not be",
    query=DeliveryQuery,
    reply=DeliveryPage,
)
async def list_deliveries(call: Call[NoBody, DeliveryQuery]) -> Reply:
    return Reply(await administration.list_deliveries(call.platform, call.principal, call.query, call.cursor_binding))


@door.endpoint(
    "deliveries_replay",
    "POST",
    "deliveries/{deliveryId:guid}/replay",
    summary="Try a dead delivery again",
    reply=DeliveryView,
    changes=True,
)
async def replay(call: Call[NoBody, NoQuery]) -> Reply:
    delivery_id = call.params["deliveryId"].lower()
    replayed = await administration.replay(call.platform, call.principal, delivery_id, call.if_match)
    return Reply(replayed, etag=replayed.etag)
