"""Cameras and their credentials: shown once, stored as a keyed hash, rotated with overlap, revoked at once."""

import secrets
from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from shared.clock import Moment, rfc3339
from shared.errors import FieldError, Invalid, NotFound
from shared.http.models import ApiModel
from shared.identity.principals import Principal, device_secret_hash
from shared.ids import new_id
from shared.organisations import service
from shared.organisations.models import AnprSwitch, Site, SiteView
from shared.plates import gates, health
from shared.plates.formats import ANY, formats
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.retention.terms import terms_of
from shared.sealing.keyring import Use
from shared.sealing.roots import PLATFORM
from shared.storage.cosmos import Document

LONGEST_OVERLAP_HOURS = 168


def _known_format(name: str) -> str:
    if name != ANY and name not in formats():
        raise ValueError(f"Choose one of: {', '.join([ANY, *formats()])}.")
    return name


class DeviceForm(ApiModel):
    site_id: UUID
    format: Annotated[str, AfterValidator(_known_format)] = Field(
        default=ANY, description="What the camera posts, by the names in docs/devices.md; 'any' accepts every format"
    )
    keep_unmatched: bool = Field(default=False, description="Keep reads that match nothing for the site's short time")


class DeviceView(ApiModel):
    id: str
    site_id: str
    format: str
    keep_unmatched: bool
    state: Literal["active", "revoked"]
    secrets: int = Field(description="How many secrets open it: two while one is being rotated")
    heard_at: Moment | None = Field(default=None, description="To within five minutes; null if it was never heard")
    read_at: Moment | None = Field(default=None, description="When it last sent a read")
    silent: bool = Field(default=False, description="Whether it has not been heard for hours")


class DeviceList(ApiModel):
    devices: list[DeviceView]


class DeviceCredential(ApiModel):
    """Shown once; afterwards only a keyed hash of the secret exists."""

    device: str
    secret: str
    old_secret_ends_at: Moment | None = None


class RotateForm(ApiModel):
    overlap_hours: int = Field(
        default=24, ge=0, le=LONGEST_OVERLAP_HOURS, description="How long the old secret works on"
    )


async def register_device(
    platform: Platform, site: Site, vendor_format: str, *, keep_unmatched: bool = False
) -> DeviceCredential:
    """``keep_unmatched`` keeps reads that match nothing for the site's short time; without it they leave no trace."""
    device, secret = new_id(platform.clock.now()), secrets.token_urlsafe(32)
    await platform.container("credentials").create(
        {
            "id": device,
            "kind": "device",
            "organisationId": site.organisation_id,
            "siteId": site.id,
            "format": vendor_format,
            "keepUnmatched": keep_unmatched,
            "secrets": [await _stored(platform, device, secret)],
            "state": "active",
        }
    )
    return DeviceCredential(device=device, secret=secret)


async def register(platform: Platform, principal: Principal, form: DeviceForm) -> DeviceCredential:
    """With its secret, which is shown this once and stored as a keyed hash."""
    await _manage(platform, principal, [])
    site = await service.site(platform, principal.organisation, str(form.site_id))
    if not (await terms_of(platform, principal.organisation, site.id)).anpr_allowed:
        what = FieldError("/siteId", "anpr_unlawful", "Choose a site elsewhere, or ask counsel about this one.")
        raise Invalid("The law at this site does not let a private body read number plates.", [what])
    if not site.anpr_open:
        what = FieldError("/siteId", "anpr_closed", "Open it first, with PUT /api/sites/{siteId}/anpr.")
        raise Invalid("Your organisation has closed number plate reading at this site.", [what])
    return await register_device(platform, site, form.format, keep_unmatched=form.keep_unmatched)


