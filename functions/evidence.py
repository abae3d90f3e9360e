"""Evidence: leave to upload, the trigger that examines what arrived, and looking at it."""

import azure.functions as func

from shared.evidence import custody, intake, service
from shared.evidence.custody import CustodyPage, CustodyQuery
from shared.evidence.models import ContentQuery, EvidenceView, UploadPermission, UploadRequest
from shared.evidence.obscuring import service as obscuring
from shared.evidence.obscuring.models import RegionsForm, RegionsView
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery, PersonalQuery
from shared.platform import current
from shared.storage.blobs import UPLOADS
from shared.telemetry.tracing import traced

door = Door()


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
@door.blueprint.function_name("evidence_process")
@door.blueprint.blob_trigger(
    arg_name="upload",
    path=f"{UPLOADS}/{{name}}",
    connection="EVIDENCE_STORAGE",
    source=func.BlobSource.EVENT_GRID,
    data_type=func.DataType.BINARY,
)
@traced("evidence_process")
async def process(upload: func.InputStream) -> None:
    await intake.process(current(), (upload.name or "").removeprefix(f"{UPLOADS}/"), upload.read())


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
    "evidence_content",
    "GET",
    "evidence/{evidenceId:guid}/content",
    summary="The picture without its metadata, or the original as it came",
    query=ContentQuery,
)
async def content(call: Call[NoBody, ContentQuery]) -> Reply:
    media = await service.content(
        call.platform,
        call.principal,
        call.params["evidenceId"].lower(),
        call.query.purpose,
        rendition=call.query.rendition,
    )
    shown = "inline" if call.query.rendition else "attachment"
    return Reply(
        media.content,
        content_type=media.mime_type,
        headers={"Content-Disposition": f'{shown}; filename="{media.file_name}"'},
    )


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
