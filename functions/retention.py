"""Forgetting on time: the timer that finds what is due, the queue that disposes of it, and what privacy officers do."""

import logging

import azure.functions as func

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery
from shared.platform import current
from shared.retention import certificates, holds, redating, service, sweep
from shared.retention.models import (
    CertificatePage,
    CertificateQuery,
    HoldForm,
    HoldList,
    HoldQuery,
    HoldReview,
    HoldView,
    Order,
    PreviewForm,
    PreviewView,
    ProgressView,
    RestorationForm,
    RestorationView,
    ScheduleView,
    SettingsForm,
)
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.retention")
door = Door()


# -- the schedule ----------------------------------------------------------------------------------------------------


@door.endpoint(
    "retention_schedule",
    "GET",
    "retention/schedule",
    summary="How long each category is kept here, under which rule, and from when",
    reply=ScheduleView,
)
async def read_schedule(call: Call[NoBody, NoQuery]) -> Reply:
    found = await service.read_schedule(call.platform, call.principal)
    return Reply(found, etag=found.etag)


@door.endpoint(
    "retention_shorten",
    "PUT",
    "retention/schedule",
    summary="Keep some categories for a shorter time than the schedule allows",
    body=SettingsForm,
    reply=ScheduleView,
    changes=True,
)
async def shorten(call: Call[SettingsForm, NoQuery]) -> Reply:
    found = await service.shorten(call.platform, call.principal, call.body, call.if_match)
    return Reply(found, etag=found.etag)


@door.endpoint(
    "retention_preview",
    "POST",
    "retention/preview",
    summary="How many records would go by a day, perhaps under shorter periods; nothing is deleted",
    body=PreviewForm,
    reply=PreviewView,
)
async def preview(call: Call[PreviewForm, NoQuery]) -> Reply:
    return Reply(await service.preview(call.platform, call.principal, call.body))


@door.endpoint(
    "retention_progress",
    "GET",
    "retention/progress",
    summary="What could not be disposed of, and what is being brought forward",
    reply=ProgressView,
)
async def progress(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await service.progress(call.platform, call.principal))


@door.endpoint(
    "retention_certificates",
    "GET",
    "retention/certificates",
    summary="Proof of what was disposed of, newest first",
    query=CertificateQuery,
    reply=CertificatePage,
)
async def list_certificates(call: Call[NoBody, CertificateQuery]) -> Reply:
    return Reply(await certificates.list_certificates(call.platform, call.principal, call.query, call.cursor_binding))


# -- legal holds -----------------------------------------------------------------------------------------------------


@door.endpoint(
    "holds_list",
    "GET",
    "retention/holds",
    summary="What must not be disposed of yet, and why",
    query=HoldQuery,
    reply=HoldList,
)
async def list_holds(call: Call[NoBody, HoldQuery]) -> Reply:
    return Reply(await holds.list_holds(call.platform, call.principal, ended=call.query.ended))


@door.endpoint(
    "holds_set",
    "POST",
    "retention/holds",
    summary="Keep records for a case; beyond the ceiling a second person has to approve",
    body=HoldForm,
    reply=HoldView,
    status=201,
    creates=True,
)
async def set_hold(call: Call[HoldForm, NoQuery]) -> Reply:
    hold = await holds.set_hold(call.platform, call.principal, call.body, call.idempotency_key)
    return Reply(holds.view(hold), etag=hold.etag)


@door.endpoint(
    "holds_approve",
    "POST",
    "retention/holds/{holdId:guid}/approval",
    summary="Approve a colleague's hold beyond the ceiling",
    reply=HoldView,
    changes=True,
)
async def approve_hold(call: Call[NoBody, NoQuery]) -> Reply:
    hold = await holds.approve(call.platform, call.principal, call.params["holdId"].lower(), call.if_match)
    return Reply(holds.view(hold), etag=hold.etag)


@door.endpoint(
    "holds_review",
    "POST",
    "retention/holds/{holdId:guid}/review",
    summary="Say that a hold is still needed; one that nobody reviews ends by itself",
    body=HoldReview,
    reply=HoldView,
    changes=True,
)
async def review_hold(call: Call[HoldReview, NoQuery]) -> Reply:
    hold = await holds.review(call.platform, call.principal, call.params["holdId"].lower(), call.body, call.if_match)
    return Reply(holds.view(hold), etag=hold.etag)


@door.endpoint(
    "holds_release",
    "POST",
    "retention/holds/{holdId:guid}/release",
    summary="End a hold: what is past its time goes with the next run",
    reply=HoldView,
    changes=True,
)
async def release_hold(call: Call[NoBody, NoQuery]) -> Reply:
    hold = await holds.release(call.platform, call.principal, call.params["holdId"].lower(), call.if_match)
    return Reply(holds.view(hold), etag=hold.etag)


# -- for the platform team -------------------------------------------------------------------------------------------


@door.endpoint(
    "retention_restore",
    "POST",
    "retention/restoration",
    summary="After a restore: dispose again of what a backup brought back",
    body=RestorationForm,
    reply=RestorationView,
)
async def restore(call: Call[RestorationForm, NoQuery]) -> Reply:
    return Reply(await service.restore(call.platform, call.principal, call.body))


# -- the work --------------------------------------------------------------------------------------------------------


@door.blueprint.function_name("retention_sweep")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 */5 * * * *")
@traced("retention_sweep")
async def find(timer: func.TimerRequest) -> None:
    platform = current()
    await redating.start_for_new_schedule(platform)
    await redating.go_on(platform)
    count = await sweep.hand_out(platform)
    log.info("retention: %d records are due%s", count, ", run was late" if timer.past_due else "")


@door.blueprint.function_name("retention_dispose")
@door.blueprint.service_bus_queue_trigger(arg_name="message", queue_name=sweep.QUEUE, connection="SERVICEBUS")
@traced("retention_dispose")
async def dispose(message: func.ServiceBusMessage) -> None:
    order = Order.model_validate_json(message.get_body())
    outcome = await sweep.carry_out(current(), order)
    log.info("retention: %s %s", order.kind, outcome or "failed")
