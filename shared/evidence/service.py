"""What people do with evidence: announce it, and see what became of it. What happens in between is in `intake`."""

import asyncio
import hashlib
from dataclasses import dataclass

from shared.errors import CannotOpen, Conflict, NotFound, TooLarge
from shared.evidence import refusals, vault, watermark
from shared.evidence.media_types import MediaType
from shared.evidence.models import Evidence, EvidenceView, Refusal, State, UploadPermission, UploadRequest
from shared.evidence.vault import Part
from shared.http import ranges
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Resource
from shared.retention import holds
from shared.retention.terms import terms_of
from shared.retention.visibility import in_use
from shared.sealing.keyring import Use
from shared.sealing.records import repeated
from shared.sealing.tokens import commitment
from shared.storage.blobs import ONE_PUT
from shared.storage.cosmos import Document

LARGEST_ANSWER = 20_000_000
BLOCK = 8 << 20
"""Bytes of one block of a large upload: 5 GB are 597 of the 50,000 that Blob Storage allows."""


async def request_upload(
    platform: Platform, principal: Principal, form: UploadRequest, idempotency_key: str
) -> UploadPermission:
    """Creates the item and hands out leave to upload its content. The same key twice is one item and a fresh URL."""
    organisation, report = principal.organisation, await _report(platform, principal, str(form.report_id))
    identifier = derived_id("evidence", principal.id, idempotency_key)
    resource = Resource("evidence", identifier, organisation, report["siteId"])
    purpose = Purpose.PREVENT_RISK
    decision = await platform.authorise(principal, "evidence:upload", resource, purpose)

    item = await _announced(platform, principal, form, identifier, report)
    try:
        item = await platform.records(Evidence).create(item)
    except Conflict:
        item = await _repeated(platform, item)
    await platform.account(
        principal, "evidence:upload", organisation=organisation, subjects=[item.id], decision=decision, purpose=purpose
    )
    permit = await platform.blobs.permit_upload(vault.upload_name(organisation, item.id), item.announced_bytes)
    return UploadPermission(
        evidence_id=item.id,
        upload_url=permit.url,
        expires_at=permit.expires_at,
        required_headers={"x-ms-blob-type": "BlockBlob", "Content-Type": item.announced_type},
        block_bytes=BLOCK if item.announced_bytes > ONE_PUT else None,
    )


async def read(
    platform: Platform, principal: Principal, evidence_id: str, purpose: Purpose
) -> tuple[Evidence, EvidenceView]:
    """Investigators read every item of their sites; uploaders can always see what became of their own upload."""
    document = await existing(platform, principal.organisation, evidence_id, purpose)
    action = "evidence:upload" if document["uploadedBy"] == principal.id else "evidence:read"
    resource = Resource("evidence", evidence_id, principal.organisation, document["siteId"])
    decision = await platform.authorise(principal, action, resource, purpose)
    item = await platform.records(Evidence).open(document)
    await platform.account(
        principal,
        "evidence:read",
        organisation=item.organisation_id,
        subjects=[evidence_id],
        decision=decision,
        purpose=purpose,
        shows=True,
    )
    return item, view(item, decision.withheld)


async def of_report(platform: Platform, principal: Principal, report_id: str, purpose: Purpose) -> list[EvidenceView]:
    """The items of one of the organisation's own reports, the oldest first, without those whose time is up."""
    report, organisation = await _report(platform, principal, report_id, purpose), principal.organisation
    resource = Resource("evidence", report_id, organisation, report["siteId"])
    decision = await platform.authorise(principal, "evidence:read", resource, purpose)
    text = "SELECT * FROM c WHERE c.kind = 'evidence' AND c.reportId = @report"
    container, now = platform.container("evidence"), platform.clock.now()
    found = [
        document
        async for document in container.query(text, {"report": report_id}, key=[organisation])
        if in_use(document, now, purpose)
    ]
    items = [await platform.records(Evidence).open(document) for document in found]
    await platform.account(
        principal,
        "evidence:list",
        organisation=organisation,
        subjects=[report_id, *(item.id for item in items)],
        decision=decision,
        purpose=purpose,
        shows=True,
    )
    return [view(item, decision.withheld) for item in sorted(items, key=lambda item: item.id)]


