"""Service Bus triggers: peek-lock, one message or a batch or a session at a time.

A function that succeeds completes its message, one that fails abandons it at once; the broker counts deliveries and
dead-letters. Source: azure-sdk-for-net, Microsoft.Azure.WebJobs.Extensions.ServiceBus: ServiceBusListener,
MessageProcessor, ServiceBusTriggerBindingStrategy, ServiceBusOptions.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from typing import Any

from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver
from azure.servicebus.exceptions import OperationTimeoutError, ServiceBusError

from .. import wire
from ..functions import Function
from ..invocation import Invoker, Metadata
from ..settings import Settings, span
from ..worker import FunctionError

log = logging.getLogger("local.host.servicebus")
RETRY_SECONDS = 1.0
WAIT_SECONDS = 1.0
"""How long a receive waits for a first message; a stop waits for it too."""


type Renewed = AbstractAsyncContextManager[None]


class Listener:
    """One function's queue or subscription."""

    def __init__(self, function: Function, invoker: Invoker, settings: Settings) -> None:
        options, trigger = settings.extension("serviceBus"), function.trigger
        self._function, self._invoker, self._trigger = function, invoker, trigger
        self._connection = settings.connection(trigger["connection"])
        self._entity = {
            key: settings.resolve(trigger[name])
            for key, name in (
                ("queue_name", "queueName"),
                ("topic_name", "topicName"),
                ("subscription_name", "subscriptionName"),
            )
            if trigger.get(name)
        }
        self._completes = bool(trigger.get("autoCompleteMessages", options.get("autoCompleteMessages", True)))
        self._prefetch = int(options.get("prefetchCount", 0))
        self._calls = int(options.get("maxConcurrentCalls", 16))
        self._sessions = int(options.get("maxConcurrentSessions", 8))
        self._batch = int(options.get("maxMessageBatchSize", 1000))
        self._idle = span(options.get("sessionIdleTimeout", "00:01:00")).total_seconds()
        self._renew = span(options.get("maxAutoLockRenewalDuration", "00:05:00")).total_seconds()

    async def run(self) -> None:
        if self._trigger.get("isSessionsEnabled"):
            await asyncio.gather(*(self._again(self._session) for _ in range(self._sessions)))
        elif str(self._trigger.get("cardinality", "one")).lower() == "many":
            await self._again(self._batches)
        else:
            await self._again(self._messages)

    async def _again(self, listen: Any) -> None:
        """A broken connection is opened again; a broker that is away is waited for."""
        async with ServiceBusClient.from_connection_string(self._connection) as client:
            while True:
                try:
                    await listen(client)
                except OperationTimeoutError:
                    continue  # no session is waiting
                except (ServiceBusError, OSError, ValueError) as error:
                    log.warning("%s: %s; trying again", self._function.name, str(error).partition("\n")[0])
                    await asyncio.sleep(RETRY_SECONDS)

    def _receiver(self, client: ServiceBusClient, **options: Any) -> ServiceBusReceiver:
        options |= {**self._entity, "prefetch_count": self._prefetch}
        return (client.get_queue_receiver if "queue_name" in options else client.get_subscription_receiver)(**options)

    async def _messages(self, client: ServiceBusClient) -> None:
        """One message an invocation, at most ``maxConcurrentCalls`` at once, their locks renewed meanwhile."""
        running: set[asyncio.Task[None]] = set()
        async with self._receiver(client) as receiver:
            while True:
                free = self._calls - len(running)
                for message in await receiver.receive_messages(free, max_wait_time=WAIT_SECONDS):
                    renewed = self._renewed(message.locked_until_utc, partial(receiver.renew_message_lock, message))
                    running.add(task := asyncio.create_task(self._one(receiver, message, renewed)))
                    task.add_done_callback(running.discard)
                if len(running) >= self._calls:
                    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)

    async def _session(self, client: ServiceBusClient) -> None:
        """The next session that has messages, one message after another, until it has been idle for a while."""
        receiver = self._receiver(client, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=self._idle)
        async with receiver, self._renewed(receiver.session.locked_until_utc, receiver.session.renew_lock):
            while messages := await receiver.receive_messages(1, max_wait_time=self._idle):
                await self._one(receiver, messages[0], nullcontext())

    async def _batches(self, client: ServiceBusClient) -> None:
        """What is there, up to ``maxMessageBatchSize``, settled together. Locks of a batch are not renewed."""
        async with self._receiver(client) as receiver:
            while True:
                if messages := await receiver.receive_messages(self._batch, max_wait_time=WAIT_SECONDS):
                    await self._many(receiver, messages)

    async def _one(
        self,
        receiver: ServiceBusReceiver,
        message: ServiceBusReceivedMessage,
        renewed: Renewed,
    ) -> None:
        payload = self._payload(body(message))
        async with renewed:
            await self._settled(receiver, [message], payload, metadata(message))

    @asynccontextmanager
    async def _renewed(self, until: datetime | None, renew: Callable[[], Awaitable[datetime]]) -> AsyncIterator[None]:
        """Keeps a lock while the function runs, up to ``maxAutoLockRenewalDuration``; not a moment longer."""
        renewing = asyncio.create_task(self._renewing(until, renew))
        try:
            yield
        finally:
            renewing.cancel()

    async def _renewing(self, until: datetime | None, renew: Callable[[], Awaitable[datetime]]) -> None:
        end = asyncio.get_running_loop().time() + self._renew
        while asyncio.get_running_loop().time() < end:
            left = (until - datetime.now(UTC)).total_seconds() if until else 0
            await asyncio.sleep(max(0.1, left / 2))
            try:
                until = await renew()
            except (ServiceBusError, ValueError):
                return  # lost, or settled meanwhile: whoever settles will see

    async def _many(self, receiver: ServiceBusReceiver, messages: Sequence[ServiceBusReceivedMessage]) -> None:
        bodies = [body(message) for message in messages]
        if self._function.is_binary:
            payload = wire.TypedData(collection_bytes=wire.Message(bytes=bodies))
        else:
            texts = [each.decode("utf-8", "replace") for each in bodies]
            payload = wire.TypedData(collection_string=wire.Message(string=texts))
        await self._settled(receiver, messages, payload, batch_metadata(messages))

    def _payload(self, content: bytes) -> wire.TypedData:
        if self._function.is_binary:
            return wire.TypedData(bytes=content)
        return wire.TypedData(string=content.decode("utf-8", "replace"))

    async def _settled(
        self,
        receiver: ServiceBusReceiver,
        messages: Sequence[ServiceBusReceivedMessage],
        payload: wire.TypedData,
        about: Metadata,
    ) -> None:
        try:
            await self._invoker.run(self._function, payload, about)
            if not self._completes:
                return
            settle = receiver.complete_message
        except FunctionError:
            settle = receiver.abandon_message
        for message in messages:
            try:
                await settle(message)
            except (ServiceBusError, ValueError) as error:  # the lock is lost or the connection is: it comes again
                log.warning("%s: could not settle a message: %s", self._function.name, type(error).__name__)


