"""Service Bus triggers and outputs. Sources: azure-sdk-for-net, Microsoft.Azure.WebJobs.Extensions.ServiceBus
(ServiceBusListener, MessageProcessor, ServiceBusTriggerBindingStrategy); azure-functions-host, Utility.ApplyBindingData
and FunctionBinding.ReadAsEnumerable; Microsoft Learn, "Azure Service Bus trigger"."""

import time

import pytest
from azure.servicebus import ServiceBusMessage as Message
from azure.servicebus import ServiceBusSubQueue

from tests.local.host.conftest import App
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("host")


def test_a_message_is_completed_after_its_function(triggers: App) -> None:
    triggers.send("single", Message("good", message_id="m-1", subject="hello", application_properties={"a": 1}))
    done = triggers.until("single_done", body="good")[0]
    assert (done["label"], done["properties"]) == ("hello", {"a": 1})
    assert triggers.seen("single", body="good")[0]["delivery"] == 1
    time.sleep(4)  # longer than the lock
    assert len(triggers.seen("single", body="good")) == 1


def test_a_failing_function_abandons_at_once_until_the_broker_dead_letters(triggers: App) -> None:
    triggers.send("single", Message("bad"))
    seen = triggers.until("single", 3, body="bad")
    assert [each["delivery"] for each in seen] == [1, 2, 3]
    assert seen[-1]["began"] - seen[0]["began"] < 6, "it waited twice for the lock to expire"
    assert triggers.receive("single", sub_queue=ServiceBusSubQueue.DEAD_LETTER) == ["bad"]


def test_at_most_as_many_calls_at_once_as_host_json_allows(triggers: App) -> None:
    triggers.send("single", *[Message(f"slow-{n}") for n in range(5)])

    def slow() -> list[float]:
        return sorted(each["began"] for each in triggers.seen("single") if each["body"].startswith("slow"))

    assert until(lambda: len(slow()) >= 5, what="five calls")
    began = slow()
    assert all(began[n + 2] - began[n] >= 0.6 for n in range(3)), began


def test_fields_of_a_json_body_overwrite_the_messages_own(triggers: App) -> None:
    """A well-known trap: a body with a property messageId hides the message's id."""
    triggers.send(
        "single", Message('{"messageId": "from the body", "Label": "body"}', message_id="real", subject="real")
    )
    assert triggers.until("single", id="from the body")
    assert triggers.until("single_done", label="body")


def test_a_batch_comes_as_one_call_and_is_completed_together(triggers: App) -> None:
    triggers.send("batch", *[Message(f"b{n}", message_id=f"id{n}") for n in range(5)])
    assert until(lambda: sum(len(each["bodies"]) for each in triggers.seen("batch")) >= 5, what="five messages")
    calls = triggers.seen("batch")
    assert [body for call in calls for body in call["bodies"]] == [f"b{n}" for n in range(5)]
    assert [each for call in calls for each in call["ids"]] == [f"id{n}" for n in range(5)]
    assert len(calls) < 5


def test_a_failed_batch_is_abandoned_as_a_whole(triggers: App) -> None:
    triggers.send("batch", Message("bad"), Message("innocent"))
    dead = triggers.receive("batch", 2, sub_queue=ServiceBusSubQueue.DEAD_LETTER)
    assert "bad" in dead
    assert max(call["deliveries"][0] for call in triggers.seen("batch") if "bad" in call["bodies"]) == 3


def test_sessions_keep_their_order_and_run_side_by_side(triggers: App) -> None:
    messages = [Message(f"{session}{n}", session_id=session) for n in range(4) for session in ("x", "y")]
    triggers.send("ordered", *messages)
    triggers.until("ordered_done", 8)
    for session in ("x", "y"):
        assert [each["body"] for each in triggers.seen("ordered", session=session)] == [
            f"{session}{n}" for n in range(4)
        ]
        began = [each["began"] for each in triggers.seen("ordered", session=session)]
        ended = [each["ended"] for each in triggers.seen("ordered_done", session=session)]
        assert all(later >= earlier for later, earlier in zip(began[1:], ended, strict=False))


def test_without_auto_complete_the_host_leaves_a_message_alone(triggers: App) -> None:
    triggers.send("held", Message("mine"))
    triggers.until("held", body="mine")
    triggers.until("held", 2, body="mine")  # its lock was renewed by nobody, so it came again


@pytest.mark.parametrize(
    ("body", "expected"), [("text", ["text"]), ("list", ["list-1", '{"n":2}'])], ids=["a text is one", "a list is many"]
)
def test_outputs(triggers: App, body: str, expected: list[str]) -> None:
    triggers.send("forwarding", Message(body))
    assert triggers.receive("out", len(expected)) == expected


def test_an_output_that_fails_abandons_the_message(triggers: App) -> None:
    """Outputs come before completion: a message is never complete whose outputs are not out."""
    triggers.send("forwarding", Message("bad-output"))
    assert triggers.receive("forwarding", sub_queue=ServiceBusSubQueue.DEAD_LETTER) == ["bad-output"]
    assert len(triggers.seen("forwarding", body="bad-output")) == 2
