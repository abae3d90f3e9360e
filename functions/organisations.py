"""Who you are here, and what administrators do: profile, sites, users, invitations, devices, terms."""

from shared.http.door import Call, Door, Reply
from shared.http.models import ApiModel, NoBody, NoQuery
from shared.organisations import devices, invitations, management, service, terms
from shared.organisations.devices import DeviceCredential, DeviceForm, DeviceList, DeviceView, RotateForm
from shared.organisations.invitations import AcceptedView, AcceptForm, InvitationForm, InvitationView
from shared.organisations.models import (
    AnprSwitch,
    MeView,
    OrganisationChange,
    OrganisationForm,
    OrganisationView,
    SiteForm,
    SiteView,
    UserChange,
    UserList,
    UserView,
)
from shared.organisations.terms import Acceptance, AcceptanceView, Terms

door = Door()


class RegisteredView(ApiModel):
    """A new organisation, and the invitation of its first administrator, shown once."""

    organisation: OrganisationView
    invitation: InvitationView


@door.endpoint(
    "organisations_me",
    "GET",
    "me",
    summary="Your roles, organisation and sites",
    reply=MeView,
    personal=False,
    before_terms=True,
)
async def me(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await service.me(call.platform, call.principal))


@door.endpoint(
    "terms_read", "GET", "terms", summary="The terms of use in force", access="public", personal=False, reply=Terms
)
async def read_terms(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(terms.shown())


@door.endpoint(
    "terms_accept",
    "POST",
    "terms/acceptance",
    summary="Accept the terms of use in force",
    body=Acceptance,
    reply=AcceptanceView,
    personal=False,
    before_terms=True,
)
async def accept_terms(call: Call[Acceptance, NoQuery]) -> Reply:
    return Reply(await terms.accept(call.platform, call.principal, call.body))


@door.endpoint(
    "organisations_register",
    "POST",
    "organisations",
    summary="Register a new organisation (platform staff)",
    body=OrganisationForm,
    reply=RegisteredView,
    status=201,
)
async def register(call: Call[OrganisationForm, NoQuery]) -> Reply:
    made, invitation = await management.register(call.platform, call.principal, call.body)
    return Reply(RegisteredView(organisation=service.view(made), invitation=invitation))


@door.endpoint(
    "organisation_read",
    "GET",
    "organisation",
    summary="Your organisation's profile",
    reply=OrganisationView,
    personal=False,
)
async def read(call: Call[NoBody, NoQuery]) -> Reply:
    found = await management.profile(call.platform, call.principal)
    return Reply(service.view(found), etag=found.etag)


@door.endpoint(
    "organisation_change",
    "PATCH",
    "organisation",
    summary="Change your organisation's profile",
    body=OrganisationChange,
    reply=OrganisationView,
    changes=True,
)
async def change(call: Call[OrganisationChange, NoQuery]) -> Reply:
    changed = await management.change_profile(call.platform, call.principal, call.body, call.if_match)
    return Reply(service.view(changed), etag=changed.etag)


@door.endpoint(
    "sites_add", "POST", "organisation/sites", summary="Add a site", body=SiteForm, reply=SiteView, status=201
)
async def add_site(call: Call[SiteForm, NoQuery]) -> Reply:
    return Reply(await management.add_site(call.platform, call.principal, call.body))


@door.endpoint(
    "sites_anpr",
    "PUT",
    "sites/{siteId:guid}/anpr",
    summary="Open or close number plate reading at a site; closing holds at each camera's next post",
    body=AnprSwitch,
    reply=SiteView,
)
async def switch_anpr(call: Call[AnprSwitch, NoQuery]) -> Reply:
    return Reply(await devices.switch(call.platform, call.principal, call.params["siteId"].lower(), call.body))


@door.endpoint("users_list", "GET", "organisation/users", summary="Who works here in which role", reply=UserList)
async def list_users(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await management.list_users(call.platform, call.principal))


@door.endpoint(
    "users_change",
    "PATCH",
    "organisation/users/{userId:guid}",
    summary="Change a user's roles or sites, suspend or reactivate",
    body=UserChange,
    reply=UserView,
    changes=True,
)
async def change_user(call: Call[UserChange, NoQuery]) -> Reply:
    user_id = call.params["userId"].lower()
    user = await management.change_user(call.platform, call.principal, user_id, call.body, call.if_match)
    return Reply(management.user_view(user), etag=user.etag)


@door.endpoint(
    "users_invite",
    "POST",
    "organisation/invitations",
    summary="Invite somebody; the code is shown once and works once",
    body=InvitationForm,
    reply=InvitationView,
    status=201,
)
async def invite(call: Call[InvitationForm, NoQuery]) -> Reply:
    return Reply(await invitations.invite(call.platform, call.principal, call.body))


@door.endpoint(
    "invitations_accept",
    "POST",
    "invitations/acceptance",
    summary="Become a user by an invitation; sign in first",
    access="identity",
    body=AcceptForm,
    reply=AcceptedView,
    personal=False,
    status=201,
)
async def accept_invitation(call: Call[AcceptForm, NoQuery]) -> Reply:
    return Reply(await invitations.accept(call.platform, call.identity, call.body))


@door.endpoint(
    "devices_register",
    "POST",
    "organisation/devices",
    summary="Register a camera; its secret is shown once",
    body=DeviceForm,
    reply=DeviceCredential,
    status=201,
)
async def register_device(call: Call[DeviceForm, NoQuery]) -> Reply:
    return Reply(await devices.register(call.platform, call.principal, call.body))


@door.endpoint("devices_list", "GET", "organisation/devices", summary="Your cameras", reply=DeviceList)
async def list_devices(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await devices.list_devices(call.platform, call.principal))


@door.endpoint(
    "devices_rotate",
    "POST",
    "organisation/devices/{cameraId:guid}/rotation",
    summary="A new secret for a camera; the old one works on for a while",
    body=RotateForm,
    reply=DeviceCredential,
)
async def rotate_device(call: Call[RotateForm, NoQuery]) -> Reply:
    return Reply(await devices.rotate(call.platform, call.principal, call.params["cameraId"].lower(), call.body))


@door.endpoint(
    "devices_revoke",
    "POST",
    "organisation/devices/{cameraId:guid}/revocation",
    summary="Shut a camera out",
    reply=DeviceView,
)
async def revoke_device(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await devices.revoke(call.platform, call.principal, call.params["cameraId"].lower()))
