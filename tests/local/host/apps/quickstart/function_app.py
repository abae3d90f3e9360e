"""A small shop in the style of the public quickstarts: every kind of trigger, sync and async, blueprints, bindings.

It knows nothing of the local stack. What it has seen it writes to seen.jsonl, so that a test can tell.
"""

import json
import logging

import azure.functions as func
from blueprints.messages import messages
from blueprints.storage import storage
from record import record

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
app.register_functions(messages)
app.register_functions(storage)


@app.function_name(name="HttpTrigger1")
@app.route(route="hello")
def http_trigger(req: func.HttpRequest) -> func.HttpResponse:
    logging.getLogger(__name__).info("Python HTTP trigger function processed a request.")
    name = req.params.get("name")
    if not name:
        try:
            name = req.get_json().get("name")
        except ValueError:
            name = None
    if not name:
        return func.HttpResponse("Pass a name in the query string or in the request body.", status_code=400)
    return func.HttpResponse(f"Hello, {name}. This HTTP triggered function executed successfully.")


@app.route(route="orders", methods=["POST"])
@app.service_bus_queue_output(arg_name="message", connection="ServiceBusConnection", queue_name="%ORDERS_QUEUE%")
@app.queue_output(arg_name="log", queue_name="order-log", connection="AzureWebJobsStorage")
async def place_order(req: func.HttpRequest, message: func.Out[str], log: func.Out[str]) -> func.HttpResponse:
    order = req.get_json()
    message.set(json.dumps(order))
    log.set(f"order {order['number']}")
    return func.HttpResponse(json.dumps({"accepted": order["number"]}), status_code=202, mimetype="application/json")


@app.route(route="orders/{number}", methods=["GET"])
@app.cosmos_db_input(
    arg_name="documents",
    database_name="shop",
    container_name="orders",
    id="{number}",
    partition_key="{number}",
    connection="CosmosConnection",
)
def read_order(req: func.HttpRequest, documents: func.DocumentList) -> func.HttpResponse:
    if not documents or documents[0] is None:
        return func.HttpResponse("no such order", status_code=404)
    return func.HttpResponse(documents[0].to_json(), mimetype="application/json")


@app.timer_trigger(schedule="%CLEANUP_SCHEDULE%", arg_name="timer", run_on_startup=False, use_monitor=False)
def clean_up(timer: func.TimerRequest, context: func.Context) -> None:
    record("clean_up", past_due=timer.past_due, name=context.function_name)


@app.event_grid_trigger(arg_name="event")
def grid(event: func.EventGridEvent) -> None:
    record("grid", id=event.id, type=event.event_type, data=event.get_json())


@app.cosmos_db_trigger(
    arg_name="documents",
    database_name="shop",
    container_name="orders",
    connection="CosmosConnection",
    feed_poll_delay=300,
    start_from_beginning=True,
)
def changes(documents: func.DocumentList) -> None:
    record("changes", ids=[document["id"] for document in documents])
