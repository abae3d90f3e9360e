"""How people want to be told outside the app: their mail address, their rules, and their organisation's."""

from shared.alerts.preferences import OwnPreferences, TeamPreferences
from shared.delivery import addresses, choices
from shared.delivery.addresses import CodeForm, MailForm, MailView
from shared.delivery.choices import OwnPreferencesView, TeamPreferencesView
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery

door = Door()


@door.endpoint("mail_read", "GET", "me/mail", summary="Your mail address for alerts", reply=MailView)
async def read_mail(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await addresses.shown(call.platform, call.principal))


@door.endpoint(
    "mail_give", "PUT", "me/mail", summary="Give a mail address; it is sent a code", body=MailForm, reply=MailView
)
async def give_mail(call: Call[MailForm, NoQuery]) -> Reply:
    return Reply(await addresses.give(call.platform, call.principal, call.body))


@door.endpoint(
    "mail_verify",
    "POST",
    "me/mail/verification",
    summary="Prove the mail address with its code",
    body=CodeForm,
    reply=MailView,
)
async def verify_mail(call: Call[CodeForm, NoQuery]) -> Reply:
    return Reply(await addresses.verify(call.platform, call.principal, call.body))


@door.endpoint("mail_remove", "DELETE", "me/mail", summary="Remove your mail address", status=204)
async def remove_mail(call: Call[NoBody, NoQuery]) -> Reply:
    await addresses.remove(call.platform, call.principal)
    return Reply(None)


@door.endpoint(
    "preferences_read",
    "GET",
    "me/alert-preferences",
    summary="What you are told outside the app, and what your organisation has set",
    reply=OwnPreferencesView,
    personal=False,
)
async def read_own(call: Call[NoBody, NoQuery]) -> Reply:
    found = await choices.read_own(call.platform, call.principal)
    return Reply(found, etag=found.etag)


@door.endpoint(
    "preferences_set",
    "PUT",
    "me/alert-preferences",
    summary="Choose what you are told outside the app, and when",
    body=OwnPreferences,
    reply=OwnPreferencesView,
    personal=False,
    changes=True,
)
async def set_own(call: Call[OwnPreferences, NoQuery]) -> Reply:
    stored = await choices.set_own(call.platform, call.principal, call.body, call.if_match)
    return Reply(stored, etag=stored.etag)


@door.endpoint(
    "organisation_preferences_read",
    "GET",
    "organisation/alert-preferences",
    summary="What your organisation's people are told outside the app",
    reply=TeamPreferencesView,
)
async def read_team(call: Call[NoBody, NoQuery]) -> Reply:
    found = await choices.read_team(call.platform, call.principal)
    return Reply(found, etag=found.etag)


@door.endpoint(
    "organisation_preferences_set",
    "PUT",
    "organisation/alert-preferences",
    summary="Set what your organisation's people are told outside the app",
    body=TeamPreferences,
    reply=TeamPreferencesView,
    changes=True,
)
async def set_team(call: Call[TeamPreferences, NoQuery]) -> Reply:
    stored = await choices.set_team(call.platform, call.principal, call.body, call.if_match)
    return Reply(stored, etag=stored.etag)
