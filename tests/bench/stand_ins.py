"""Operations per second of each stand-in, through the official SDKs as the app uses them, one after another."""

import time
import uuid
from collections.abc import Awaitable, Callable

from azure.servicebus.aio import ServiceBusClient

from shared.ids import new_id
from shared.messaging.sender import Bus
from shared.platform import Platform
from shared.storage.outbox import Message

SECONDS = 2.0


async def rows(platform: Platform) -> list[tuple[str, str]]:
    organisation = new_id(platform.clock.now())
    users = platform.container("sites")
    await users.create({"id": "bench", "organisationId": organisation, "text": "x" * 900})

    async def upsert() -> None:
        await users.upsert({"id": uuid.uuid4().hex, "organisationId": organisation, "text": "x" * 900})

    async def read() -> None:
        await users.read("bench", organisation)

    async def query() -> None:
        text = "SELECT * FROM c WHERE c.id != 'none' OFFSET 0 LIMIT 20"
        assert [each async for each in users.query(text, key=organisation)]

    async def secret() -> None:
        platform.roots.forget()
        await platform.roots.root("platform")

    return [
        ("Cosmos DB: point read, 1 KB", await _rate(read)),
        ("Cosmos DB: upsert, 1 KB", await _rate(upsert)),
        ("Cosmos DB: query of 20 in a partition", await _rate(query)),
        ("Key Vault: get a secret", await _rate(secret)),
    ]


async def bus(connection: str) -> list[tuple[str, str]]:
    """On a broker of its own with one queue ``bench``, which no function empties."""
    sender = Bus.from_connection_string(connection)

    async def send() -> None:
        await sender.send(Message(uuid.uuid4().hex, "bench", {"text": "x" * 900}))

    sent = await _rate(send)
    await sender.close()
    async with (
        ServiceBusClient.from_connection_string(connection) as client,
        client.get_queue_receiver("bench", max_wait_time=2) as receiver,
    ):
        began, count = time.perf_counter(), 0
        while time.perf_counter() - began < SECONDS:
            for message in await receiver.receive_messages(50):
                await receiver.complete_message(message)
                count += 1
    received = f"{count / (time.perf_counter() - began):.0f}/s"
    return [("Service Bus: send, 1 KB", sent), ("Service Bus: receive 50, complete each", received)]


async def _rate(operation: Callable[[], Awaitable[None]]) -> str:
    await operation()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        await operation()
        count += 1
    return f"{count / (time.perf_counter() - began):.0f}/s"
