"""Communities: founded, joined by invitation, left; and each member's settings."""

import asyncio
import contextlib
from collections.abc import Sequence

from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.organisations.models import Organisation, OrganisationKind
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.sharing import law
from shared.sharing.models import (
    Community,
    CommunityForm,
    CommunityList,
    CommunityView,
    Lists,
    Membership,
    MembershipSettings,
    MemberView,
)

MOST_COMMUNITIES = 20
"""Of one organisation. Every shared view looks into each of them."""


async def create(platform: Platform, principal: Principal, form: CommunityForm, idempotency_key: str) -> CommunityView:
    await _manage(platform, principal, [])
    founder = await organisations.organisation(platform, principal.organisation)
    await _check(platform, founder.id, form.settings)
    identifier = derived_id("community", founder.id, idempotency_key)
    return await found(platform, founder, identifier, form)


async def found(platform: Platform, founder: Organisation, identifier: str, form: CommunityForm) -> CommunityView:
    community = Community(
        id=identifier, community_id=identifier, organisation_id=founder.id, name=form.name, aim=form.aim
    )
    with contextlib.suppress(Conflict):  # repeated
        await platform.records(Community).create(community)
    await enter(platform, identifier, founder, form.settings)
    return await _view(platform, identifier, founder.id)


async def invite(platform: Platform, principal: Principal, community_id: str, organisation_id: str) -> CommunityView:
    """Any member may invite; the invited organisation learns the community's name, aim and members, no more."""
    await _own(platform, principal, community_id, must_be_in=True)
    await _manage(platform, principal, [community_id, organisation_id])
    try:
        invited = await organisations.organisation(platform, organisation_id)
    except NotFound:
        what = FieldError("/organisationId", "unknown", "Ask the organisation for its id; it is shown in its profile.")
        raise Invalid("There is no such organisation.", [what]) from None
    if invited.kind is OrganisationKind.PLATFORM:
        raise Forbidden("Those who run the platform cannot be members of a community.")
    existing = await membership(platform, community_id, organisation_id)
    if existing is None:
        await platform.records(Membership).create(_membership(community_id, invited, "invited", principal.id))
    elif existing.state == "left":
        again = existing.model_copy(update={"state": "invited", "invited_by": principal.id})
        await platform.records(Membership).replace(again, existing.etag)
    await _remember(platform, invited, community_id)
    return await _view(platform, community_id, principal.organisation)


async def accept(
    platform: Platform, principal: Principal, community_id: str, settings: MembershipSettings
) -> CommunityView:
    mine = await _own(platform, principal, community_id)
    await _manage(platform, principal, [community_id])
    if mine.state != "invited":
        raise Conflict("Your organisation was not invited, or has joined already.")
    await _check(platform, principal.organisation, settings)
    home = await organisations.organisation(platform, principal.organisation)
    await enter(platform, community_id, home, settings)
    return await _view(platform, community_id, principal.organisation)


async def enter(
    platform: Platform, community_id: str, organisation: Organisation, settings: MembershipSettings
) -> Membership:
    """Joins at once, from now on."""
    joined = _membership(community_id, organisation, "joined", None).model_copy(
        update={"joined_at": platform.clock.now(), **_as_set(settings)}
    )
    existing = await membership(platform, community_id, organisation.id)
    if existing is None:
        stored = await platform.records(Membership).create(joined)
    else:
        stored = await platform.records(Membership).replace(joined, existing.etag)
    await platform.community_index.admit(
        community_id, organisation.id, await _others(platform, community_id, organisation.id)
    )
    await _remember(platform, organisation, community_id)
    return stored


async def change(
    platform: Platform, principal: Principal, community_id: str, settings: MembershipSettings, etag: str
) -> CommunityView:
    """New settings hold from the next view on, for everything ever shared by rule."""
    mine = await _own(platform, principal, community_id, must_be_in=True)
    await _manage(platform, principal, [community_id])
    await _check(platform, principal.organisation, settings)
    changed = mine.model_copy(update=_as_set(settings))
    await platform.records(Membership).replace(changed, etag)
    return await _view(platform, community_id, principal.organisation)


async def leave(platform: Platform, principal: Principal, community_id: str) -> None:
    """Takes effect at once on both sides: every view reads the memberships afresh. Entries of the feed stay, and are
    dead: they show nothing without a membership."""
    mine = await _own(platform, principal, community_id)
    await _manage(platform, principal, [community_id])
    left = mine.model_copy(update={"state": "left", "shares": [], "lists": Lists()})
    await platform.records(Membership).replace(left, mine.etag)
    others = await _others(platform, community_id, principal.organisation)
    await platform.community_index.dismiss(community_id, principal.organisation, others)


