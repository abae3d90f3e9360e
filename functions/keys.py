"""Keys: who may rotate them, how far it is, and the timer that does it."""

import logging

import azure.functions as func

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery
from shared.keys import service
from shared.keys.models import RotationForm, RotationList, RotationView
from shared.platform import current
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.keys")
door = Door()


@door.endpoint(
    "keys_rotate",
    "POST",
    "keys/rotations",
    summary="Give your organisation a new root, or new index keys; everybody works on meanwhile",
    body=RotationForm,
    reply=RotationView,
    status=202,
    creates=True,
)
async def rotate(call: Call[RotationForm, NoQuery]) -> Reply:
    rotation = await service.start(call.platform, call.principal, call.body, call.idempotency_key)
    return Reply(service.view(rotation))


@door.endpoint(
    "keys_rotations",
    "GET",
    "keys/rotations",
    summary="Which keys were rotated when, and how far a rotation is",
    reply=RotationList,
)
async def list_rotations(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await service.list_rotations(call.platform, call.principal))


@door.blueprint.function_name("keys_rotation")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 2-59/5 * * * *")
@traced("keys_rotation")
async def go_on(timer: func.TimerRequest) -> None:
    pages = await service.go_on(current())
    log.info("keys: %d pages%s", pages, ", run was late" if timer.past_due else "")


@door.blueprint.function_name("keys_birthdays")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 20 * * * *")
@traced("keys_birthdays")
async def start_what_is_due(timer: func.TimerRequest) -> None:
    started = await service.start_what_is_due(current())
    log.info("keys: %d rotations started%s", started, ", run was late" if timer.past_due else "")
