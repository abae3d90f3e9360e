"""Messages out: storage queues and Service Bus. A JSON array becomes one message for each element.

Source: azure-functions-host, FunctionBinding.ReadAsEnumerable; Microsoft Learn, "Azure Queue storage output bindings",
"Azure Service Bus output binding". A text cannot carry a message id or properties, here as there.
"""

import asyncio
import json
from typing import Any

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusSender

from .. import storage, wire
from ..expressions import BindingData, fill
from ..functions import Binding
from ..settings import Settings


class Queues:
    def __init__(self, settings: Settings) -> None:
        self._encoded = str(settings.extension("queues").get("messageEncoding", "base64")).lower() == "base64"

    async def read(self, binding: Binding, data: BindingData) -> wire.TypedData:
        raise NotImplementedError("a queue is no input")

    async def write(self, binding: Binding, data: BindingData, value: wire.TypedData) -> None:
        name = fill(Settings.resolve(binding["queueName"]), data).lower()
        queue = storage.queue(name, binding.get("connection"), encoded=self._encoded)
        for text in bodies(value):
            await asyncio.to_thread(storage.send, queue, text.decode() if isinstance(text, bytes) else text)

    async def close(self) -> None:
        """Its clients live as long as the process."""


class Topics:
    """Queues and topics of Service Bus. Senders stay open: opening one costs more than sending."""

    def __init__(self) -> None:
        self._clients: dict[str, ServiceBusClient] = {}
        self._senders: dict[tuple[str, str], ServiceBusSender] = {}
        self._opening = asyncio.Lock()

    async def read(self, binding: Binding, data: BindingData) -> wire.TypedData:
        raise NotImplementedError("a Service Bus entity is no input")

    async def write(self, binding: Binding, data: BindingData, value: wire.TypedData) -> None:
        sender = await self._sender(binding, data)
        await sender.send_messages([ServiceBusMessage(each) for each in bodies(value)])

    async def close(self) -> None:
        await asyncio.gather(*(sender.close() for sender in self._senders.values()))
        await asyncio.gather(*(client.close() for client in self._clients.values()))

    async def _sender(self, binding: Binding, data: BindingData) -> ServiceBusSender:
        entity = fill(Settings.resolve(binding.get("queueName") or binding["topicName"]), data)
        connection = binding["connection"]
        async with self._opening:
            if (connection, entity) not in self._senders:
                if connection not in self._clients:
                    text = Settings.connection(connection)
                    self._clients[connection] = ServiceBusClient.from_connection_string(text)
                client = self._clients[connection]
                open_ = client.get_queue_sender if binding.get("queueName") else client.get_topic_sender
                self._senders[connection, entity] = open_(entity)
        return self._senders[connection, entity]


def bodies(value: Any) -> list[str | bytes]:
    """The messages that a value stands for."""
    content = getattr(value, value.WhichOneof("data"))
    if isinstance(content, str) and content.lstrip().startswith("["):
        try:
            return [
                each if isinstance(each, str) else json.dumps(each, separators=(",", ":"))
                for each in json.loads(content)
            ]
        except ValueError:
            pass  # text that begins with a bracket
    return [content if isinstance(content, bytes) else str(content)]
