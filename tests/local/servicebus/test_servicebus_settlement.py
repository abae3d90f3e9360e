"""Locks and what becomes of a message: completed, abandoned, deferred, dead, expired. Through both clients."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusMessageState, ServiceBusReceiveMode
from azure.servicebus.exceptions import (
    MessageAlreadySettled,
    MessageLockLostError,
    MessageNotFoundError,
    ServiceBusError,
)

from tests.local.servicebus.conftest import Stage


async def test_a_completed_message_is_gone(queue: Stage) -> None:
    """Source: Microsoft Learn, "Message transfers, locks, and settlement"."""
    await queue.send("plain", "x")
    assert len(await queue.take("plain")) == 1
    assert await (await queue.receiver("plain")).peek_messages(1, sequence_number=1) == []


async def test_a_message_is_settled_once(queue: Stage) -> None:
    """Source: azure-servicebus ``exceptions.py``, MessageAlreadySettled."""
    await queue.send("plain", "x")
    receiver = await queue.receiver("plain")
    [message] = await receiver.receive_messages()
    await receiver.complete_message(message)
    with pytest.raises(MessageAlreadySettled):
        await receiver.abandon_message(message)


async def test_the_lock_token_is_the_delivery_tag(queue: Stage) -> None:
    """Source: azure-servicebus ``_common/message.py``, lock_token: the tag's bytes, little-endian."""
    await queue.send("plain", "x")
    receiver = await queue.receiver("plain")
    [message] = await receiver.receive_messages()
    annotation = message.raw_amqp_message.delivery_annotations[b"x-opt-lock-token"]
    assert annotation == message.lock_token
    await receiver.complete_message(message)


async def test_an_abandoned_message_comes_back_first_and_counted(queue: Stage) -> None:
    """Source: Microsoft Learn, "Message transfers, locks, and settlement", abandon."""
    await queue.send("plain", "a", "b")
    receiver = await queue.receiver("plain")
    [message] = await receiver.receive_messages(1)
    await receiver.abandon_message(message)
    got = await queue.take("plain", 2)
    assert [(str(each), each.delivery_count) for each in got] == [("a", 1), ("b", 0)]
    assert got[0].sequence_number == message.sequence_number


async def test_a_message_abandoned_too_often_is_dead(queue: Stage) -> None:
    """Source: Microsoft Learn, "Overview of Service Bus dead-letter queues", maximum delivery count."""
    await queue.send("plain", "bad")
    receiver = await queue.receiver("plain")
    for delivery in range(3):
        [message] = await receiver.receive_messages()
        assert message.delivery_count == delivery
        await receiver.abandon_message(message)
    assert await queue.nothing("plain")
    [dead] = await queue.take("plain", sub_queue="deadletter")
    assert dead.dead_letter_reason == "MaxDeliveryCountExceeded"
    assert "3 delivery attempts" in dead.dead_letter_error_description
    assert (dead.delivery_count, dead.sequence_number) == (3, message.sequence_number)


@pytest.mark.parametrize(
    "reason", [pytest.param(("why", "because"), id="given"), pytest.param((None, None), id="none")]
)
async def test_a_message_can_be_declared_dead(queue: Stage, reason: tuple[str | None, str | None]) -> None:
    """Source: Microsoft Learn, "Overview of Service Bus dead-letter queues", application-level dead-lettering."""
    await queue.send("plain", ServiceBusMessage("poison", application_properties={"own": 1}))
    receiver = await queue.receiver("plain")
    [message] = await receiver.receive_messages()
    await receiver.dead_letter_message(message, reason=reason[0], error_description=reason[1])
    [dead] = await queue.take("plain", sub_queue="deadletter")
    assert (dead.dead_letter_reason or None, dead.dead_letter_error_description or None) == reason
    assert dead.application_properties[b"own"] == 1
    assert dead.dead_letter_source is None  # only once it is forwarded: azure-servicebus ``_common/message.py``


async def test_the_dead_are_not_declared_dead_again(stage: Stage) -> None:
    """Source: Microsoft Learn, "Overview of Service Bus dead-letter queues": not from a dead-letter queue."""
    await stage.send("quick", "poison")
    receiver, dead = await stage.receiver("quick"), await stage.dead("quick")
    [message] = await receiver.receive_messages()
    await receiver.dead_letter_message(message)
    [message] = await dead.receive_messages()
    with pytest.raises(ServiceBusError):
        await dead.dead_letter_message(message)
    with stage.ahead(2):
        assert len(await stage.take("quick", sub_queue="deadletter")) == 1


