"""Queues through the official SDK: what goes in comes out, once, in order, and is settled as asked.

Behaviour after Microsoft's documentation of message transfers, locks and settlement, and the SDK's own tests.
"""

import time
from datetime import UTC, datetime, timedelta

import pytest
from azure.servicebus import AutoLockRenewer, ServiceBusMessage, ServiceBusReceiveMode
from azure.servicebus.aio import ServiceBusClient as AsyncClient
from azure.servicebus.exceptions import (
    MessageLockLostError,
    MessageNotFoundError,
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
    ServiceBusAuthorizationError,
)

from tests.local.servicebus.conftest import Broker, Bus


def test_a_message_keeps_its_body_and_properties(bus: Bus) -> None:
    sent = ServiceBusMessage(
        b"hello", message_id="m1", subject="s", correlation_id="c", content_type="a/b", to="t", reply_to="r",
        application_properties={"k": 1, "s": "x"}, partition_key="pk",
    )  # fmt: skip
    bus.send("many", sent)
    [got] = bus.take("many")
    assert b"".join(got.body) == b"hello"
    assert (got.message_id, got.subject, got.correlation_id, got.content_type) == ("m1", "s", "c", "a/b")
    assert got.application_properties == {b"k": 1, b"s": b"x"}
    assert (got.partition_key, got.delivery_count) == ("pk", 0)
    assert got.sequence_number > 0
    assert got.enqueued_time_utc <= datetime.now(UTC)


def test_messages_come_in_the_order_they_were_sent_also_from_batches(bus: Bus) -> None:
    bus.send("many", *(str(n) for n in range(20)))
    with bus.client.get_queue_sender("many") as sender:
        batch = sender.create_message_batch()
        for number in range(20, 25):
            batch.add_message(ServiceBusMessage(str(number)))
        sender.send_messages(batch)
    got: list[str] = []
    while len(got) < 25:
        got += map(str, bus.take("many", 10))
    assert got == [str(n) for n in range(25)]


def test_a_message_abandoned_too_often_is_dead_lettered(bus: Bus) -> None:
    bus.send("jobs", "bad")
    with bus.client.get_queue_receiver("jobs", max_wait_time=1) as receiver:
        for delivery in range(3):
            [message] = receiver.receive_messages()
            assert message.delivery_count == delivery
            receiver.abandon_message(message)
        assert receiver.receive_messages(max_wait_time=0.5) == []
    [dead] = bus.take("jobs", sub_queue="deadletter")
    assert (dead.dead_letter_reason, dead.dead_letter_source) == ("MaxDeliveryCountExceeded", "jobs")


def test_a_message_can_be_dead_lettered_with_a_reason(bus: Bus) -> None:
    bus.send("jobs", "poison")
    with bus.client.get_queue_receiver("jobs", max_wait_time=1) as receiver:
        [message] = receiver.receive_messages()
        receiver.dead_letter_message(message, reason="why", error_description="because")
    [dead] = bus.take("jobs", sub_queue="deadletter")
    assert (dead.dead_letter_reason, dead.dead_letter_error_description) == ("why", "because")


def test_a_deferred_message_is_received_by_its_number_only(bus: Bus) -> None:
    bus.send("many", "later")
    with bus.client.get_queue_receiver("many", max_wait_time=1) as receiver:
        [message] = receiver.receive_messages()
        receiver.defer_message(message)
        assert receiver.receive_messages(max_wait_time=0.5) == []
        [deferred] = receiver.receive_deferred_messages(message.sequence_number)
        receiver.complete_message(deferred)
        with pytest.raises(MessageNotFoundError):
            receiver.receive_deferred_messages(message.sequence_number)


def test_a_message_whose_lock_expired_is_delivered_again_and_the_old_lock_is_void(bus: Bus) -> None:
    bus.send("jobs", "slow")
    with bus.client.get_queue_receiver("jobs", max_wait_time=5) as receiver:
        [first] = receiver.receive_messages()
        [second] = receiver.receive_messages()
        assert second.delivery_count == 1
        with pytest.raises(MessageLockLostError):
            receiver.complete_message(first)
        receiver.complete_message(second)


def test_a_renewed_lock_holds(bus: Bus) -> None:
    bus.send("jobs", "long")
    with AutoLockRenewer() as renewer, bus.client.get_queue_receiver("jobs", max_wait_time=2) as receiver:
        [message] = receiver.receive_messages()
        renewer.register(receiver, message, 10)
        time.sleep(4)
        receiver.complete_message(message)


def test_scheduled_messages_come_in_time_and_cancelled_ones_never(bus: Bus) -> None:
    when = datetime.now(UTC) + timedelta(seconds=5)
    with bus.client.get_queue_sender("many") as sender:
        first, _ = sender.schedule_messages([ServiceBusMessage("one"), ServiceBusMessage("two")], when)
        sender.cancel_scheduled_messages(first)
    assert bus.take("many") == []
    time.sleep(max(0, (when - datetime.now(UTC)).total_seconds()))
    assert [str(message) for message in bus.take("many", 5)] == ["two"]


def test_peeking_takes_nothing(bus: Bus) -> None:
    bus.send("many", "0", "1", "2")
    with bus.client.get_queue_receiver("many", max_wait_time=1) as receiver:
        assert [str(message) for message in receiver.peek_messages(10)] == ["0", "1", "2"]
    assert len(bus.take("many", 3)) == 3


def test_a_message_id_seen_before_is_dropped(bus: Bus) -> None:
    for _ in range(3):
        bus.send("once", ServiceBusMessage("x", message_id="same"))
    assert len(bus.take("once", 10)) == 1


def test_an_expired_message_is_dead_lettered_where_the_queue_says_so(bus: Bus) -> None:
    bus.send("brief", "x")
    time.sleep(1.3)
    assert bus.take("brief") == []
    assert bus.take("brief", sub_queue="deadletter")[0].dead_letter_reason == "TTLExpiredException"


def test_receive_and_delete_leaves_nothing(bus: Bus) -> None:
    bus.send("many", "x")
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    with bus.client.get_queue_receiver("many", max_wait_time=1, receive_mode=mode) as receiver:
        assert len(receiver.receive_messages()) == 1
    assert bus.take("many") == []


def test_messages_fetched_ahead_but_not_taken_are_free_again(bus: Bus) -> None:
    bus.send("many", *(str(n) for n in range(10)))
    with bus.client.get_queue_receiver("many", max_wait_time=1, prefetch_count=5) as receiver:
        [message] = receiver.receive_messages(1)
        receiver.complete_message(message)
    assert [message.delivery_count for message in bus.take("many", 20)] == [0] * 9


def test_a_wrong_key_and_a_wrong_name_are_refused(broker: Broker, bus: Bus) -> None:
    with pytest.raises(MessagingEntityNotFoundError):
        bus.send("nowhere", "x")
    with (
        broker.client(key="wrong") as stranger,
        pytest.raises((ServiceBusAuthenticationError, ServiceBusAuthorizationError)),
    ):
        Bus(stranger).send("many", "x")


async def test_the_asyncio_client_sends_and_receives(broker: Broker) -> None:
    async with AsyncClient.from_connection_string(broker.connection()) as client:
        async with client.get_queue_sender("many") as sender:
            await sender.send_messages([ServiceBusMessage(str(n)) for n in range(3)])
        async with client.get_queue_receiver("many", max_wait_time=1) as receiver:
            got = []
            async for message in receiver:
                got.append(str(message))
                await receiver.complete_message(message)
    assert got == ["0", "1", "2"]
