"""From a cause to alerts, and what people do with them."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import cast

from shared.alerts import causes
from shared.alerts.causes import Bulletin
from shared.alerts.following import Place, Seen
from shared.alerts.models import (
    Alert,
    AlertListQuery,
    AlertPage,
    AlertRequest,
    AlertView,
    Also,
    Cause,
    Outlet,
    UnreadView,
)
from shared.alerts.recipients import Recipient
from shared.delivery import drafting
from shared.delivery import service as deliveries
from shared.delivery.models import Delivery
from shared.errors import Conflict, FieldError, Invalid
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.storage import outbox
from shared.telemetry import measures

log = logging.getLogger("reeve.alerts")

AT_ONCE = 8
LOOK_EVERY = 2
"""Seconds between two looks for somebody who waits: one query of some 3 RU in their own partition."""
WITHOUT_OUTBOX = {
    Cause.ALARM,
    Cause.CAMERA_SILENT,
    Cause.COMPLAINT,
    Cause.COMPLAINT_DUE,
    Cause.BREACH,
    Cause.CORRECTED,
}
WHY = {
    (Cause.REPORT, "own"): "You investigate for this site.",
    (Cause.REPORT, "community"): "A member of your community shares reports of this kind.",
    (Cause.SAVED_SEARCH, "own"): "The report fits a search that you keep.",
    (Cause.SAVED_SEARCH, "community"): "A member of your community shares a report that fits a search you keep.",
    (Cause.ALARM, "own"): "You are a privacy officer of the organisation.",
    (Cause.COMPLAINT, "own"): "You are a privacy officer of the organisation. Look at its complaints.",
    (Cause.COMPLAINT_DUE, "own"): "You are a privacy officer of the organisation. Look at its complaints.",
    (Cause.BREACH, "own"): "You are a privacy officer of the organisation. Look at its register of breaches.",
    (Cause.CAMERA_SILENT, "own"): "You run the organisation's cameras. Look at its power, network and settings.",
    (Cause.RIGHTS, "own"): "You answer for what people ask about their own data.",
    (Cause.CORRECTED, "community"): "A member of your community shares this report with you.",
    (Cause.CORRECTED, "recipient"): "The report was disclosed to your organisation.",
    (Cause.PLATE_CANDIDATE, "own"): "You work at or investigate for this site. It may be another vehicle.",
    (Cause.POLICE_NOTICE, "recipient"): "Your organisation polices the site, and the report was disclosed to it.",
    (Cause.POLICE_RECEIPT, "own"): "You sent the report to the police.",
    (Cause.POLICE_REFERENCE, "own"): "You sent the report to the police.",
    (Cause.PLATE_CONFIRMED, "own"): "You work at or investigate for this site, and a colleague confirmed the match.",
}


async def dispatch(platform: Platform, request: AlertRequest) -> int:
    """Creates the alerts and deliveries that ``request`` warrants, then confirms its outbox message. Safe to run any
    number of times.

    :returns: how many alerts were new.
    """
    bulletin, created = await causes.bulletin_of(platform, request), 0
    if bulletin is None:
        log.info("the cause of an alert is gone; nobody is told")
    for each in [bulletin, *bulletin.also] if bulletin else []:
        created += await _told(platform, each)
    if request.cause not in WITHOUT_OUTBOX:
        await outbox.confirm(causes.home(platform, request.cause), request.message_id, causes.partition(request))
    return created


async def _told(platform: Platform, bulletin: Bulletin) -> int:
    """How many alerts were new."""
    drafts = await drafting.drafted(platform, bulletin.occasion, bulletin.told, bulletin.ttl)
    created = sum(await _each(platform, [_alert(platform, bulletin, each, drafts) for each in bulletin.told]))
    if created and bulletin.since:
        measures.warned(bulletin.occasion.cause, (platform.clock.now() - bulletin.since).total_seconds())
    await deliveries.place(platform, drafts)
    return created


async def list_mine(
    platform: Platform, principal: Principal, query: AlertListQuery, binding: tuple[str, ...]
) -> AlertPage:
    """The principal's own alerts, newest first; or with ``after`` what is new since, once there is anything."""
    resource = Resource("alert", principal.id, principal.organisation)
    await platform.authorise(principal, "alert:list", resource, related="recipient")
    if query.after is not None:
        return await _new_since(platform, principal, query, Place.parse(query.after))
    if query.wait:
        raise Invalid(
            "Only what is new can be waited for.", [FieldError("query:wait", "no_place", "Send 'after' too.")]
        )
    where, parameters = ("c.state = @state", {"state": query.state}) if query.state else ("true", {})
    wanted = Wanted(where, parameters, principal.id, "createdAt", query.limit, query.cursor, binding)
    page = await newest_page(platform, Alert, wanted)
    return AlertPage(
        alerts=[view(alert) for alert in page.records],
        next_cursor=page.next_cursor,
        after=None if query.cursor else str(Place().past([_seen(alert) for alert in page.records])),
    )


