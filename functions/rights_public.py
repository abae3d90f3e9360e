"""Requests of persons about their own data, as the public sees them: an API, and the same as pages without script."""

from functools import partial
from typing import Any

from pydantic import ValidationError

from shared.http import problems
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery, PageQuery
from shared.http.pages import HTML, either, show
from shared.pages.directory import publish
from shared.rights import forms, handover, intake, replies
from shared.rights.answer_models import LinkForm, LinkView
from shared.rights.forms import AnswerPage, AskPage, ConfirmPage, ReplyPage, StatusPage
from shared.rights.models import ConfirmForm, ReplyForm, RequestForm, RequestReceipt, RequestView

door = Door()

SECRET = "x-request-secret"  # noqa: S105 - the name of a header
SMALL = 16 << 10
MEDIA = ("application/pdf", "application/json", *(each.value for each in handover.FILES), "application/octet-stream")
"""An answer as a document and for machines, its pictures and films, and pieces of long ones."""


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
    summary="A link to an answer, or to a picture or film of it, which works once and for ten minutes",
    access="public",
    personal=False,
    body=LinkForm,
    reply=LinkView,
    body_limit=SMALL,
)
async def link(call: Call[LinkForm, NoQuery]) -> Reply:
    reference, secret = _mine(call)
    return Reply(await handover.link(call.platform, reference, secret, _id(call), call.body))


@door.endpoint(
    "rights_fetch",
    "GET",
    "public/answers/{code}",
    summary="The answer as a document or for machines, or one of its files; the link works once",
    access="public",
    media=MEDIA,
)
async def fetch(call: Call[NoBody, NoQuery]) -> Reply:
    return await replies.handed(await handover.fetch(call.platform, call.params["code"]))


# -- pages for browsers ------------------------------------------------------------------------------------------------


show(door, "rights_page_ask", forms.ASK_FORM, "The form for a request about your own data")


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
    media=HTML,
    status=201,
    body_limit=SMALL,
)
async def ask_by_page(call: Call[AskPage, PageQuery]) -> Reply:
    try:
        form = call.body.form(call.language)
    except ValidationError as error:
        raise problems.from_validation(error) from None
    receipt = await intake.submit(call.platform, form)
    return either(call, receipt, forms.receipt)


show(door, "rights_page_confirm", forms.CONFIRM_FORM, "The form for the code that was mailed")


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
    media=HTML,
    body_limit=SMALL,
)
async def confirm_by_page(call: Call[ConfirmPage, PageQuery]) -> Reply:
    body = call.body
    return _followed(call, await intake.confirm(call.platform, body.reference, body.secret, body.code), body.secret)


show(door, "rights_page_status", forms.STATUS_FORM, "The form that asks how a request stands")


@door.endpoint(
    "rights_page_status_send",
    "POST",
    "public/my-data/status",
    summary="How a request stands, from a page",
    access="public",
    body=StatusPage,
    query=PageQuery,
    form=forms.STATUS_FORM,
    reply=RequestView,
    media=HTML,
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
    media=HTML,
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
    media=MEDIA,
    body_limit=SMALL,
)
async def answer_by_page(call: Call[AnswerPage, PageQuery]) -> Reply:
    body = call.body
    wanted = LinkForm(format=body.format, file=body.file, piece=body.piece)
    issued = await handover.link(call.platform, body.reference, body.secret, body.case_id, wanted)
    return await replies.handed(await handover.fetch(call.platform, issued.path.rpartition("/")[2]))


def _followed(call: Call[Any, PageQuery], found: RequestView, secret: str) -> Reply:
    return either(call, found, partial(forms.status, secret=secret))


def _mine(call: Call[Any, NoQuery]) -> tuple[str, str]:
    """Reference and secret. The secret never stands in an address, where logs and browsers would keep it."""
    return call.params["reference"].upper(), call.headers.get(SECRET, "")


def _id(call: Call[Any, Any]) -> str:
    return call.params["caseId"].lower()


publish(forms.ASK, forms.TEXTS, "ask")
publish(forms.CONFIRM, forms.TEXTS, "confirm")
publish(forms.STATUS, forms.TEXTS, "follow")
