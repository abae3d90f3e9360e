"""Topics fan out by their rules; a session belongs to one receiver at a time."""

import pytest
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusMessage
from azure.servicebus.exceptions import OperationTimeoutError, SessionCannotBeLockedError

from tests.local.servicebus.conftest import Bus


def test_each_subscription_gets_what_its_rule_lets_through(bus: Bus) -> None:
    with bus.client.get_topic_sender("events") as sender:
        sender.send_messages(
            [
                ServiceBusMessage("a", subject="l1", application_properties={"colour": "red", "qty": 20}),
                ServiceBusMessage("b", subject="l2", application_properties={"colour": "blue", "qty": 11}),
                ServiceBusMessage("c", subject="x", application_properties={"colour": "red", "qty": 11}),
                ServiceBusMessage("d", subject="l1"),
            ]
        )
    for subscription, expected in {"all": "abcd", "red": "a", "big": "ab"}.items():
        with bus.client.get_subscription_receiver("events", subscription, max_wait_time=1) as receiver:
            got = receiver.receive_messages(10)
            for message in got:
                receiver.complete_message(message)
        assert "".join(map(str, got)) == expected


def test_sessions_are_taken_one_by_one_and_keep_their_state(bus: Bus) -> None:
    bus.send("sessions", *(ServiceBusMessage(f"{s}{n}", session_id=s) for n in range(2) for s in "AB"))
    with (
        bus.client.get_queue_receiver("sessions", session_id=NEXT_AVAILABLE_SESSION, max_wait_time=2) as first,
        bus.client.get_queue_receiver("sessions", session_id="B", max_wait_time=2) as second,
    ):
        assert first.session.session_id == "A"
        with pytest.raises(SessionCannotBeLockedError):
            bus.client.get_queue_receiver("sessions", session_id="A").__enter__()
        for receiver, name in ((first, "A"), (second, "B")):
            got = receiver.receive_messages(5)
            assert [str(message) for message in got] == [f"{name}0", f"{name}1"]
            for message in got:
                receiver.complete_message(message)
        first.session.set_state(b"half way")
        assert first.session.get_state() == b"half way"
        first.session.renew_lock()
    with pytest.raises(OperationTimeoutError):
        bus.client.get_queue_receiver("sessions", session_id=NEXT_AVAILABLE_SESSION, max_wait_time=1).__enter__()