async def list_mine(platform: Platform, principal: Principal) -> CommunityList:
    resource = Resource("community", principal.organisation, principal.organisation)
    await platform.authorise(principal, "community:read", resource)
    home = await organisations.organisation(platform, principal.organisation)
    views = await asyncio.gather(*(_view(platform, each, home.id) for each in home.communities))
    return CommunityList(communities=[view for view in views if view.state != "left"])


async def membership(platform: Platform, community_id: str, organisation_id: str) -> Membership | None:
    try:
        return await platform.records(Membership).read(organisation_id, community_id)
    except NotFound:
        return None


async def members(platform: Platform, community_id: str) -> list[Membership]:
    """All memberships, those that ended included."""
    text = "SELECT * FROM c WHERE c.kind = 'membership'"
    documents = [document async for document in platform.container("communities").query(text, key=community_id)]
    return await platform.records(Membership).open_all(documents)


async def _others(platform: Platform, community_id: str, organisation_id: str) -> list[str]:
    everybody = await members(platform, community_id)
    return [each.organisation_id for each in everybody if each.is_in and each.organisation_id != organisation_id]


async def _own(platform: Platform, principal: Principal, community_id: str, *, must_be_in: bool = False) -> Membership:
    """A community that one's organisation has nothing to do with does not exist."""
    mine = await membership(platform, community_id, principal.organisation)
    if mine is None or mine.state == "left" or (must_be_in and not mine.is_in):
        raise NotFound("There is no such community, or your organisation is not in it.")
    return mine


async def _manage(platform: Platform, principal: Principal, subjects: list[str]) -> None:
    resource = Resource("community", principal.organisation, principal.organisation)
    decision = await platform.authorise(principal, "community:manage", resource)
    await platform.account(principal, "community:manage", subjects=subjects, decision=decision)


async def _check(platform: Platform, organisation_id: str, settings: MembershipSettings) -> None:
    """Sites are one's own; and what the law does not allow cannot be switched on."""
    for number, rule in enumerate(settings.shares):
        for index, site in enumerate(rule.site_ids):
            await organisations.site(
                platform, organisation_id, site, pointer=f"/settings/shares/{number}/siteIds/{index}"
            )
    home = await organisations.organisation(platform, organisation_id)
    if settings.shares and not any(law.may_share(home, kind) for kind in OrganisationKind):
        what = FieldError("/settings/shares", "not_lawful", "Leave it empty. Disclosures for a case remain possible.")
        raise Invalid(f"The law of {home.jurisdiction} does not let your organisation share reports.", [what])
    if settings.lists.gives and not any(law.may_share(home, kind) for kind in OrganisationKind):
        what = FieldError("/settings/lists/gives", "not_lawful", "Leave it off; your own cameras still use your list.")
        raise Invalid(f"The law of {home.jurisdiction} does not let your organisation share its watchlist.", [what])


def _as_set(settings: MembershipSettings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in MembershipSettings.model_fields}


async def _remember(platform: Platform, organisation: Organisation, community_id: str) -> None:
    """The organisation's own list, by which it finds its communities."""
    current = await organisations.organisation(platform, organisation.id)
    if community_id in current.communities:
        return
    if len(current.communities) >= MOST_COMMUNITIES:
        raise Conflict(f"An organisation can be in at most {MOST_COMMUNITIES} communities.")
    longer = current.model_copy(update={"communities": [*current.communities, community_id]})
    await platform.records(Organisation).replace(longer, current.etag)


def _membership(community_id: str, organisation: Organisation, state: str, invited_by: str | None) -> Membership:
    return Membership.model_validate(
        {
            "id": organisation.id,
            "organisation_id": organisation.id,
            "community_id": community_id,
            "state": state,
            "organisation_kind": organisation.kind,
            "organisation_name": organisation.name,
            "sharing_lawful": {kind.value: law.may_share(organisation, kind) for kind in OrganisationKind},
            "invited_by": invited_by,
        }
    )


async def _view(platform: Platform, community_id: str, organisation_id: str) -> CommunityView:
    community, everybody = await asyncio.gather(
        platform.records(Community).read(community_id, community_id), members(platform, community_id)
    )
    mine = next(each for each in everybody if each.organisation_id == organisation_id)
    return CommunityView(
        id=community.id,
        name=community.name,
        aim=community.aim,
        state=mine.state,
        settings=MembershipSettings(shares=mine.shares, wishes=mine.wishes, lists=mine.lists),
        members=_seen(everybody),
        etag=mine.etag,
    )


def _seen(everybody: Sequence[Membership]) -> list[MemberView]:
    present = [each for each in everybody if each.state != "left"]
    return [
        MemberView(
            organisation_id=each.organisation_id,
            name=each.organisation_name,
            kind=each.organisation_kind,
            state=each.state,
            joined_at=each.joined_at,
        )
        for each in sorted(present, key=lambda one: one.organisation_name)
    ]