def body(message: ServiceBusReceivedMessage) -> bytes:
    return b"".join(message.body)


def fields(message: ServiceBusReceivedMessage) -> dict[str, Any]:
    """What a function is told of a message. The SDK counts failed deliveries, .NET deliveries: one more."""
    properties = {_plain(name): _plain(value) for name, value in (message.application_properties or {}).items()}
    return {
        "DeliveryCount": (message.delivery_count or 0) + 1,
        "DeadLetterSource": message.dead_letter_source,
        "DeadLetterReason": message.dead_letter_reason,
        "DeadLetterErrorDescription": message.dead_letter_error_description,
        "LockToken": str(message.lock_token),
        "LockedUntil": message.locked_until_utc,
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


def metadata(message: ServiceBusReceivedMessage) -> Metadata:
    """Nulls are left out. Source: ServiceBusTriggerBindingStrategy.AddBindingData."""
    return {name: _typed(value) for name, value in fields(message).items() if value is not None}


def batch_metadata(messages: Sequence[ServiceBusReceivedMessage]) -> Metadata:
    """One array a field, each as long as the batch, nulls kept: ``MessageIdArray`` and so on."""
    each = [fields(message) for message in messages]
    return {
        f"{name}Array": wire.TypedData(json=json.dumps([one[name] for one in each], default=_moment))
        for name in each[0]
    }


def _typed(value: Any) -> wire.TypedData:
    return (
        wire.TypedData(string=value)
        if isinstance(value, str)
        else wire.TypedData(json=json.dumps(value, default=_moment))
    )


def _moment(value: object) -> str:
    """UTC without saying so, as the worker parses it."""
    return value.replace(tzinfo=None).isoformat() if isinstance(value, datetime) else str(value)


def _plain(value: Any) -> Any:
    """AMQP brings names and values of application properties as bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
