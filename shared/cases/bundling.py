"""Builds the archive of a bundle: what the message in the queue asks for. Done again, it does the same again."""

import asyncio
import hashlib
import json
import logging
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import IO

from shared.audit import ledger, logs, sealer
from shared.audit.entries import COMMITTED
from shared.audit.ledger import Snapshot
from shared.audit.trail import Entry
from shared.cases import bundle_report
from shared.cases.bundle_file import Archive, sha256_of
from shared.cases.bundle_models import BUNDLES, Bundle, BundledProfile, BundleOrder, Chosen, RecipientKind, State
from shared.cases.exhibits import Exhibit
from shared.clock import rfc3339
from shared.documents.pdf import typeset
from shared.errors import CannotOpen, NotFound, PreconditionFailed
from shared.evidence import custody, thumbnails, vault
from shared.evidence.media_types import MediaKind
from shared.evidence.models import Evidence
from shared.evidence.vault import Part
from shared.organisations import service as organisations
from shared.people.models import PEOPLE, Profile
from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.reports.models import Report, ReportView
from shared.reports.views import view as report_view
from shared.retention.visibility import in_use
from shared.sharing.access import ALL_FIELDS, ALWAYS
from shared.sharing.feed import is_minor
from shared.storage import outbox
from shared.storage.cosmos import Document

log = logging.getLogger("reeve.cases")

ACTOR = "case-bundler"
IN_MEMORY = 16 << 20
"""Up to this size an archive is built in memory, beyond it in a file that has no name."""


async def build(platform: Platform, order: BundleOrder) -> None:
    """A record that has gone meanwhile fails the bundle: nobody gets less than the note on it says."""
    bundle = await _ordered(platform, order)
    if bundle is not None:
        try:
            with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
                await _write(platform, bundle, file)
                size = file.seek(0, 2)
                digest = sha256_of(file, size)
                await vault.seal_stream(platform, bundle, vault.ARCHIVE, _slices(file))
        except NotFound:
            await _failed(platform, bundle)
        else:
            await _ready(platform, bundle, size, digest)
    await outbox.confirm(platform.container(BUNDLES), order.message_id, order.organisation_id)


async def _slices(file: IO[bytes]) -> AsyncIterator[bytes]:
    file.seek(0)
    while chunk := await asyncio.to_thread(file.read, vault.SLICE):
        yield chunk


async def _ordered(platform: Platform, order: BundleOrder) -> Bundle | None:
    """None for what was built or withdrawn already."""
    try:
        bundle = await platform.records(Bundle).read(order.bundle_id, order.organisation_id)
    except NotFound:
        return None
    return bundle if bundle.state is State.BUILDING else None


async def _write(platform: Platform, bundle: Bundle, file: IO[bytes]) -> None:
    now, snapshot = platform.clock.now(), await _sealed_log(platform, bundle.organisation_id)
    with Archive(file, now) as archive:
        reports = [await _report(platform, bundle, each) for each in bundle.report_ids]
        for report in reports:
            archive.add(f"reports/{report.id}.json", report.model_dump_json(by_alias=True, indent=1).encode())
        profiles = [await _profile(platform, bundle, each) for each in bundle.profile_ids]
        for profile in profiles:
            archive.add(f"profiles/{profile.id}.json", profile.model_dump_json(by_alias=True, indent=1).encode())
        exhibits = [
            await _exhibit(platform, bundle, number, choice, archive, snapshot)
            for number, choice in enumerate(bundle.chosen, 1)
        ]
        archive.add("report.pdf", await _document(platform, bundle, reports, profiles, exhibits, now, snapshot))
        archive.add("manifest.json", _json(_manifest(bundle, reports, profiles, exhibits, rfc3339(now))))
        archive.add("audit/checkpoint", snapshot.note)
        archive.add("audit/key", f"{snapshot.place.key.public}\n".encode())
        archive.finish(bundle.id, snapshot.place.key)


