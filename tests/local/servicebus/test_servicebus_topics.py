"""Topics: who gets a copy, and which one; rules changed while it runs; forwarding. Through both clients."""

import asyncio
import uuid
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.exceptions import (
    MessagingEntityAlreadyExistsError,
    MessagingEntityNotFoundError,
    ServiceBusError,
)

from tests.local.servicebus.conftest import Stage

SQL_FILTER, CORRELATION_FILTER, TRUE_FILTER = 0x1370000006, 0x1370000009, 0x1370000007


@pytest.fixture(scope="session")
async def got(stage: Stage) -> dict[str, list[Any]]:
    """What each subscription got of the same four messages."""
    await stage.send(
        "events",
        ServiceBusMessage("a", subject="l1", application_properties={"colour": "red", "qty": 20}),
        ServiceBusMessage("b", subject="l2", application_properties={"colour": "blue", "qty": 11}),
        ServiceBusMessage("c", subject="x", application_properties={"colour": "red", "qty": 11}),
        ServiceBusMessage("d", subject="l1"),
    )
    names = ("all", "red", "big", "changed", "twice", "forwarded")
    paths = ["from-events" if name == "forwarded" else f"events/{name}" for name in names]
    found = await asyncio.gather(*(stage.take(path, 9, seconds=0.7) for path in paths))
    return dict(zip(names, found, strict=True))


async def test_each_subscription_gets_what_its_rules_let_through(got: dict[str, list[Any]]) -> None:
    """Source: Microsoft Learn, "Topic filters and actions"; and "… autoforwarding", of a subscription."""
    expected = {"all": "abcd", "red": "a", "big": "ab", "changed": "a", "twice": "aabc", "forwarded": "b"}
    assert {name: "".join(sorted(map(str, found))) for name, found in got.items()} == expected


async def test_an_action_changes_the_copy(got: dict[str, list[Any]]) -> None:
    """Source: Microsoft Learn, "Subscription rule SQL action syntax", SET and REMOVE."""
    [changed] = got["changed"]
    assert (changed.subject, changed.application_properties) == ("big", {b"qty": 20})
    [original] = got["red"]
    assert (original.subject, original.application_properties) == ("l1", {b"colour": b"red", b"qty": 20})


async def test_each_matching_rule_with_an_action_makes_a_copy(got: dict[str, list[Any]]) -> None:
    """Source: Microsoft Learn, "Topic filters and actions": one more for all matching rules without an action."""
    copies = [copy.application_properties.get(b"seen", 0) for copy in got["twice"] if str(copy) == "a"]
    assert sorted(copies) == [0, 21]


async def test_copies_have_numbers_of_their_own(got: dict[str, list[Any]]) -> None:
    """Source: Microsoft Learn, "Message sequencing and timestamps": the topic's number is the enqueued one."""
    numbers = [message.sequence_number for message in got["all"]]
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    submitted = [message.enqueued_sequence_number for message in got["all"]]
    assert submitted == list(range(submitted[0], submitted[0] + 4))


async def test_a_subscription_has_dead_letters(stage: Stage) -> None:
    """Source: Microsoft Learn, "… dead-letter queues", path topic/Subscriptions/name/$DeadLetterQueue."""
    await stage.send("fragile", "x")
    receiver = await stage.receiver("fragile/once")
    [message] = await receiver.receive_messages(1)
    await receiver.abandon_message(message)  # at most one delivery
    [dead] = await stage.take("fragile/once", sub_queue="deadletter")
    assert (str(dead), dead.dead_letter_reason) == ("x", "MaxDeliveryCountExceeded")


async def test_a_message_whose_filter_fails_is_dead(stage: Stage) -> None:
    """Source: Microsoft Learn, "… dead-letter queues", dead-lettering on filter evaluation exceptions."""
    sent = ServiceBusMessage("x", session_id="s", application_properties={"size": 5, "ratio": 2, "mark": "too long"})
    await stage.send("strict", sent)
    [dead] = await stage.take("strict/broken", sub_queue="deadletter")
    assert dead.dead_letter_reason == "FilterException"
    assert "ESCAPE" in dead.dead_letter_error_description
    receiver = await stage.open_receiver("strict/in-sessions", session_id="s")
    [other] = await receiver.receive_messages(1)
    await receiver.complete_message(other)


