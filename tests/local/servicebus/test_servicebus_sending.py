"""What is sent is what is received: bodies, properties, order, numbers, limits. Through both of the SDK's clients."""

import asyncio
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusMessageState
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageBodyType
from azure.servicebus.exceptions import (
    MessageNotFoundError,
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
    ServiceBusAuthorizationError,
    ServiceBusError,
)

from tests.local.servicebus.conftest import Stage


async def test_a_message_keeps_its_body_and_properties(queue: Stage) -> None:
    """Source: Microsoft Learn, "Messages, payloads, and serialization", broker properties."""
    sent = ServiceBusMessage(
        b"hello", message_id="m1", subject="s", correlation_id="c", content_type="a/b", to="t", reply_to="r",
        session_id="pk", reply_to_session_id="rs", partition_key="pk",
    )  # fmt: skip
    await queue.send("plain", sent)
    [got] = await queue.take("plain")
    assert b"".join(got.body) == b"hello"
    assert (got.message_id, got.subject, got.correlation_id, got.content_type) == ("m1", "s", "c", "a/b")
    assert (got.to, got.reply_to, got.reply_to_session_id) == ("t", "r", "rs")
    assert (got.session_id, got.partition_key, got.delivery_count) == ("pk", "pk", 0)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("data_body", [b"one", b"two"], id="data"),
        pytest.param("value_body", {b"a": [1, 2, b"x"]}, id="value"),
        pytest.param("value_body", 3.5, id="number"),
        pytest.param("sequence_body", [[1, b"a"], [True]], id="sequence"),
    ],
)
async def test_every_kind_of_body_arrives_as_it_was_sent(queue: Stage, kind: str, body: Any) -> None:
    """Source: AMQP 1.0 §3.2.6 to §3.2.8; azure-servicebus tests, test_send_message_alternate_body_types."""
    message: Any = AmqpAnnotatedMessage(**{kind: body})
    await (await queue.sender("plain")).send_messages(message)
    [got] = await queue.take("plain")
    assert got.body_type == AmqpMessageBodyType(kind.partition("_")[0])
    assert (got.body if kind == "value_body" else list(got.body)) == body


async def test_a_message_may_have_no_body(queue: Stage) -> None:
    """Source: azure-servicebus tests, test_send_message_no_body."""
    await queue.send("plain", ServiceBusMessage(None), "x")
    await queue.send("plain", ServiceBusMessage(None))
    assert [list(each.body or []) for each in await queue.take("plain", 3)] == [[], [b"x"], []]


async def test_application_properties_keep_their_types(queue: Stage) -> None:
    """Source: Microsoft Learn, "AMQP 1.0 in Azure Service Bus protocol guide", application properties."""
    sent = {"text": "x", "int": 7, "float": 1.5, "yes": True, "id": uuid.UUID(int=5)}
    await queue.send("plain", ServiceBusMessage("x", application_properties=dict(sent)))
    [got] = await queue.take("plain")
    assert got.application_properties == {
        key.encode(): value.encode() if isinstance(value, str) else value for key, value in sent.items()
    }


async def test_headers_and_annotations_of_the_sender_are_kept(queue: Stage) -> None:
    """Source: azure-servicebus tests, test_queue_send_amqp_annotated_message."""
    message: Any = AmqpAnnotatedMessage(
        data_body=b"x", header={"priority": 5, "durable": True}, annotations={"note": "n"}, footer={"foot": "f"},
        delivery_annotations={"hint": "h"},
    )  # fmt: skip
    await (await queue.sender("plain")).send_messages(message)
    [got] = await queue.take("plain")
    raw = got.raw_amqp_message
    assert (raw.header.priority, raw.header.durable, raw.header.delivery_count) == (5, True, 0)
    assert (raw.annotations[b"note"], raw.delivery_annotations[b"hint"], raw.footer[b"foot"]) == (b"n", b"h", b"f")


