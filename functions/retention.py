"""Forgetting on time: the timer that disposes of what has reached the end of its time."""

import logging

import azure.functions as func

from shared.http.door import Door
from shared.platform import current
from shared.retention import service

log = logging.getLogger("reeve.retention")
door = Door()


@door.blueprint.function_name("retention_sweep")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 */5 * * * *")
async def sweep(timer: func.TimerRequest) -> None:
    outcome = await service.sweep(current())
    log.info("retention: %s%s", outcome, ", run was late" if timer.past_due else "")
