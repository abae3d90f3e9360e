"""Webhooks: what administrators do with them, and one call of one."""

import asyncio
import json
import time
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import aiohttp

from shared.clock import rfc3339
from shared.delivery import circuits, destinations, signature
from shared.delivery.models import (
    MOST_WEBHOOKS,
    Delivery,
    Notice,
    PingView,
    Rest,
    RotationForm,
    RotationView,
    Secret,
    Webhook,
    WebhookChange,
    WebhookCreated,
    WebhookForm,
    WebhookList,
    WebhookView,
)
from shared.delivery.outcome import Outcome
from shared.errors import Conflict, NotFound, PreconditionFailed
from shared.identity.principals import Principal
from shared.ids import new_id
from shared.platform import Platform
from shared.policy.decision import Resource

TIMEOUT_SECONDS = 10.0
GONE = 410
"""A receiver that answers this wants no more calls (Standard Webhooks)."""


async def register(platform: Platform, principal: Principal, form: WebhookForm) -> WebhookCreated:
    """With its secret, which is shown this once."""
    await manage(platform, principal, [])
    if len(await _all(platform, principal.organisation)) >= MOST_WEBHOOKS:
        raise Conflict(f"An organisation may have {MOST_WEBHOOKS} webhooks. Remove one first.")
    url = destinations.checked_url(form.url, "/url", loopback=platform.settings.webhook_loopback)
    now, secret = platform.clock.now(), signature.new_secret()
    webhook = Webhook(
        id=new_id(now),
        organisation_id=principal.organisation,
        name=form.name,
        url=url,
        secrets=[Secret(key=secret)],
        tells=form.tells,
        created_at=now,
    )
    return WebhookCreated(webhook=view(await platform.records(Webhook).create(webhook), None), secret=secret)


async def listed(platform: Platform, principal: Principal) -> WebhookList:
    await manage(platform, principal, [])
    found = await _all(platform, principal.organisation)
    rests = await asyncio.gather(*(circuits.known(platform, each.organisation_id, each.id) for each in found))
    return WebhookList(webhooks=[view(each, rest) for each, rest in zip(found, rests, strict=True)])


async def change(
    platform: Platform, principal: Principal, webhook_id: str, form: WebhookChange, etag: str
) -> WebhookView:
    webhook = await _own(platform, principal, webhook_id)
    await manage(platform, principal, [webhook_id])
    if form.url is not None:
        destinations.checked_url(form.url, "/url", loopback=platform.settings.webhook_loopback)
    given = {name: getattr(form, name) for name in form.model_fields_set if getattr(form, name) is not None}
    if given.get("state") == "active":
        given["paused_because"] = None
    stored = await platform.records(Webhook).replace(webhook.model_copy(update=given), etag)
    return view(stored, await circuits.known(platform, webhook.organisation_id, webhook.id))


async def remove(platform: Platform, principal: Principal, webhook_id: str, etag: str) -> None:
    """With its address and secrets. What is still on its way to it is cancelled when its turn comes."""
    webhook = await _own(platform, principal, webhook_id)
    await manage(platform, principal, [webhook_id])
    if webhook.etag != etag:
        raise PreconditionFailed("The webhook has changed since it was read. Read it again and repeat the change.")
    await platform.keyring.destroy(webhook.organisation_id, webhook.key_id)
    await platform.container(Webhook.container).delete(webhook.id, webhook.organisation_id)


async def rotate(platform: Platform, principal: Principal, webhook_id: str, form: RotationForm) -> RotationView:
    """A new secret; the newest old one signs beside it until the overlap is over."""
    webhook = await _own(platform, principal, webhook_id)
    await manage(platform, principal, [webhook_id])
    ends, fresh = platform.clock.now() + timedelta(hours=form.overlap_hours), signature.new_secret()
    kept = [webhook.secrets[-1].model_copy(update={"until": ends})] if form.overlap_hours else []
    changed = webhook.model_copy(update={"secrets": [*kept, Secret(key=fresh)]})
    await platform.records(Webhook).replace(changed, webhook.etag)
    return RotationView(secret=fresh, old_secret_ends_at=ends if kept else None)


async def ping(platform: Platform, principal: Principal, webhook_id: str) -> PingView:
    """One call of type ``ping``, now, whatever the circuit says. It counts neither for nor against it."""
    webhook = await _own(platform, principal, webhook_id)
    await manage(platform, principal, [webhook_id])
    now, began = platform.clock.now(), time.perf_counter()
    body = _body("ping", now, {"webhookId": webhook.id})
    outcome = await call(platform, webhook, new_id(now), body)
    took = round(1000 * (time.perf_counter() - began))
    return PingView(delivered=outcome.result == "delivered", outcome=outcome.says, took_ms=took)


