"""Every delivery comes to one outcome, whatever is redelivered in between.

A delivery is a document; messages only say that its turn has come. Each message names the number that the document
must have for it to act, so one that comes twice, or after its successor, does nothing but make sure of the successor.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

from shared.clock import rfc3339
from shared.delivery import circuits, letters, patience, push, webhooks
from shared.delivery.models import Channel, Delivery, DeliveryRequest, State
from shared.delivery.outcome import Outcome
from shared.errors import Conflict, NotFound, PreconditionFailed
from shared.ids import derived_id
from shared.platform import Platform
from shared.sealing.roots import PLATFORM
from shared.storage.outbox import Message
from shared.telemetry import measures

log = logging.getLogger("reeve.delivery")

QUEUE = "deliveries"
OVERDUE = timedelta(minutes=2)
"""By how much a delivery is late when its message must have been lost."""
SENDERS: dict[Channel, Callable[[Platform, Delivery], Awaitable[Outcome]]] = {
    Channel.WEBHOOK: webhooks.deliver,
    Channel.EMAIL: letters.deliver,
    Channel.PUSH: push.deliver,
}


async def place(platform: Platform, drafts: Iterable[Delivery]) -> int:
    """First the documents, then the messages: a crash in between is repaired by the repetition, or by the timer. Safe
    to run any number of times; how many were new."""
    made = 0
    for draft in drafts:
        try:
            await platform.records(Delivery).create(draft)
            made += 1
        except Conflict:
            log.info("a delivery was there already")
        if draft.state is State.PENDING:
            await platform.bus.send(message(draft))
    return made


# -- several told together ---------------------------------------------------------------------------------------------


async def gather(platform: Platform) -> int:
    """Tells together what has waited long enough: one delivery for each person and channel. How many there were.

    Each step may be repeated. What belongs together is stamped first; so a run that broke off is finished by the next
    with the same members, and nothing is told in two.
    """
    for together in (await _waiting(platform)).values():
        fresh = [each for each in together if each.digest_id is None]
        digest = derived_id("digest", *sorted(each.id for each in fresh))
        for each in fresh:
            await _stored(platform, each.model_copy(update={"digest_id": digest}), each.etag)
    told = 0
    for together in (await _waiting(platform)).values():
        for digest in sorted({each.digest_id for each in together if each.digest_id}):
            members = [each for each in together if each.digest_id == digest]
            told += await place(platform, [_digest(platform, digest, members)])
            for each in members:
                await _settle(platform, each, State.GATHERED, "it was told together with others")
    return told


async def _waiting(platform: Platform) -> dict[tuple[str, str, str], list[Delivery]]:
    """What is due, by whom it is for and how."""
    text = "SELECT * FROM c WHERE c.kind = 'delivery' AND c.state = 'waiting' AND c.dueAt <= @now"
    found = platform.container(Delivery.container).query(text, {"now": rfc3339(platform.clock.now())})
    sorted_out: dict[tuple[str, str, str], list[Delivery]] = {}
    for each in await platform.records(Delivery).open_all([document async for document in found]):
        sorted_out.setdefault((each.organisation_id, each.target_id, each.channel), []).append(each)
    return sorted_out


def _digest(platform: Platform, identifier: str, members: list[Delivery]) -> Delivery:
    """The newest first."""
    now, newest = platform.clock.now(), sorted(members, key=lambda each: (each.created_at, each.id), reverse=True)
    reasons = {each.why for each in members}
    changes = {
        "id": identifier,
        "digest_id": None,
        "notices": [each.notice for each in newest],
        "why": reasons.pop() if len(reasons) == 1 else "rules of yours and of your organisation",
        "state": State.PENDING,
        "due_at": now,
        "give_up_at": now + patience.GIVE_UP_AFTER,
        "created_at": now,
    }
    return newest[0].model_copy(update=changes)


# -- one turn of one delivery ------------------------------------------------------------------------------------------


async def deliver(platform: Platform, request: DeliveryRequest) -> str:
    """Acts if it is this message's turn. What came of it, in a word for the log."""
    try:
        delivery = await platform.records(Delivery).read(request.id, request.organisation_id)
    except NotFound:
        return "gone"
    if delivery.state is not State.PENDING or delivery.sequence != request.sequence:
        await _make_sure_of_next(platform, delivery, request)
        return "not its turn"
    circuit = _circuit(delivery)
    rest = await circuits.known(platform, *circuit)
    if until := await circuits.wait_until(platform, rest):
        rests = until - platform.clock.now() + patience.a_little()
        return await _again(platform, delivery, rests, "it failed too often and is left alone for a while")
    outcome = await SENDERS[delivery.channel](platform, delivery)
    measures.delivered(delivery.channel, outcome.result)
    tried = delivery.model_copy(update={"tries": delivery.tries + 1})
    match outcome.result:
        case "delivered":
            await circuits.succeeded(platform, circuit[0], rest)
            return await _settle(platform, tried, State.DELIVERED, outcome.says)
        case "cancelled":
            return await _settle(platform, delivery, State.CANCELLED, outcome.says)
        case "refused":
            return await _settle(platform, tried, State.DEAD, outcome.says)
        case "failed":
            if outcome.blames_target:
                await circuits.failed(platform, *circuit, rest)
            return await _again(platform, tried, patience.pause(tried.tries), outcome.says)


