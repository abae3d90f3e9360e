"""Invitations: how an identity of the sign-in service becomes a user here. They work once and run out.

The code is 256 random bits that only the invited person gets; stored is a keyed hash of it, which is the record's id.
"""

import contextlib
import secrets
from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.clock import Moment
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.http.models import ApiModel
from shared.identity.principals import Principal, Role, user_credential_id
from shared.identity.tokens import Identity
from shared.ids import derived_id
from shared.organisations import service
from shared.organisations.models import Name, OrganisationKind, SiteIds, User
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.sealing.keyring import Use
from shared.sealing.records import Record, Sealed
from shared.sealing.roots import PLATFORM
from shared.sealing.tokens import token
from shared.storage.cosmos import Key

VALID = timedelta(days=7)
ROLES_OF = {
    OrganisationKind.RETAILER: frozenset(Role) - {Role.OFFICER, Role.OPERATOR},
    OrganisationKind.LAW_ENFORCEMENT: frozenset({Role.OFFICER, Role.ORG_ADMIN, Role.PRIVACY_OFFICER, Role.AUDITOR}),
    OrganisationKind.PLATFORM: frozenset({Role.OPERATOR, Role.ORG_ADMIN, Role.AUDITOR}),
}
"""Which roles exist in which kind of organisation."""


class Invitation(Record):
    """``id`` is the hash of the code. It is its own partition: whoever accepts knows the code and nothing else."""

    container: ClassVar[str] = "credentials"

    kind: Literal["invitation"] = "invitation"
    name: Sealed[str]
    roles: list[Role]
    site_ids: list[str] = []
    invited_by: str
    expires_at: Moment
    used_at: Moment | None = None
    used_by: str | None = None
    """The credential id of whoever used it, so that the same person can finish what broke off."""

    @property
    def key(self) -> Key:
        return self.id


class InvitationForm(ApiModel):
    name: Name
    roles: Annotated[list[Role], Field(min_length=1, max_length=7)]
    site_ids: SiteIds = []


class InvitationView(ApiModel):
    code: str = Field(description="Shown once. Hand it to the invited person only.")
    expires_at: Moment


class AcceptForm(ApiModel):
    code: Annotated[str, StringConstraints(min_length=20, max_length=100)]


class AcceptedView(ApiModel):
    user_id: str
    organisation_id: str


async def invite(platform: Platform, principal: Principal, form: InvitationForm) -> InvitationView:
    """Its code is in the answer and nowhere else; it works once, for seven days."""
    resource = Resource("user", principal.organisation, principal.organisation)
    decision = await platform.authorise(principal, "user:manage", resource)
    await check(platform, principal.organisation, form.roles, form.site_ids)
    issued = await issue(platform, principal.organisation, form, invited_by=principal.id)
    await platform.account(principal, "user:manage", subjects=[], decision=decision)
    return issued


async def issue(platform: Platform, organisation: str, form: InvitationForm, *, invited_by: str) -> InvitationView:
    code = secrets.token_urlsafe(32)
    invitation = Invitation(
        id=await _slot(platform, code),
        organisation_id=organisation,
        name=form.name,
        roles=form.roles,
        site_ids=form.site_ids,
        invited_by=invited_by,
        expires_at=platform.clock.now() + VALID,
    )
    await platform.records(Invitation).create(invitation)
    return InvitationView(code=code, expires_at=invitation.expires_at)


async def accept(platform: Platform, identity: Identity, form: AcceptForm) -> AcceptedView:
    """Binds the identity to a new user. The invitation is marked first, so it works once; the user's id derives from
    it, so whoever repeats a request that broke off becomes the same user."""
    slot, mine = await _slot(platform, form.code), user_credential_id(identity)
    try:
        invitation = await platform.records(Invitation).read(slot, slot)
    except NotFound:
        raise _no_invitation() from None
    if invitation.used_by is None:
        if invitation.expires_at <= platform.clock.now():
            raise _no_invitation()
        await _refuse_second_account(platform, mine)
        used = invitation.model_copy(update={"used_at": platform.clock.now(), "used_by": mine})
        invitation = await platform.records(Invitation).replace(used, invitation.etag)
    elif invitation.used_by != mine:
        raise _no_invitation()
    user = User(
        id=derived_id("invited", slot),
        organisation_id=invitation.organisation_id,
        name=invitation.name,
        roles=invitation.roles,
        site_ids=invitation.site_ids,
        invited_by=invitation.invited_by,
    )
    with contextlib.suppress(Conflict):
        await platform.records(User).create(user)
    with contextlib.suppress(Conflict):
        await service.bind(platform, user, identity)
    return AcceptedView(user_id=user.id, organisation_id=user.organisation_id)


async def check(platform: Platform, organisation_id: str, roles: list[Role], site_ids: list[str]) -> None:
    """Roles that this kind of organisation has, and sites that are its own."""
    kind = (await service.organisation(platform, organisation_id)).kind
    if foreign := sorted(set(roles) - ROLES_OF[kind]):
        what = FieldError("/roles", "unknown_role", f"Your organisation has no role {', '.join(foreign)}.")
        raise Invalid("A role does not exist in your organisation.", [what])
    for index, site in enumerate(site_ids):
        await service.site(platform, organisation_id, site, pointer=f"/siteIds/{index}")


async def _refuse_second_account(platform: Platform, slot: str) -> None:
    if (await platform.container("credentials").read_many([(slot, slot)]))[0]:
        raise Conflict("You already have an account here. One sign-in belongs to one organisation.")


async def _slot(platform: Platform, code: str) -> str:
    key = await platform.keyring.key_for(PLATFORM, Use.CREDENTIALS)
    return f"inv-{token(key, 'invitation', code)}"


def _no_invitation() -> Forbidden:
    """The same answer for a wrong, used and expired code: it tells a guesser nothing."""
    return Forbidden("The invitation does not exist, was used, or has run out. Ask your administrator for a new one.")
