"""How people want to be told outside the app: their mail address, their rules, and their organisation's."""

from shared.alerts.preferences import OwnPreferences, TeamPreferences
from shared.delivery import addresses, choices, push
from shared.delivery.addresses import CodeForm, MailForm, MailView
from shared.delivery.choices import OwnPreferencesView, TeamPreferencesView
from shared.delivery.push import BrowserForm, BrowserList, BrowserView, PushKey
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


@door.endpoint(
    "push_key",
    "GET",
    "push-key",
    summary="The key with which a browser subscribes to this installation's push messages",
    reply=PushKey,
    personal=False,
)
async def push_key(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await push.public_key(call.platform, call.principal))


@door.endpoint(
    "push_add",
    "POST",
    "me/browsers",
    summary="Be told in this browser; send what its PushSubscription gives",
    body=BrowserForm,
    reply=BrowserView,
    status=201,
)
async def add_browser(call: Call[BrowserForm, NoQuery]) -> Reply:
    return Reply(await push.add(call.platform, call.principal, call.body))


@door.endpoint("push_list", "GET", "me/browsers", summary="The browsers in which you are told", reply=BrowserList)
async def list_browsers(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await push.listed(call.platform, call.principal))


@door.endpoint("push_remove", "DELETE", "me/browsers/{browserId:guid}", summary="No longer in this browser", status=204)
async def remove_browser(call: Call[NoBody, NoQuery]) -> Reply:
    await push.remove(call.platform, call.principal, call.params["browserId"].lower())
    return Reply(None)
