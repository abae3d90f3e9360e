"""Nothing acknowledged is lost and nothing completed comes back: with many consumers, lost locks and a dying broker.

``SERVICEBUS_CRASHES`` says how often the broker is killed (10; up to 50 make sense).
"""

import asyncio
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import MessageLockLostError, ServiceBusError

from tests.local.servicebus.conftest import Broker, Stage
from tests.support.waiting import eventually

CRASHES = int(os.environ.get("SERVICEBUS_CRASHES", "10"))
CONSUMERS = 8


class Ledger:
    """What the clients know for sure."""

    def __init__(self) -> None:
        self.acknowledged: set[str] = set()
        self.completed: Counter[str] = Counter()
        self.unsure: set[str] = set()
        """Sent or completed without an answer: it may have happened."""

    @property
    def lost(self) -> set[str]:
        return self.acknowledged - set(self.completed) - self.unsure


async def test_consumers_that_lose_locks_or_die_lose_no_message(broker: Broker) -> None:
    """Source: Microsoft Learn, "Message transfers, locks, and settlement": at least once, settled once.

    Of every ten deliveries one outlives its lock, one is abandoned, and one takes its receiver along.
    """
    ledger, dice = Ledger(), random.Random(7)
    async with Stage(broker, "aio") as stage:
        names = [f"m{number}" for number in range(64)]
        for at in range(0, len(names), 32):
            await stage.send("many-quick", *names[at : at + 32])
        ledger.acknowledged.update(names)
        await asyncio.gather(*(_consume(stage.client, ledger, dice, len(names)) for _ in range(CONSUMERS)))
        assert await stage.nothing("many-quick")
        assert await stage.nothing("many-quick", sub_queue="deadletter")
    assert ledger.completed == Counter(names)


async def _consume(client: ServiceBusClient, ledger: Ledger, dice: random.Random, goal: int) -> None:
    while ledger.completed.total() < goal:
        async with client.get_queue_receiver("many-quick") as receiver:
            while ledger.completed.total() < goal:
                messages = await receiver.receive_messages(5, max_wait_time=0.5)
                fate = dice.randrange(10)
                if fate == 0:
                    break  # the receiver is closed with its messages in hand
                if fate == 1:
                    await asyncio.sleep(1.2)
                for message in messages:
                    await _settle(receiver, message, ledger, abandon=fate == 2)


async def _settle(receiver: Any, message: Any, ledger: Ledger, *, abandon: bool) -> None:
    try:
        if abandon:
            await receiver.abandon_message(message)
        else:
            await receiver.complete_message(message)
            ledger.completed[str(message)] += 1
    except MessageLockLostError:
        pass  # somebody else has it by now


@pytest.mark.timeout(60 + 10 * CRASHES)
async def test_a_broker_killed_again_and_again_keeps_its_word(tmp_path: Path) -> None:
    """Source: AMQP 1.0 §2.6.12: a settled delivery is the receiver's responsibility, whatever happens to it."""
    ledger, dice = Ledger(), random.Random(11)
    broker = Broker(tmp_path)
    port = broker.port
    try:
        for cycle in range(CRASHES):
            work, before = asyncio.create_task(_work(broker, ledger, cycle)), len(ledger.acknowledged)

            async def under_way(before: int = before) -> bool:
                return len(ledger.acknowledged) > before

            assert await eventually(under_way, every=0.02)
            await asyncio.sleep(dice.uniform(0, 0.4))
            await asyncio.to_thread(broker.kill)
            await work
            broker = await asyncio.to_thread(Broker, tmp_path, port)
        await _finish(broker, ledger)
    finally:
        broker.stop()
    assert ledger.lost == set()
    assert [name for name, times in ledger.completed.items() if times > 1] == []
    assert len(ledger.acknowledged) >= CRASHES
    assert len(ledger.completed) + len(ledger.unsure) >= CRASHES


async def _work(broker: Broker, ledger: Ledger, cycle: int) -> None:
    """Sends and completes as fast as it can, until the broker dies."""
    async with broker.async_client() as client:
        await asyncio.gather(_send(client, ledger, cycle), _receive(client, ledger))


async def _send(client: ServiceBusClient, ledger: Ledger, cycle: int) -> None:
    number, name = 0, ""
    try:
        async with client.get_queue_sender("many") as sender:
            while True:
                name, number = f"{cycle}-{number}", number + 1
                await sender.send_messages(ServiceBusMessage(name))
                ledger.acknowledged.add(name)
    except (ServiceBusError, OSError):
        ledger.unsure.add(name)


async def _receive(client: ServiceBusClient, ledger: Ledger) -> None:
    name = ""
    try:
        async with client.get_queue_receiver("many") as receiver:
            while True:
                for message in await receiver.receive_messages(5, max_wait_time=1):
                    name = str(message)
                    await receiver.complete_message(message)
                    ledger.completed[name] += 1
    except (ServiceBusError, OSError):
        ledger.unsure.add(name)


async def _finish(broker: Broker, ledger: Ledger) -> None:
    async with Stage(broker, "aio") as stage:
        while messages := await stage.take("many", 500, seconds=0.5):
            for message in messages:
                ledger.completed[str(message)] += 1
