"""The work on videos, one step for each message. For an app of its own: what it needs is heavy (video_app.py)."""

import azure.functions as func

from shared.evidence.video import store, working
from shared.evidence.video.work import VideoOrder
from shared.platform import current
from shared.telemetry.tracing import traced

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

MOST_TRIES = 5
"""MaxDeliveryCount of the queue (infra/servicebus.json): after it nobody would tell what became of the video."""


@blueprint.function_name("video_work")
@blueprint.service_bus_queue_trigger(arg_name="message", queue_name=store.QUEUE, connection="SERVICEBUS")
@traced("video_work")
async def step(message: func.ServiceBusMessage) -> None:
    order = VideoOrder.model_validate_json(message.get_body())
    await working.work(current(), order, last_try=(message.delivery_count or 0) >= MOST_TRIES)
