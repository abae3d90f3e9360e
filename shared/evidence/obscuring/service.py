"""What a person does about the people in a picture: looks at what is suggested, decides, and has it painted over."""

import asyncio
import hashlib

from shared.errors import Conflict, FieldError, Invalid, NotFound, PreconditionFailed, Unavailable
from shared.evidence import examination, vault
from shared.evidence.media_types import MediaKind, MediaType
from shared.evidence.models import Content, Evidence, State
from shared.evidence.obscuring.models import RegionsForm, RegionsView
from shared.evidence.refusals import Refused
from shared.evidence.service import account, to_obscure
from shared.evidence.vault import Part
from shared.identity.principals import Principal
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose


async def read_regions(platform: Platform, principal: Principal, evidence_id: str, purpose: Purpose) -> RegionsView:
    item, decision = await _opened(platform, principal, evidence_id, purpose)
    await account(platform, principal, "evidence:regions", item, decision, purpose)
    return view(item)


async def decide(
    platform: Platform, principal: Principal, evidence_id: str, form: RegionsForm, purpose: Purpose, etag: str
) -> RegionsView:
    """Stores what was decided and paints it. The original stays as it is; of the rendition only this one exists."""
    item, decision = await _opened(platform, principal, evidence_id, purpose)
    _check(form)
    if item.etag != etag:
        raise PreconditionFailed("Somebody has decided meanwhile. Look at the picture again.")
    original = await vault.unseal(platform, item, Part.ORIGINAL)
    painted = [region.place for region in form.regions if region.obscured]
    crop = form.crop.place if form.crop else None
    media_type = item.original.mime_type if item.original else item.announced_type
    try:
        picture = await asyncio.to_thread(examination.picture, original, media_type, painted, crop)
    except Refused:
        again = {"Retry-After": "5"}
        raise Unavailable("The picture could not be painted just now. Try again.", headers=again) from None
    content = picture.rendition
    await account(platform, principal, "evidence:obscure", item, decision, purpose)
    part = vault.fresh_rendition()
    await vault.seal(platform, item, part, content)
    changed = item.model_copy(
        update={
            "rendition_part": part,
            "regions": form.regions,
            "needs_review": False,
            "obscured_by": principal.id,
            "obscured_at": platform.clock.now(),
            "rendition": Content(
                mime_type=MediaType.JPEG,
                size_bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                width=picture.rendition_width,
                height=picture.rendition_height,
            ),
        }
    )
    try:
        stored = await platform.records(Evidence).replace(changed, etag)
    except PreconditionFailed:
        await vault.discard_part(platform, item.organisation_id, item.id, part)
        raise
    await vault.discard_renditions_but(platform, stored)
    return view(stored)


async def unreviewed(platform: Platform, organisation: str, report_id: str) -> list[str]:
    """Ids of the report's pictures in which faces were found that nobody has decided on."""
    text = "SELECT c.id FROM c WHERE c.kind = 'evidence' AND c.reportId = @report AND c.needsReview = true"
    found = platform.container("evidence").query(text, {"report": report_id}, key=[organisation])
    return [each["id"] async for each in found]


def view(item: Evidence) -> RegionsView:
    return RegionsView(
        regions=item.regions,
        needs_review=item.needs_review,
        obscured_by=item.obscured_by,
        obscured_at=item.obscured_at,
        rendition=item.rendition,
        etag=item.etag,
    )


def _check(form: RegionsForm) -> None:
    """A suggestion that nobody decided on is no decision."""
    undecided = [number for number, region in enumerate(form.regions) if region.obscured is None]
    if undecided:
        errors = [
            FieldError(f"/regions/{number}/obscured", "undecided", "Say whether this region is painted over.")
            for number in undecided[:25]
        ]
        raise Invalid("Some regions have not been decided on.", errors)


async def _opened(
    platform: Platform, principal: Principal, evidence_id: str, purpose: Purpose
) -> tuple[Evidence, Decision]:
    item, decision = await to_obscure(platform, principal, evidence_id, purpose)
    if item.media_kind is not MediaKind.IMAGE:
        raise NotFound("Only pictures have regions that can be painted over.")
    if item.state is not State.STORED:
        raise Conflict("The picture has not arrived yet, or was refused.")
    if item.original_destroyed_at:
        raise Conflict("The original has been destroyed, so the rendition stays as it is.")
    return item, decision
