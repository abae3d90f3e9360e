"""Setting up organisations, and looking up what everything else refers to."""

import asyncio
import time
from typing import Any

from shared.errors import FieldError, Invalid, NotFound
from shared.identity.principals import Principal, user_credential_id
from shared.identity.terms import in_force
from shared.identity.tokens import Identity
from shared.ids import new_id
from shared.organisations.models import (
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
LISTED_CACHED_SECONDS = 10.0
_listed: dict[int, tuple[float, list[Organisation]]] = {}


# -- setting up ------------------------------------------------------------------------------------------------------


async def onboard(
    platform: Platform, name: str, kind: OrganisationKind, jurisdiction: str, **profile: Any
) -> Organisation:
    """A new controller: first its root key, so that nothing can ever be stored for it unsealed."""
    identifier = new_id(platform.clock.now())
    await platform.roots.create(PLATFORM)
    await platform.roots.create(identifier)
    organisation = Organisation(
        id=identifier, organisation_id=identifier, name=name, kind=kind, jurisdiction=jurisdiction, **profile
    )
    return await platform.records(Organisation).create(organisation)


async def add_site(platform: Platform, site: Site) -> Site:
    return await platform.records(Site).create(site)


async def add_user(platform: Platform, user: User, identity: Identity) -> User:
    """A user of this organisation who signs in with the identity."""
    stored = await platform.records(User).create(user)
    await bind(platform, user, identity)
    return stored


async def bind(platform: Platform, user: User, identity: Identity) -> None:
    """One identity, one user: raises :class:`shared.errors.Conflict` if the identity has an account already."""
    slot = user_credential_id(identity)
    credential = {"id": slot, "kind": "user", "organisationId": user.organisation_id, "userId": user.id}
    await platform.container("credentials").create(credential)


# -- looking up ------------------------------------------------------------------------------------------------------


async def organisation(platform: Platform, identifier: str) -> Organisation:
    return await platform.records(Organisation).read(identifier, identifier)


async def listed(platform: Platform) -> list[Organisation]:
    """Everybody who is a controller here, by name. Asked by the public, so it is remembered for ten seconds."""
    kept = _listed.get(id(platform))
    if kept and kept[0] > time.monotonic():
        return kept[1]
    text = "SELECT * FROM c WHERE c.kind IN ('retailer', 'law_enforcement') AND c.state = 'active'"
    documents = [document async for document in platform.container("organisations").query(text)]
    found = sorted(await platform.records(Organisation).open_all(documents), key=lambda each: each.name.casefold())
    _listed.clear()
    _listed[id(platform)] = (time.monotonic() + LISTED_CACHED_SECONDS, found)
    return found


async def controller(platform: Platform, identifier: str) -> Organisation | None:
    """One of those that are listed, also one that has been for less than ten seconds."""
    if found := next((each for each in await listed(platform) if each.id == identifier), None):
        return found
    try:
        found = await organisation(platform, identifier)
    except NotFound:
        return None
    return found if found.state == "active" and found.kind is not OrganisationKind.PLATFORM else None


async def site(platform: Platform, organisation_id: str, site_id: str, *, pointer: str = "/siteId") -> Site:
    """Raises :class:`Invalid` for a site that the organisation does not have."""
    slot = (organisation_id, site_id)
    kept = _sites.get(slot)
    if kept and kept[0] > time.monotonic():
        return kept[1]
    try:
        found = await platform.records(Site).read(site_id, organisation_id)
    except NotFound:
        what = FieldError(pointer, "unknown_site", "Choose one of your organisation's sites; GET /api/me lists them.")
        raise Invalid("The site is not one of your organisation's.", [what]) from None
    _sites[slot] = (time.monotonic() + SITE_CACHED_SECONDS, found)
    return found


def forget_site(organisation_id: str, site_id: str) -> None:
    """The next look is at what is stored."""
    _sites.pop((organisation_id, site_id), None)


async def sites(platform: Platform, organisation_id: str) -> list[Site]:
    found = platform.container("sites").query("SELECT * FROM c", key=organisation_id)
    documents = [document async for document in found]
    return sorted(await platform.records(Site).open_all(documents), key=lambda each: each.name)


async def user_ids(platform: Platform, organisation_id: str) -> set[str]:
    """Of everybody who works there and is not suspended."""
    text = "SELECT c.id FROM c WHERE c.state = 'active'"
    return {str(each["id"]) async for each in platform.container("users").query(text, key=organisation_id)}


async def name_of(platform: Platform, organisation_id: str, user_id: str) -> str:
    """Raises :class:`NotFound` for somebody who does not work there."""
    return (await platform.records(User).read(user_id, organisation_id)).name


async def names(platform: Platform, organisation_id: str) -> dict[str, str]:
    """The names of everybody who works there, or did, by id: for documents that name who was responsible."""
    found = platform.container("users").query("SELECT * FROM c", key=organisation_id)
    users = await platform.records(User).open_all([document async for document in found])
    return {user.id: user.name for user in users}


async def me(platform: Platform, principal: Principal) -> MeView:
    resource = Resource("organisation", principal.organisation, principal.organisation)
    await platform.authorise(principal, "organisation:read", resource)
    mine, all_sites = await asyncio.gather(
        organisation(platform, principal.organisation), sites(platform, principal.organisation)
    )
    return MeView(
        user_id=principal.id,
        roles=sorted(principal.roles),
        organisation=view(mine),
        sites=[site_view(each) for each in all_sites if principal.at(each.id)],
        terms_accepted=principal.accepted_terms == in_force().version,
    )


def view(organisation: Organisation) -> OrganisationView:
    return OrganisationView(**organisation.model_dump(include=set(OrganisationView.model_fields)))


def site_view(site: Site) -> SiteView:
    return SiteView(**site.model_dump(include=set(SiteView.model_fields)))
