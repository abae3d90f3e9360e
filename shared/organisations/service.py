"""Setting up organisations, and looking up what everything else refers to."""

import asyncio
import secrets
import time
from dataclasses import dataclass

from shared.errors import FieldError, Invalid, NotFound
from shared.identity.principals import Principal, device_secret_hash, user_credential_id
from shared.identity.tokens import Identity
from shared.ids import new_id
from shared.organisations.models import (
    Community,
    Membership,
    MeView,
    Organisation,
    OrganisationKind,
    OrganisationView,
    Site,
    SiteView,
    User,
)
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.sealing.roots import PLATFORM

SITE_CACHED_SECONDS = 60.0
_sites: dict[tuple[str, str], tuple[float, Site]] = {}


# -- setting up ------------------------------------------------------------------------------------------------------


async def onboard(platform: Platform, name: str, kind: OrganisationKind, jurisdiction: str) -> Organisation:
    """A new controller: first its root key, so that nothing can ever be stored for it unsealed."""
    identifier = new_id(platform.clock.now())
    await platform.roots.create(PLATFORM)
    await platform.roots.create(identifier)
    organisation = Organisation(
        id=identifier, organisation_id=identifier, name=name, kind=kind, jurisdiction=jurisdiction
    )
    return await platform.records(Organisation).create(organisation)


async def add_site(platform: Platform, site: Site) -> Site:
    return await platform.records(Site).create(site)


async def add_user(platform: Platform, user: User, identity: Identity) -> User:
    """Binds the issuer's identity to a user of this organisation. One identity, one user."""
    slot = user_credential_id(identity)
    credential = {"id": slot, "kind": "user", "organisationId": user.organisation_id, "userId": user.id}
    stored = await platform.records(User).create(user)
    await platform.container("credentials").create(credential)
    return stored


@dataclass(frozen=True)
class DeviceCredential:
    """Shown once; afterwards only a keyed hash of the secret exists."""

    device: str
    secret: str


async def register_device(
    platform: Platform, site: Site, vendor_format: str, *, keep_unmatched: bool = False
) -> DeviceCredential:
    """``keep_unmatched`` keeps reads that match nothing for the site's short time; without it they leave no trace."""
    device, secret = new_id(platform.clock.now()), secrets.token_urlsafe(32)
    root = await platform.roots.root(PLATFORM)
    await platform.container("credentials").create(
        {
            "id": device,
            "kind": "device",
            "organisationId": site.organisation_id,
            "siteId": site.id,
            "format": vendor_format,
            "keepUnmatched": keep_unmatched,
            "hashes": [device_secret_hash(root.index, device, secret)],
            "state": "active",
        }
    )
    return DeviceCredential(device, secret)


async def found_community(platform: Platform, name: str, founder: Organisation) -> Community:
    identifier = new_id(platform.clock.now())
    community = Community(id=identifier, community_id=identifier, organisation_id=founder.id, name=name)
    return await platform.records(Community).create(community)


async def join(platform: Platform, community: Community, organisation: Organisation, shares: list[str]) -> Organisation:
    """The organisation shares reports of the types ``shares`` from now on, and is warned of what others share."""
    await platform.records(Membership).create(
        Membership(
            id=organisation.id,
            organisation_id=organisation.id,
            community_id=community.id,
            shares=shares,
            joined_at=platform.clock.now(),
        )
    )
    joined = organisation.model_copy(update={"communities": [*organisation.communities, community.id]})
    return await platform.records(Organisation).replace(joined, organisation.etag)


# -- looking up ------------------------------------------------------------------------------------------------------


async def organisation(platform: Platform, identifier: str) -> Organisation:
    return await platform.records(Organisation).read(identifier, identifier)


async def site(platform: Platform, organisation_id: str, site_id: str) -> Site:
    """Raises :class:`Invalid` for a site that the organisation does not have."""
    slot = (organisation_id, site_id)
    kept = _sites.get(slot)
    if kept and kept[0] > time.monotonic():
        return kept[1]
    try:
        found = await platform.records(Site).read(site_id, organisation_id)
    except NotFound:
        what = FieldError("/siteId", "unknown_site", "Choose one of your organisation's sites; GET /api/me lists them.")
        raise Invalid("The site is not one of your organisation's.", [what]) from None
    _sites[slot] = (time.monotonic() + SITE_CACHED_SECONDS, found)
    return found


async def sites(platform: Platform, organisation_id: str) -> list[Site]:
    found = platform.container("sites").query("SELECT * FROM c", key=organisation_id)
    documents = [document async for document in found]
    return sorted(await platform.records(Site).open_all(documents), key=lambda each: each.name)


async def memberships(platform: Platform, community_id: str) -> list[Membership]:
    text = "SELECT * FROM c WHERE c.kind = 'membership'"
    documents = [document async for document in platform.container("communities").query(text, key=community_id)]
    return await platform.records(Membership).open_all(documents)


async def me(platform: Platform, principal: Principal) -> MeView:
    resource = Resource("organisation", principal.organisation, principal.organisation)
    await platform.authorise(principal, "organisation:read", resource)
    mine, all_sites = await asyncio.gather(
        organisation(platform, principal.organisation), sites(platform, principal.organisation)
    )
    return MeView(
        user_id=principal.id,
        roles=sorted(principal.roles),
        organisation=OrganisationView(id=mine.id, name=mine.name, kind=mine.kind, jurisdiction=mine.jurisdiction),
        sites=[
            SiteView(id=each.id, name=each.name, region=each.region, time_zone=each.time_zone)
            for each in all_sites
            if principal.at(each.id)
        ],
    )