async def test_a_message_without_session_is_dead_where_sessions_are_required(stage: Stage) -> None:
    """Source: Microsoft Learn, "… dead-letter queues", Session ID is null."""
    await stage.send("strict", "x")
    [dead] = await stage.take("strict/in-sessions", sub_queue="deadletter")
    assert dead.dead_letter_reason == "Session ID is null"
    await stage.take("strict/broken", sub_queue="deadletter", seconds=0.2)


async def test_a_message_whose_properties_are_too_large_is_dead(queue: Stage) -> None:
    """Source: Microsoft Learn, "… dead-letter queues", HeaderSizeExceeded, and "Service Bus quotas", 64 KB."""
    await queue.send("plain", ServiceBusMessage("x", application_properties={"large": "x" * 65_536}))
    [dead] = await queue.take("plain", sub_queue="deadletter")
    assert dead.dead_letter_reason == "HeaderSizeExceeded"
    assert dead.dead_letter_error_description == "The size quota for this stream has been exceeded."


# -- rules over AMQP ---------------------------------------------------------------------------------------------


async def manage(receiver: Any, operation: str, body: dict[str, Any]) -> Any:
    """A request to the management node of a subscription; the SDK has no public way for rules over AMQP."""

    def answered(status: int, message: Any, description: Any, amqp_transport: Any = None) -> Any:
        condition = (message.application_properties or {}).get(b"errorCondition")
        if status >= 400:
            amqp_transport.handle_amqp_mgmt_error(_SILENT, "refused", condition, description, status)
        return message.value

    return await receiver._mgmt_request_response(b"com.microsoft:" + operation.encode(), body, answered)


class _SILENT:
    info = debug = staticmethod(lambda *_: None)


async def rules(receiver: Any) -> dict[str, Any]:
    answer = await manage(receiver, "enumerate-rules", {"skip": 0, "top": 100})
    found = [each[b"rule-description"] for each in answer[b"rules"]] if answer else []
    return {rule[2].decode(): rule for rule in found}


async def test_rules_are_added_listed_and_removed(stage: Stage) -> None:
    """Source: Microsoft Learn, "AMQP 1.0 … request-response-based operations", rule operations."""
    receiver, name = await stage.receiver("edited/edited"), str(uuid.uuid4())
    await stage.send("edited", ServiceBusMessage("before", subject=name))
    sql = {"sql-filter": {"expression": f"sys.Label = '{name}'"}, "sql-rule-action": {"expression": "SET n = 1"}}
    await manage(receiver, "add-rule", {"rule-name": name, "rule-description": sql})
    assert name in await rules(receiver)
    await stage.send("edited", ServiceBusMessage("between", subject=name))
    await manage(receiver, "remove-rule", {"rule-name": name})
    assert name not in await rules(receiver)
    await stage.send("edited", ServiceBusMessage("after", subject=name))
    got = await stage.take("edited/edited", 3, seconds=0.3)
    assert [(str(each), each.application_properties) for each in got] == [("between", {b"n": 1})]


async def test_a_correlation_rule_can_be_added(stage: Stage) -> None:
    """Source: Microsoft Learn, "AMQP 1.0 … request-response-based operations", add rule, correlation-filter."""
    receiver, name = await stage.receiver("edited/edited"), str(uuid.uuid4())
    wanted = {"correlation-filter": {"correlation-id": name, "properties": {"n": 1}}}
    await manage(receiver, "add-rule", {"rule-name": name, "rule-description": wanted})
    for number in (1, 2):
        await stage.send(
            "edited", ServiceBusMessage(str(number), correlation_id=name, application_properties={"n": number})
        )
    assert [str(each) for each in await stage.take("edited/edited", 2, seconds=0.3)] == ["1"]
    [found, action, _] = (await rules(receiver))[name]
    assert (found[0], found[8], action) == (name.encode(), {b"n": 1}, [])
    await manage(receiver, "remove-rule", {"rule-name": name})


