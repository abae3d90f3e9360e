"""Sends outbox messages. One client and one link per queue are kept open: opening a link costs half a second."""

import asyncio
import json
import logging
from typing import Self

from azure.core.credentials_async import AsyncTokenCredential
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusSender
from azure.servicebus.exceptions import ServiceBusError

from shared.errors import Unavailable
from shared.storage.outbox import Message

log = logging.getLogger(__name__)


class Bus:
    def __init__(self, client: ServiceBusClient) -> None:
        self._client = client
        self._senders: dict[str, ServiceBusSender] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    @classmethod
    def from_connection_string(cls, text: str) -> Self:
        return cls(ServiceBusClient.from_connection_string(text, retry_total=2))

    @classmethod
    def from_namespace(cls, namespace: str, credential: AsyncTokenCredential) -> Self:
        return cls(ServiceBusClient(namespace, credential, retry_total=2))

    async def send(self, message: Message) -> None:
        """Raises :class:`Unavailable` when the broker did not take it."""
        packed = ServiceBusMessage(
            json.dumps(message.body, separators=(",", ":")), message_id=message.id, content_type="application/json"
        )
        turn = self._turns.setdefault(message.queue, asyncio.Lock())
        async with turn:  # a link settles one transfer after another; parallel use only contends
            try:
                sender = self._senders.get(message.queue) or self._open(message.queue)
                await sender.send_messages(packed)
            except (ServiceBusError, OSError, ValueError) as error:
                await self._forget(message.queue)
                log.warning("sending to %s failed: %s", message.queue, type(error).__name__)
                raise Unavailable("The message broker cannot be reached.", headers={"Retry-After": "5"}) from None

    async def send_or_leave(self, message: Message) -> bool:
        """Tries once; on failure the message stays in the outbox for the relay. Whether it was sent."""
        try:
            await asyncio.wait_for(self.send(message), timeout=5)
        except (Unavailable, TimeoutError):
            return False
        return True

    async def ping(self, queue: str) -> None:
        try:
            async with self._client.get_queue_sender(queue) as sender:
                await sender.create_message_batch()
        except (ServiceBusError, OSError) as error:
            raise Unavailable("The message broker cannot be reached.") from error

    async def close(self) -> None:
        for queue in list(self._senders):
            await self._forget(queue)
        await self._client.close()

    def _open(self, queue: str) -> ServiceBusSender:
        sender = self._client.get_queue_sender(queue)
        self._senders[queue] = sender
        return sender

    async def _forget(self, queue: str) -> None:
        if sender := self._senders.pop(queue, None):
            try:
                await sender.close()
            except (ServiceBusError, OSError):
                log.debug("a broken link to %s did not close cleanly", queue)
