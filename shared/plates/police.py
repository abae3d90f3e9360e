"""A confirmed match goes to the police with the report that it belongs to, and is seen by them where it is."""

from uuid import UUID

from pydantic import Field

from shared.clock import Moment
from shared.errors import Conflict, NotFound
from shared.http.models import ApiModel
from shared.identity.principals import Principal
from shared.organisations import service as organisations
from shared.plates import service as plates
from shared.plates.models import Candidate, CandidateState
from shared.platform import Platform
from shared.policy.decision import Purpose, Resource
from shared.retention.visibility import in_use
from shared.sharing import police
from shared.sharing.disclosures import Seen
from shared.sharing.models import Disclosure, PoliceForm


class SightingForm(PoliceForm):
    report_id: UUID = Field(description="Your report that the vehicle is sought for; it is handed over too")


class SightingView(ApiModel):
    site: str
    region: str
    captured_at: Moment
    plate: str


async def notify(
    platform: Platform, principal: Principal, candidate_id: str, form: SightingForm, idempotency_key: str
) -> Disclosure:
    """To the force that covers the site where the vehicle was seen. Only what a person confirmed can go there."""
    candidate = await plates.find(platform, principal, candidate_id, Purpose.NOTIFY_LE)
    resource = Resource("candidate", candidate_id, principal.organisation, candidate.site_id)
    await platform.authorise(principal, "candidate:read", resource, Purpose.NOTIFY_LE)
    if candidate.state is not CandidateState.CONFIRMED:
        raise Conflict("Only a match that a person has confirmed can be sent to the police.")
    asked = PoliceForm(**form.model_dump(exclude={"report_id"}))
    seen = Seen(candidate.id, candidate.site_id, candidate.day)
    return await police.notify(platform, principal, str(form.report_id), asked, idempotency_key, seen)


async def sighting(
    platform: Platform, principal: Principal, disclosure_id: str, owner: str, purpose: Purpose
) -> SightingView:
    """Of a disclosure with one, for the force that it is for, as long as it is not withdrawn and the match is kept."""
    disclosure = await police.disclosed(platform, disclosure_id, owner)
    resource = Resource("candidate", disclosure.candidate_id or disclosure_id, owner, case_bound=True)
    related = police.relation_to(principal, disclosure)
    decision = await platform.authorise(principal, "candidate:read", resource, purpose, related=related)
    if not (disclosure.candidate_id and disclosure.seen_at_site_id and disclosure.seen_on):
        raise NotFound("This disclosure has no sighting.")
    key = [owner, disclosure.seen_at_site_id, disclosure.seen_on]
    [document] = await platform.container(Candidate.container).read_many([(disclosure.candidate_id, key)])
    if document is None or not in_use(document, platform.clock.now(), purpose):
        raise NotFound("The sighting is not kept any more.")
    candidate = await platform.records(Candidate).open(document)
    await platform.account(
        principal,
        "candidate:read",
        organisation=owner,
        subjects=[candidate.id, disclosure_id],
        decision=decision,
        purpose=purpose,
        shows=True,
    )
    site = await organisations.site(platform, owner, candidate.site_id)
    return SightingView(site=site.name, region=site.region, captured_at=candidate.captured_at, plate=candidate.plate)
