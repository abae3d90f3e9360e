"""Queues, topics and what becomes of an order."""

import json

import azure.functions as func
from record import record

messages = func.Blueprint()


@messages.service_bus_queue_trigger(arg_name="message", queue_name="%ORDERS_QUEUE%", connection="ServiceBusConnection")
@messages.cosmos_db_output(
    arg_name="document", database_name="shop", container_name="orders", connection="CosmosConnection"
)
@messages.service_bus_topic_output(arg_name="news", topic_name="news", connection="ServiceBusConnection")
def handle_order(message: func.ServiceBusMessage, document: func.Out[func.Document], news: func.Out[str]) -> None:
    order = json.loads(message.get_body().decode())
    record("handle_order", number=order["number"], delivery=message.delivery_count)
    document.set(func.Document.from_dict({"id": order["number"], **order}))
    news.set(json.dumps([{"order": order["number"], "part": part} for part in (1, 2)]))


@messages.service_bus_topic_trigger(
    arg_name="message", topic_name="news", subscription_name="paper", connection="ServiceBusConnection"
)
async def read_news(message: func.ServiceBusMessage) -> None:
    record("read_news", **json.loads(message.get_body()))


@messages.queue_trigger(arg_name="message", queue_name="order-log", connection="AzureWebJobsStorage")
def log_order(message: func.QueueMessage) -> None:
    record("log_order", text=message.get_body().decode(), dequeued=message.dequeue_count)
