"""A broker of its own for each test module, and clients that do not retry, so that a fault shows at once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage

from tests.local.identity.processes import Running

ENTITIES: dict[str, Any] = {
    "Queues": [
        {"Name": "jobs", "Properties": {"LockDuration": "PT2S", "MaxDeliveryCount": 3}},
        {"Name": "many", "Properties": {"LockDuration": "PT1M", "MaxDeliveryCount": 10}},
        {"Name": "once", "Properties": {"RequiresDuplicateDetection": True}},
        {
            "Name": "brief",
            "Properties": {"DeadLetteringOnMessageExpiration": True, "DefaultMessageTimeToLive": "PT1S"},
        },
        {"Name": "sessions", "Properties": {"RequiresSession": True, "LockDuration": "PT5S"}},
    ],
    "Topics": [
        {
            "Name": "events",
            "Subscriptions": [
                {"Name": "all"},
                {
                    "Name": "red",
                    "Rules": [
                        {
                            "Name": "r",
                            "Properties": {
                                "FilterType": "Correlation",
                                "CorrelationFilter": {"Label": "l1", "Properties": {"colour": "red"}},
                            },
                        }
                    ],
                },
                {
                    "Name": "big",
                    "Rules": [
                        {
                            "Name": "r",
                            "Properties": {
                                "FilterType": "Sql",
                                "SqlFilter": {"SqlExpression": "sys.Label LIKE 'l%' AND qty > 10"},
                            },
                        }
                    ],
                },
            ],
        }
    ],
}


class Broker(Running):
    def __init__(self, place: Path, port: int | str = 0) -> None:
        config = place / "config.json"
        config.write_text(json.dumps({"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", **ENTITIES}]}}))
        options = ("--data", place, "--config", config, "--port", port, "--http-port", 0)
        super().__init__("local.servicebus", *options)

    @property
    def port(self) -> str:
        return self.url.rsplit(":", 1)[1]

    def connection(self, key: str = "SAS_KEY_VALUE") -> str:
        return (
            f"Endpoint=sb://localhost:{self.port};SharedAccessKeyName=RootManageSharedAccessKey;"
            f"SharedAccessKey={key};UseDevelopmentEmulator=true;"
        )

    def client(self, **options: Any) -> ServiceBusClient:
        return ServiceBusClient.from_connection_string(self.connection(**options), retry_total=0)


class Bus:
    """The client as tests talk about it."""

    def __init__(self, client: ServiceBusClient) -> None:
        self.client = client

    def send(self, queue: str, *messages: ServiceBusMessage | str) -> None:
        packed = [m if isinstance(m, ServiceBusMessage) else ServiceBusMessage(m) for m in messages]
        with self.client.get_queue_sender(queue) as sender:
            sender.send_messages(packed if len(packed) > 1 else packed[0])

    def take(self, queue: str, count: int = 1, **options: Any) -> list[Any]:
        """Receives up to ``count`` messages and completes them."""
        with self.client.get_queue_receiver(queue, max_wait_time=1, **options) as receiver:
            found = list(receiver.receive_messages(count))
            for message in found:
                receiver.complete_message(message)
            return found


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture
def bus(broker: Broker) -> Iterator[Bus]:
    with broker.client() as client:
        yield Bus(client)