async def _document(
    platform: Platform,
    bundle: Bundle,
    reports: Sequence[ReportView],
    profiles: Sequence[BundledProfile],
    exhibits: Sequence[Exhibit],
    now: datetime,
    snapshot: Snapshot,
) -> bytes:
    organisation = bundle.organisation_id
    told = bundle_report.Told(
        bundle=bundle,
        organisation=(await organisations.organisation(platform, organisation)).name,
        sites={each.id: each.name for each in await organisations.sites(platform, organisation)},
        names=await organisations.names(platform, organisation),
        reports=reports,
        profiles=profiles,
        exhibits=exhibits,
        made_at=now,
        public_key=str(snapshot.place.key.public),
    )
    return await typeset(bundle_report.document(told))


async def _sealed_log(platform: Platform, organisation: str) -> Snapshot:
    """The owner's log with everything in it that has happened until now, so that it can be proven."""
    stores = logs.Stores(
        entries=platform.container("audit"),
        organisations=platform.container("organisations"),
        immutable=platform.blobs.objects(logs.IMMUTABLE),
        latest=platform.blobs.objects(logs.LATEST),
        keyring=platform.keyring,
    )
    await sealer.seal(stores, organisation)
    return await ledger.snapshot_of(stores, organisation)


async def _report(platform: Platform, bundle: Bundle, report_id: str) -> ReportView:
    """As it may be handed over at this moment: a bundle can have waited for days until somebody agreed to it."""
    document = await platform.container(Report.container).read(report_id, [bundle.organisation_id, report_id])
    police = bundle.recipient_kind is RecipientKind.LAW_ENFORCEMENT
    if not in_use(document, platform.clock.now()) or (is_minor(document) and not police):
        raise NotFound("The report is out of use, or somebody in it is or may be under 18.")
    report = await platform.records(Report).open(document)
    return report_view(report, ALL_FIELDS - ALWAYS - set(bundle.fields))


async def _profile(platform: Platform, bundle: Bundle, profile_id: str) -> BundledProfile:
    """What identifies, without reasons, links and history: those name records that are not handed over."""
    document = await platform.container(PEOPLE).read(profile_id, [bundle.organisation_id, profile_id])
    if not in_use(document, platform.clock.now(), Purpose(bundle.purpose)):
        raise NotFound("The profile is out of use.")
    profile = await platform.records(Profile).open(document)
    return BundledProfile(**profile.model_dump(include=set(BundledProfile.model_fields)))


async def _exhibit(
    platform: Platform, bundle: Bundle, number: int, choice: Chosen, archive: Archive, snapshot: Snapshot
) -> Exhibit:
    document = await platform.container(Evidence.container).read(choice.id, [bundle.organisation_id, choice.id])
    item = await platform.records(Evidence).open(document)
    unseen = item.needs_review and not choice.original
    if unseen or not in_use(document, platform.clock.now(), Purpose(bundle.purpose)):
        raise NotFound("The item is out of use, or bystanders may be seen in it.")
    part = Part.ORIGINAL if choice.original else vault.rendition_part(item)
    described = item.original if choice.original else item.rendition
    if described is None:
        raise NotFound("The form that was chosen does not exist any more.")
    name = f"evidence/{number:03}-{item.id}.{described.mime_type.extension}"
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as content:
        async for chunk in vault.unsealed(platform, item, part):
            await asyncio.to_thread(content.write, chunk)
        content.seek(0)
        if archive.add_file(name, content) != described.sha256:
            raise CannotOpen("The content does not have the fingerprint with which it was stored.")
    touched = await custody.chain(platform, bundle.organisation_id, item.id)
    archive.add(_custody(item.id), _json({"entries": [await _proven(snapshot, each) for each in touched]}))
    return Exhibit(
        number=number,
        item=item,
        file=name,
        original=choice.original,
        reason=choice.reason,
        sha256=described.sha256,
        size_bytes=described.size_bytes,
        thumbnail=await _thumbnail(platform, item),
        custody=touched,
    )