def _circuit(delivery: Delivery) -> tuple[str, str]:
    """Whose failures count together: a webhook's own; of mail, those of the server that takes it all."""
    if delivery.channel is Channel.EMAIL:
        return PLATFORM, Channel.EMAIL
    return delivery.organisation_id, delivery.target_id


async def _again(platform: Platform, delivery: Delivery, after: timedelta | None, says: str) -> str:
    now = platform.clock.now()
    if after is None or now + after > delivery.give_up_at:
        return await _settle(platform, delivery, State.DEAD, says)
    changes = {"sequence": delivery.sequence + 1, "due_at": now + after, "outcome": says}
    later = delivery.model_copy(update=changes)
    if await _stored(platform, later, delivery.etag):
        await _send(platform, later)
    return "again later"


async def _settle(platform: Platform, delivery: Delivery, state: State, says: str) -> str:
    changes = {"state": state, "outcome": says, "settled_at": platform.clock.now()}
    await _stored(platform, delivery.model_copy(update=changes), delivery.etag)
    return state.value


async def _stored(platform: Platform, delivery: Delivery, etag: str) -> bool:
    """False when another handler of the same message was faster: its outcome stands."""
    try:
        await platform.records(Delivery).replace(delivery, etag)
    except (PreconditionFailed, NotFound):
        return False
    return True


async def _make_sure_of_next(platform: Platform, delivery: Delivery, request: DeliveryRequest) -> None:
    """An earlier run of this message may have stored what comes next without getting to send it."""
    if delivery.state is State.PENDING and delivery.sequence == request.sequence + 1:
        await _send(platform, delivery)


async def _send(platform: Platform, delivery: Delivery) -> None:
    await platform.bus.send_at(message(delivery), delivery.due_at)


def message(delivery: Delivery) -> Message:
    body = DeliveryRequest(id=delivery.id, organisation_id=delivery.organisation_id, sequence=delivery.sequence)
    message_id = derived_id("delivery", delivery.id, str(delivery.sequence))
    return Message(message_id, QUEUE, body.model_dump(mode="json", by_alias=True))


async def relay_overdue(platform: Platform) -> int:
    """Sends again what should have been tried minutes ago: its message was lost. How many there were."""
    before, sent = platform.clock.now() - OVERDUE, 0
    text = "SELECT * FROM c WHERE c.kind = 'delivery' AND c.state = 'pending' AND c.dueAt < @before"
    found = platform.container(Delivery.container).query(text, {"before": rfc3339(before)})
    for delivery in await platform.records(Delivery).open_all([each async for each in found]):
        await platform.bus.send(message(delivery))
        sent += 1
    return sent
