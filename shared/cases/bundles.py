"""What people do with bundles: ask for one, agree to one, fetch it, take it back."""

from datetime import datetime, timedelta

from shared.cases import service
from shared.cases.bundle_models import (
    ALONE,
    BUNDLES,
    Bundle,
    BundleForm,
    BundleList,
    BundleOrder,
    Chosen,
    RecipientKind,
    State,
    view,
)
from shared.cases.models import Case, Linkable
from shared.clock import rfc3339
from shared.errors import Conflict, FieldError, Forbidden, Gone, Invalid, NotFound
from shared.evidence import service as evidence
from shared.evidence import vault
from shared.evidence.models import Evidence
from shared.evidence.models import State as EvidenceState
from shared.http import ranges
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.people import reach
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Relation, Resource
from shared.reports import screening
from shared.retention.terms import terms_of
from shared.sealing.keyring import Use
from shared.sealing.records import repeated
from shared.sealing.tokens import commitment
from shared.sharing import handing_over
from shared.sharing.feed import is_minor, own_report, resource_of
from shared.storage import outbox
from shared.storage.cosmos import Document

QUEUE = "case-bundles"
PART = 4 << 20
"""Bytes of one answer: an archive is fetched in ranges."""


async def request(
    platform: Platform, principal: Principal, case_id: str, form: BundleForm, idempotency_key: str
) -> Bundle:
    """Checks everything that a person would have to decide about, and has the archive built.

    Each report and each item is decided on by itself, so that a bundle never holds what its author may not see.
    """
    purpose = Purpose(form.purpose)
    case, _ = await service.opened(platform, principal, "case:read", case_id, purpose)
    decision = await platform.authorise(
        principal, "case:bundle", Resource("case", case_id, principal.organisation, case_bound=True), purpose
    )
    screening.refuse_profiling(form)
    fields = handing_over.fields(form.withhold)
    reports = [await _report(platform, principal, case, str(each), n, form) for n, each in enumerate(form.reports)]
    items = [await _item(platform, principal, case, form, number) for number in range(len(form.evidence))]
    known = [await _profile(platform, principal, case, str(each), n, form) for n, each in enumerate(form.profiles)]
    recipient_id = await _recipient(platform, form)
    bundle = await drafted(platform, principal, case, form, fields, recipient_id, idempotency_key)
    ends = [str(each["disposeAt"]) for each in [*reports, *items, *known]]
    latest = min(rfc3339(bundle.expires_at), *ends)  # never longer than what is in it
    bundle = bundle.model_copy(update={"expires_at": datetime.fromisoformat(latest)})

    await _account(platform, principal, "case:bundle", bundle, decision)
    beside = [] if bundle.needs_approval else [_left(platform, bundle)]
    try:
        stored = await platform.records(Bundle).create(bundle, *beside)
    except Conflict:
        return await repeated(platform.records(Bundle), bundle, "bundle")
    if not stored.needs_approval:
        await platform.bus.send_or_leave(order(stored))
    return stored


async def approve(platform: Platform, principal: Principal, bundle_id: str, etag: str) -> Bundle:
    """The second of two people. Nobody approves what they asked for, nor what they may not see themselves."""
    bundle = await _existing(platform, principal.organisation, bundle_id)
    decision = await _authorised(platform, principal, "case:bundle", bundle)
    if bundle.state is not State.WAITING:
        raise Conflict("The bundle does not wait for anybody's agreement.")
    if bundle.requested_by == principal.id:
        raise Forbidden("You asked for this bundle. A colleague with your role has to agree.")
    await _may_see_all(platform, principal, bundle)
    await _account(platform, principal, "bundle:approve", bundle, decision)
    now = platform.clock.now()
    changed = bundle.model_copy(update={"state": State.BUILDING, "approved_by": principal.id, "approved_at": now})
    stored = await platform.records(Bundle).replace(changed, etag, _left(platform, bundle))
    await platform.bus.send_or_leave(order(stored))
    return stored


