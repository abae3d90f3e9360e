"""Web Push: a browser that its user allowed to is told, encrypted for it alone (RFC 8291), by way of its maker's push
service, to which the app shows who it is (VAPID, RFC 8292)."""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from email.utils import parseaddr
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

import aiohttp
import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import AfterValidator, Field, StringConstraints

from shared.clock import Moment
from shared.delivery import destinations, own
from shared.delivery.models import Delivery
from shared.delivery.outcome import Outcome
from shared.errors import Conflict, NotFound
from shared.http.models import ApiModel
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.platform import Platform
from shared.sealing.records import Record, Sealed

VAPID_KEY = "vapid-key"
CURVE = ec.SECP256R1()
TIMEOUT_SECONDS = 10.0
KEPT_SECONDS = 43_200
"""How long a push service keeps it for a browser that is off."""
TOKEN_VALID = timedelta(hours=12)
PADDED_BYTES = 1024
"""Every message has this length, so that it tells nothing."""
MOST_BROWSERS = 10
GAVE_UP = frozenset({404, 410})
BROKEN = frozenset({400, 401, 403, 413})


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def _point(text: str) -> str:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, _bytes(text))
    except ValueError:
        raise ValueError("This is no public key of a browser.") from None
    return text


def _secret(text: str) -> str:
    if len(_bytes(text)) != 16:
        raise ValueError("This is no secret of a browser.")
    return text


type Base64Url = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{10,120}={0,2}$")]


class BrowserKeys(ApiModel):
    p256dh: Annotated[Base64Url, AfterValidator(_point)]
    auth: Annotated[Base64Url, AfterValidator(_secret)]


class BrowserForm(ApiModel):
    """What ``PushSubscription.toJSON()`` gives in the browser, as it is."""

    endpoint: Annotated[str, StringConstraints(min_length=8, max_length=500)]
    keys: BrowserKeys
    expiration_time: float | None = None


class BrowserView(ApiModel):
    id: str
    service: str = Field(description="The host of the push service")
    created_at: Moment


class BrowserList(ApiModel):
    browsers: list[BrowserView]


class PushKey(ApiModel):
    public_key: str = Field(description="The applicationServerKey for PushManager.subscribe()")


class Browser(Record):
    """One browser of one user. Its address and keys let anybody tell it something, so they are sealed."""

    container: ClassVar[str] = "channels"

    kind: Literal["push"] = "push"
    user_id: str
    endpoint: Sealed[str]
    browser_key: Sealed[str]
    auth: Sealed[str]
    created_at: Moment


async def public_key(platform: Platform, principal: Principal) -> PushKey:
    await own.authorised(platform, principal)
    return PushKey(public_key=_unpadded(_raw(await _own_key(platform))))


async def add(platform: Platform, principal: Principal, form: BrowserForm) -> BrowserView:
    """Given again, the same browser is the same record."""
    decision = await own.authorised(platform, principal)
    destinations.checked_url(form.endpoint, "/endpoint", loopback=platform.settings.webhook_loopback)
    await own.account(platform, principal, decision)
    browser = Browser(
        id=derived_id("push", principal.id, form.endpoint),
        organisation_id=principal.organisation,
        user_id=principal.id,
        endpoint=form.endpoint,
        browser_key=form.keys.p256dh,
        auth=form.keys.auth,
        created_at=platform.clock.now(),
    )
    mine = {each.id: each for each in await _mine(platform, principal)}
    if known := mine.get(browser.id):
        return _view(await platform.records(Browser).replace(browser, known.etag))
    if len(mine) >= MOST_BROWSERS:
        raise Conflict(f"You are told in {MOST_BROWSERS} browsers already. Remove one first.")
    return _view(await platform.records(Browser).create(browser))


async def listed(platform: Platform, principal: Principal) -> BrowserList:
    decision = await own.authorised(platform, principal)
    await own.account(platform, principal, decision)
    found = sorted(await _mine(platform, principal), key=lambda each: (each.created_at, each.id))
    return BrowserList(browsers=[_view(each) for each in found])