async def _thumbnail(platform: Platform, item: Evidence) -> bytes | None:
    """From the rendition, and only if somebody has looked for bystanders in it."""
    if item.rendition is None or item.needs_review:
        return None
    if item.media_kind is MediaKind.VIDEO:
        return await vault.unseal(platform, item, vault.thumbnail_part(item.rendition_part))
    if item.media_kind is not MediaKind.IMAGE:
        return None
    rendition = await vault.unseal(platform, item, vault.rendition_part(item))
    if hashlib.sha256(rendition).hexdigest() != item.rendition.sha256:
        raise CannotOpen("The content does not have the fingerprint with which it was stored.")
    return await asyncio.to_thread(thumbnails.of, rendition)


async def _proven(snapshot: Snapshot, entry: Document) -> Document:
    """An entry as it is committed to, with the way from its leaf to the root of the checkpoint."""
    shown = {name: entry[name] for name in (*COMMITTED, "nonce")}
    return {"entry": shown, "leafIndex": entry.get("leafIndex"), "inclusion": await snapshot.inclusion(entry)}


def _manifest(
    bundle: Bundle,
    reports: Sequence[ReportView],
    profiles: Sequence[BundledProfile],
    exhibits: Sequence[Exhibit],
    made: str,
) -> Document:
    return {
        "bundle": bundle.id,
        "format": "reeve bundle v1",
        "organisation": bundle.organisation_id,
        "recipient": {"kind": bundle.recipient_kind.value, "name": bundle.recipient, "id": bundle.recipient_id},
        "purpose": bundle.purpose,
        "caseNumber": bundle.case_number,
        "requestedBy": bundle.requested_by,
        "approvedBy": bundle.approved_by,
        "made": made,
        "expires": rfc3339(bundle.expires_at),
        "reports": [{"id": each.id, "file": f"reports/{each.id}.json", "withheld": each.withheld} for each in reports],
        "profiles": [
            {"id": each.id, "file": f"profiles/{each.id}.json", "disputed": each.disputed} for each in profiles
        ],
        "evidence": [
            {
                "id": each.item.id,
                "file": each.file,
                "form": "original" if each.original else "rendition",
                "sha256": each.sha256,
                "sizeBytes": each.size_bytes,
                "report": each.item.report_id,
                "custody": _custody(each.item.id),
            }
            for each in exhibits
        ],
    }


def _custody(evidence_id: str) -> str:
    return f"custody/{evidence_id}.json"


def _json(content: Document) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=False).encode()


async def _ready(platform: Platform, bundle: Bundle, size: int, digest: str) -> None:
    now = platform.clock.now()
    changed = bundle.model_copy(
        update={"state": State.READY, "built_at": now, "size_bytes": size, "sha256": digest},
    )
    await _account(platform, bundle, "bundle:build")
    try:
        await platform.records(Bundle).replace(changed, bundle.etag)
    except PreconditionFailed:  # withdrawn meanwhile, or built by another delivery
        if (await platform.records(Bundle).read(bundle.id, bundle.organisation_id)).state is State.WITHDRAWN:
            await vault.discard_sealed(platform, bundle.organisation_id, bundle.id)


async def _failed(platform: Platform, bundle: Bundle) -> None:
    failure = "A record that should have been in it has gone, or may not be handed over any more. Ask for a new bundle."
    await _account(platform, bundle, "bundle:fail")
    await platform.records(Bundle).replace(
        bundle.model_copy(update={"state": State.FAILED, "failure": failure}), bundle.etag
    )
    log.info("bundle %s could not be built", bundle.id)


async def _account(platform: Platform, bundle: Bundle, action: str) -> None:
    await platform.trail.record(
        Entry(
            organisation=bundle.organisation_id,
            actor=ACTOR,
            actor_organisation=bundle.organisation_id,
            action=action,
            subjects=[bundle.id, bundle.case_id, *bundle.report_ids, *bundle.evidence_ids, *bundle.profile_ids],
        )
    )
