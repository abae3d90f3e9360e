"""Faults on demand, as the SDK meets them; and what is stored afterwards, which is the point."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.servicebus.exceptions import (
    MessageLockLostError,
    MessagingEntityDisabledError,
    ServiceBusConnectionError,
    ServiceBusError,
    ServiceBusQuotaExceededError,
    ServiceBusServerBusyError,
)

from tests.local.servicebus.conftest import Broker, Stage
from tests.local.servicebus.entities import FAULTY
from tests.support.faults import Faults


@pytest.fixture
def faults(broker: Broker) -> Iterator[Faults]:
    found = Faults(broker.faults_url)
    yield found
    found.clear()


class Own:
    """A queue of the test's own, and a client whose links may break."""

    def __init__(self, stage: Stage, name: str) -> None:
        self._stage, self._name = stage, name

    async def send(self, *messages: str) -> None:
        await self._stage.send(self._name, *messages)

    async def sender(self) -> Any:
        return await self._stage.sender(self._name)

    async def receiver(self) -> Any:
        return await self._stage.receiver(self._name)

    async def another_sender(self) -> Any:
        return await self._stage.open_sender(self._name)

    async def another_receiver(self) -> Any:
        return await self._stage.open_receiver(self._name)

    async def left(self) -> list[str]:
        """What is stored, seen through a connection of its own."""
        receiver = await self.another_receiver()
        return [str(each) for each in await receiver.peek_messages(10, sequence_number=1)]


_names = itertools.cycle(FAULTY)


@pytest.fixture
async def unopened(broker: Broker) -> AsyncIterator[Own]:
    async with Stage(broker, "aio") as stage:
        yield Own(stage, next(_names))


@pytest.fixture
async def own(unopened: Own) -> Own:
    """With sender and receiver open."""
    await asyncio.gather(unopened.sender(), unopened.receiver())
    return unopened


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Broker]:
    """A broker that is killed."""
    with Broker(tmp_path) as running:
        yield running


@pytest.mark.parametrize(
    ("action", "stored"),
    [pytest.param("drop-before", [], id="before it is stored"), pytest.param("drop-after", ["x"], id="after")],
)
async def test_a_send_is_cut_off(own: Own, faults: Faults, action: str, stored: list[str]) -> None:
    """The two cases that a client cannot tell apart."""
    faults.set({"on": "send", "action": action})
    with pytest.raises(ServiceBusConnectionError):
        await own.send("x")
    assert await own.left() == stored
    assert faults.left() == []


@pytest.mark.parametrize(
    ("condition", "error"),
    [
        ("com.microsoft:server-busy", ServiceBusServerBusyError),
        ("com.microsoft:entity-disabled", MessagingEntityDisabledError),
        ("amqp:resource-limit-exceeded", ServiceBusQuotaExceededError),
    ],
)
async def test_a_send_is_answered_with_an_error(
    own: Own, faults: Faults, condition: str, error: type[Exception]
) -> None:
    """Source: azure-servicebus ``_transport/_pyamqp_transport.py``, the mapping of conditions."""
    faults.set({"on": "send", "action": "error", "condition": condition})
    with pytest.raises(error):
        await own.send("x")
    assert await own.left() == []
    await own.send("y")
    assert await own.left() == ["y"]


async def test_a_busy_broker_is_tried_again_by_a_client_that_may(own: Own, faults: Faults) -> None:
    """Source: azure-servicebus ``exceptions.py``: ServiceBusServerBusyError is retryable."""
    sender = await own.sender()
    sender._config.retry_total, sender._config.retry_backoff_factor = 3, 0.01
    faults.set({"on": "send", "action": "error", "times": 2})
    await own.send("x")
    assert await own.left() == ["x"]


async def test_sends_before_the_fault_pass(own: Own, faults: Faults) -> None:
    """``after`` counts."""
    faults.set({"on": "send", "action": "error", "after": 2, "times": 1})
    for text in "ab":
        await own.send(text)
    with pytest.raises(ServiceBusServerBusyError):
        await own.send("c")
    await own.send("d")
    assert await own.left() == ["a", "b", "d"]


@pytest.mark.parametrize("point", ["send", "settle", "receive"])
async def test_anything_can_be_late(own: Own, faults: Faults, point: str) -> None:
    """``delay``: it is done all the same."""
    faults.set({"on": point, "action": "delay", "seconds": 0.7})
    began = time.monotonic()
    await own.send("x")
    receiver = await own.receiver()
    [message] = await receiver.receive_messages(1, max_wait_time=60)
    await receiver.complete_message(message)
    assert time.monotonic() - began >= 0.7
    assert await own.left() == []


@pytest.mark.parametrize(
    ("action", "stored"),
    [pytest.param("drop-before", ["x"], id="before it is done"), pytest.param("drop-after", [], id="after")],
)
async def test_a_settlement_is_cut_off(own: Own, faults: Faults, action: str, stored: list[str]) -> None:
    """Another two that a client cannot tell apart."""
    await own.send("x")
    receiver = await own.receiver()
    [message] = await receiver.receive_messages(1)
    faults.set({"on": "settle", "action": action})
    with pytest.raises(ServiceBusConnectionError):
        await receiver.complete_message(message)
    assert await own.left() == stored


async def test_a_settlement_is_answered_with_an_error(own: Own, faults: Faults) -> None:
    """Source: azure-servicebus ``_pyamqp/receiver.py``: a rejection with an error is a failure."""
    await own.send("x")
    receiver = await own.receiver()
    [message] = await receiver.receive_messages(1)
    faults.set({"on": "settle", "action": "error", "condition": "com.microsoft:server-busy"})
    with pytest.raises(ServiceBusError):
        await receiver.complete_message(message)
    assert await own.left() == ["x"]


