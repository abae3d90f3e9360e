"""Delivery ids that are out of order, which the service does not mind. Source: AMQP 1.0 §2.7.5 and §2.7.6."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.servicebus import AutoLockRenewer, ServiceBusMessage

from local.servicebus.sequencing import Sequencer
from tests.local.servicebus.conftest import Broker


def frame(code: int, *fields: bytes, payload: bytes = b"") -> bytes:
    content = b"".join(fields)
    body = bytes((0, 0x53, code, 0xC0, len(content) + 1, len(fields))) + content + payload
    return (8 + len(body)).to_bytes(4) + b"\x02\x00\x00\x01" + body


def transfer(delivery: bytes, *, handle: int = 3, more: bool = False) -> bytes:
    fields = (bytes((0x52, handle)), delivery, b"\xa0\x01t", b"\x43", b"\x42", b"\x41" if more else b"\x42")
    return frame(0x14, *fields, payload=b"message")


def disposition(first: bytes, last: bytes) -> bytes:
    return frame(0x15, b"\x41", first, last, b"\x41", b"\x00\x53\x24\x45")


ONE, TWO, THREE, FOUR, NONE = b"\x52\x01", b"\x52\x02", b"\x52\x03", b"\x52\x04", b"\x40"


@pytest.mark.parametrize(
    ("given", "ordered"),
    [
        pytest.param([ONE, TWO, THREE], [ONE, TWO, THREE], id="in order"),
        pytest.param([ONE, TWO, TWO, THREE], [ONE, TWO, THREE, FOUR], id="one twice"),
        pytest.param([ONE, THREE, TWO], [ONE, TWO, THREE], id="swapped"),
        pytest.param([b"\x70\x00\x00\x00\x01", ONE], [b"\x70\x00\x00\x00\x01", TWO], id="of another width"),
    ],
)
def test_ids_are_put_in_order(given: list[bytes], ordered: list[bytes]) -> None:
    assert Sequencer().incoming(b"".join(map(transfer, given))) == b"".join(map(transfer, ordered))


def test_frames_may_come_in_pieces() -> None:
    sequencer, whole = Sequencer(), b"AMQP\x00\x01\x00\x00" + transfer(ONE) + transfer(ONE)
    passed = b"".join(sequencer.incoming(whole[at : at + 1]) for at in range(len(whole)))
    assert passed == b"AMQP\x00\x01\x00\x00" + transfer(ONE) + transfer(TWO)


def test_a_delivery_of_several_frames_has_one_id() -> None:
    given = transfer(ONE, more=True) + transfer(NONE, more=True) + transfer(ONE, handle=4) + transfer(ONE)
    ordered = transfer(ONE, more=True) + transfer(NONE, more=True) + transfer(TWO, handle=4) + transfer(ONE)
    assert Sequencer().incoming(given) == ordered


def test_the_client_is_told_of_its_own_ids() -> None:
    sequencer = Sequencer()
    sequencer.incoming(transfer(ONE) + transfer(ONE) + transfer(TWO))
    said = sequencer.outgoing(disposition(ONE, THREE))
    assert said == disposition(ONE, NONE) + disposition(ONE, NONE) + disposition(TWO, NONE)
    assert sequencer.outgoing(disposition(ONE, THREE)) == disposition(ONE, THREE)


def test_what_is_not_amqp_passes() -> None:
    assert Sequencer().incoming(b"GET / HTTP/1.1\r\n\r\n") == b"GET / HTTP/1.1\r\n\r\n"


def test_threads_may_ask_at_the_same_time(broker: Broker) -> None:
    """Source: azure-servicebus tests, test_queue_receive_handler_peek_check_uniq_corr_id."""
    with broker.client() as client, client.get_queue_sender("many") as sender:
        sender.send_messages([ServiceBusMessage(str(number)) for number in range(10)])
        with client.get_queue_receiver("many", max_wait_time=2) as receiver:
            numbers = [each.sequence_number for each in receiver.peek_messages(10)]
            with ThreadPoolExecutor(10) as pool:
                seen = list(pool.map(lambda number: receiver.peek_messages(1, sequence_number=number), numbers))
            assert [each.sequence_number for [each] in seen] == numbers
            for message in receiver.receive_messages(10):
                receiver.complete_message(message)


def test_locks_of_many_messages_are_renewed_at_the_same_time(broker: Broker) -> None:
    """Source: azure-servicebus tests, test_queue_by_queue_client_conn_str_receive_handler_with_autolockrenew."""
    with broker.client() as client, client.get_queue_sender("renewed") as sender:
        sender.send_messages([ServiceBusMessage(str(number)) for number in range(8)])
        with AutoLockRenewer(max_workers=8) as renewer, client.get_queue_receiver("renewed") as receiver:
            messages = receiver.receive_messages(8, max_wait_time=2)
            for message in messages:
                renewer.register(receiver, message, 20)
            time.sleep(5.5)
            for message in messages:
                receiver.complete_message(message)
    assert len(messages) == 8
