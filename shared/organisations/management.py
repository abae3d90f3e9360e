"""What administrators do: the organisation's profile, its sites, its users; and how an organisation comes to be."""

import zoneinfo

from shared.delivery import own
from shared.errors import FieldError, Forbidden, Invalid, NotFound
from shared.identity.principals import Principal, Role
from shared.ids import new_id
from shared.organisations import invitations, service
from shared.organisations.invitations import InvitationForm, InvitationView
from shared.organisations.models import (
    Organisation,
    OrganisationChange,
    OrganisationForm,
    OrganisationKind,
    Site,
    SiteForm,
    SiteView,
    User,
    UserChange,
    UserList,
    UserView,
)
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.sealing.roots import PLATFORM
from shared.searches import saved


async def register(
    platform: Platform, principal: Principal, form: OrganisationForm
) -> tuple[Organisation, InvitationView]:
    """A new controller, and the invitation of its first administrator. The operator sees neither afterwards."""
    resource = Resource("organisation", PLATFORM, PLATFORM)
    decision = await platform.authorise(principal, "organisation:register", resource, related="platform")
    if (form.kind is OrganisationKind.LAW_ENFORCEMENT) != (form.agency_id is not None):
        what = FieldError(
            "/agencyId", "agency_id", "A law-enforcement organisation has an agency id, others have none."
        )
        raise Invalid("The agency id does not fit the kind of organisation.", [what])
    if form.covers and form.kind is not OrganisationKind.LAW_ENFORCEMENT:
        what = FieldError("/covers", "no_police", "Leave it out: only law enforcement polices regions.")
        raise Invalid("The regions do not fit the kind of organisation.", [what])
    made = await service.onboard(
        platform,
        form.name,
        form.kind,
        form.jurisdiction,
        agency_id=form.agency_id,
        data_protection_contact=form.data_protection_contact,
        privacy_notice=str(form.privacy_notice),
        covers=form.covers,
    )
    first = InvitationForm(name=form.administrator, roles=[Role.ORG_ADMIN])
    invitation = await invitations.issue(platform, made.id, first, invited_by=principal.id)
    await platform.account(
        principal, "organisation:register", organisation=made.id, subjects=[made.id], decision=decision
    )
    return made, invitation


async def profile(platform: Platform, principal: Principal) -> Organisation:
    resource = Resource("organisation", principal.organisation, principal.organisation)
    await platform.authorise(principal, "organisation:read", resource)
    return await service.organisation(platform, principal.organisation)


async def change_profile(
    platform: Platform, principal: Principal, change: OrganisationChange, etag: str
) -> Organisation:
    await _manage(platform, principal, "organisation:manage", [principal.organisation])
    current = await service.organisation(platform, principal.organisation)
    given = change.model_dump(mode="json", exclude_unset=True)
    return await platform.records(Organisation).replace(current.model_copy(update=given), etag)


async def add_site(platform: Platform, principal: Principal, form: SiteForm) -> SiteView:
    await _manage(platform, principal, "organisation:manage", [])
    if form.time_zone not in zoneinfo.available_timezones():
        what = FieldError("/timeZone", "time_zone", "Use an IANA name, such as Europe/London.")
        raise Invalid("The time zone is unknown.", [what])
    identifier = new_id(platform.clock.now())
    site = Site(id=identifier, organisation_id=principal.organisation, **form.model_dump())
    return service.site_view(await service.add_site(platform, site))


async def list_users(platform: Platform, principal: Principal) -> UserList:
    """With their roles and sites, suspended ones too."""
    await _manage(platform, principal, "user:list", [])
    found = platform.container("users").query("SELECT * FROM c", key=principal.organisation)
    users = await platform.records(User).open_all([document async for document in found])
    return UserList(users=[user_view(user) for user in sorted(users, key=lambda each: each.name)])


async def change_user(platform: Platform, principal: Principal, user_id: str, change: UserChange, etag: str) -> User:
    """Roles, sites, suspension. Nobody changes themselves, so the last administrator cannot lock everybody out.
    The searches of somebody who is suspended are forgotten, and where they were told outside the app."""
    await _manage(platform, principal, "user:manage", [user_id])
    if user_id == principal.id:
        raise Forbidden("You cannot change your own account. Ask another administrator.")
    try:
        user = await platform.records(User).read(user_id, principal.organisation)
    except NotFound:
        raise NotFound("There is no such user in your organisation.") from None
    roles = change.roles if change.roles is not None else user.roles
    sites = change.site_ids if change.site_ids is not None else user.site_ids
    await invitations.check(platform, principal.organisation, roles, sites)
    changed = user.model_copy(update={"roles": roles, "site_ids": sites, "state": change.state or user.state})
    stored = await platform.records(User).replace(changed, etag)
    platform.principals.forget(user_id)
    if stored.state == "suspended":
        await saved.forget_all(platform, principal.organisation, user_id)
        await own.forget(platform, principal.organisation, user_id)
    return stored


def user_view(user: User) -> UserView:
    return UserView(
        id=user.id,
        name=user.name,
        roles=user.roles,
        site_ids=user.site_ids,
        state=user.state,
        accepted_terms=user.accepted_terms,
        etag=user.etag,
    )


async def _manage(platform: Platform, principal: Principal, action: str, subjects: list[str]) -> None:
    resource = Resource("organisation", principal.organisation, principal.organisation)
    decision = await platform.authorise(principal, action, resource)
    await platform.account(principal, action, subjects=subjects, decision=decision)
