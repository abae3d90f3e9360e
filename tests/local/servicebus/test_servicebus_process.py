"""The broker as a process: what it says when it cannot start, and what it keeps when it starts again."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.servicebus import ServiceBusMessage

from local import serving
from local.servicebus import entities
from local.servicebus.errors import BusError
from tests.local.identity.processes import Running, run_to_end
from tests.local.servicebus.conftest import Broker, Stage
from tests.local.servicebus.entities import queue, subscription
from tests.local.servicebus.test_servicebus_topics import manage, rules


def options(place: Path, namespace: dict[str, Any], port: object = 0) -> tuple[object, ...]:
    config = place / "config.json"
    config.write_text(json.dumps({"UserConfig": {"Namespaces": [namespace]}}))
    return ("--data", place / "data", "--config", config, "--port", port, "--http-port", 0)


def test_a_taken_port_is_said_so(broker: Broker, tmp_path: Path) -> None:
    """Source: the convention of the local stack: exit 2 and one line."""
    second = run_to_end("local.servicebus", *options(tmp_path, {"Name": "n"}, broker.port))
    assert second.returncode == 2
    assert f"127.0.0.1:{broker.port}" in second.stderr


@pytest.mark.parametrize(
    ("namespace", "complaint"),
    [
        pytest.param({"Queues": [queue("a", ForwardTo="nowhere")]}, "nowhere", id="forwards to nothing"),
        pytest.param({"Queues": [queue("a", LockDuration="soon")]}, "LockDuration", id="no duration"),
        pytest.param({"Queues": [queue("a", EnablePartitioning=True)]}, "EnablePartitioning", id="unknown option"),
        pytest.param(
            {"Topics": [{"Name": "t", "Subscriptions": [subscription("s", {"Name": "r", "Properties": {
                "FilterType": "Sql", "SqlFilter": {"SqlExpression": "((("}}})]}]}, "'r'", id="no filter",
        ),
    ],
)  # fmt: skip
def test_a_configuration_that_cannot_be_honoured_is_refused(namespace: dict[str, Any], complaint: str) -> None:
    """Source: the stand-ins' own rule: refuse what is not implemented, do not guess."""
    with pytest.raises((ValueError, BusError), match=complaint):
        entities.declared(json.dumps({"UserConfig": {"Namespaces": [{"Name": "n", **namespace}]}}))


def test_a_broker_without_a_configuration_says_so(tmp_path: Path) -> None:
    """Source: the convention of the local stack: exit 2 and one line."""
    done = run_to_end("local.servicebus", "--data", tmp_path, "--config", tmp_path / "none.json", "--port", 0)
    assert done.returncode == 2
    assert "none.json" in done.stderr


def test_a_clean_stop(tmp_path: Path) -> None:
    """Source: the convention of the local stack: SIGTERM, exit 0."""
    assert Broker(tmp_path).stop() == 0


def test_no_faults_port_unless_asked_for(tmp_path: Path) -> None:
    """Source: the convention of the local stack: faults only where they are switched on."""

    with Running("local.servicebus", *options(tmp_path, {"Name": "n"})) as running:
        assert "faults" not in running.announced


async def test_what_is_stored_outlives_the_process(tmp_path: Path) -> None:
    """Messages in every state, a session's state, rules that clients added, ids of duplicates, sequence numbers."""
    with Broker(tmp_path) as broker:
        port = broker.port
        async with Stage(broker, "sync") as stage:
            await stage.send("many", "active", "deferred", "dead", "locked")
            receiver = await stage.receiver("many")
            got = {str(each): each for each in await receiver.receive_messages(4)}
            await receiver.defer_message(got["deferred"])
            await receiver.dead_letter_message(got["dead"], reason="why")
            await receiver.abandon_message(got["active"])
            session = await stage.open_receiver("sessions", session_id="s")
            await session.session.set_state(b"kept")
            await stage.send("once", ServiceBusMessage("x", message_id="same"))
            edited = await stage.receiver("edited/edited")
            new = {"rule-name": "new", "rule-description": {"sql-filter": {"expression": "n = 1"}}}
            await manage(edited, "add-rule", new)
            await manage(edited, "remove-rule", {"rule-name": "r"})
            broker.kill()
    with Broker(tmp_path, port) as broker:
        async with Stage(broker, "sync") as stage:
            receiver = await stage.receiver("many")
            [deferred] = await receiver.receive_deferred_messages(got["deferred"].sequence_number)
            await receiver.complete_message(deferred)
            assert [(str(each), each.delivery_count) for each in await stage.take("many", 2)] == [
                ("active", 1),
                ("locked", 0),
            ]
            assert [each.dead_letter_reason for each in await stage.take("many", sub_queue="deadletter")] == ["why"]
            session = await stage.open_receiver("sessions", session_id="s")
            assert await session.session.get_state() == b"kept"
            await stage.send("once", ServiceBusMessage("x", message_id="same"))
            assert len(await stage.take("once", 2, seconds=0.3)) == 1
            assert list(await rules(await stage.receiver("edited/edited"))) == ["new"]
            await stage.send("many", "next")
            assert (await stage.take("many"))[0].sequence_number == got["locked"].sequence_number + 1


async def test_a_sender_goes_on_with_the_broker_that_comes_back(tmp_path: Path) -> None:
    """Source: azure-servicebus ``_base_handler.py``: a retryable error opens the link again."""
    with Broker(tmp_path) as broker:
        port, client = broker.port, broker.async_client()
        sender = client.get_queue_sender("many")
        await sender.send_messages(ServiceBusMessage("before"))
        broker.kill()
        with Broker(tmp_path, port) as again:
            sender._config.retry_total = 3
            await sender.send_messages(ServiceBusMessage("after"))
            async with Stage(again, "aio") as stage:
                assert [str(each) for each in await stage.take("many", 2)] == ["before", "after"]
        await client.close()


def test_health_is_told_over_http(tmp_path: Path) -> None:
    """Source: Microsoft Learn, "Test locally by using the Azure Service Bus emulator": /health on port 5300."""

    bound = serving.listen(0)
    port = bound.getsockname()[1]
    bound.close()
    arguments = options(tmp_path, {"Name": "n"})[:-1]
    with Running("local.servicebus", *arguments, port):
        answer = httpx.get(f"http://127.0.0.1:{port}/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "healthy"})
