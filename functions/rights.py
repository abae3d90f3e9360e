"""Requests of persons about their own data: the public door, the messages that route them, the controller's desk."""

import logging
from typing import Any

import azure.functions as func
from pydantic import ValidationError

from shared.http import problems
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery, PageQuery
from shared.http.pages import page
from shared.pages.directory import publish
from shared.platform import current
from shared.rights import answering, desk, disposal, forms, handover, intake, letters, posting, reminders, routing
from shared.rights.answer_models import (
    AnswerForm,
    DraftQuery,
    LinkForm,
    LinkView,
    Package,
    RecordPreview,
    RecordsView,
)
from shared.rights.decisions import Decision
from shared.rights.forms import AnswerPage, AskPage, ConfirmPage, ReplyPage, StatusPage
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


@door.endpoint(
    "rights_link",
    "POST",
    "public/requests/{reference}/answers/{caseId:guid}/link",
    summary="A link to an answer, which works once and for ten minutes",
    access="public",
    personal=False,
    body=LinkForm,
    reply=LinkView,
    body_limit=SMALL,
)
async def link(call: Call[LinkForm, NoQuery]) -> Reply:
    reference, secret = _mine(call)
    return Reply(await handover.link(call.platform, reference, secret, _id(call), call.body.format))


@door.endpoint(
    "rights_fetch",
    "GET",
    "public/answers/{code}",
    summary="The answer, as a document or for machines; the link works once",
    access="public",
    media=("application/pdf", "application/json"),
)
async def fetch(call: Call[NoBody, NoQuery]) -> Reply:
    return _handed(*await handover.fetch(call.platform, call.params["code"]))


# -- pages for browsers ------------------------------------------------------------------------------------------------


@door.endpoint(
    "rights_page_ask",
    "GET",
    "public/my-data",
    summary="The form for a request about your own data",
    access="public",
    personal=False,
    query=PageQuery,
    media=("text/html",),
)
async def ask_page(call: Call[NoBody, PageQuery]) -> Reply:
    return page(await forms.ASK_FORM.page(call.platform, call.language))


@door.endpoint(
    "rights_page_ask_send",
    "POST",
    "public/my-data",
    summary="The same request as POST public/requests, from a page",
    access="public",
    body=AskPage,
    query=PageQuery,
    form=forms.ASK_FORM,
    reply=RequestReceipt,
    media=("text/html",),
    status=201,
    body_limit=SMALL,
)
async def ask_by_page(call: Call[AskPage, PageQuery]) -> Reply:
    try:
        form = call.body.form(call.language)
    except ValidationError as error:
        raise problems.from_validation(error) from None
    receipt = await intake.submit(call.platform, form)
    return page(forms.receipt(call.language, receipt)) if call.wants_page else Reply(receipt)


@door.endpoint(
    "rights_page_confirm",
    "GET",
    "public/my-data/confirmation",
    summary="The form for the code that was mailed",
    access="public",
    personal=False,
    query=PageQuery,
    media=("text/html",),
)
async def confirm_page(call: Call[NoBody, PageQuery]) -> Reply:
    return page(await forms.CONFIRM_FORM.page(call.platform, call.language))


@door.endpoint(
    "rights_page_confirm_send",
    "POST",
    "public/my-data/confirmation",
    summary="Enter the code that was mailed, from a page",
    access="public",
    personal=False,
    body=ConfirmPage,
    query=PageQuery,
    form=forms.CONFIRM_FORM,
    reply=RequestView,
    media=("text/html",),
    body_limit=SMALL,
)
async def confirm_by_page(call: Call[ConfirmPage, PageQuery]) -> Reply:
    body = call.body
    return _followed(call, await intake.confirm(call.platform, body.reference, body.secret, body.code), body.secret)


@door.endpoint(
    "rights_page_status",
    "GET",
    "public/my-data/status",
    summary="The form that asks how a request stands",
    access="public",
    personal=False,
    query=PageQuery,
    media=("text/html",),
)
async def status_page(call: Call[NoBody, PageQuery]) -> Reply:
    return page(await forms.STATUS_FORM.page(call.platform, call.language))


@door.endpoint(
    "rights_page_status_send",
    "POST",
    "public/my-data/status",
    summary="How a request stands, from a page",
    access="public",
    personal=False,
    body=StatusPage,
    query=PageQuery,
    form=forms.STATUS_FORM,
    reply=RequestView,
    media=("text/html",),
    body_limit=SMALL,
)
async def status_by_page(call: Call[StatusPage, PageQuery]) -> Reply:
    body = call.body
    return _followed(call, await intake.status(call.platform, body.reference, body.secret), body.secret)


@door.endpoint(
    "rights_page_reply",
    "POST",
    "public/my-data/reply",
    summary="Reply to a controller, from a page",
    access="public",
    body=ReplyPage,
    query=PageQuery,
    form=forms.REPLY_FORM,
    reply=RequestView,
    media=("text/html",),
    body_limit=SMALL,
)
async def reply_by_page(call: Call[ReplyPage, PageQuery]) -> Reply:
    body = call.body
    found = await intake.reply(call.platform, body.reference, body.secret, body.case_id, body.message)
    return _followed(call, found, body.secret)


@door.endpoint(
    "rights_page_answer",
    "POST",
    "public/my-data/answer",
    summary="Fetch an answer, from a page",
    access="public",
    body=AnswerPage,
    query=PageQuery,
    form=forms.ANSWER_FORM,
    media=("application/pdf", "application/json"),
    body_limit=SMALL,
)
async def answer_by_page(call: Call[AnswerPage, PageQuery]) -> Reply:
    body = call.body
    issued = await handover.link(call.platform, body.reference, body.secret, body.case_id, body.format)
    return _handed(*await handover.fetch(call.platform, issued.path.rpartition("/")[2]))


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
    return _document(made, "draft") if call.query.form == "pdf" else Reply(made)


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


def _followed(call: Call[Any, PageQuery], found: RequestView, secret: str) -> Reply:
    return page(forms.status(call.language, found, secret)) if call.wants_page else Reply(found)


def _handed(wanted: str, package: Package) -> Reply:
    if wanted == "pdf":
        return _document(package, package.reference)
    name = f'attachment; filename="answer-{package.reference}.json"'
    return Reply(package, headers={"Content-Disposition": name})


def _document(package: Package, name: str) -> Reply:
    from shared.rights import answer_pdf  # noqa: PLC0415 - slow to load, and few requests need it

    headers = {"Content-Disposition": f'attachment; filename="answer-{name}.pdf"'}
    return Reply(answer_pdf.written(package), content_type="application/pdf", headers=headers)


def _mine(call: Call[Any, NoQuery]) -> tuple[str, str]:
    """Reference and secret. The secret never stands in an address, where logs and browsers would keep it."""
    return call.params["reference"].upper(), call.headers.get(SECRET, "")


def _id(call: Call[Any, Any]) -> str:
    return call.params["caseId"].lower()


publish(forms.ASK, forms.TEXTS, "ask")
publish(forms.CONFIRM, forms.TEXTS, "confirm")
publish(forms.STATUS, forms.TEXTS, "follow")