@pytest.mark.parametrize(
    ("action", "locked"),
    [pytest.param("drop-before", False, id="before it is locked"), pytest.param("drop-after", True, id="after")],
)
async def test_a_delivery_is_cut_off(own: Own, faults: Faults, action: str, locked: bool) -> None:
    """A message that was locked for a receiver that never saw it comes again when the lock expires."""
    faults.set({"on": "receive", "action": action})
    await own.send("x")
    with pytest.raises(ServiceBusError):
        await (await own.receiver()).receive_messages(1, max_wait_time=2)
    receiver = await own.another_receiver()
    assert len(await receiver.receive_messages(1, max_wait_time=0.5)) == (0 if locked else 1)


async def test_a_receiver_is_thrown_out(own: Own, faults: Faults) -> None:
    """Source: AMQP 1.0 §2.6.5: a detach with an error; the message is not locked."""
    faults.set({"on": "receive", "action": "error", "condition": "com.microsoft:entity-disabled"})
    await own.send("x")
    with pytest.raises(MessagingEntityDisabledError):
        await (await own.receiver()).receive_messages(1, max_wait_time=2)
    assert len(await (await own.another_receiver()).receive_messages(1)) == 1


@pytest.mark.parametrize(
    ("fault", "stored"),
    [
        pytest.param({"on": "send", "after": 2}, ["a", "b", "c"], id="after the third send"),
        pytest.param({"on": "receive"}, ["a", "b", "c"], id="after a lock"),
        pytest.param({"on": "settle"}, ["b", "c"], id="after a settlement"),
    ],
)
async def test_the_broker_dies(mortal: Broker, tmp_path: Path, fault: dict[str, Any], stored: list[str]) -> None:
    """``kill``: it is done and stored, and nobody was told."""
    Faults(mortal.faults_url).set({"action": "kill", **fault})
    async with Stage(mortal, "aio") as stage:
        with pytest.raises(ServiceBusError):
            await _one_after_another(stage)
        assert mortal.ended() == -9
    with Broker(tmp_path) as again:
        async with Stage(again, "aio") as stage:
            assert [str(each) for each in await stage.take("many", 3, seconds=0.5)] == stored


async def _one_after_another(stage: Stage) -> None:
    for text in "abc":
        await stage.send("many", text)
    for message in await (await stage.receiver("many")).receive_messages(3, max_wait_time=2):
        await (await stage.receiver("many")).complete_message(message)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"action": "refuse"}, id="refused"),
        pytest.param({"action": "drop-before"}, id="cut off"),
        pytest.param({"action": "error", "condition": "amqp:connection:forced"}, id="closed with an error"),
    ],
)
async def test_connections_fail(unopened: Own, faults: Faults, fault: dict[str, Any]) -> None:
    """So often, and then no more."""
    faults.set({"on": "connect", "times": 2, **fault})
    for _ in range(2):
        with pytest.raises(ServiceBusError):
            await unopened.another_sender()
    await unopened.send("x")
    assert await unopened.left() == ["x"]


async def test_a_connection_is_late(unopened: Own, faults: Faults) -> None:
    """``delay``"""
    faults.set({"on": "connect", "action": "delay", "seconds": 0.7})
    began = time.monotonic()
    await unopened.send("x")
    assert time.monotonic() - began >= 0.7


async def test_the_clock_can_be_set_ahead(own: Own, faults: Faults) -> None:
    """Locks, schedules and lives end by the broker's clock."""
    await own.send("x")
    receiver = await own.receiver()
    [message] = await receiver.receive_messages(1)
    faults.skew(61)
    [again] = await receiver.receive_messages(1, max_wait_time=60)
    assert again.delivery_count == 1
    with pytest.raises(MessageLockLostError):
        await receiver.complete_message(message)
    faults.clear()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param([{"on": "lunch", "action": "delay"}], id="no such point"),
        pytest.param([{"on": "send", "action": "explode"}], id="no such action"),
        pytest.param([{"on": "send", "action": "refuse"}], id="only connections are refused"),
        pytest.param([{"on": "send", "action": "delay", "colour": "red"}], id="no such field"),
        pytest.param("nonsense", id="nonsense"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(broker: Broker, body: object) -> None:
    """400, and nothing is set."""
    answer = httpx.post(f"{broker.faults_url}/_faults", json=body)
    assert answer.status_code == 400
    assert Faults(broker.faults_url).left() == []


@pytest.mark.parametrize("headers", [{"Origin": "https://example.org"}, {"Host": "example.org:80"}], ids=str)
def test_no_web_page_sets_faults(broker: Broker, headers: dict[str, str]) -> None:
    """A page in a browser on this machine could reach the port; it cannot hide where it is from."""
    fault = [{"on": "send", "action": "kill"}]
    answer = httpx.post(f"{broker.faults_url}/_faults", json=fault, headers=headers)
    assert answer.status_code == 403


def test_faults_are_listed_and_cleared(broker: Broker) -> None:
    """``GET`` and ``DELETE``, and either spelling of the clock."""
    faults = Faults(broker.faults_url)
    faults.set({"on": "connect", "action": "delay", "after": 10_000, "times": 3, "seconds": 0.1})
    assert [each["on"] for each in faults.left()] == ["connect"]
    answer = httpx.post(f"{broker.faults_url}/_faults", json={"clock_skew_seconds": 0})
    assert answer.json()["clockSkewSeconds"] == 0
    faults.clear()
    assert faults.left() == []