@pytest.mark.parametrize(
    ("operation", "body", "error"),
    [
        pytest.param("remove-rule", {"rule-name": "none"}, MessagingEntityNotFoundError, id="no such rule"),
        pytest.param(
            "add-rule",
            {"rule-name": "r", "rule-description": {"sql-filter": {"expression": "1=1"}}},
            MessagingEntityAlreadyExistsError,
            id="a name that is taken",
        ),
        pytest.param(
            "add-rule",
            {"rule-name": "bad", "rule-description": {"sql-filter": {"expression": "((colour"}}},
            ServiceBusError,
            id="an expression without sense",
        ),
        pytest.param("add-rule", {"rule-name": "bad"}, ServiceBusError, id="no description"),
    ],
)
async def test_rules_that_cannot_be_are_refused(
    stage: Stage, operation: str, body: dict[str, Any], error: type[Exception]
) -> None:
    """Source: azure-servicebus ``_transport/_pyamqp_transport.py``, the mapping of conditions."""
    receiver = await stage.receiver("edited/edited")
    with pytest.raises(error):
        await manage(receiver, operation, body)
    assert list(await rules(receiver)) == ["r"]


async def test_an_unknown_operation_is_refused(stage: Stage) -> None:
    """Source: AMQP Management 1.0 (draft) §3.2.1.2: 501 Not Implemented."""
    with pytest.raises(ServiceBusError, match="501"):
        await manage(await stage.receiver("edited/edited"), "make-coffee", {})


# -- forwarding --------------------------------------------------------------------------------------------------


async def test_a_message_is_forwarded_as_far_as_four_hops(stage: Stage) -> None:
    """Source: Microsoft Learn, "Chaining Service Bus entities with autoforwarding"."""
    await stage.send("hop2", ServiceBusMessage("x", message_id="m"))
    [got] = await stage.take("end")
    assert (got.message_id, str(got)) == ("m", "x")
    assert got.enqueued_sequence_number > 0


async def test_a_message_that_goes_further_is_transfer_dead_lettered(stage: Stage) -> None:
    """Source: Microsoft Learn, "… autoforwarding", four hops, and "… dead-letter queues", transfer dead letters."""
    await stage.send("hop1", "x")
    assert await stage.nothing("end")
    [dead] = await stage.take("hop5", sub_queue="transferdeadletter")
    assert dead.dead_letter_reason == "MaxTransferHopCountExceeded"


async def test_a_queue_that_forwards_has_no_receivers(stage: Stage) -> None:
    """Source: Microsoft Learn, "… autoforwarding": a receiver on the source entity is refused."""
    with pytest.raises(ServiceBusError, match="forwards"):
        await stage.open_receiver("hop1")


async def test_the_dead_are_forwarded_too_and_say_where_from(stage: Stage) -> None:
    """Source: azure-servicebus ``_common/message.py``, dead_letter_source; Learn, "… autoforwarding"."""
    await stage.send("undertaken", "x")
    receiver = await stage.receiver("undertaken")
    [message] = await receiver.receive_messages(1)
    await receiver.abandon_message(message)
    [dead] = await stage.take("graveyard")
    assert (dead.dead_letter_source, dead.dead_letter_reason) == ("undertaken", "MaxDeliveryCountExceeded")
    assert (dead.delivery_count, dead.enqueued_sequence_number) == (0, message.sequence_number)


async def test_a_forwarded_message_must_fit_where_it_goes(stage: Stage) -> None:
    """Source: Microsoft Learn, "… dead-letter queues", Session ID is null."""
    await stage.send("into-sessions", "x")
    [dead] = await stage.take("sessions", sub_queue="deadletter")
    assert dead.dead_letter_reason == "Session ID is null"
