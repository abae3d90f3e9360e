"""The rules in force in words beside their source, why somebody has access, and the screen for free text."""

from shared.access import service
from shared.access.models import ExplainForm, Explanation, PolicyView, ScreenForm, ScreenView
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery

door = Door()


@door.endpoint(
    "policy_read",
    "GET",
    "policy",
    summary="Every access rule in force, in words beside its source",
    access="public",
    personal=False,
    reply=PolicyView,
)
async def read(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(service.rules_in_force())


@door.endpoint(
    "policy_explain",
    "POST",
    "policy/explain",
    summary="Whether and why one of your users may do something",
    body=ExplainForm,
    reply=Explanation,
)
async def explain(call: Call[ExplainForm, NoQuery]) -> Reply:
    return Reply(await service.explain(call.platform, call.principal, call.body))


@door.endpoint(
    "text_screen",
    "POST",
    "text/screen",
    summary="What a text would be sent back for; nothing is stored",
    body=ScreenForm,
    reply=ScreenView,
    personal=False,
)
async def screen_text(call: Call[ScreenForm, NoQuery]) -> Reply:
    return Reply(service.screened(call.body))