async def test_messages_come_in_the_order_they_were_sent(queue: Stage) -> None:
    """Source: Microsoft Learn, "Message sequencing and timestamps"."""
    for text in "ab":
        await queue.send("plain", text)
    await queue.send("plain", "c", "d")
    sender = await queue.sender("plain")
    batch = await sender.create_message_batch()
    for text in "efg":
        batch.add_message(ServiceBusMessage(text))
    await sender.send_messages(batch)
    got = await queue.take("plain", 7)
    assert "".join(map(str, got)) == "abcdefg"
    numbers = [message.sequence_number for message in got]
    assert numbers == list(range(numbers[0], numbers[0] + 7))
    assert [message.enqueued_sequence_number for message in got] == numbers


async def test_the_broker_stamps_the_time(queue: Stage) -> None:
    """Source: Microsoft Learn, "Message sequencing and timestamps": by the broker's clock, in UTC."""
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    await queue.send("plain", "x")
    receiver = await queue.receiver("plain")
    [got] = await receiver.receive_messages()
    assert before <= got.enqueued_time_utc <= datetime.now(UTC)
    assert got.locked_until_utc - got.enqueued_time_utc >= timedelta(seconds=5)
    await receiver.complete_message(got)


async def test_a_message_says_when_it_expires(queue: Stage) -> None:
    """Source: azure-servicebus ``_common/message.py``: expires_at_utc is enqueued time and time to live."""
    await queue.send("plain", ServiceBusMessage("x", time_to_live=timedelta(seconds=60)))
    [got] = await queue.take("plain")
    assert got.time_to_live == timedelta(seconds=60)
    assert got.expires_at_utc == got.enqueued_time_utc + timedelta(seconds=60)


async def test_an_entity_limits_how_long_its_messages_live(stage: Stage) -> None:
    """Source: Microsoft Learn, "Message expiration (time to live)": a longer one is silently adjusted."""
    await stage.send("brief", ServiceBusMessage("x", time_to_live=timedelta(hours=1)))
    [got] = await stage.take("brief")
    assert got.time_to_live == timedelta(seconds=1)


async def test_a_message_beyond_256_kb_is_refused(queue: Stage) -> None:
    """Source: Microsoft Learn, "Service Bus quotas": maximum message size, standard tier."""
    with pytest.raises(MessageSizeExceededError):
        await queue.send("plain", "x" * (256 * 1024))
    await queue.send("plain", "x" * (255 * 1024))
    assert len(str((await queue.take("plain"))[0])) == 255 * 1024


async def test_a_batch_may_be_as_large_as_the_link_says(queue: Stage) -> None:
    """Source: azure-servicebus ``_servicebus_sender.py``: the limit comes from the link's max-message-size."""
    sender = await queue.sender("plain")
    batch = await sender.create_message_batch()
    assert batch.max_size_in_bytes == 256 * 1024
    with suppress(MessageSizeExceededError):
        while True:
            batch.add_message(ServiceBusMessage("x" * 10_000))
    assert batch.size_in_bytes > 240 * 1024
    await sender.send_messages(batch)
    assert len(await queue.take("plain", len(batch))) == len(batch)


async def test_a_batch_is_stored_whole_or_not_at_all(stage: Stage) -> None:
    """Source: Microsoft Learn, "Service Bus message batching": a batch is one atomic send."""
    good, bad = ServiceBusMessage("good", session_id=f"whole-{stage.is_async}"), ServiceBusMessage("no session")
    with pytest.raises(ServiceBusError):
        await stage.send("sessions", good, bad)
    receiver = await stage.open_receiver("sessions", session_id=good.session_id)
    assert await receiver.peek_messages(5) == []


@pytest.mark.parametrize("path", ["PLAIN", "Plain"])
async def test_names_are_matched_without_regard_to_case(queue: Stage, path: str) -> None:
    """Source: Microsoft Learn, "Naming rules for Azure resources": Service Bus names are case-insensitive."""
    await queue.send(path, "x")
    assert len(await queue.take("plain")) == 1