async def switch(platform: Platform, principal: Principal, site_id: str, wanted: AnprSwitch) -> SiteView:
    """Opens or closes number plate reading at a site. Closed, it holds at each camera's next post in every worker;
    opened, within a minute."""
    organisation = principal.organisation
    try:
        site = await platform.records(Site).read(site_id, organisation)
    except NotFound:
        raise NotFound("There is no such site in your organisation.") from None
    resource = Resource("site", site_id, organisation, site_id)
    decision = await platform.authorise(principal, "anpr:switch", resource)
    service.forget_site(organisation, site_id)
    changed = site.model_copy(update={"anpr_open": wanted.open})
    site = await platform.records(Site).replace(changed, site.etag)
    if not wanted.open:
        await gates.shut(platform, organisation, site_id)
    await platform.account(
        principal,
        f"anpr:{'open' if wanted.open else 'close'}",
        organisation=organisation,
        subjects=[site_id],
        decision=decision,
    )
    return service.site_view(site)


async def list_devices(platform: Platform, principal: Principal) -> DeviceList:
    await _manage(platform, principal, [])
    text = "SELECT * FROM c WHERE c.kind = 'device' AND c.organisationId = @organisation"
    found = platform.container("credentials").query(text, {"organisation": principal.organisation})
    documents, known = [document async for document in found], await health.of(platform, principal.organisation)
    return DeviceList(devices=[_view(each, known.get(each["id"])) for each in documents])


async def rotate(platform: Platform, principal: Principal, device: str, form: RotateForm) -> DeviceCredential:
    """A new secret beside the newest old one, which runs out after the overlap; older ones end now."""
    document = await _own(platform, principal, device)
    await _manage(platform, principal, [device])
    secret, ends = secrets.token_urlsafe(32), platform.clock.now() + timedelta(hours=form.overlap_hours)
    newest = document["secrets"][-1] | {"until": rfc3339(ends)}
    kept = [newest] if form.overlap_hours else []
    changed = document | {"secrets": [*kept, await _stored(platform, device, secret)]}
    await platform.container("credentials").replace(changed, document["_etag"])
    platform.principals.forget(device)
    return DeviceCredential(device=device, secret=secret, old_secret_ends_at=ends if kept else None)


async def revoke(platform: Platform, principal: Principal, device: str) -> DeviceView:
    """Nothing that it posts from now on is stored, whatever other workers still remember of it; within ten seconds
    nothing is compared either, and within 30 they refuse it at the door."""
    document = await _own(platform, principal, device)
    await _manage(platform, principal, [device])
    changed = document | {"state": "revoked", "secrets": []}
    await platform.container("credentials").replace(changed, document["_etag"])
    platform.principals.forget(device)
    await gates.shut(platform, principal.organisation, document["siteId"], device)
    return _view(changed)


async def _manage(platform: Platform, principal: Principal, subjects: list[str]) -> None:
    resource = Resource("device", principal.organisation, principal.organisation)
    decision = await platform.authorise(principal, "device:manage", resource)
    await platform.account(principal, "device:manage", subjects=subjects, decision=decision)


async def _own(platform: Platform, principal: Principal, device: str) -> Document:
    try:
        document = await platform.container("credentials").read(device, device)
    except NotFound:
        document = {}
    if document.get("kind") != "device" or document["organisationId"] != principal.organisation:
        raise NotFound("There is no such device in your organisation.")
    return document


async def _stored(platform: Platform, device: str, secret: str) -> dict[str, Any]:
    key = await platform.keyring.key_for(PLATFORM, Use.CREDENTIALS)
    return {"hash": device_secret_hash(key, device, secret), "until": None}


def _view(document: Document, heard: health.Health | None = None) -> DeviceView:
    return DeviceView(
        heard_at=heard.heard_at if heard else None,
        read_at=heard.read_at if heard else None,
        silent=bool(heard and heard.silent_since),
        id=document["id"],
        site_id=document["siteId"],
        format=document["format"],
        keep_unmatched=document.get("keepUnmatched", False),
        state=document["state"],
        secrets=len(document["secrets"]),
    )
