"""A broker for all tests of this folder, and both of the SDK's clients behind one way of talking to them.

The SDK looks every 50 ms whether a link is open yet, and once a second whether it shall stop keeping one alive; here it
looks ten times as often, and nothing else of it is changed. What tests use in common is kept open, and closed together
at the end. None of the clients tries again: a fault shows at once.
"""

import asyncio
import importlib
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient as AsyncServiceBusClient

from tests.local.identity.processes import Running
from tests.local.servicebus.entities import NAMESPACE
from tests.support.faults import Faults

POLLING = {
    time: ("_pyamqp.client", "_servicebus_sender", "_servicebus_receiver", "_session_browser"),
    asyncio: (
        *("_pyamqp.aio._client_async", "aio._servicebus_sender_async", "aio._servicebus_receiver_async"),
        "aio._session_browser_async",
    ),
}
"""The SDK's modules that poll, by where their ``sleep`` comes from."""


QUICK: dict[str, Any] = {"retry_total": 0, "socket_timeout": 0.05}


class Hastened:
    """A module whose ``sleep`` is shorter."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def sleep(self, seconds: float) -> Any:
        return self._module.sleep(seconds / 10)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


@pytest.fixture(scope="session", autouse=True)
def _sdk_polls_more_often() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        for module, users in POLLING.items():
            for user in users:
                used = importlib.import_module(f"azure.servicebus.{user}")
                patched.setattr(used, module.__name__, Hastened(module))
        yield


class Broker(Running):
    def __init__(self, place: Path, port: int | str = 0, namespace: dict[str, Any] = NAMESPACE) -> None:
        config = place / "config.json"
        config.write_text(json.dumps({"UserConfig": {"Namespaces": [namespace]}}))
        options = ("--data", place, "--config", config, "--port", port, "--http-port", 0, "--faults-port", 0)
        super().__init__("local.servicebus", *options)

    @property
    def port(self) -> str:
        return self.url.rsplit(":", 1)[1]

    @property
    def faults_url(self) -> str:
        return self.announced["faults"]

    def connection(self, key: str = "SAS_KEY_VALUE") -> str:
        return (
            f"Endpoint=sb://localhost:{self.port};SharedAccessKeyName=RootManageSharedAccessKey;"
            f"SharedAccessKey={key};UseDevelopmentEmulator=true;"
        )

    def client(self, **options: Any) -> ServiceBusClient:
        return ServiceBusClient.from_connection_string(self.connection(**options), **QUICK)

    def async_client(self, **options: Any) -> AsyncServiceBusClient:
        return AsyncServiceBusClient.from_connection_string(self.connection(**options), **QUICK)


class InThread:
    """A synchronous object, its methods awaitable."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name == "session":
            return InThread(found)
        if not callable(found):
            return found

        async def call(*values: Any, **named: Any) -> Any:
            return await asyncio.to_thread(found, *values, **named)

        return call


class Stage:
    """A client, with whatever it opened."""

    def __init__(self, broker: Broker, kind: str) -> None:
        self.broker, self.is_async = broker, kind == "aio"
        self.client: Any = broker.async_client() if self.is_async else broker.client()
        self._kept: dict[Any, Any] = {}
        self._opened: list[Any] = []

    async def sender(self, entity: str) -> Any:
        """Kept for the next one who asks."""
        if ("to", entity) not in self._kept:
            self._kept["to", entity] = await self.open_sender(entity)
        return self._kept["to", entity]

    async def receiver(self, entity: str, **options: Any) -> Any:
        """Kept for the next one who asks. ``entity`` may be ``topic/subscription``."""
        key = (entity, *sorted(options.items()))
        if key not in self._kept:
            self._kept[key] = await self.open_receiver(entity, **options)
        return self._kept[key]

    async def dead(self, entity: str) -> Any:
        return await self.receiver(entity, sub_queue="deadletter")

    async def open_sender(self, entity: str) -> Any:
        topics = {topic["Name"] for topic in NAMESPACE["Topics"]}
        get = self.client.get_topic_sender if entity in topics else self.client.get_queue_sender
        return await self.opened(get(entity))

    async def open_receiver(self, entity: str, **options: Any) -> Any:
        options = {"max_wait_time": 1, **options}
        topic, _, subscription = entity.partition("/")
        if subscription:
            return await self.opened(self.client.get_subscription_receiver(topic, subscription, **options))
        return await self.opened(self.client.get_queue_receiver(entity, **options))

    async def opened(self, inner: Any) -> Any:
        found = inner if self.is_async else InThread(inner)
        self._opened.append(found)
        await found._open_with_retry()
        return found

    async def send(self, entity: str, *messages: ServiceBusMessage | str) -> None:
        packed = [each if isinstance(each, ServiceBusMessage) else ServiceBusMessage(each) for each in messages]
        await (await self.sender(entity)).send_messages(packed if len(packed) > 1 else packed[0])

    async def take(self, entity: str, count: int = 1, seconds: float = 1, **options: Any) -> list[Any]:
        """Receives up to so many and completes them."""
        receiver = await self.receiver(entity, **options)
        found: list[Any] = []
        while len(found) < count:
            got = await receiver.receive_messages(count - len(found), max_wait_time=seconds)
            if not got:
                break
            for message in got:
                await receiver.complete_message(message)
            found += got
        return found

    async def nothing(self, entity: str, seconds: float = 0.2, **options: Any) -> bool:
        """Whether nothing is to be received."""
        receiver = await self.receiver(entity, **options)
        found: list[Any] = await receiver.receive_messages(1, max_wait_time=seconds)
        return found == []

    @contextmanager
    def ahead(self, seconds: float) -> Iterator[None]:
        """Within, the broker's clock is: locks, lives and schedules end without a test having to wait."""
        faults = Faults(self.broker.faults_url)
        faults.skew(seconds)
        try:
            yield
        finally:
            faults.skew(0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(each.close() for each in self._opened), return_exceptions=True)
        await (self.client if self.is_async else InThread(self.client)).close()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="session", params=["sync", "aio"])
async def stage(broker: Broker, request: pytest.FixtureRequest, _sdk_polls_more_often: None) -> AsyncIterator[Stage]:
    """Both clients in turn. What most tests use is opened at once."""
    async with Stage(broker, request.param) as opened:
        await asyncio.gather(
            *(opened.sender(each) for each in ("plain", "brief", "once", "sessions", "events")),
            *(opened.receiver(each) for each in ("plain", "brief", "once", "quick", "events/all")),
            *(opened.dead(each) for each in ("plain", "brief", "quick")),
        )
        yield opened


@pytest.fixture
async def queue(stage: Stage) -> AsyncIterator[Stage]:
    """The stage, with an empty queue named ``plain``; a test that leaves something in it fails."""
    yield stage
    for receiver in (await stage.receiver("plain"), await stage.dead("plain")):
        left = await receiver.peek_messages(10, sequence_number=1)
        await _emptied(receiver, left)
        assert [str(each) for each in left] == []


async def _emptied(receiver: Any, left: list[Any]) -> None:
    """So that one failure does not bring others."""
    for _ in left:
        for message in await receiver.receive_messages(10, max_wait_time=6):
            await receiver.complete_message(message)
