"""Sessions: one holder at a time, its lock governs settlement, its state outlives it. Through both clients."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusMessage
from azure.servicebus.exceptions import (
    OperationTimeoutError,
    ServiceBusError,
    SessionCannotBeLockedError,
    SessionLockLostError,
)

from tests.local.servicebus.conftest import Stage


def of(session: str, *texts: str) -> list[ServiceBusMessage]:
    return [ServiceBusMessage(text, session_id=session) for text in texts]


@pytest.fixture
def session() -> str:
    """A name that no other test uses."""
    return str(uuid.uuid4())


async def texts(receiver: Any, count: int = 5) -> list[str]:
    """Receives and completes."""
    got = await receiver.receive_messages(count, max_wait_time=1)
    for message in got:
        await receiver.complete_message(message)
    return [str(message) for message in got]


async def test_a_receiver_gets_the_messages_of_its_session_only(stage: Stage, session: str) -> None:
    """Source: Microsoft Learn, "Message sessions", first in, first out."""
    await stage.send("sessions", *of(session, "a"), *of(session + "x", "other"), *of(session, "b"))
    receiver = await stage.open_receiver("sessions", session_id=session)
    assert receiver.session.session_id == session
    assert await texts(receiver) == ["a", "b"]
    assert await texts(await stage.open_receiver("sessions", session_id=session + "x")) == ["other"]


async def test_a_session_may_have_an_empty_name(stage: Stage) -> None:
    """Source: azure-servicebus tests, test_session_by_session_client_conn_str_receive_handler_peeklock."""
    await stage.send("sessions", *of("", "a"))
    receiver = await stage.open_receiver("sessions", session_id="")
    assert receiver.session.session_id == ""
    assert await texts(receiver, 1) == ["a"]
    await receiver.close()


async def test_the_next_available_session_is_the_one_that_waits_longest(stage: Stage, session: str) -> None:
    """Source: Microsoft Learn, "Message sessions", accepting any session."""
    await stage.send("next-sessions", *of(session + "1", "a"), *of(session + "2", "b"), *of(session + "1", "c"))
    options = {"session_id": NEXT_AVAILABLE_SESSION, "max_wait_time": 3}
    first = await stage.open_receiver("next-sessions", **options)
    second = await stage.open_receiver("next-sessions", **options)
    assert [first.session.session_id, second.session.session_id] == [session + "1", session + "2"]
    assert [await texts(first, 2), await texts(second, 1)] == [["a", "c"], ["b"]]


async def test_a_session_that_comes_later_is_waited_for(stage: Stage, session: str) -> None:
    """Source: azure-servicebus ``_transport/_pyamqp_transport.py``: the attach is answered when there is a session."""
    options = {"session_id": NEXT_AVAILABLE_SESSION, "max_wait_time": 10}
    waiting = asyncio.create_task(stage.open_receiver("next-sessions", **options))
    await asyncio.sleep(0.5)
    assert not waiting.done()
    await stage.send("next-sessions", *of(session, "a"))
    receiver = await waiting
    assert receiver.session.session_id == session
    assert await texts(receiver, 1) == ["a"]


async def test_nobody_waits_for_a_session_longer_than_asked(stage: Stage) -> None:
    """Source: azure-servicebus ``exceptions.py``, OperationTimeoutError; link property com.microsoft:timeout."""
    options = {"session_id": NEXT_AVAILABLE_SESSION, "max_wait_time": 5}
    waiting = asyncio.create_task(stage.open_receiver("no-sessions", **options))
    await asyncio.sleep(0.4)
    with stage.ahead(5), pytest.raises(OperationTimeoutError, match="No session became available"):
        await waiting


async def test_a_session_that_is_held_is_refused(stage: Stage, session: str) -> None:
    """Source: azure-servicebus ``exceptions.py``, SessionCannotBeLockedError."""
    await stage.open_receiver("sessions", session_id=session)
    with pytest.raises(SessionCannotBeLockedError):
        await stage.open_receiver("sessions", session_id=session)


async def test_the_state_outlives_its_holder(stage: Stage, session: str) -> None:
    """Source: Microsoft Learn, "Message sessions", message session state."""
    first = await stage.open_receiver("sessions", session_id=session)
    assert await first.session.get_state() is None
    await first.session.set_state(b"half way")
    assert await first.session.get_state() == b"half way"
    await first.close()
    second = await stage.open_receiver("sessions", session_id=session)
    assert await second.session.get_state() == b"half way"
    await second.session.set_state(None)
    assert await second.session.get_state() is None


async def test_a_message_is_settled_under_the_lock_of_its_session(stage: Stage, session: str) -> None:
    """Source: Microsoft Learn, "Message sessions": as long as the session is held, however old the delivery is."""
    await stage.send("sessions", *of(session, "slow"))
    receiver = await stage.open_receiver("sessions", session_id=session)
    [message] = await receiver.receive_messages(1)
    for seconds in (3, 6, 9):
        with stage.ahead(seconds):
            until = await receiver.session.renew_lock()
            assert until > datetime.now(UTC) + timedelta(seconds=seconds + 3)
    await receiver.complete_message(message)
    assert await receiver.peek_messages(1, sequence_number=1) == []


async def test_a_lost_session_takes_its_messages_along(stage: Stage, session: str) -> None:
    """Source: Microsoft Learn, "Message sessions", impact of delivery count: an expired lock counts.

    It is the broker that refuses: by the client's own clock the session is still held.
    """
    await stage.send("quick-sessions", *of(session, "slow"))
    first = await stage.open_receiver("quick-sessions", session_id=session)
    [message] = await first.receive_messages(1)
    with stage.ahead(3):
        await asyncio.sleep(0.2)
    with pytest.raises(SessionLockLostError):
        await first.complete_message(message)
    second = await stage.open_receiver("quick-sessions", session_id=session)
    [again] = await second.receive_messages(1)
    assert again.delivery_count == 1
    await second.complete_message(again)


async def test_a_closed_session_gives_its_messages_back_uncounted(stage: Stage, session: str) -> None:
    """Source: Microsoft Learn, "Message sessions", impact of delivery count: closing does not count."""
    await stage.send("sessions", *of(session, "a", "b"))
    first = await stage.open_receiver("sessions", session_id=session)
    assert len(await first.receive_messages(2)) == 2
    await first.close()
    second = await stage.open_receiver("sessions", session_id=session)
    got = await second.receive_messages(2, max_wait_time=1)
    assert [(str(each), each.delivery_count) for each in got] == [("a", 0), ("b", 0)]
    for message in got:
        await second.complete_message(message)


async def test_a_message_can_be_deferred_in_its_session(stage: Stage, session: str) -> None:
    """Source: azure-servicebus tests, test_session_by_servicebus_client_receive_with_retrieve_deferred_complete."""
    await stage.send("sessions", *of(session, "later"))
    receiver = await stage.open_receiver("sessions", session_id=session)
    [message] = await receiver.receive_messages(1)
    await receiver.defer_message(message)
    assert await receiver.receive_messages(1, max_wait_time=0.3) == []
    [deferred] = await receiver.receive_deferred_messages(message.sequence_number)
    await receiver.complete_message(deferred)


async def test_a_message_abandoned_in_its_session_comes_first_again(stage: Stage, session: str) -> None:
    """Source: azure-servicebus tests, test_queue_by_session_… re-receive of an abandoned message."""
    await stage.send("sessions", *of(session, "a", "b"))
    receiver = await stage.open_receiver("sessions", session_id=session)
    [message] = await receiver.receive_messages(1)
    await receiver.abandon_message(message)
    assert await texts(receiver) == ["a", "b"]


async def test_a_message_can_be_declared_dead_in_its_session(stage: Stage, session: str) -> None:
    """Source: Microsoft Learn, "… dead-letter queues": a dead-letter queue has no sessions."""
    await stage.send("sessions", *of(session, "poison"))
    receiver = await stage.open_receiver("sessions", session_id=session)
    [message] = await receiver.receive_messages(1)
    await receiver.dead_letter_message(message, reason="why")
    [dead] = await stage.take("sessions", sub_queue="deadletter")
    assert (dead.session_id, dead.dead_letter_reason) == (session, "why")


async def test_a_receiver_sees_only_its_session(stage: Stage, session: str) -> None:
    """Source: Microsoft Learn, "Message browsing": with a session, its messages."""
    await stage.send("sessions", *of(session, "mine"), *of(session + "x", "other"))
    receiver = await stage.open_receiver("sessions", session_id=session)
    assert [str(each) for each in await receiver.peek_messages(10, sequence_number=1)] == ["mine"]
    assert await texts(receiver, 1) == ["mine"]


async def test_a_session_entity_takes_no_message_without_a_session(stage: Stage) -> None:
    """Source: azure-servicebus tests, test_session_by_session_client_conn_str_… without session id."""
    with pytest.raises(ServiceBusError, match="SessionId"):
        await stage.send("sessions", "no session")


@pytest.mark.parametrize(
    ("entity", "options"),
    [
        pytest.param("sessions", {}, id="sessions need a sessionful receiver"),
        pytest.param("plain", {"session_id": "s"}, id="and only they have one"),
        pytest.param("sessions", {"session_id": 1}, id="and its session is a string"),
    ],
)
async def test_a_receiver_must_fit_its_entity(stage: Stage, entity: str, options: dict[str, Any]) -> None:
    """Source: azure-servicebus tests, test_session_by_session_client_conn_str_receive_handler_…: amqp:not-allowed."""
    with pytest.raises(ServiceBusError, match="session"):
        await stage.open_receiver(entity, **options)


async def test_sessions_are_listed(stage: Stage) -> None:
    """Source: azure-servicebus ``_session_browser.py``: those with active messages or a state; those changed after."""
    entity = "listed-aio" if stage.is_async else "listed-sync"

    async def listed(**options: Any) -> list[str]:
        found = stage.client.list_queue_sessions(entity, **options)
        return [each async for each in found] if stage.is_async else list(found)

    assert await listed() == []
    await stage.send(entity, *of("with-message", "x"))
    old = await stage.open_receiver(entity, session_id="old")
    await old.session.set_state("old")
    await asyncio.sleep(0.05)
    cutoff = datetime.now(UTC)
    await asyncio.sleep(0.05)
    new = await stage.open_receiver(entity, session_id="new")
    await new.session.set_state("new")
    assert sorted(await listed()) == ["new", "old", "with-message"]
    assert await listed(state_updated_after=cutoff) == ["new"]


async def test_a_receiver_may_take_sessions_at_the_same_time(stage: Stage, session: str) -> None:
    """Source: Microsoft Learn, "Message sessions", concurrent de-multiplexing."""
    names = [f"{session}{number}" for number in range(4)]
    await stage.send("sessions", *(each for name in names for each in of(name, "a", "b")))
    receivers = await asyncio.gather(*(stage.open_receiver("sessions", session_id=name) for name in names))
    assert await asyncio.gather(*(texts(each, 2) for each in receivers)) == [["a", "b"]] * 4