async def test_an_unknown_entity_is_not_found(stage: Stage) -> None:
    """Source: azure-servicebus ``exceptions.py``, MessagingEntityNotFoundError."""
    with pytest.raises(MessagingEntityNotFoundError):
        await stage.open_receiver("nowhere")


async def test_a_wrong_key_is_refused(stage: Stage) -> None:
    """Source: Microsoft Learn, "Service Bus access control with Shared Access Signatures"."""
    options = {"key": "wrong"}
    client: Any = stage.broker.async_client(**options) if stage.is_async else stage.broker.client(**options)
    with pytest.raises((ServiceBusAuthenticationError, ServiceBusAuthorizationError)):
        await stage.opened(client.get_queue_sender("plain"))


async def test_a_message_id_seen_before_is_dropped(stage: Stage) -> None:
    """Source: Microsoft Learn, "Duplicate detection": the send succeeds, the message is ignored; also in a batch."""
    name = str(uuid.uuid4())
    await stage.send("once", ServiceBusMessage("first", message_id=name))
    await stage.send("once", ServiceBusMessage("second", message_id=name))
    await stage.send("once", *(ServiceBusMessage(text, message_id=f"{name}{text}") for text in "aab"))
    assert [str(message) for message in await stage.take("once", 9, seconds=0.5)] == ["first", "a", "b"]


async def test_a_scheduled_message_comes_in_time_with_a_number_of_its_own(queue: Stage) -> None:
    """Source: Microsoft Learn, "Message sequencing and timestamps": it is appended as if it were enqueued then."""
    sender = await queue.sender("plain")
    when = datetime.now(UTC) + timedelta(seconds=1)
    [number] = await sender.schedule_messages(ServiceBusMessage("later"), when)
    await queue.send("plain", "sooner")
    assert [str(message) for message in await queue.take("plain", 1)] == ["sooner"]
    [got] = await queue.take("plain", seconds=3)
    assert got.enqueued_time_utc >= when.replace(microsecond=when.microsecond // 1000 * 1000)
    assert got.sequence_number > number + 1
    assert got.enqueued_sequence_number == number


async def test_a_message_can_be_scheduled_by_its_annotation(queue: Stage) -> None:
    """Source: azure-servicebus ``_common/message.py``, scheduled_enqueue_time_utc."""
    when = datetime.now(UTC) + timedelta(seconds=1)
    await queue.send("plain", ServiceBusMessage("later", scheduled_enqueue_time_utc=when))
    assert await queue.nothing("plain")
    [got] = await queue.take("plain", seconds=3)
    assert got.scheduled_enqueue_time_utc is not None


async def test_scheduled_messages_can_be_seen_and_cancelled(queue: Stage) -> None:
    """Source: Microsoft Learn, "Message browsing", states; MassTransit 926 quotes the answer to a second cancel."""
    sender, receiver = await queue.sender("plain"), await queue.receiver("plain")
    when = datetime.now(UTC) + timedelta(hours=1)
    numbers = await sender.schedule_messages([ServiceBusMessage("one"), ServiceBusMessage("two")], when)
    seen = await receiver.peek_messages(5, sequence_number=numbers[0])
    assert [(str(each), each.state) for each in seen] == [
        ("one", ServiceBusMessageState.SCHEDULED),
        ("two", ServiceBusMessageState.SCHEDULED),
    ]
    await sender.cancel_scheduled_messages(numbers)
    with pytest.raises(MessageNotFoundError):
        await sender.cancel_scheduled_messages(numbers)


async def test_senders_at_the_same_time_lose_nothing(queue: Stage) -> None:
    """Source: AMQP 1.0 §2.6.12: each transfer is acknowledged by itself."""
    senders = await asyncio.gather(*(queue.open_sender("plain") for _ in range(4)))
    await asyncio.gather(*(each.send_messages([ServiceBusMessage("x") for _ in range(25)]) for each in senders))
    assert len(await queue.take("plain", 100)) == 100
