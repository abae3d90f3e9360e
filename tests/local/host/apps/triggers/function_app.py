"""Functions that behave badly, slowly or curiously, so that a test can watch what the host makes of it."""

import asyncio
import json
import time
from pathlib import Path
from typing import List  # noqa: UP035 - the worker takes no builtin list

import azure.functions as func
from record import record

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
STORAGE, BUS = "AzureWebJobsStorage", "SERVICEBUS"


@app.route(route="slow/{seconds}")
async def slow(req: func.HttpRequest) -> str:
    record("slow_began", seconds=req.route_params["seconds"])
    await asyncio.sleep(float(req.route_params["seconds"]))
    record("slow", seconds=req.route_params["seconds"])
    return "done"


@app.route(route="letters/{name}", methods=["PUT"])
@app.blob_output(arg_name="letter", path="letters/{name}/{sender}-{rand-guid:N}.txt", connection=STORAGE)
def write_letter(req: func.HttpRequest, letter: func.Out[str]) -> str:
    letter.set(req.get_json()["text"])
    return "written"


@app.route(route="unbound/{name}", methods=["PUT"])
@app.blob_output(arg_name="letter", path="letters/{nobody}.txt", connection=STORAGE)
def write_unbound(req: func.HttpRequest, letter: func.Out[str]) -> str:
    letter.set("x")
    return "written"


@app.blob_trigger(arg_name="blob", path="text/{name}", connection=STORAGE)
def text_blob(blob: func.InputStream) -> None:
    record("text_blob", name=blob.name, hex=blob.read().hex())


@app.blob_trigger(arg_name="blob", path="binary/{name}", connection=STORAGE, data_type=func.DataType.BINARY)
async def binary_blob(blob: func.InputStream) -> None:
    record("binary_blob", name=blob.name, hex=blob.read().hex(), length=blob.length, metadata=blob.metadata)


@app.blob_trigger(arg_name="blob", path="binary/{name}", connection=STORAGE, data_type=func.DataType.BINARY)
async def binary_blob_too(blob: func.InputStream) -> None:
    record("binary_blob_too", name=blob.name)


@app.blob_trigger(arg_name="blob", path="failing/{name}", connection=STORAGE)
def failing_blob(blob: func.InputStream) -> None:
    record("failing_blob", name=blob.name)
    if (
        not blob.name.endswith("once.txt")
        or sum("once.txt" in line for line in Path("seen.jsonl").read_text().splitlines()) < 2
    ):
        raise RuntimeError("no luck")


@app.blob_trigger(arg_name="blob", path="paths/{day}/{name}.csv", connection=STORAGE)
def pattern_blob(blob: func.InputStream) -> None:
    record("pattern_blob", name=blob.name)


@app.queue_trigger(arg_name="message", queue_name="poisonous", connection=STORAGE)
def failing_queue(message: func.QueueMessage) -> None:
    record("failing_queue", text=message.get_body().decode(), tries=message.dequeue_count)
    raise RuntimeError("no luck")


@app.service_bus_queue_trigger(arg_name="message", queue_name="single", connection=BUS)
async def single(message: func.ServiceBusMessage) -> None:
    body = message.get_body().decode()
    record("single", body=body, began=time.time(), delivery=message.delivery_count, id=message.message_id)
    if body.startswith("slow"):
        await asyncio.sleep(0.7)
    if body.startswith("bad"):
        raise RuntimeError("no luck")
    record("single_done", body=body, at=time.time(), label=message.label, properties=message.application_properties)


@app.service_bus_queue_trigger(
    arg_name="messages", queue_name="batch", connection=BUS, cardinality=func.Cardinality.MANY
)
def batch(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 - see the import
    bodies = [message.get_body().decode() for message in messages]
    record(
        "batch",
        bodies=bodies,
        ids=[message.message_id for message in messages],
        deliveries=[message.delivery_count for message in messages],
    )
    if "bad" in bodies:
        raise RuntimeError("no luck")


@app.service_bus_queue_trigger(arg_name="message", queue_name="ordered", connection=BUS, is_sessions_enabled=True)
async def ordered(message: func.ServiceBusMessage) -> None:
    body = message.get_body().decode()
    record("ordered", body=body, session=message.session_id, began=time.time())
    await asyncio.sleep(0.05)
    record("ordered_done", body=body, session=message.session_id, ended=time.time())


@app.service_bus_queue_trigger(arg_name="message", queue_name="held", connection=BUS, auto_complete_messages=False)
async def held(message: func.ServiceBusMessage) -> None:
    record("held", body=message.get_body().decode())


@app.service_bus_queue_trigger(arg_name="message", queue_name="forwarding", connection=BUS)
@app.service_bus_queue_output(arg_name="out", queue_name="out", connection=BUS)
@app.service_bus_queue_output(arg_name="nowhere", queue_name="not-there", connection=BUS)
def forwarding(message: func.ServiceBusMessage, out: func.Out[str], nowhere: func.Out[str]) -> None:
    body = message.get_body().decode()
    record("forwarding", body=body)
    out.set(json.dumps([f"{body}-1", {"n": 2}]) if body.startswith("list") else body)
    if body == "bad-output":
        nowhere.set("x")


@app.timer_trigger(arg_name="timer", schedule="*/1 * * * * *")
async def overlong(timer: func.TimerRequest) -> None:
    record("overlong", began=time.time())
    await asyncio.sleep(0.8)
    record("overlong_done", ended=time.time())


@app.timer_trigger(arg_name="timer", schedule="*/1 * * * * *")
@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:01")
def retried(timer: func.TimerRequest, context: func.Context) -> None:
    record("retried", tries=context.retry_context.retry_count, limit=context.retry_context.max_retry_count)
    raise RuntimeError("no luck")


@app.timer_trigger(arg_name="timer", schedule="%HOURLY%")
def hourly(timer: func.TimerRequest) -> None:
    record("hourly", past_due=timer.past_due)


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *", run_on_startup=True)
def at_start(timer: func.TimerRequest) -> None:
    record("at_start", past_due=timer.past_due)