async def remove(platform: Platform, principal: Principal, browser_id: str) -> None:
    decision = await own.authorised(platform, principal)
    if browser_id not in {each.id for each in await _mine(platform, principal)}:
        raise NotFound("You have no such browser.")
    await own.account(platform, principal, decision)
    await _forget(platform, principal.organisation, browser_id)


async def deliver(platform: Platform, delivery: Delivery) -> Outcome:
    try:
        browser = await platform.records(Browser).read(delivery.target_id, delivery.organisation_id)
    except NotFound:
        return Outcome("cancelled", "the browser was removed")
    headers = {
        "Authorization": await _vapid(platform, browser.endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_SECONDS),
        "Urgency": "high" if any(each.urgent for each in delivery.notices) else "normal",
        # A push service keeps one message for each topic: what is sent again takes its own place (RFC 8030 5.4).
        "Topic": _unpadded(hashlib.sha256(delivery.id.encode()).digest())[:32],
    }
    try:
        async with (
            destinations.session(loopback=platform.settings.webhook_loopback, seconds=TIMEOUT_SECONDS) as http,
            http.post(
                browser.endpoint, data=_encrypted(browser, _message(platform, delivery)), headers=headers,
                allow_redirects=False,
            ) as answer,
        ):  # fmt: skip
            status = answer.status
    except (aiohttp.ClientError, TimeoutError):
        return Outcome("failed", "the push service cannot be reached")
    if status in GAVE_UP:
        await _forget(platform, browser.organisation_id, browser.id)
        return Outcome("cancelled", "the browser does not want it any more")
    if status in BROKEN:
        return Outcome("refused", f"the push service answered {status}")
    return Outcome("delivered" if 200 <= status < 300 else "failed", f"the push service answered {status}")


def _message(platform: Platform, delivery: Delivery) -> bytes:
    """A headline and a link, for the browser's service worker."""
    said = {
        "id": delivery.id,
        "headline": delivery.notice.headline,
        "count": len(delivery.notices),
        "urgent": any(each.urgent for each in delivery.notices),
        "link": platform.settings.link_to_alerts,
    }
    return json.dumps(said, separators=(",", ":")).encode().ljust(PADDED_BYTES)


def _encrypted(browser: Browser, message: bytes) -> bytes:
    """With a key pair of its own for each message."""
    encrypted: bytes = http_ece.encrypt(
        message,
        private_key=ec.generate_private_key(CURVE),
        dh=_bytes(browser.browser_key),
        auth_secret=_bytes(browser.auth),
        version="aes128gcm",
    )
    return encrypted


async def _vapid(platform: Platform, endpoint: str) -> str:
    key, now, parts = await _own_key(platform), platform.clock.now(), urlsplit(endpoint)
    contact = parseaddr(platform.settings.mail_from)[1]
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + TOKEN_VALID).timestamp()),
        "sub": f"mailto:{contact}" if contact else platform.settings.console_url,
    }
    return f"vapid t={jwt.encode(claims, key, algorithm='ES256')}, k={_unpadded(_raw(key))}"


async def _own_key(platform: Platform) -> ec.EllipticCurvePrivateKey:
    """Of the installation, kept in Key Vault; made when it is first asked for."""
    text = await platform.roots.setting(VAPID_KEY, make=_new_key)
    return ec.derive_private_key(int.from_bytes(_bytes(text)), CURVE)


def _new_key() -> str:
    secret = ec.generate_private_key(CURVE).private_numbers().private_value
    return _unpadded(secret.to_bytes(32))


def _raw(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


async def _mine(platform: Platform, principal: Principal) -> Sequence[Browser]:
    text = "SELECT * FROM c WHERE c.kind = 'push' AND c.userId = @me"
    found = platform.container(Browser.container).query(text, {"me": principal.id}, principal.organisation)
    return await platform.records(Browser).open_all([each async for each in found])


async def _forget(platform: Platform, organisation: str, browser_id: str) -> None:
    await platform.keyring.destroy(organisation, browser_id)
    await platform.container(Browser.container).delete(browser_id, organisation)


def _view(browser: Browser) -> BrowserView:
    return BrowserView(id=browser.id, service=urlsplit(browser.endpoint).hostname or "", created_at=browser.created_at)