async def withdraw(platform: Platform, principal: Principal, bundle_id: str, etag: str) -> Bundle:
    """From the next request on nobody fetches it any more. What was fetched before is out of reach."""
    bundle = await _existing(platform, principal.organisation, bundle_id)
    decision = await _authorised(platform, principal, "case:bundle", bundle)
    await _account(platform, principal, "bundle:withdraw", bundle, decision)
    changed = bundle.model_copy(update={"state": State.WITHDRAWN})
    stored = await platform.records(Bundle).replace(changed, etag)
    await vault.discard_sealed(platform, bundle.organisation_id, bundle.id)
    return stored


async def list_bundles(platform: Platform, principal: Principal, case_id: str, purpose: Purpose) -> BundleList:
    """Those of one case, the newest first, withdrawn and expired ones too."""
    case, decision = await service.opened(platform, principal, "case:read", case_id, purpose)
    text = "SELECT * FROM c WHERE c.kind = 'bundle' AND c.caseId = @case"
    found = platform.container(BUNDLES).query(text, {"case": case.id}, key=principal.organisation)
    opened = await platform.records(Bundle).open_all([each async for each in found])
    await platform.account(
        principal,
        "bundle:list",
        subjects=[case.id],
        decision=decision,
        purpose=purpose,
    )
    return BundleList(bundles=[view(each) for each in sorted(opened, key=lambda b: b.disclosed_at, reverse=True)])


async def read(platform: Platform, principal: Principal, bundle_id: str, owner: str | None, purpose: Purpose) -> Bundle:
    """The bundle without its archive: for its owner, and for the recipient it names."""
    bundle, decision = await _readable(platform, principal, bundle_id, owner, purpose)
    await _account(platform, principal, "bundle:read", bundle, decision, purpose)
    return bundle


async def content(
    platform: Platform,
    principal: Principal,
    bundle_id: str,
    owner: str | None,
    purpose: Purpose,
    start: int,
    count: int,
) -> tuple[Bundle, bytes]:
    """Up to ``count`` bytes of the archive from ``start`` on. Each part is accounted for."""
    bundle, decision = await _readable(platform, principal, bundle_id, owner, purpose)
    if principal.sites and principal.organisation == bundle.organisation_id:
        await _require_sites(platform, principal, bundle, purpose)
    if bundle.expires_at <= platform.clock.now() or bundle.state in {State.WITHDRAWN, State.EXPIRED}:
        raise Gone("The bundle has expired or was withdrawn. Ask for a new one if it is still needed.")
    if bundle.state is not State.READY or bundle.size_bytes is None:
        raise Conflict("The bundle is not ready yet.", headers={"Retry-After": "10"})
    ranges.check(start, bundle.size_bytes)
    await _account(platform, principal, "bundle:fetch", bundle, decision, purpose, shows=True)
    return bundle, await vault.unseal_part(
        platform, bundle, vault.ARCHIVE, start, min(count, bundle.size_bytes - start)
    )


def order(bundle: Bundle) -> outbox.Message:
    message_id = derived_id("bundle-order", bundle.id)
    body = BundleOrder(organisation_id=bundle.organisation_id, bundle_id=bundle.id, message_id=message_id)
    return outbox.Message(message_id, QUEUE, body.model_dump(mode="json", by_alias=True))


# -- how it is done --------------------------------------------------------------------------------------------------


def _left(platform: Platform, bundle: Bundle) -> Document:
    return outbox.document(order(bundle), {"organisationId": bundle.organisation_id}, platform.clock.now())


