"""Sends outbox messages. One client and one link per queue are kept open: opening a link costs half a second."""

import asyncio
import itertools
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Self

from azure.core.credentials_async import AsyncTokenCredential
from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient, ServiceBusSender
from azure.servicebus.exceptions import ServiceBusError

from shared.errors import Unavailable
from shared.storage.cosmos import Document
from shared.storage.outbox import Message
from shared.telemetry.tracing import PRODUCER, TRACEPARENT, span

log = logging.getLogger(__name__)

MOST_AT_ONCE = 200
"""Messages of ids in one transfer: far below the 256 KiB that the standard tier takes."""


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
        await self._send(message.queue, [_packed(message)])

    async def send_at(self, message: Message, moment: datetime) -> None:
        """Like :meth:`send`; the broker keeps it back until then."""
        await self._send(message.queue, [_packed(message, moment)])

    async def send_spread(self, messages: Sequence[Message], begin: datetime, per_second: float) -> None:
        """All of them to the queue of the first, to be delivered one after the other at this pace.

        Raises :class:`Unavailable` when the broker did not take them; some may have been taken then.
        """
        for chunk in itertools.batched(enumerate(messages), MOST_AT_ONCE, strict=False):
            packed = [_packed(each, begin + timedelta(seconds=place / per_second)) for place, each in chunk]
            await self._send(messages[0].queue, packed)

    async def send_or_leave(self, message: Message) -> bool:
        """Tries once; on failure the message stays in the outbox for the relay. Whether it was sent."""
        try:
            await asyncio.wait_for(self.send(message), timeout=5)
        except (Unavailable, TimeoutError):
            return False
        return True

    async def dead_letters(self, queue: str, most: int) -> int:
        """How many messages nobody could handle, up to ``most``. Looks at them without taking them."""
        async with self._client.get_queue_receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER) as receiver:
            return len(await receiver.peek_messages(most, sequence_number=0))

    async def forget_dead_letters(
        self, queue: str, before: datetime, account: Callable[[Document], Awaitable[None]], most: int
    ) -> int:
        """Takes away up to ``most`` messages that nobody could handle and that were sent ``before``, each after
        ``account`` has been given its body. How many there were; the oldest come first."""
        async with self._client.get_queue_receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER) as receiver:
            peeked = await receiver.peek_messages(most, sequence_number=0)
            old = sum(_sent_before(each, before) for each in peeked)
            taken = await receiver.receive_messages(old, max_wait_time=5) if old else []
            gone = 0
            for message in taken:
                if not _sent_before(message, before):
                    await receiver.abandon_message(message)
                    continue
                await account(json.loads(str(message)))
                await receiver.complete_message(message)
                gone += 1
        return gone

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

    async def _send(self, queue: str, packed: list[ServiceBusMessage]) -> None:
        turn = self._turns.setdefault(queue, asyncio.Lock())
        said = {"messaging__system": "servicebus", "messaging__destination__name": queue}
        with span(f"send {queue}", PRODUCER, **said, reeve__count=len(packed)):
            await self._transfer(turn, queue, packed)

    async def _transfer(self, turn: asyncio.Lock, queue: str, packed: list[ServiceBusMessage]) -> None:
        async with turn:  # a link settles one transfer after another; parallel use only contends
            try:
                sender = self._senders.get(queue) or self._open(queue)
                await sender.send_messages(packed)
            except (ServiceBusError, OSError, ValueError) as error:
                await self._forget(queue)
                log.warning("sending to %s failed: %s", queue, type(error).__name__)
                raise Unavailable("The message broker cannot be reached.", headers={"Retry-After": "5"}) from None

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


def _sent_before(message: ServiceBusReceivedMessage, moment: datetime) -> bool:
    sent = message.enqueued_time_utc
    return sent is not None and sent < moment


def _packed(message: Message, deliver_at: datetime | None = None) -> ServiceBusMessage:
    return ServiceBusMessage(
        json.dumps(message.body, separators=(",", ":")),
        message_id=message.id,
        content_type="application/json",
        application_properties={TRACEPARENT: message.trace} if message.trace else None,
        scheduled_enqueue_time_utc=deliver_at,
    )
