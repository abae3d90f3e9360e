"""Malware scanning by Microsoft Defender for Storage: its event, in the shape in which Event Grid brings it.

https://learn.microsoft.com/azure/defender-for-cloud/defender-for-storage-configure-malware-scan (event
``Microsoft.Security.MalwareScanningResult``). Without Defender the same message can come from any other scanner.
"""

import logging
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.errors import NotFound
from shared.evidence import intake
from shared.evidence.models import Verdict
from shared.platform import Platform
from shared.storage.blobs import UPLOADS

log = logging.getLogger("reeve.evidence")

EVENT = "Microsoft.Security.MalwareScanningResult"


class _Found(StrEnum):
    CLEAN = "No threats found"
    MALICIOUS = "Malicious"


class Result(BaseModel):
    """What of the event matters here."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", defer_build=True)

    blob_uri: str
    e_tag: str
    scan_result_type: str


async def judge(platform: Platform, found: Result) -> None:
    """Ignores what is no upload, or not the upload that was scanned: a newer one is scanned itself."""
    container, _, upload = unquote(urlsplit(found.blob_uri).path).lstrip("/").partition("/")
    if container != UPLOADS:  # an emulator has the account's name before the container's
        container, _, upload = upload.partition("/")
    if container != UPLOADS:
        return
    try:
        current = await platform.blobs.upload_etag(upload)
    except NotFound:
        return
    if current.strip('"') != found.e_tag.strip('"'):
        return
    match found.scan_result_type:
        case _Found.CLEAN:
            await intake.judge(platform, upload, Verdict.CLEAN)
        case _Found.MALICIOUS:
            await intake.judge(platform, upload, Verdict.MALICIOUS)
        case _:
            log.warning("an upload could not be scanned for malware")
