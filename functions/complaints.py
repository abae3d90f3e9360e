"""Complaints and requests of third parties: the public sends them, the privacy officers of the organisation answer."""

import logging

import azure.functions as func

from shared.complaints import desk, forms, intake
from shared.complaints.models import (
    AddresseeQuery,
    Closing,
    ComplaintForm,
    DeskPage,
    DeskQuery,
    MatterView,
    Receipt,
    StatusForm,
    StatusView,
    ThirdPartyForm,
)
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery, PageQuery
from shared.http.pages import HTML, either, show
from shared.pages.directory import publish
from shared.platform import current
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.complaints")
door = Door()

SMALL = 64 << 10
FOR_WHOM = "The form for police from elsewhere, courts, lawyers and insurers"


# -- for everybody ---------------------------------------------------------------------------------------------------


show(door, "complaints_form", forms.COMPLAINT, "The form for a complaint", AddresseeQuery)


@door.endpoint(
    "complaints_submit",
    "POST",
    "public/complaints",
    summary="Complain to an organisation; it gets the complaint and answers, the platform does neither",
    access="public",
    body=ComplaintForm,
    query=PageQuery,
    form=forms.COMPLAINT,
    reply=Receipt,
    media=HTML,
    status=201,
    creates=True,
    body_limit=SMALL,
)
async def complain(call: Call[ComplaintForm, PageQuery]) -> Reply:
    receipt = await intake.complain(call.platform, call.body, call.idempotency_key, call.language)
    return either(call, receipt, forms.receipt)


show(door, "complaints_third_party_form", forms.THIRD_PARTY, FOR_WHOM, AddresseeQuery)


@door.endpoint(
    "complaints_third_party_submit",
    "POST",
    "public/third-party-requests",
    summary="Ask an organisation for data about somebody else; it decides, the platform only forwards",
    access="public",
    body=ThirdPartyForm,
    query=PageQuery,
    form=forms.THIRD_PARTY,
    reply=Receipt,
    media=HTML,
    status=201,
    creates=True,
    body_limit=SMALL,
)
async def third_party(call: Call[ThirdPartyForm, PageQuery]) -> Reply:
    receipt = await intake.request(call.platform, call.body, call.idempotency_key, call.language)
    return either(call, receipt, forms.receipt)


show(door, "complaints_status_form", forms.STATUS_FORM, "The form that asks how something stands")


@door.endpoint(
    "complaints_status",
    "POST",
    "public/complaints/status",
    summary="How a complaint or a third party's request stands, with its reference and secret",
    access="public",
    body=StatusForm,
    query=PageQuery,
    form=forms.STATUS_FORM,
    reply=StatusView,
    media=HTML,
    body_limit=SMALL,
)
async def status(call: Call[StatusForm, PageQuery]) -> Reply:
    found = await intake.status(call.platform, call.body)
    return either(call, found, forms.status)


# -- for the privacy officers ----------------------------------------------------------------------------------------


@door.endpoint(
    "complaints_list",
    "GET",
    "complaints",
    summary="The board: what came in, by when it must be dealt with, what is late",
    query=DeskQuery,
    reply=DeskPage,
)
async def list_matters(call: Call[NoBody, DeskQuery]) -> Reply:
    return Reply(await desk.list_matters(call.platform, call.principal, call.query, call.cursor_binding))


@door.endpoint(
    "complaints_read", "GET", "complaints/{complaintId:guid}", summary="What somebody wrote", reply=MatterView
)
async def read(call: Call[NoBody, NoQuery]) -> Reply:
    found = await desk.read(call.platform, call.principal, call.params["complaintId"].lower())
    return Reply(found, etag=found.etag)


@door.endpoint(
    "complaints_acknowledge",
    "POST",
    "complaints/{complaintId:guid}/acknowledgement",
    summary="Confirm receipt to whoever sent it",
    reply=MatterView,
    changes=True,
)
async def acknowledge(call: Call[NoBody, NoQuery]) -> Reply:
    found = await desk.acknowledge(call.platform, call.principal, call.params["complaintId"].lower(), call.if_match)
    return Reply(found, etag=found.etag)


@door.endpoint(
    "complaints_close",
    "POST",
    "complaints/{complaintId:guid}/closing",
    summary="Record the outcome, and the answer that the sender can read",
    body=Closing,
    reply=MatterView,
    changes=True,
)
async def close(call: Call[Closing, NoQuery]) -> Reply:
    identifier = call.params["complaintId"].lower()
    found = await desk.close(call.platform, call.principal, identifier, call.body, call.if_match)
    return Reply(found, etag=found.etag)


@door.blueprint.function_name("complaints_remind")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 17 * * * *")
@traced("complaints_remind")
async def remind(timer: func.TimerRequest) -> None:
    count = await desk.remind(current())
    log.info("complaints: %d reminders%s", count, ", run was late" if timer.past_due else "")


publish(forms.COMPLAINTS, forms.TEXTS, "complaint", addressed=True)
publish(forms.THIRD_PARTIES, forms.TEXTS, "third-party", addressed=True)
publish(forms.STATUS, forms.TEXTS, "status")
