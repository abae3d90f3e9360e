"""Requests of persons about their own data: the public door, the messages that route them, the controller's desk."""

import logging
from typing import Any

import azure.functions as func

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery
from shared.platform import current
from shared.rights import desk, disposal, intake, routing
from shared.rights.models import (
    AcknowledgeForm,
    Board,
    Case,
    CaseListQuery,
    CasePage,
    CaseView,
    ConfirmForm,
    ExtensionForm,
    ProofForm,
    ReplyForm,
    RequestForm,
    RequestReceipt,
    RequestView,
    RoutingOrder,
    WaitForm,
)
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.rights")
door = Door()

SECRET = "x-request-secret"  # noqa: S105 - the name of a header
SMALL = 16 << 10


# -- for everybody ---------------------------------------------------------------------------------------------------


@door.endpoint(
    "rights_submit",
    "POST",
    "public/requests",
    summary="Ask whoever may hold data about you: access, correction, deletion and the rest",
    access="public",
    body=RequestForm,
    reply=RequestReceipt,
    status=201,
    body_limit=SMALL,
)
async def submit(call: Call[RequestForm, NoQuery]) -> Reply:
    return Reply(await intake.submit(call.platform, call.body))


@door.endpoint(
    "rights_status",
    "GET",
    "public/requests/{reference}",
    summary="How your request stands; send its secret in the header X-Request-Secret",
    access="public",
    personal=False,
    reply=RequestView,
)
async def status(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await intake.status(call.platform, *_mine(call)))


@door.endpoint(
    "rights_confirm",
    "POST",
    "public/requests/{reference}/confirmation",
    summary="Enter the code that was mailed to you: it sends your request off",
    access="public",
    personal=False,
    body=ConfirmForm,
    reply=RequestView,
    body_limit=SMALL,
)
async def confirm(call: Call[ConfirmForm, NoQuery]) -> Reply:
    return Reply(await intake.confirm(call.platform, *_mine(call), call.body.code))


@door.endpoint(
    "rights_new_code",
    "POST",
    "public/requests/{reference}/code",
    summary="Have a new code mailed to you",
    access="public",
    personal=False,
    reply=RequestView,
)
async def new_code(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await intake.new_code(call.platform, *_mine(call)))


@door.endpoint(
    "rights_reply",
    "POST",
    "public/requests/{reference}/messages/{caseId:guid}",
    summary="Reply to a controller that has written to you",
    access="public",
    body=ReplyForm,
    reply=RequestView,
    body_limit=SMALL,
)
async def reply(call: Call[ReplyForm, NoQuery]) -> Reply:
    reference, secret = _mine(call)
    return Reply(await intake.reply(call.platform, reference, secret, _id(call), call.body.message))


# -- the desk --------------------------------------------------------------------------------------------------------


@door.endpoint(
    "rights_board",
    "GET",
    "rights/board",
    summary="Every open request with its last day, the most urgent first",
    reply=Board,
)
async def board(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await desk.board(call.platform, call.principal))


@door.endpoint(
    "rights_list",
    "GET",
    "rights/cases",
    summary="Requests of persons to your organisation, newest first",
    query=CaseListQuery,
    reply=CasePage,
)
async def list_cases(call: Call[NoBody, CaseListQuery]) -> Reply:
    return Reply(await desk.list_cases(call.platform, call.principal, call.query, call.cursor_binding))


@door.endpoint(
    "rights_read",
    "GET",
    "rights/cases/{caseId:guid}",
    summary="One request: what the person says, what was said since, and the clock",
    reply=CaseView,
)
async def read(call: Call[NoBody, NoQuery]) -> Reply:
    return _shown(call, await desk.read(call.platform, call.principal, _id(call)))


@door.endpoint(
    "rights_acknowledge",
    "POST",
    "rights/cases/{caseId:guid}/acknowledgement",
    summary="Tell the person that you have the request",
    body=AcknowledgeForm,
    reply=CaseView,
    changes=True,
)
async def acknowledge(call: Call[AcknowledgeForm, NoQuery]) -> Reply:
    return _shown(call, await desk.acknowledge(call.platform, call.principal, _id(call), call.body, call.if_match))


@door.endpoint(
    "rights_prove",
    "POST",
    "rights/cases/{caseId:guid}/identity",
    summary="Say whether the person is who they say, and how you know; nothing that was shown is kept",
    body=ProofForm,
    reply=CaseView,
    changes=True,
)
async def prove(call: Call[ProofForm, NoQuery]) -> Reply:
    return _shown(call, await desk.prove(call.platform, call.principal, _id(call), call.body, call.if_match))


@door.endpoint(
    "rights_ask",
    "POST",
    "rights/cases/{caseId:guid}/questions",
    summary="Ask the person for something; the clock stops where the law says so",
    body=WaitForm,
    reply=CaseView,
    changes=True,
)
async def ask(call: Call[WaitForm, NoQuery]) -> Reply:
    return _shown(call, await desk.ask(call.platform, call.principal, _id(call), call.body, call.if_match))


@door.endpoint(
    "rights_extend",
    "POST",
    "rights/cases/{caseId:guid}/extension",
    summary="Take more time, for a reason that the law knows and the person is told",
    body=ExtensionForm,
    reply=CaseView,
    changes=True,
)
async def extend(call: Call[ExtensionForm, NoQuery]) -> Reply:
    return _shown(call, await desk.extend(call.platform, call.principal, _id(call), call.body, call.if_match))


# -- the work --------------------------------------------------------------------------------------------------------


@door.blueprint.function_name("rights_route")
@door.blueprint.service_bus_queue_trigger(arg_name="message", queue_name=routing.QUEUE, connection="SERVICEBUS")
@traced("rights_route")
async def route(message: func.ServiceBusMessage) -> None:
    count = await routing.route(current(), RoutingOrder.model_validate_json(message.get_body()))
    log.info("rights: a request is with %d controllers", count)


@door.blueprint.function_name("rights_forget")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 50 * * * *")
@traced("rights_forget")
async def forget(timer: func.TimerRequest) -> None:
    count = await disposal.sweep(current())
    log.info("rights: %d requests forgotten%s", count, ", run was late" if timer.past_due else "")


def _shown(call: Call[Any, NoQuery], case: Case) -> Reply:
    return Reply(desk.view(case, call.platform.clock.now()), etag=case.etag)


def _mine(call: Call[Any, NoQuery]) -> tuple[str, str]:
    """Reference and secret. The secret never stands in an address, where logs and browsers would keep it."""
    return call.params["reference"].upper(), call.headers.get(SECRET, "")


def _id(call: Call[Any, Any]) -> str:
    return call.params["caseId"].lower()
