"""Storage queue triggers: polled with a growing pause, retried after ``visibilityTimeout``, then the poison queue.

Source: Microsoft Learn, "Azure Queue storage trigger" and its host.json settings; azure-sdk-for-net,
Microsoft.Azure.WebJobs.Extensions.Storage.Queues, QueueListener.
"""

import asyncio
import json
import logging
from datetime import datetime

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueMessage

from .. import storage, wire
from ..functions import Function
from ..invocation import Invoker, Metadata
from ..settings import Settings, span
from ..worker import FunctionError

log = logging.getLogger("local.host.queues")
QUICKEST = 0.1
BUSY_SECONDS = 600


class QueueTrigger:
    """One function's queue. Batches overlap: the next is fetched when half of the last is done."""

    def __init__(self, function: Function, invoker: Invoker, settings: Settings) -> None:
        options = settings.extension("queues")
        self._function, self._invoker = function, invoker
        self._name = settings.resolve(function.trigger["queueName"]).lower()
        self._encoded = str(options.get("messageEncoding", "base64")).lower() == "base64"
        self._queue = self._client(self._name)
        self._batch = int(options.get("batchSize", 16))
        self._threshold = int(options.get("newBatchThreshold", self._batch // 2))
        self._tries = int(options.get("maxDequeueCount", 5))
        self._retry_after = span(options.get("visibilityTimeout", "00:00:00")).total_seconds()
        self._slowest = span(options.get("maxPollingInterval", "00:01:00")).total_seconds()
        self._running: set[asyncio.Task[None]] = set()

    def _client(self, name: str) -> QueueClient:
        return storage.queue(name, self._function.trigger.get("connection"), encoded=self._encoded)

    async def run(self) -> None:
        pause = QUICKEST
        while True:
            messages = await asyncio.to_thread(self._receive)
            for message in messages:
                self._running.add(task := asyncio.create_task(self._handle(message)))
                task.add_done_callback(self._running.discard)
            while len(self._running) > self._threshold:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            pause = QUICKEST if messages else min(self._slowest, 2 * pause)
            if not messages:
                await asyncio.sleep(pause)

    def _receive(self) -> list[QueueMessage]:
        try:
            found = self._queue.receive_messages(
                messages_per_page=self._batch, max_messages=self._batch, visibility_timeout=BUSY_SECONDS
            )
            return list(found)
        except ResourceNotFoundError:
            return []  # the queue may come yet
        except Exception as error:
            log.warning("%s: %s; trying again", self._function.name, type(error).__name__)
            return []

    async def _handle(self, message: QueueMessage) -> None:
        content = str(message.content)
        payload = wire.TypedData(bytes=content.encode()) if self._function.is_binary else wire.TypedData(string=content)
        try:
            await self._invoker.run(self._function, payload, _metadata(message, content))
        except FunctionError:
            if (message.dequeue_count or 0) < self._tries:
                await asyncio.to_thread(self._queue.update_message, message, visibility_timeout=int(self._retry_after))
                return
            poison = f"{self._name}-poison"
            log.warning("%s: moved a message to the queue %s after %d tries", self._function.name, poison, self._tries)
            await asyncio.to_thread(storage.send, self._client(poison), content)
        await asyncio.to_thread(self._queue.delete_message, message)


def _metadata(message: QueueMessage, content: str) -> Metadata:
    def moment(value: datetime | None) -> wire.TypedData:
        return wire.TypedData(json=json.dumps(value.isoformat() if value else None))

    return {
        "QueueTrigger": wire.TypedData(string=content),
        "Id": wire.TypedData(string=message.id),
        "DequeueCount": wire.TypedData(json=json.dumps(message.dequeue_count)),
        "PopReceipt": wire.TypedData(string=message.pop_receipt),
        "InsertionTime": moment(message.inserted_on),
        "ExpirationTime": moment(message.expires_on),
        "NextVisibleTime": moment(message.next_visible_on),
    }
