"""Evidence: leave to upload, the trigger that examines what arrived, and looking at it."""

import logging

import azure.functions as func
from azurefunctions.extensions.bindings import blob

from shared.evidence import custody, intake, scanning, service
from shared.evidence.custody import CustodyPage, CustodyQuery
from shared.evidence.media_types import MediaType
from shared.evidence.models import ContentQuery, EvidenceList, EvidenceView, UploadPermission, UploadRequest
from shared.evidence.obscuring import service as obscuring
from shared.evidence.obscuring.models import RegionsForm, RegionsView
from shared.http import ranges
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery, PersonalQuery
from shared.platform import current
from shared.storage.blobs import UPLOADS
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.evidence")
door = Door()

PART = 4 << 20
"""Bytes of one answer to a request for a part."""


@door.endpoint(
    "evidence_request_upload",
    "POST",
    "evidence/uploads",
    summary="Announce a file for a report, and get leave to upload it",
    body=UploadRequest,
    reply=UploadPermission,
    status=201,
    creates=True,
)
async def request_upload(call: Call[UploadRequest, NoQuery]) -> Reply:
    permission = await service.request_upload(call.platform, call.principal, call.body, call.idempotency_key)
    return Reply(permission, location=f"/api/evidence/{permission.evidence_id}")


# In Azure a Flex Consumption plan takes blob triggers from Event Grid only; a host that polls ignores the source.
# The function is handed a client and not the content, which may be larger than the worker's memory.
@door.blueprint.function_name("evidence_process")
@door.blueprint.blob_trigger(
    arg_name="upload", path=f"{UPLOADS}/{{name}}", connection="EVIDENCE_STORAGE", source=func.BlobSource.EVENT_GRID
)
@traced("evidence_process")
async def process(upload: blob.BlobClient) -> None:
    await intake.process(current(), str(upload.blob_name))


@door.blueprint.function_name("evidence_verdict")
@door.blueprint.event_grid_trigger(arg_name="event")
@traced("evidence_verdict")
async def verdict(event: func.EventGridEvent) -> None:
    """What Microsoft Defender for Storage found in an upload."""
    if event.event_type == scanning.EVENT:
        found = scanning.Result.model_validate(event.get_json())
        await scanning.judge(current(), found)


@door.blueprint.function_name("evidence_sweep")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 */15 * * * *")
@traced("evidence_sweep")
async def sweep(timer: func.TimerRequest) -> None:
    """Takes up uploads that no delivery has finished, so that none is lost."""
    done, failed = await intake.sweep(current())
    if done or failed:
        log.info("evidence: %d uploads taken up, %d failed%s", done, failed, ", run was late" if timer.past_due else "")


@door.endpoint(
    "evidence_read",
    "GET",
    "evidence/{evidenceId:guid}",
    summary="What became of an upload, and what is known of the evidence",
    query=PersonalQuery,
    reply=EvidenceView,
)
async def read(call: Call[NoBody, PersonalQuery]) -> Reply:
    item, view = await service.read(
        call.platform, call.principal, call.params["evidenceId"].lower(), call.query.purpose
    )
    return Reply(view, etag=item.etag)


@door.endpoint(
    "evidence_of_report",
    "GET",
    "reports/{reportId:guid}/evidence",
    summary="What was uploaded for one of your organisation's reports",
    query=PersonalQuery,
    reply=EvidenceList,
)
async def of_report(call: Call[NoBody, PersonalQuery]) -> Reply:
    report_id = call.params["reportId"].lower()
    return Reply(
        EvidenceList(evidence=await service.of_report(call.platform, call.principal, report_id, call.query.purpose))
    )


@door.endpoint(
    "evidence_content",
    "GET",
    "evidence/{evidenceId:guid}/content",
    summary="The rendition without metadata, or the original as it came; long content in parts, with Range: bytes=0-",
    query=ContentQuery,
    media=tuple(MediaType),
    parts=True,
)
async def content(call: Call[NoBody, ContentQuery]) -> Reply:
    media = await service.content(
        call.platform,
        call.principal,
        call.params["evidenceId"].lower(),
        call.query.purpose,
        rendition=call.query.rendition,
        wanted=ranges.wanted(call.headers, PART),
    )
    shown = "inline" if call.query.rendition else "attachment"
    headers = {"Content-Disposition": f'{shown}; filename="{media.file_name}"'}
    whole = len(media.content) == media.total
    if not whole:
        headers |= ranges.described(media.start, len(media.content), media.total)
    return Reply(media.content, status=200 if whole else 206, content_type=media.mime_type, headers=headers)


@door.endpoint(
    "evidence_destroy_original",
    "POST",
    "evidence/{evidenceId:guid}/original-destruction",
    summary="Destroy the original of a picture whose rendition is decided; it cannot be brought back",
    query=PersonalQuery,
    reply=EvidenceView,
    changes=True,
)
async def destroy_original(call: Call[NoBody, PersonalQuery]) -> Reply:
    evidence_id = call.params["evidenceId"].lower()
    item = await service.destroy_original(call.platform, call.principal, evidence_id, call.query.purpose, call.if_match)
    return Reply(service.view(item, frozenset()), etag=item.etag)


@door.endpoint(
    "evidence_custody",
    "GET",
    "evidence/{evidenceId:guid}/custody",
    summary="Who touched an item, when and why: its chain of custody, newest first",
    query=CustodyQuery,
    reply=CustodyPage,
)
async def chain_of_custody(call: Call[NoBody, CustodyQuery]) -> Reply:
    evidence_id = call.params["evidenceId"].lower()
    return Reply(await custody.page(call.platform, call.principal, evidence_id, call.query, call.cursor_binding))


# -- bystanders ------------------------------------------------------------------------------------------------------


@door.endpoint(
    "evidence_regions",
    "GET",
    "evidence/{evidenceId:guid}/regions",
    summary="Where faces were found in a picture, and what was decided about them",
    query=PersonalQuery,
    reply=RegionsView,
)
async def regions(call: Call[NoBody, PersonalQuery]) -> Reply:
    found = await obscuring.read_regions(
        call.platform, call.principal, call.params["evidenceId"].lower(), call.query.purpose
    )
    return Reply(found, etag=found.etag)


@door.endpoint(
    "evidence_obscure",
    "PUT",
    "evidence/{evidenceId:guid}/regions",
    summary="Decide what is painted over in a picture; the rendition is made anew from its pixels",
    body=RegionsForm,
    query=PersonalQuery,
    reply=RegionsView,
    changes=True,
)
async def obscure(call: Call[RegionsForm, PersonalQuery]) -> Reply:
    evidence_id = call.params["evidenceId"].lower()
    found = await obscuring.decide(
        call.platform, call.principal, evidence_id, call.body, call.query.purpose, call.if_match
    )
    return Reply(found, etag=found.etag)