@dataclass(frozen=True)
class Media:
    """Content, or a part of it: ``total`` bytes in all, of which these begin at ``start``."""

    content: bytes
    mime_type: MediaType
    file_name: str
    start: int
    total: int


async def content(
    platform: Platform,
    principal: Principal,
    evidence_id: str,
    purpose: Purpose,
    *,
    rendition: bool,
    wanted: tuple[int, int] | None = None,
) -> Media:
    """The opened content, in memory only. ``wanted`` is a part: where it begins, and how long it is at most.

    A picture is shown with who looks at it, and when, written across it: a photograph of a screen then tells whose
    screen it was. What is given as a whole is compared with its fingerprint first.
    """
    document = await existing(platform, principal.organisation, evidence_id, purpose)
    resource = Resource("evidence", evidence_id, principal.organisation, document["siteId"])
    decision = await platform.authorise(principal, "evidence:read", resource, purpose)
    item = await platform.records(Evidence).open(document)
    described = item.rendition if rendition else None if item.original_destroyed_at else item.original
    if described is None:
        raise NotFound(_why_no_content(item))
    if wanted is None and described.size_bytes > LARGEST_ANSWER:
        raise TooLarge(f"More than {LARGEST_ANSWER // 1_000_000} MB are sent in parts: ask with Range: bytes=0-")
    if wanted:
        ranges.check(wanted[0], described.size_bytes)
    await platform.account(
        principal,
        "evidence:open-rendition" if rendition else "evidence:open-original",
        organisation=item.organisation_id,
        subjects=[evidence_id],
        decision=decision,
        purpose=purpose,
        shows=True,
    )
    part = vault.rendition_part(item) if rendition else Part.ORIGINAL
    name = f"{item.id}.{described.mime_type.extension}"
    is_picture = described.mime_type is MediaType.JPEG and rendition
    if wanted and not is_picture:
        start, count = wanted
        found = await vault.unseal_part(platform, item, part, start, min(count, described.size_bytes - start))
        return Media(found, described.mime_type, name, start, described.size_bytes)
    opened = await vault.unseal(platform, item, part)
    if hashlib.sha256(opened).hexdigest() != described.sha256:
        raise CannotOpen("The content does not have the fingerprint with which it was stored.")
    if is_picture:
        viewer = await organisations.name_of(platform, principal.organisation, principal.id)
        opened = await asyncio.to_thread(watermark.marked, opened, viewer, platform.clock.now())
    return Media(opened, described.mime_type, name, 0, len(opened))


async def destroy_original(
    platform: Platform, principal: Principal, evidence_id: str, purpose: Purpose, etag: str
) -> Evidence:
    """Destroys the picture that shows bystanders, and leaves the one that does not. The fingerprint of what was
    destroyed stays in the item, and the chain of custody says who did it."""
    document = await existing(platform, principal.organisation, evidence_id, purpose)
    resource = Resource("evidence", evidence_id, principal.organisation, document["siteId"])
    decision = await platform.authorise(principal, "evidence:destroy-original", resource, purpose)
    item = await platform.records(Evidence).open(document)
    if item.original_destroyed_at:  # perhaps by a request that was interrupted before it was done
        await vault.discard_part(platform, item.organisation_id, item.id, Part.ORIGINAL)
        await account(platform, principal, "evidence:destroy-original", item, decision, purpose)
        return item
    if item.rendition is None or item.needs_review or item.obscured_at is None:
        raise Conflict("Decide first what is painted over: only then there is something that remains.")
    if await holds.until(platform, item.organisation_id, [item.id, item.report_id]):
        raise Conflict("The item is held for legal action, so its original stays.")
    await account(platform, principal, "evidence:destroy-original", item, decision, purpose)
    destroyed = item.model_copy(update={"original_destroyed_at": platform.clock.now()})
    stored = await platform.records(Evidence).replace(destroyed, etag)
    await vault.discard_part(platform, item.organisation_id, item.id, Part.ORIGINAL)
    return stored


