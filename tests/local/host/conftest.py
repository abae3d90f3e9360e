"""What triggers listen to, running once for all tests of the host, and hosts on copies of the apps beside this file."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from tests.local.identity.processes import Running
from tests.support.stack import StackUnderTest, running_stack
from tests.support.waiting import until

APPS = Path(__file__).parent / "apps"


class App:
    """A copy of an app, the host that runs it, and what its functions have seen."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.directory, self.environment = directory, environment
        self.log = directory / "host.log"
        storage = environment["AzureWebJobsStorage"]
        self.blobs = BlobServiceClient.from_connection_string(storage)
        self.queues = QueueServiceClient.from_connection_string(storage)

    @contextmanager
    def running(self, *options: object, **settings: str) -> Iterator[httpx.Client]:
        arguments = ("--app", self.directory, "--port", 0, "--blob-poll", 0.2, *options)
        environment = self.environment | {"AzureFunctionsWebHost__hostid": self.directory.name} | settings
        with (
            self.log.open("a") as log,
            Running("local.host", *arguments, environment=environment, stderr=log) as host,
            httpx.Client(base_url=host.url, timeout=60) as client,
        ):
            yield client

    def seen(self, function: str, **fields: Any) -> list[dict[str, Any]]:
        path = self.directory / "seen.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        found = [each for each in map(json.loads, lines) if each["function"] == function]
        return [each for each in found if fields.items() <= each.items()]

    def until(self, function: str, count: int = 1, **fields: Any) -> list[dict[str, Any]]:
        """Waits until the function has seen this so many times."""
        try:
            until(lambda: len(self.seen(function, **fields)) >= count, every=0.05)
        except AssertionError:
            raise AssertionError(f"{function}: {self.seen(function)}\n{self.log.read_text()[-3000:]}") from None
        return self.seen(function, **fields)

    def put(self, container: str, name: str, content: bytes | str, **options: Any) -> None:
        self.blobs.get_blob_client(container, name).upload_blob(content, overwrite=True, **options)

    def send(self, queue: str, *messages: ServiceBusMessage) -> None:
        with (
            ServiceBusClient.from_connection_string(self.environment["SERVICEBUS"]) as client,
            client.get_queue_sender(queue) as sender,
        ):
            sender.send_messages(list(messages))

    def receive(self, queue: str, count: int = 1, **options: Any) -> list[str]:
        """Bodies of up to ``count`` messages, which are completed."""
        found: list[str] = []
        with (
            ServiceBusClient.from_connection_string(self.environment["SERVICEBUS"]) as client,
            client.get_queue_receiver(queue, max_wait_time=60, **options) as receiver,
        ):
            for message in receiver:
                found.append(str(message))
                receiver.complete_message(message)
                if len(found) == count:
                    break
        return found


@pytest.fixture(scope="session")
def backing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """Azurite, Service Bus and the rest, with the entities of the app ``triggers``."""
    with running_stack(APPS / "triggers", tmp_path_factory.mktemp("backing"), "--no-host") as stack:
        yield stack


@pytest.fixture(scope="module")
def triggers(backing: StackUnderTest, tmp_path_factory: pytest.TempPathFactory) -> App:
    directory = tmp_path_factory.mktemp("app") / "triggers"
    shutil.copytree(APPS / "triggers", directory)
    return App(directory, backing.environment | {"HOURLY": "0 0 * * * *"})


@pytest.fixture(scope="module")
def host(triggers: App) -> Iterator[httpx.Client]:
    """The app ``triggers``, running for the whole module."""
    with triggers.running() as client:
        yield client
