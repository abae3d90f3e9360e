"""From a cause to alerts, and what people do with them."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime

from shared.alerts import recipients
from shared.alerts.following import Place, Seen
from shared.alerts.models import Alert, AlertListQuery, AlertPage, AlertRequest, AlertView, Cause
from shared.alerts.recipients import Recipient
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal, Role
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.retention.schedule import Terms
from shared.retention.terms import terms_of
from shared.sharing import feed
from shared.storage import outbox
from shared.storage.cosmos import Document
from shared.telemetry import measures

log = logging.getLogger("reeve.alerts")

AT_ONCE = 8
LOOK_EVERY = 2
"""Seconds between two looks for somebody who waits: one query of some 3 RU in their own partition."""
TYPE_IN_WORDS = {
    "theft": "Theft",
    "attempted_theft": "Attempted theft",
    "robbery": "Robbery",
    "violence": "Violence",
    "threat": "Threat",
    "fraud": "Fraud",
    "damage": "Damage",
    "fuel_drive_off": "Fuel drive-off",
    "other": "Incident",
}
WHY = {
    (Cause.REPORT, "own"): "You investigate for this site.",
    (Cause.REPORT, "community"): "A member of your community shares reports of this kind.",
    (Cause.ALARM, "own"): "You are a privacy officer of the organisation.",
    (Cause.CAMERA_SILENT, "own"): "You run the organisation's cameras. Look at its power, network and settings.",
    (Cause.PLATE_CANDIDATE, "own"): "You investigate for this site. Compare plate and picture, then confirm or reject.",
    (Cause.PLATE_CONFIRMED, "own"): "You work at or investigate for this site, and a colleague confirmed the match.",
}


async def dispatch(platform: Platform, request: AlertRequest) -> int:
    """Creates the alerts that ``request`` warrants, then confirms its outbox message. Safe to run any number of times.

    :returns: how many alerts were new.
    """
    if request.cause is Cause.ALARM:
        return sum(await _each(platform, await _for_alarm(platform, request)))
    if request.cause is Cause.CAMERA_SILENT:
        return sum(await _each(platform, await _for_silence(platform, request)))
    home = platform.container(_container(request.cause))
    try:
        cause = await home.read(request.id, request.key)
    except NotFound:
        log.info("the cause of an alert is gone; nobody is told")
        await outbox.confirm(home, request.message_id, request.key)
        return 0
    match request.cause:
        case Cause.REPORT:
            alerts = await _for_report(platform, cause)
        case _:
            alerts = await _for_plate(platform, request.cause, cause)
    created = sum(await _each(platform, alerts))
    if created:
        measures.warned(request.cause, (platform.clock.now() - _since(cause)).total_seconds())
    await outbox.confirm(home, request.message_id, request.key)
    return created


def _since(cause: Document) -> datetime:
    """When the record was there that people are warned about."""
    return datetime.fromisoformat(cause.get("decidedAt") or cause.get("submittedAt") or cause["createdAt"])


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


def view(alert: Alert) -> AlertView:
    values = alert.model_dump(exclude={"organisation_id", "schema_version", "recipient_id", "ttl"})
    why = WHY.get((alert.cause, alert.relation), "You subscribe to alerts of this kind.")
    return AlertView(**values, why=why, etag=alert.etag)


async def _for_report(platform: Platform, report: Document) -> list[Alert]:
    owner, site = report["organisationId"], report["siteId"]
    where = (await organisations.site(platform, owner, site)).name
    what = TYPE_IN_WORDS.get(report["type"], "Incident")
    urgent = report["weaponSeen"] or report["anyoneHurt"]
    shared_in = await feed.index(platform, report)
    told = [each async for each in recipients.at_home(platform, owner, site) if each.user != report["reportedBy"]]
    told += [each async for each in recipients.in_communities(platform, shared_in, report)]
    headline, terms = f"{what} reported at {where}", await terms_of(platform, owner, site)
    return [_alert(platform, Cause.REPORT, report, each, headline, terms, urgent=urgent) for each in told]


async def _for_plate(platform: Platform, cause: Cause, candidate: Document) -> list[Alert]:
    owner, site = candidate["organisationId"], candidate["siteId"]
    where = (await organisations.site(platform, owner, site)).name
    if cause is Cause.PLATE_CANDIDATE:
        told, headline = recipients.at_home(platform, owner, site), f"Possible watchlist match to compare at {where}"
    else:
        staff = recipients.TOLD_AT_HOME | {Role.REPORTER}
        told, headline = recipients.at_home(platform, owner, site, staff), f"Watchlist vehicle confirmed at {where}"
    confirmed, terms = cause is Cause.PLATE_CONFIRMED, await terms_of(platform, owner, site)
    return [_alert(platform, cause, candidate, each, headline, terms, urgent=confirmed) async for each in told]


async def _for_alarm(platform: Platform, request: AlertRequest) -> list[Alert]:
    """Somebody was refused too often, or read too much. Ids only: who it was stands in the audit log."""
    cause = {"id": request.message_id, "organisationId": request.organisation_id, "siteId": ""}
    told = recipients.privacy_officers(platform, request.organisation_id)
    headline = "Unusual access by one of your users; look at the audit log"
    terms = await terms_of(platform, request.organisation_id)
    return [_alert(platform, Cause.ALARM, cause, each, headline, terms, urgent=True) async for each in told]


async def _for_silence(platform: Platform, request: AlertRequest) -> list[Alert]:
    """To those who can have a look at the camera, or at its settings. The message names the silence, not the camera:
    so the next silence is another alert."""
    owner = request.organisation_id
    health = await platform.container("deviceHealth").read(request.id, owner)
    site = await organisations.site(platform, owner, health["siteId"])
    cause = {"id": request.message_id, "organisationId": owner, "siteId": site.id}
    told = recipients.at_home(platform, owner, site.id, {Role.ORG_ADMIN})
    headline, terms = f"A camera at {site.name} has not been heard for hours", await terms_of(platform, owner, site.id)
    return [_alert(platform, Cause.CAMERA_SILENT, cause, each, headline, terms, urgent=False) async for each in told]


def _alert(
    platform: Platform,
    cause: Cause,
    record: Document,
    to: Recipient,
    headline: str,
    terms: Terms,
    *,
    urgent: bool,
) -> Alert:
    now = platform.clock.now()
    return Alert(
        id=derived_id("alert", cause, record["id"], to.user),
        organisation_id=to.organisation,
        recipient_id=to.user,
        cause=cause,
        cause_id=record["id"],
        cause_organisation_id=record["organisationId"],
        relation=to.relation,
        site_id=record["siteId"],
        headline=headline,
        urgent=urgent,
        created_at=now,
        ttl=terms.seconds("alert", now),
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


def _container(cause: Cause) -> str:
    return "reports" if cause is Cause.REPORT else "plateReads"