async def test_nobody_sends_to_the_dead(stage: Stage) -> None:
    """Source: Microsoft Learn, "Overview of Service Bus dead-letter queues": only by dead-lettering."""
    with pytest.raises(ServiceBusError):
        await stage.send("plain/$DeadLetterQueue", "x")


@pytest.mark.parametrize("then", ["complete_message", "abandon_message", "dead_letter_message", "defer_message"])
async def test_a_deferred_message_is_received_by_its_number_only(queue: Stage, then: str) -> None:
    """Source: Microsoft Learn, "Message deferral"."""
    await queue.send("plain", "later")
    receiver = await queue.receiver("plain")
    [message] = await receiver.receive_messages()
    await receiver.defer_message(message)
    assert await queue.nothing("plain")
    [seen] = await receiver.peek_messages(1, sequence_number=message.sequence_number)
    assert seen.state == ServiceBusMessageState.DEFERRED
    [deferred] = await receiver.receive_deferred_messages(message.sequence_number)
    await getattr(receiver, then)(deferred)
    if then in {"abandon_message", "defer_message"}:  # it stays deferred
        [deferred] = await receiver.receive_deferred_messages(message.sequence_number)
        assert deferred.delivery_count == 2
        await receiver.complete_message(deferred)
    if then == "dead_letter_message":
        assert len(await queue.take("plain", sub_queue="deadletter")) == 1
    with pytest.raises(MessageNotFoundError):
        await receiver.receive_deferred_messages(message.sequence_number)


async def test_deferred_messages_are_received_all_or_none(queue: Stage) -> None:
    """Source: Microsoft Learn, "AMQP 1.0 … request-response-based operations", receive by sequence number."""
    await queue.send("plain", "later")
    receiver = await queue.receiver("plain")
    [message] = await receiver.receive_messages()
    await receiver.defer_message(message)
    with pytest.raises(MessageNotFoundError):
        await receiver.receive_deferred_messages([message.sequence_number, 999_999])
    [deferred] = await receiver.receive_deferred_messages([message.sequence_number])
    await receiver.complete_message(deferred)


async def test_a_message_whose_lock_expired_is_delivered_again_and_the_old_lock_is_void(stage: Stage) -> None:
    """Source: Microsoft Learn, "Message transfers, locks, and settlement", lock expiration."""
    receiver = await stage.receiver("quick")
    await stage.send("quick", "slow")
    [first] = await receiver.receive_messages()
    [second] = await receiver.receive_messages(max_wait_time=60)  # a second, without any skew
    assert second.delivery_count == 1
    with pytest.raises(MessageLockLostError):
        await receiver.complete_message(first)
    await receiver.complete_message(second)


async def test_the_broker_itself_refuses_a_lost_lock(stage: Stage) -> None:
    """Source: azure-servicebus ``_common/constants.py``, message-lock-lost; not only by the client's own clock."""
    receiver = await stage.receiver("quick")
    await stage.send("quick", "slow")
    [first] = await receiver.receive_messages()
    with stage.ahead(2):
        [second] = await receiver.receive_messages(max_wait_time=60)
    first.raw_amqp_message.annotations[b"x-opt-locked-until"] = 4_102_444_800_000
    first._expiry = None
    with pytest.raises(MessageLockLostError):
        await receiver.complete_message(first)
    await receiver.complete_message(second)


async def test_a_renewed_lock_holds(stage: Stage) -> None:
    """Source: Microsoft Learn, "Message transfers, locks, and settlement", renewing."""
    receiver = await stage.receiver("plain")
    await stage.send("plain", "long")
    [message] = await receiver.receive_messages()
    for seconds in (3, 6, 9):
        with stage.ahead(seconds):
            until = await receiver.renew_message_lock(message)
            assert until > datetime.now(UTC) + timedelta(seconds=seconds + 3)
    await receiver.complete_message(message)


async def test_a_lost_lock_cannot_be_renewed(stage: Stage) -> None:
    """Source: azure-servicebus ``exceptions.py``, MessageLockLostError."""
    receiver = await stage.receiver("quick")
    await stage.send("quick", "slow")
    [first] = await receiver.receive_messages()
    with stage.ahead(2):
        with pytest.raises(MessageLockLostError):
            await receiver.renew_message_lock(first)
        assert len(await stage.take("quick")) == 1