async def drafted(
    platform: Platform,
    principal: Principal,
    case: Case,
    form: BundleForm,
    fields: list[str],
    recipient_id: str | None,
    idempotency_key: str,
) -> Bundle:
    now, terms = platform.clock.now(), await terms_of(platform, principal.organisation)
    key = await platform.keyring.key_for(principal.organisation, Use.COMMITMENTS)
    waits = len(form.reports) > ALONE or bool(form.profiles)
    return Bundle(
        id=derived_id("bundle", principal.id, idempotency_key),
        organisation_id=principal.organisation,
        case_id=case.id,
        report_ids=sorted({str(each) for each in form.reports}),
        evidence_ids=sorted({str(each.id) for each in form.evidence}),
        profile_ids=sorted({str(each) for each in form.profiles}),
        chosen=[Chosen(id=str(each.id), original=each.original, reason=each.reason) for each in form.evidence],
        fields=fields,
        recipient_id=recipient_id,
        recipient_kind=form.recipient.kind,
        recipient=form.recipient.name,
        purpose=form.purpose,
        case_number=form.case_number,
        notes=form.notes,
        state=State.WAITING if waits else State.BUILDING,
        needs_approval=waits,
        requested_by=principal.id,
        disclosed_at=now,
        expires_at=now + timedelta(days=form.days),
        request_commitment=commitment(key, form.model_dump_json()),
        dispose_at=terms.dispose_at("disclosure", now),
    )


async def _require_sites(platform: Platform, principal: Principal, bundle: Bundle, purpose: Purpose) -> None:
    """Whoever is limited to sites fetches only what holds nothing of other sites."""
    home, there = bundle.organisation_id, set[str]()
    for container, ids in (("reports", bundle.report_ids), ("evidence", bundle.evidence_ids)):
        found = await platform.container(container).read_many([(each, [home, each]) for each in ids])
        there |= {each["id"] for each in found if each and principal.at(each["siteId"])}
    there |= await reach.readable(platform, principal, bundle.profile_ids, purpose)
    if not there >= {*bundle.report_ids, *bundle.evidence_ids, *bundle.profile_ids}:
        await platform.refused(principal, "bundle:read", bundle.id, purpose)
        raise Forbidden("The bundle holds records of other sites too. Ask somebody who works for those as well.")


async def _may_see_all(platform: Platform, principal: Principal, bundle: Bundle) -> None:
    """Roles can hold at some sites only: whoever agrees has looked at what they agree to."""
    purpose = Purpose(bundle.purpose)
    for each in bundle.report_ids:
        await _disclosable(platform, principal, each, purpose, bundle.recipient_kind)
    for each in bundle.evidence_ids:
        await _visible(platform, principal, each, purpose)
    for number, each in enumerate(bundle.profile_ids):
        await service.require_profile(platform, principal, each, purpose, f"/profiles/{number}")


async def _report(
    platform: Platform, principal: Principal, case: Case, report_id: str, number: int, form: BundleForm
) -> Document:
    if report_id not in case.linked(Linkable.REPORT):
        what = FieldError(f"/reports/{number}", "not_in_case", "Put the report into the case first, with its reason.")
        raise Invalid("A report does not belong to the case.", [what])
    return await _disclosable(platform, principal, report_id, Purpose(form.purpose), form.recipient.kind)


async def _disclosable(
    platform: Platform, principal: Principal, report_id: str, purpose: Purpose, recipient: RecipientKind
) -> Document:
    document = await own_report(platform, principal, report_id)
    await platform.authorise(principal, "report:disclose", resource_of(document, case_bound=True), purpose)
    if is_minor(document) and recipient is not RecipientKind.LAW_ENFORCEMENT:
        raise Forbidden("Somebody in one of the reports is or may be under 18: it goes to the police only.")
    return document


async def _visible(platform: Platform, principal: Principal, evidence_id: str, purpose: Purpose) -> Document:
    document = await evidence.existing(platform, principal.organisation, evidence_id, purpose)
    resource = Resource("evidence", evidence_id, principal.organisation, document["siteId"])
    await platform.authorise(principal, "evidence:read", resource, purpose)
    return document


