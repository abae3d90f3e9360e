"""From a warning to deliveries, and every delivery to one outcome, whatever is redelivered in between.

A delivery is a document; messages only say that its turn has come. Each message names the number that the document
must have for it to act, so one that comes twice, or after its successor, does nothing but make sure of the successor.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from shared.alerts.models import Cause
from shared.alerts.occasion import Filter, Occasion
from shared.alerts.preferences import OwnPreferences, plan
from shared.alerts.recipients import Recipient
from shared.clock import rfc3339
from shared.delivery import choices, circuits, letters, patience, push, webhooks
from shared.delivery.choices import Reach
from shared.delivery.models import (
    Channel,
    Delivery,
    DeliveryPage,
    DeliveryQuery,
    DeliveryRequest,
    DeliveryView,
    Notice,
    State,
)
from shared.delivery.outcome import Outcome
from shared.errors import Conflict, FieldError, Invalid, NotFound, PreconditionFailed
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.platform import Platform
from shared.policy.decision import Relation
from shared.sealing.roots import PLATFORM
from shared.storage.outbox import Message
from shared.telemetry import measures

log = logging.getLogger("reeve.delivery")

QUEUE = "deliveries"
UNSETTLED = {State.WAITING, State.PENDING}
OVERDUE = timedelta(minutes=2)
"""By how much a delivery is late when its message must have been lost."""
NO_SYSTEM = {Cause.ALARM, Cause.SAVED_SEARCH}
"""What no webhook is told: what is about a colleague, and what one person asked for."""
SENDERS: dict[Channel, Callable[[Platform, Delivery], Awaitable[Outcome]]] = {
    Channel.WEBHOOK: webhooks.deliver,
    Channel.EMAIL: letters.deliver,
    Channel.PUSH: push.deliver,
}


# -- from a warning to deliveries --------------------------------------------------------------------------------------


async def drafted(platform: Platform, occasion: Occasion, told: Sequence[Recipient], ttl: int) -> list[Delivery]:
    """A delivery for each webhook that wants to know, and for each person and outlet by their rules.

    :param ttl: seconds for which what came of it is kept
    """
    drafts: list[Delivery] = []
    for organisation, relation in _organisations(occasion, told).items():
        people = [each for each in told if each.organisation == organisation]
        reach = await choices.reach(platform, organisation, [each.user for each in people])
        for person in people:
            drafts += _for_person(platform, occasion, person, reach, ttl)
        if occasion.cause not in NO_SYSTEM:
            drafts += [
                _draft(platform, occasion, organisation, relation, Channel.WEBHOOK, webhook, ttl)
                for webhook, tells in await webhooks.active(platform, organisation)
                if Filter.model_validate(tells).picks(occasion, relation)
            ]
    return drafts


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
            await platform.bus.send(_message(draft))
    return made


def _organisations(occasion: Occasion, told: Iterable[Recipient]) -> dict[str, Relation]:
    """Those of whom somebody is told, and the owner, even if the only one to tell is the one who reported it."""
    found: dict[str, Relation] = {each.organisation: each.relation for each in told}
    if occasion.cause is Cause.POLICE_NOTICE:
        return found  # whoever sent it knows
    return found | {occasion.organisation_id: "own"}


def _for_person(
    platform: Platform, occasion: Occasion, person: Recipient, reach: Reach, ttl: int
) -> Iterator[Delivery]:
    own, zone = reach.own.get(person.user, OwnPreferences()), ZoneInfo(occasion.time_zone)
    now = platform.clock.now()
    for planned in plan(occasion, person.relation, person.roles, reach.team, own, zone, now):
        for target in reach.targets(person.user, planned.outlet):
            channel = Channel(planned.outlet)
            draft = _draft(platform, occasion, person.organisation, person.relation, channel, target, ttl)
            changes = {
                "recipient_id": person.user,
                "why": planned.why,
                "due_at": planned.due_at,
                "give_up_at": planned.due_at + patience.GIVE_UP_AFTER,
                "state": State.WAITING if planned.gathered else State.PENDING,
            }
            yield draft.model_copy(update=changes)


def _draft(
    platform: Platform,
    occasion: Occasion,
    organisation: str,
    relation: Relation,
    channel: Channel,
    target: str,
    ttl: int,
) -> Delivery:
    now = platform.clock.now()
    notice = Notice(
        cause=occasion.cause,
        cause_id=occasion.cause_id,
        cause_organisation_id=occasion.organisation_id,
        relation=relation,
        site_id=occasion.site_id,
        headline=occasion.headline,
        urgent=occasion.urgent,
        created_at=now,
    )
    return Delivery(
        id=derived_id("delivery", occasion.cause, occasion.cause_id, channel, target),
        organisation_id=organisation,
        channel=channel,
        target_id=target,
        notices=[notice],
        due_at=now,
        give_up_at=now + patience.GIVE_UP_AFTER,
        created_at=now,
        ttl=ttl,
    )


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
    await platform.bus.send_at(_message(delivery), delivery.due_at)


def _message(delivery: Delivery) -> Message:
    body = DeliveryRequest(id=delivery.id, organisation_id=delivery.organisation_id, sequence=delivery.sequence)
    message_id = derived_id("delivery", delivery.id, str(delivery.sequence))
    return Message(message_id, QUEUE, body.model_dump(mode="json", by_alias=True))


async def relay_overdue(platform: Platform) -> int:
    """Sends again what should have been tried minutes ago: its message was lost. How many there were."""
    before, sent = platform.clock.now() - OVERDUE, 0
    text = "SELECT * FROM c WHERE c.kind = 'delivery' AND c.state = 'pending' AND c.dueAt < @before"
    found = platform.container(Delivery.container).query(text, {"before": rfc3339(before)})
    for delivery in await platform.records(Delivery).open_all([each async for each in found]):
        await platform.bus.send(_message(delivery))
        sent += 1
    return sent


# -- what administrators see -------------------------------------------------------------------------------------------


async def list_deliveries(
    platform: Platform, principal: Principal, query: DeliveryQuery, binding: tuple[str, ...]
) -> DeliveryPage:
    await webhooks.manage(platform, principal, [])
    where, parameters = ("c.state = @state", {"state": query.state.value}) if query.state else ("true", {})
    wanted = Wanted(
        f"c.kind = 'delivery' AND {where}",
        parameters,
        principal.organisation,
        "createdAt",
        query.limit,
        query.cursor,
        binding,
    )
    page = await newest_page(platform, Delivery, wanted)
    return DeliveryPage(deliveries=[view(each) for each in page.records], next_cursor=page.next_cursor)


async def replay(platform: Platform, principal: Principal, delivery_id: str, etag: str) -> DeliveryView:
    """Tries a dead delivery anew, under the same id: a receiver that had it after all drops it."""
    try:
        delivery = await platform.records(Delivery).read(delivery_id, principal.organisation)
    except NotFound:
        raise NotFound("There is no such delivery of your organisation.") from None
    await webhooks.manage(platform, principal, [delivery_id])
    if delivery.state is not State.DEAD:
        what = FieldError("/state", "not_dead", "Only a delivery whose state is dead can be tried again.")
        raise Invalid("This delivery has not been given up.", [what])
    now = platform.clock.now()
    changes = {
        "state": State.PENDING,
        "sequence": delivery.sequence + 1,
        "tries": 0,
        "due_at": now,
        "give_up_at": now + patience.GIVE_UP_AFTER,
        "settled_at": None,
    }
    stored = await platform.records(Delivery).replace(delivery.model_copy(update=changes), etag)
    await platform.bus.send_or_leave(_message(stored))  # else the timer finds it
    return view(stored)


def view(delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        id=delivery.id,
        channel=delivery.channel,
        target_id=delivery.target_id,
        cause=delivery.notice.cause,
        cause_id=delivery.notice.cause_id,
        headline=delivery.notice.headline,
        notices=len(delivery.notices),
        state=delivery.state,
        tries=delivery.tries,
        digest_id=delivery.digest_id,
        outcome=delivery.outcome,
        created_at=delivery.created_at,
        due_at=delivery.due_at if delivery.state in UNSETTLED else None,
        settled_at=delivery.settled_at,
        etag=delivery.etag,
    )
