"""Requests of persons about their own data at a controller's desk, and the messages and timers behind it."""

import logging
from typing import Any

import azure.functions as func

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery
from shared.platform import current
from shared.rights import answering, desk, disposal, letters, posting, reminders, replies, routing
from shared.rights.answer_models import AnswerForm, DraftQuery, Package, RecordPreview, RecordsView
from shared.rights.decisions import Decision
from shared.rights.desk_models import (
    AcknowledgeForm,
    Board,
    CaseListQuery,
    CasePage,
    CaseView,
    ExtensionForm,
    ProofForm,
    WaitForm,
)
from shared.rights.models import Case, RoutingOrder
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.rights")
door = Door()


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


@door.endpoint(
    "rights_records",
    "GET",
    "rights/cases/{caseId:guid}/records",
    summary="Every record that may be about the person, with what was decided so far",
    reply=RecordsView,
)
async def records(call: Call[NoBody, NoQuery]) -> Reply:
    case, found = await answering.records(call.platform, call.principal, _id(call))
    return Reply(found, etag=case.etag)


@door.endpoint(
    "rights_decide",
    "PUT",
    "rights/cases/{caseId:guid}/records/{recordId:guid}",
    summary="Decide about one record: give, withhold or not theirs; and what is done with it",
    body=Decision,
    reply=CaseView,
    changes=True,
)
async def decide(call: Call[Decision, NoQuery]) -> Reply:
    record = call.params["recordId"].lower()
    case = await answering.decide(call.platform, call.principal, _id(call), record, call.body, call.if_match)
    return _shown(call, case)


@door.endpoint(
    "rights_preview",
    "POST",
    "rights/cases/{caseId:guid}/records/{recordId:guid}/preview",
    summary="What the person would be told of one record if it were decided so; nothing is stored",
    body=Decision,
    reply=RecordPreview,
)
async def preview(call: Call[Decision, NoQuery]) -> Reply:
    record = call.params["recordId"].lower()
    return Reply(await answering.preview(call.platform, call.principal, _id(call), record, call.body))


@door.endpoint(
    "rights_draft",
    "POST",
    "rights/cases/{caseId:guid}/draft",
    summary="The answer as it would be sent now, as a document or as JSON; nothing is done yet",
    body=AnswerForm,
    query=DraftQuery,
    reply=Package,
    media=("application/pdf",),
)
async def draft(call: Call[AnswerForm, DraftQuery]) -> Reply:
    made = await answering.draft(call.platform, call.principal, _id(call), call.body)
    return await replies.document(made, "draft") if call.query.form == "pdf" else Reply(made)


@door.endpoint(
    "rights_answer",
    "POST",
    "rights/cases/{caseId:guid}/answer",
    summary="Send the answer, and do what was decided: it cannot be taken back",
    body=AnswerForm,
    reply=CaseView,
    changes=True,
)
async def answer(call: Call[AnswerForm, NoQuery]) -> Reply:
    return _shown(call, await answering.answer(call.platform, call.principal, _id(call), call.body, call.if_match))


# -- the work --------------------------------------------------------------------------------------------------------


@door.blueprint.function_name("rights_route")
@door.blueprint.service_bus_queue_trigger(arg_name="message", queue_name=routing.QUEUE, connection="SERVICEBUS")
@traced("rights_route")
async def route(message: func.ServiceBusMessage) -> None:
    count = await routing.route(current(), RoutingOrder.model_validate_json(message.get_body()))
    log.info("rights: a request is with %d controllers", count)


@door.blueprint.function_name("rights_post")
@door.blueprint.service_bus_queue_trigger(arg_name="message", queue_name=letters.QUEUE, connection="SERVICEBUS")
@traced("rights_post")
async def post(message: func.ServiceBusMessage) -> None:
    result = await posting.post(current(), letters.LetterOrder.model_validate_json(message.get_body()))
    log.info("rights: a letter was %s", result)


@door.blueprint.function_name("rights_remind")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 20 * * * *")
@traced("rights_remind")
async def remind(timer: func.TimerRequest) -> None:
    count = await reminders.remind(current())
    await answering.finish(current())
    log.info("rights: %d reminders%s", count, ", run was late" if timer.past_due else "")


@door.blueprint.function_name("rights_forget")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 50 * * * *")
@traced("rights_forget")
async def forget(timer: func.TimerRequest) -> None:
    count = await disposal.sweep(current())
    log.info("rights: %d requests forgotten%s", count, ", run was late" if timer.past_due else "")


def _shown(call: Call[Any, NoQuery], case: Case) -> Reply:
    return Reply(desk.view(case, call.platform.clock.now()), etag=case.etag)


def _id(call: Call[Any, Any]) -> str:
    return call.params["caseId"].lower()