async def _item(platform: Platform, principal: Principal, case: Case, form: BundleForm, number: int) -> Document:
    choice, pointer = form.evidence[number], f"/evidence/{number}/id"
    identifier = str(choice.id)
    document = await _visible(platform, principal, identifier, Purpose(form.purpose))
    if identifier not in case.linked(Linkable.EVIDENCE) and document["reportId"] not in map(str, form.reports):
        what = FieldError(pointer, "not_in_case", "It hangs on none of the reports, nor is it part of the case.")
        raise Invalid("An item does not belong to the case.", [what])
    item = await platform.records(Evidence).open(document)
    if item.state is not EvidenceState.STORED:
        raise Invalid("An item has no content.", [FieldError(pointer, "not_stored", "Wait until it has arrived.")])
    if choice.original and item.original_destroyed_at:
        what = FieldError(pointer, "original_destroyed", "Take the rendition.")
        raise Invalid("The original of an item has been destroyed.", [what])
    if choice.original:
        return document
    if item.rendition is None:
        what = FieldError(pointer, "no_rendition", "Ask for the original, and say why it is needed.")
        raise Invalid("An item has no rendition without bystanders.", [what])
    if item.needs_review:
        what = FieldError(pointer, "needs_review", "Decide about the suggested faces first.")
        raise Invalid("Bystanders may be seen in a picture.", [what])
    return document


async def _profile(
    platform: Platform, principal: Principal, case: Case, profile_id: str, number: int, form: BundleForm
) -> Document:
    """The case has to name it, and whoever asks has to be allowed to read it."""
    pointer = f"/profiles/{number}"
    document = await service.require_profile(platform, principal, profile_id, Purpose(form.purpose), pointer)
    if profile_id not in case.profile_ids:
        what = FieldError(pointer, "not_in_case", "Put the profile into the case first, with its reason.")
        raise Invalid("A profile does not belong to the case.", [what])
    return document


async def _recipient(platform: Platform, form: BundleForm) -> str | None:
    if form.recipient.organisation_id is None:
        return None
    return await handing_over.police(platform, str(form.recipient.organisation_id), "/recipient/organisationId")


async def _existing(platform: Platform, organisation: str, bundle_id: str) -> Bundle:
    try:
        document = await platform.container(BUNDLES).read(bundle_id, organisation)
    except NotFound:
        document = {}
    if document.get("kind") != "bundle" or "disposing" in document:
        raise NotFound("The bundle does not exist, or is not yours.")
    return await platform.records(Bundle).open(document)


async def _readable(
    platform: Platform, principal: Principal, bundle_id: str, owner: str | None, purpose: Purpose
) -> tuple[Bundle, Decision]:
    """Own bundles, and those that were made for the principal's police force."""
    home = owner or principal.organisation
    try:
        bundle = await _existing(platform, home, bundle_id)
    except NotFound:
        if home != principal.organisation:
            # Refused, counted and worded as for a stranger, so that nobody learns which bundles others have.
            unknown = Resource("bundle", bundle_id, home, case_bound=True)
            await platform.authorise(principal, "bundle:read", unknown, purpose)
        raise
    received = bundle.recipient_id == principal.organisation and bundle.state in {State.READY, State.EXPIRED}
    related: Relation | None = "recipient" if received else None
    resource = Resource("bundle", bundle.id, bundle.organisation_id, case_bound=True)
    return bundle, await platform.authorise(principal, "bundle:read", resource, purpose, related)


async def _authorised(platform: Platform, principal: Principal, action: str, bundle: Bundle) -> Decision:
    resource = Resource("case", bundle.case_id, bundle.organisation_id, case_bound=True)
    return await platform.authorise(principal, action, resource, Purpose(bundle.purpose))


async def _account(
    platform: Platform,
    principal: Principal,
    action: str,
    bundle: Bundle,
    decision: Decision,
    purpose: Purpose | None = None,
    *,
    shows: bool = False,
) -> None:
    """In the owner's log, under every record that is in it: so it is part of their custody. ``purpose``: where another
    may be stated than that for which the bundle was made."""
    recipient = [bundle.recipient_id] if bundle.recipient_id else []
    await platform.account(
        principal,
        action,
        organisation=bundle.organisation_id,
        subjects=[bundle.id, bundle.case_id, *bundle.report_ids, *bundle.evidence_ids, *bundle.profile_ids, *recipient],
        decision=decision,
        purpose=purpose or Purpose(bundle.purpose),
        shows=shows,
    )
