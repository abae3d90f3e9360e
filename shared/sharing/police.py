"""Telling the police: a report goes to the force that covers its site, as a disclosure with its record, and the force
says that it has it, and under which reference."""

from dataclasses import dataclass

from shared.alerts.models import Cause
from shared.errors import FieldError, Forbidden, Invalid, NotFound
from shared.identity.principals import Principal
from shared.organisations import service as organisations
from shared.organisations.models import OrganisationKind
from shared.platform import Platform
from shared.policy.decision import Purpose, Relation, Resource
from shared.sharing import disclosures, law
from shared.sharing.disclosures import Seen
from shared.sharing.feed import own_report, resource_of
from shared.sharing.models import (
    Disclosure,
    DisclosureForm,
    ForceView,
    PoliceForm,
    PoliceView,
    ReceiptForm,
)
from shared.storage import outbox
from shared.storage.cosmos import Document


@dataclass(frozen=True)
class Force:
    """``fit``: how many characters of the site's region its area names; a county's fits better than a country's."""

    id: str
    name: str
    fit: int


async def notify(
    platform: Platform,
    principal: Principal,
    report_id: str,
    form: PoliceForm,
    idempotency_key: str,
    seen: Seen | None = None,
) -> Disclosure:
    """A disclosure to the force that covers the site; its officers are told. Repeated with the same key: once."""
    document = await own_report(platform, principal, report_id)
    owner = await organisations.organisation(platform, principal.organisation)
    if not law.may_share(owner, OrganisationKind.LAW_ENFORCEMENT):
        raise Forbidden("The law of your jurisdiction, as recorded here, does not provide for this. Ask your counsel.")
    force = _chosen(await covering(platform, await _region(platform, document, seen)), form)
    handed_over = DisclosureForm(
        recipient_id=force.id,
        purpose="NOTIFY_LE",
        case_number=form.case_number,
        note=form.note,
        withhold=form.withhold,
    )
    return await disclosures.disclose(
        platform,
        principal,
        report_id,
        handed_over,
        idempotency_key,
        tells=Cause.POLICE_NOTICE,
        seen=seen,
    )


async def overview(platform: Platform, principal: Principal, report_id: str, purpose: Purpose) -> PoliceView:
    """Which forces cover the site of the report, and what came of telling them."""
    document = await own_report(platform, principal, report_id)
    decision = await platform.authorise(principal, "report:read", resource_of(document), purpose)
    text = "SELECT * FROM c WHERE c.kind = 'disclosure' AND c.reportId = @report"
    found = platform.container(Disclosure.container).query(text, {"report": report_id}, principal.organisation)
    made = await platform.records(Disclosure).open_all([each async for each in found])
    await platform.account(
        principal,
        "disclosure:list",
        subjects=[report_id, *(each.id for each in made)],
        decision=decision,
        purpose=purpose,
    )
    forces = await covering(platform, await _region(platform, document))
    newest_first = sorted(made, key=lambda each: (each.disclosed_at, each.id), reverse=True)
    return PoliceView(
        covering=[ForceView(id=each.id, name=each.name) for each in forces],
        disclosures=[disclosures.disclosure_view(each) for each in newest_first],
    )


async def receive(
    platform: Platform,
    principal: Principal,
    disclosure_id: str,
    owner: str,
    form: ReceiptForm,
    purpose: Purpose,
    etag: str,
) -> Disclosure:
    """The force has it. Its reference may come with that, or later; who sent the report is told of either."""
    disclosure = await disclosed(platform, disclosure_id, owner)
    resource = Resource("disclosure", disclosure_id, owner, case_bound=True)
    related = relation_to(principal, disclosure)
    decision = await platform.authorise(principal, "disclosure:receive", resource, purpose, related=related)
    now = platform.clock.now()
    changes = {
        "received_at": disclosure.received_at or now,
        "received_by": principal.id,
        "police_reference": form.police_reference or disclosure.police_reference,
    }
    cause = Cause.POLICE_REFERENCE if form.police_reference else Cause.POLICE_RECEIPT
    message = disclosures.told(disclosure, cause)
    beside = outbox.document(message, {"organisationId": owner}, now)
    # The message may wait there still, if it was told of before and nobody has got round to it.
    await outbox.confirm(platform.container(Disclosure.container), message.id, owner)
    stored = await platform.records(Disclosure).replace(disclosure.model_copy(update=changes), etag, beside)
    await platform.account(
        principal,
        "disclosure:receive",
        organisation=owner,
        subjects=[disclosure_id, disclosure.report_id],
        decision=decision,
        purpose=purpose,
    )
    await platform.bus.send_or_leave(message)
    return stored


async def covering(platform: Platform, region: str) -> list[Force]:
    """The best fit first. Forces are few, and looked for when somebody is about to write to one."""
    text = (
        "SELECT c.id, c.name, c.covers, c.jurisdiction FROM c "
        "WHERE c.kind = 'law_enforcement' AND (NOT IS_DEFINED(c.state) OR c.state = 'active')"
    )
    found = [
        Force(each["id"], each["name"], fit)
        async for each in platform.container("organisations").query(text)
        if (fit := fit_of(region, each.get("covers") or [each["jurisdiction"]]))
    ]
    return sorted(found, key=lambda each: (-each.fit, each.name, each.id))


def fit_of(region: str, covers: list[str]) -> int:
    """0 if none of ``covers`` (ISO 3166-2) holds the region."""
    return max((len(each) for each in covers if region == each or region.startswith(f"{each}-")), default=0)


def _chosen(forces: list[Force], form: PoliceForm) -> Force:
    if form.recipient_id:
        chosen = next((each for each in forces if each.id == str(form.recipient_id)), None)
        if chosen:
            return chosen
        what = FieldError("/recipientId", "does_not_cover", "Choose one of GET /api/reports/{id}/police.")
        raise Invalid("This organisation does not cover the site.", [what])
    if not forces:
        raise Invalid("No police force that covers the site works with this platform. Report it to them as before.")
    if len(forces) > 1 and forces[0].fit == forces[1].fit:
        what = FieldError("/recipientId", "several", "Choose one of GET /api/reports/{id}/police.")
        raise Invalid("Several forces cover the site.", [what])
    return forces[0]


async def _region(platform: Platform, report: Document, seen: Seen | None = None) -> str:
    """Where the vehicle was seen, or else where it happened."""
    site = seen.site if seen else report["siteId"]
    return (await organisations.site(platform, report["organisationId"], site)).region


async def disclosed(platform: Platform, disclosure_id: str, owner: str) -> Disclosure:
    try:
        return await platform.records(Disclosure).read(disclosure_id, owner)
    except NotFound:
        raise NotFound("The disclosure does not exist, or is not for your organisation.") from None


def relation_to(principal: Principal, disclosure: Disclosure) -> Relation:
    if principal.organisation == disclosure.organisation_id:
        return "own"
    if principal.organisation == disclosure.recipient_id and disclosure.withdrawn_at is None:
        return "recipient"
    return "stranger"
