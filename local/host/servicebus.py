"""Service Bus triggers (peek-lock) and outputs through the azure-servicebus SDK."""

import asyncio
import json
import logging
from datetime import datetime
from typing import Any

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import AutoLockRenewer, ServiceBusClient
from azure.servicebus.exceptions import ServiceBusError

from . import wire
from .settings import Settings
from .worker import Function, FunctionError, Worker

log = logging.getLogger("local.host.servicebus")


def plain(value: Any) -> Any:
    """AMQP application properties carry bytes keys and values."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def typed(value: Any) -> wire.TypedData:
    if isinstance(value, str):
        return wire.TypedData(string=value)
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None).isoformat()
    return wire.TypedData(json=json.dumps(value, default=str))


def metadata(message: Any) -> dict[str, wire.TypedData]:
    """ServiceBusTriggerBindingStrategy.AddBindingData; nulls are left out (ShouldSkipBindingData)."""
    properties = {plain(k): plain(v) for k, v in (message.application_properties or {}).items()}
    fields = {
        "DeliveryCount": (message.delivery_count or 0) + 1,
        "DeadLetterSource": message.dead_letter_source,
        "LockToken": str(message.lock_token),
        "ExpiresAtUtc": message.expires_at_utc,
        "ExpiresAt": message.expires_at_utc,
        "EnqueuedTimeUtc": message.enqueued_time_utc,
        "EnqueuedTime": message.enqueued_time_utc,
        "MessageId": message.message_id,
        "ContentType": message.content_type,
        "ReplyTo": message.reply_to,
        "SequenceNumber": message.sequence_number,
        "To": message.to,
        "Subject": message.subject,
        "Label": message.subject,
        "CorrelationId": message.correlation_id,
        "ApplicationProperties": properties,
        "UserProperties": properties,
        "SessionId": message.session_id,
        "ReplyToSessionId": message.reply_to_session_id,
        "PartitionKey": message.partition_key,
    }
    return {k: typed(v) for k, v in fields.items() if v is not None}


class ServiceBus:
    def __init__(self, worker: Worker, functions: list[Function], settings: Settings) -> None:
        self.worker, self.functions, self.settings = worker, functions, settings
        self.clients: dict[str, ServiceBusClient] = {}
        options = settings.extension("serviceBus")
        self.calls = options.get("maxConcurrentCalls", 16)
        self.prefetch = options.get("prefetchCount", 0)
        self.auto_complete = options.get("autoCompleteMessages", True)

    def client(self, connection: str) -> ServiceBusClient:
        if connection not in self.clients:
            self.clients[connection] = ServiceBusClient.from_connection_string(self.settings.connection(connection))
        return self.clients[connection]

    async def run(self) -> None:
        await asyncio.gather(*(self.listen(f) for f in self.functions))

    def receiver(self, t: dict[str, Any]) -> Any:
        client, name = self.client(t["connection"]), self.settings.resolve
        if "topicName" in t:
            return client.get_subscription_receiver(
                name(t["topicName"]), name(t["subscriptionName"]), prefetch_count=self.prefetch
            )
        return client.get_queue_receiver(name(t["queueName"]), prefetch_count=self.prefetch)

    async def listen(self, function: Function) -> None:
        while True:
            try:
                async with (
                    self.receiver(function.trigger) as receiver,
                    AutoLockRenewer(max_lock_renewal_duration=300) as renewer,
                ):
                    running: set[asyncio.Task[None]] = set()
                    while True:
                        for message in await receiver.receive_messages(self.calls - len(running) or 1, max_wait_time=1):
                            renewer.register(receiver, message)
                            running.add(task := asyncio.create_task(self.one(function, receiver, message)))
                            task.add_done_callback(running.discard)
                        if len(running) >= self.calls:
                            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            except ServiceBusError as error:
                log.warning("%s: %s; trying again", function.name, error)
                await asyncio.sleep(1)

    async def one(self, function: Function, receiver: Any, message: Any) -> None:
        body = b"".join(message.body)
        binary = str(function.trigger.get("dataType", "")).upper() == "BINARY"
        try:
            data = wire.TypedData(bytes=body) if binary else wire.TypedData(string=body.decode())
            answer = await self.worker.invoke(function, data, metadata(message))
            await self.send(function, answer)
        except (FunctionError, UnicodeDecodeError):
            await receiver.abandon_message(message)  # the broker counts deliveries and dead-letters
        else:
            if function.trigger.get("autoCompleteMessages", self.auto_complete):
                await receiver.complete_message(message)

    async def send(self, function: Function, answer: Any) -> None:
        given = [(p.name, p.data) for p in answer.output_data]
        if answer.return_value is not None:
            given.append(("$return", answer.return_value))
        for name, data in given:
            binding = function.outputs.get(name, {})
            if binding.get("type") != "serviceBus" or data is None:
                continue
            entity = self.settings.resolve(binding.get("queueName") or binding["topicName"])
            client = self.client(binding["connection"])
            make = client.get_queue_sender if "queueName" in binding else client.get_topic_sender
            async with make(entity) as sender:
                await sender.send_messages([ServiceBusMessage(b) for b in bodies(data)])


def bodies(data: Any) -> list[Any]:
    """FunctionBinding.ReadAsEnumerable: a JSON array is many messages, anything else one."""
    value = getattr(data, data.WhichOneof("data"))
    if isinstance(value, str) and value.strip()[:1] == "[":
        try:
            return [i if isinstance(i, str) else json.dumps(i, separators=(",", ":")) for i in json.loads(value)]
        except ValueError:
            pass
    return [value if isinstance(value, bytes) else str(value)]