async def _new_since(platform: Platform, principal: Principal, query: AlertListQuery, place: Place) -> AlertPage:
    """Looks at once, then every few seconds until something is there or the wait is over."""
    if query.cursor or query.state:
        what = [FieldError("query:after", "alone", "Send 'after' without 'cursor' and 'state'.")]
        raise Invalid("What is new comes oldest first, and unread only.", what)
    for pause in [*([LOOK_EVERY] * (query.wait // LOOK_EVERY)), query.wait % LOOK_EVERY, 0]:
        if (found := await _look(platform, principal, query.limit, place)) or not pause:
            break
        await asyncio.sleep(pause)
    return AlertPage(
        alerts=[view(alert) for alert in found],
        next_cursor=None,
        after=str(place.past([_seen(alert) for alert in found])),
    )


async def _look(platform: Platform, principal: Principal, limit: int, place: Place) -> list[Alert]:
    """The oldest unread alerts after ``place``. Those already seen of its last second may come first, hence the sum."""
    most = limit + len(place.marks)
    text = f"SELECT * FROM c WHERE c.state = 'unread' AND c._ts >= @second ORDER BY c._ts OFFSET 0 LIMIT {most:d}"  # noqa: S608
    found = platform.container(Alert.container).query(text, {"second": place.second}, principal.id)
    alerts = await platform.records(Alert).open_all([document async for document in found])
    return [alert for alert in alerts if place.is_new(_seen(alert))][:limit]


def _seen(alert: Alert) -> Seen:
    return Seen.of(alert.stored_second, alert.id)


async def acknowledge(platform: Platform, principal: Principal, alert_id: str, etag: str) -> Alert:
    """Marks the alert as dealt with. Somebody else's alert does not exist for this principal."""
    resource = Resource("alert", alert_id, principal.organisation)
    await platform.authorise(principal, "alert:acknowledge", resource, related="recipient")
    alert = await platform.records(Alert).read(alert_id, principal.id)
    done = alert.model_copy(update={"state": "acknowledged", "acknowledged_at": platform.clock.now()})
    return await platform.records(Alert).replace(done, etag)


async def unread(platform: Platform, principal: Principal) -> UnreadView:
    """Two counts within the principal's own partition."""
    resource = Resource("alert", principal.id, principal.organisation)
    await platform.authorise(principal, "alert:list", resource, related="recipient")
    counted = [_count(platform, principal, where) for where in ("true", "c.urgent = true")]
    everything, urgent = await asyncio.gather(*counted)
    return UnreadView(unread=everything, urgent=urgent)


async def _count(platform: Platform, principal: Principal, where: str) -> int:
    text = f"SELECT VALUE COUNT(1) FROM c WHERE c.state = 'unread' AND {where}"  # noqa: S608 - constants
    found = platform.container(Alert.container).query(text, key=principal.id)
    return sum([cast(int, each) async for each in found])


def view(alert: Alert) -> AlertView:
    values = alert.model_dump(exclude={"organisation_id", "schema_version", "recipient_id", "ttl"})
    why = WHY.get((alert.cause, alert.relation), "You are told of alerts of this kind.")
    if alert.handed_over_by:
        why = "A colleague handed it over to you."
    return AlertView(**values, why=why, etag=alert.etag)


def _alert(platform: Platform, bulletin: Bulletin, to: Recipient, drafts: Sequence[Delivery]) -> Alert:
    occasion = bulletin.occasion
    mine = {each.channel: each for each in drafts if each.recipient_id == to.user}
    return Alert(
        id=derived_id("alert", occasion.cause, occasion.cause_id, to.user, *filter(None, [occasion.search_id])),
        organisation_id=to.organisation,
        recipient_id=to.user,
        cause=occasion.cause,
        cause_id=occasion.cause_id,
        cause_organisation_id=occasion.organisation_id,
        search_id=occasion.search_id,
        relation=to.relation,
        site_id=occasion.site_id,
        headline=occasion.headline,
        urgent=occasion.urgent,
        also=[Also(outlet=Outlet(each.channel), due_at=each.due_at, why=each.why) for each in mine.values()],
        created_at=platform.clock.now(),
        ttl=bulletin.ttl,
    )


async def _each(platform: Platform, alerts: Iterable[Alert]) -> list[bool]:
    turn, store = asyncio.Semaphore(AT_ONCE), platform.records(Alert)

    async def create(alert: Alert) -> bool:
        async with turn:
            try:
                await store.create(alert)
            except Conflict:
                return False
            return True

    return list(await asyncio.gather(*(create(alert) for alert in alerts)))