async def deliver(platform: Platform, delivery: Delivery) -> Outcome:
    try:
        webhook = await platform.records(Webhook).read(delivery.target_id, delivery.organisation_id)
    except NotFound:
        return Outcome("cancelled", "the webhook was removed")
    if webhook.state == "paused":
        return Outcome("cancelled", "the webhook is paused")
    body = _body(f"alert.{delivery.notice.cause}", delivery.created_at, data_of(platform, delivery.notice))
    outcome = await call(platform, webhook, delivery.id, body)
    if outcome.result == "refused":
        await _pause(platform, webhook, outcome.says)
    return outcome


async def call(platform: Platform, webhook: Webhook, message_id: str, body: bytes) -> Outcome:
    now, loopback = platform.clock.now(), platform.settings.webhook_loopback
    signed = signature.headers(_valid(webhook, now), message_id, now, body)
    headers = {**signed, "Content-Type": "application/json", "User-Agent": "Reeve-Webhooks/1"}
    try:
        async with (
            destinations.session(loopback=loopback, seconds=TIMEOUT_SECONDS) as http,
            http.post(webhook.url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return _judged(answer.status)
    except TimeoutError:
        return Outcome("failed", f"no answer within {TIMEOUT_SECONDS:.0f} seconds")
    except aiohttp.ClientError as error:
        return Outcome("failed", _in_words(error))


def data_of(platform: Platform, notice: Notice) -> dict[str, object]:
    """What is told outside the app, in any channel's machine-readable form."""
    return {**notice.model_dump(mode="json", by_alias=True), "link": platform.settings.link_to_alerts}


async def active(platform: Platform, organisation: str) -> list[tuple[str, dict[str, object]]]:
    """Ids and filters of the webhooks that want to be told; nothing sealed is opened for it."""
    text = "SELECT c.id, c.tells FROM c WHERE c.kind = 'webhook' AND c.state = 'active'"
    found = platform.container(Webhook.container).query(text, key=organisation)
    return [(each["id"], each["tells"]) async for each in found]


def view(webhook: Webhook, rest: Rest | None) -> WebhookView:
    return WebhookView(
        id=webhook.id,
        name=webhook.name,
        host=urlsplit(webhook.url).hostname or "",
        tells=webhook.tells,
        state=webhook.state,
        paused_because=webhook.paused_because,
        resting_until=rest.open_until if rest else None,
        secrets=len(webhook.secrets),
        created_at=webhook.created_at,
        etag=webhook.etag,
    )


async def manage(platform: Platform, principal: Principal, subjects: list[str]) -> None:
    resource = Resource("channel", principal.organisation, principal.organisation)
    decision = await platform.authorise(principal, "channel:manage", resource)
    await platform.account(principal, "channel:manage", subjects=subjects, decision=decision)


async def _own(platform: Platform, principal: Principal, webhook_id: str) -> Webhook:
    try:
        webhook = await platform.records(Webhook).read(webhook_id, principal.organisation)
    except NotFound:
        webhook = None
    if webhook is None or webhook.kind != "webhook":
        raise NotFound("There is no such webhook in your organisation.")
    return webhook


async def _all(platform: Platform, organisation: str) -> list[Webhook]:
    found = platform.container(Webhook.container).query("SELECT * FROM c WHERE c.kind = 'webhook'", key=organisation)
    opened = await platform.records(Webhook).open_all([each async for each in found])
    return sorted(opened, key=lambda each: each.id)


async def _pause(platform: Platform, webhook: Webhook, because: str) -> None:
    paused = webhook.model_copy(update={"state": "paused", "paused_because": because})
    try:
        await platform.records(Webhook).replace(paused, webhook.etag)
    except (NotFound, PreconditionFailed):
        return  # somebody is changing it: they will see


def _valid(webhook: Webhook, now: datetime) -> list[str]:
    """The newest first."""
    return [each.key for each in reversed(webhook.secrets) if each.until is None or each.until > now]


def _body(kind: str, at: datetime, data: dict[str, object]) -> bytes:
    content = {"type": kind, "timestamp": rfc3339(at), "data": data}
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def _judged(status: int) -> Outcome:
    if status == GONE:
        return Outcome("refused", "it answered 410: it wants no more calls")
    return Outcome("delivered" if 200 <= status < 300 else "failed", f"it answered {status}")


def _in_words(error: aiohttp.ClientError) -> str:
    """Without the error's own text, which quotes the address."""
    match error:
        case destinations.RefusedAddressError():
            return "the name leads to an address inside a network"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "its certificate is not good"
        case aiohttp.ClientConnectorDNSError():
            inner = error.os_error
            if isinstance(inner, destinations.RefusedAddressError):
                return "the name leads to an address inside a network"
            return "its name cannot be resolved"
        case aiohttp.ClientConnectorError():
            return "it does not take connections"
        case _:
            return "the connection broke"
