"""What administrators see of deliveries, and try again."""

from shared.delivery import patience, service, webhooks
from shared.delivery.models import Delivery, DeliveryPage, DeliveryQuery, DeliveryView, State
from shared.errors import FieldError, Invalid, NotFound
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.platform import Platform

UNSETTLED = {State.WAITING, State.PENDING}


async def list_deliveries(
    platform: Platform, principal: Principal, query: DeliveryQuery, binding: tuple[str, ...]
) -> DeliveryPage:
    """The newest first. For whoever may manage webhooks."""
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
    await platform.bus.send_or_leave(service.message(stored))  # else the timer finds it
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