async def test_a_lock_outlives_its_receiver_until_it_expires(queue: Stage) -> None:
    """Source: azure-servicebus tests, test_queue_complete_message_on_different_receiver: settled by lock token."""
    await queue.send("plain", "x")
    first = await queue.open_receiver("plain")
    [message] = await first.receive_messages()
    await first.close()
    assert await queue.nothing("plain")
    await (await queue.receiver("plain")).complete_message(message)


async def test_messages_fetched_ahead_but_not_taken_are_free_again(queue: Stage) -> None:
    """Source: azure-servicebus ``_servicebus_receiver.py``: drained and released when closed, and not counted."""
    await queue.send("plain", *(str(number) for number in range(10)))
    ahead = await queue.open_receiver("plain", prefetch_count=5)
    [message] = await ahead.receive_messages(1)
    await ahead.complete_message(message)
    await ahead.close()
    assert [each.delivery_count for each in await queue.take("plain", 9)] == [0] * 9


async def test_receive_and_delete_leaves_nothing(queue: Stage) -> None:
    """Source: Microsoft Learn, "Message transfers, locks, and settlement", receive-and-delete."""
    await queue.send("plain", "x")
    deleting = await queue.receiver("plain", receive_mode=ServiceBusReceiveMode.RECEIVE_AND_DELETE)
    assert len(await deleting.receive_messages(1)) == 1


async def test_peeking_takes_nothing_and_goes_on_where_it_was(queue: Stage) -> None:
    """Source: Microsoft Learn, "Message browsing"; azure-servicebus tests, peek_auto_increment."""
    await queue.send("plain", "0", "1", "2")
    receiver = await queue.open_receiver("plain")
    [first] = await receiver.peek_messages(1)
    assert [str(each) for each in await receiver.peek_messages(5)] == ["1", "2"]
    again = await receiver.peek_messages(5, sequence_number=first.sequence_number)
    assert [str(each) for each in again] == ["0", "1", "2"]
    assert len(await queue.take("plain", 3)) == 3


async def test_an_empty_queue_keeps_a_receiver_waiting_as_long_as_it_likes(queue: Stage) -> None:
    """Source: azure-servicebus ``_servicebus_receiver.py``, max_wait_time."""
    began = asyncio.get_running_loop().time()
    assert await queue.nothing("plain", seconds=0.5)
    assert 0.5 <= asyncio.get_running_loop().time() - began < 1.5


async def test_an_expired_message_is_dead_lettered_where_the_queue_says_so(stage: Stage) -> None:
    """Source: Microsoft Learn, "Message expiration (time to live)" and "… dead-letter queues"."""
    await stage.send("brief", "x")
    with stage.ahead(2):
        assert await stage.nothing("brief")
    [dead] = await stage.take("brief", sub_queue="deadletter")
    assert dead.dead_letter_reason == "TTLExpiredException"
    assert dead.dead_letter_error_description == "The message expired and was dead lettered."


async def test_an_expired_message_is_gone_where_the_queue_does_not_say(stage: Stage) -> None:
    """Source: Microsoft Learn, "Message expiration (time to live)"."""
    await stage.send("forgetful", "x")
    with stage.ahead(2):
        assert await stage.nothing("forgetful")
    assert await (await stage.receiver("forgetful")).peek_messages(1, sequence_number=1) == []


async def test_a_locked_message_does_not_expire(stage: Stage) -> None:
    """Source: Microsoft Learn, "Message expiration (time to live)": not while it is locked."""
    receiver = await stage.receiver("brief")
    await stage.send("brief", "x")
    [message] = await receiver.receive_messages()
    with stage.ahead(2):
        await asyncio.sleep(0.2)
        await receiver.complete_message(message)
    assert await stage.nothing("brief", sub_queue="deadletter")


async def test_receivers_share_a_queue(queue: Stage) -> None:
    """Source: Microsoft Learn, "Competing consumers": each message goes to one of them."""
    first, second = await asyncio.gather(*(queue.open_receiver("plain") for _ in range(2)))
    await queue.send("plain", *(str(number) for number in range(20)))
    got = await asyncio.gather(*(each.receive_messages(10, max_wait_time=2) for each in (first, second)))
    for receiver, messages in zip((first, second), got, strict=True):
        for message in messages:
            await receiver.complete_message(message)
    seen = [str(message) for messages in got for message in messages]
    seen += [str(message) for message in await queue.take("plain", 20 - len(seen))]
    assert sorted(map(int, seen)) == list(range(20))
