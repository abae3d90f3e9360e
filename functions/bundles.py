"""Bundles: asked for from a case, agreed to, built by a message, fetched in parts, expired by a timer."""

import logging
from typing import Any
from uuid import UUID

import azure.functions as func
from pydantic import Field

from shared.cases import bundles, bundling, expiry
from shared.cases.bundle_models import BundleForm, BundleList, BundleOrder, BundleView, view
from shared.http import ranges
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery, PersonalQuery
from shared.platform import current
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.cases")
door = Door()


class BundleQuery(PersonalQuery):
    owner: UUID | None = Field(default=None, description="The organisation that made it, if not yours")


@door.endpoint(
    "cases_bundle",
    "POST",
    "cases/{caseId:guid}/bundle",
    summary="Have a bundle built for a court or the police: what, for whom, why, until when",
    body=BundleForm,
    reply=BundleView,
    status=202,
    creates=True,
)
async def request(call: Call[BundleForm, NoQuery]) -> Reply:
    case_id = call.params["caseId"].lower()
    bundle = await bundles.request(call.platform, call.principal, case_id, call.body, call.idempotency_key)
    return Reply(view(bundle), etag=bundle.etag, location=f"/api/bundles/{bundle.id}")


@door.endpoint(
    "cases_bundles",
    "GET",
    "cases/{caseId:guid}/bundles",
    summary="What was handed over from a case, to whom and why",
    query=PersonalQuery,
    reply=BundleList,
)
async def list_bundles(call: Call[NoBody, PersonalQuery]) -> Reply:
    case_id = call.params["caseId"].lower()
    return Reply(await bundles.list_bundles(call.platform, call.principal, case_id, call.query.purpose))


@door.endpoint(
    "bundles_read",
    "GET",
    "bundles/{bundleId:guid}",
    summary="A bundle: whether it is ready, and its fingerprint",
    query=BundleQuery,
    reply=BundleView,
)
async def read(call: Call[NoBody, BundleQuery]) -> Reply:
    bundle = await bundles.read(call.platform, call.principal, _id(call), _owner(call), call.query.purpose)
    return Reply(view(bundle), etag=bundle.etag)


@door.endpoint(
    "bundles_content",
    "GET",
    "bundles/{bundleId:guid}/content",
    summary="The archive, in parts of up to 4 MiB: ask with Range: bytes=0- and go on where the last part ended",
    query=BundleQuery,
    media=("application/zip",),
    parts=True,
)
async def content(call: Call[NoBody, BundleQuery]) -> Reply:
    start, count = ranges.wanted(call.headers, bundles.PART) or (0, bundles.PART)
    bundle, part = await bundles.content(
        call.platform, call.principal, _id(call), _owner(call), call.query.purpose, start, count
    )
    whole = start == 0 and len(part) == bundle.size_bytes
    headers = {"Content-Disposition": f'attachment; filename="bundle-{bundle.id}.zip"'}
    headers |= ranges.described(start, len(part), bundle.size_bytes or 0)
    return Reply(part, status=200 if whole else 206, content_type="application/zip", headers=headers)


@door.endpoint(
    "bundles_approve",
    "POST",
    "bundles/{bundleId:guid}/approval",
    summary="Agree to a bundle of more than five reports that a colleague asked for",
    reply=BundleView,
    changes=True,
)
async def approve(call: Call[NoBody, NoQuery]) -> Reply:
    bundle = await bundles.approve(call.platform, call.principal, _id(call), call.if_match)
    return Reply(view(bundle), etag=bundle.etag)


@door.endpoint(
    "bundles_withdraw",
    "POST",
    "bundles/{bundleId:guid}/withdrawal",
    summary="Take a bundle back: nobody fetches it any more",
    reply=BundleView,
    changes=True,
)
async def withdraw(call: Call[NoBody, NoQuery]) -> Reply:
    bundle = await bundles.withdraw(call.platform, call.principal, _id(call), call.if_match)
    return Reply(view(bundle), etag=bundle.etag)


@door.blueprint.function_name("bundles_build")
@door.blueprint.service_bus_queue_trigger(arg_name="message", queue_name=bundles.QUEUE, connection="SERVICEBUS")
@traced("bundles_build")
async def build(message: func.ServiceBusMessage) -> None:
    await bundling.build(current(), BundleOrder.model_validate_json(message.get_body()))


@door.blueprint.function_name("bundles_expire")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 25 * * * *")
@traced("bundles_expire")
async def expire(timer: func.TimerRequest) -> None:
    count = await expiry.sweep(current())
    log.info("bundles: %d expired%s", count, ", run was late" if timer.past_due else "")


def _owner(call: Call[Any, BundleQuery]) -> str | None:
    return str(call.query.owner) if call.query.owner else None


def _id(call: Call[Any, Any]) -> str:
    return call.params["bundleId"].lower()