async def to_obscure(
    platform: Platform, principal: Principal, evidence_id: str, purpose: Purpose
) -> tuple[Evidence, Decision]:
    """The item, for those who may decide who is painted over in it."""
    document = await existing(platform, principal.organisation, evidence_id, purpose)
    resource = Resource("evidence", evidence_id, principal.organisation, document["siteId"])
    decision = await platform.authorise(principal, "evidence:obscure", resource, purpose)
    return await platform.records(Evidence).open(document), decision


async def account(
    platform: Platform, principal: Principal, action: str, item: Evidence, decision: Decision, purpose: Purpose
) -> None:
    await platform.account(
        principal,
        action,
        organisation=item.organisation_id,
        subjects=[item.id],
        decision=decision,
        purpose=purpose,
    )


def view(item: Evidence, withheld: frozenset[str]) -> EvidenceView:
    known = {name: getattr(item, name) for name in EvidenceView.model_fields if name in Evidence.model_fields}
    known["kind"] = item.media_kind
    known["refusal"] = Refusal(code=item.refusal, detail=refusals.SENTENCES[item.refusal]) if item.refusal else None
    shown = EvidenceView(
        **known, mime_type=item.announced_type, size_bytes=item.announced_bytes, withheld=sorted(withheld)
    )
    hidden = {name for name, field in EvidenceView.model_fields.items() if field.alias in withheld}
    return shown.model_copy(update=dict.fromkeys(hidden))


async def existing(platform: Platform, organisation: str, evidence_id: str, purpose: Purpose) -> Document:
    """Raises :class:`NotFound` also for an item whose time is up."""
    gone = NotFound("The evidence does not exist, or is not yours.")
    try:
        document = await platform.container("evidence").read(evidence_id, [organisation, evidence_id])
    except NotFound:
        raise gone from None
    if not in_use(document, platform.clock.now(), purpose):
        raise gone
    return document


async def _report(platform: Platform, principal: Principal, report_id: str, purpose: Purpose | None = None) -> Document:
    try:
        report = await platform.container("reports").read(report_id, [principal.organisation, report_id])
    except NotFound:
        report = None
    if report is None or not in_use(report, platform.clock.now(), purpose):
        raise NotFound("The report does not exist, or is not yours.")
    return report


async def _announced(
    platform: Platform, principal: Principal, form: UploadRequest, identifier: str, report: Document
) -> Evidence:
    now = platform.clock.now()
    key = await platform.keyring.key_for(principal.organisation, Use.COMMITMENTS)
    terms = await terms_of(platform, principal.organisation, report["siteId"])
    return Evidence(
        id=identifier,
        organisation_id=principal.organisation,
        evidence_id=identifier,
        media_kind=form.kind,
        report_id=report["id"],
        site_id=report["siteId"],
        event_at=report["occurredAt"],
        announced_type=form.mime_type,
        announced_bytes=form.size_bytes,
        uploaded_by=principal.id,
        requested_at=now,
        captured_at=form.captured_at,
        description=form.description,
        request_commitment=commitment(key, form.model_dump_json()),
        dispose_at=terms.dispose_at("evidence_upload", now),
    )


async def _repeated(platform: Platform, item: Evidence) -> Evidence:
    existing = await repeated(platform.records(Evidence), item, "file")
    if existing.state is not State.AWAITING_UPLOAD:
        raise Conflict("This file has arrived already.", extra={"evidenceId": existing.id})
    return existing


def _why_no_content(item: Evidence) -> str:
    match item.state:
        case State.STORED if item.original_destroyed_at:
            return "The original has been destroyed. The rendition is there."
        case State.STORED:
            return "There is no rendition yet. Have a video obscured, or ask for the original with rendition=false."
        case State.REFUSED:
            return "The upload was refused, so there is no content."
        case _:
            return "The content has not arrived yet."
