"""What people do with a profile: open it from reports, link, correct, review, dispute and close it.

A profile always rests on events that a person linked. It is kept from the last of them, never longer than six years,
and only as long as somebody looks again whether it is needed.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dateutil.relativedelta import relativedelta

from shared.clock import rfc3339
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, PreconditionFailed
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.intelligence import vocabulary
from shared.people import links, reach
from shared.people.models import (
    LONGEST_MONTHS,
    MOST_CHANGES,
    MOST_LINKS,
    PEOPLE,
    REVIEW_GRACE,
    REVIEWED_WITHIN,
    Change,
    CloseForm,
    Described,
    DisputeForm,
    EndKind,
    Link,
    LinkForm,
    Profile,
    ProfileChange,
    ProfileForm,
    ProfileListQuery,
    ProfilePage,
    ProfileView,
    ReportLinkForm,
    ReviewForm,
    Subject,
    What,
    refuse_misfits,
    summary,
    view,
)
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Resource
from shared.reports import screening
from shared.reports.models import MinorState
from shared.retention.terms import terms_of
from shared.retention.visibility import STILL_IN_USE, in_use
from shared.sealing.keyring import Use
from shared.sealing.records import repeated
from shared.sealing.tokens import commitment, look_tokens, name_tokens, plate_tokens
from shared.storage.cosmos import Document

REPORTS = "reports"
MINORS = {MinorState.STATED.value, MinorState.SUSPECTED.value}
ENDS = {Subject.PERSON: EndKind.PERSON, Subject.VEHICLE: EndKind.VEHICLE}


WHOLE = {"profile:merge", "profile:close"}
"""What changes all of a profile at once."""


@dataclass(frozen=True)
class Event:
    """Of a report that is linked."""

    at: datetime
    site: str


async def open_profile(
    platform: Platform, principal: Principal, form: ProfileForm, purpose: Purpose, idempotency_key: str
) -> Profile:
    """The same key twice is one profile; a repeated request also makes the links that an interrupted one left out."""
    organisation, now = principal.organisation, platform.clock.now()
    identifier = derived_id("profile", principal.id, idempotency_key)
    decision = await _authorised(platform, principal, "profile:open", identifier, purpose)
    _screen(form)
    _check_review(form.review_at, now)
    events = [
        await reported(platform, principal, str(each.report_id), purpose, f"/reports/{number}/reportId")
        for number, each in enumerate(form.reports)
    ]
    key = await platform.keyring.key_for(organisation, Use.COMMITMENTS)
    begun = Change(what=What.OPENED, reason=form.reason, by=principal.id, at=now)
    known = form.model_dump(include=set(Described.model_fields) | {"subject", "label", "reason", "review_at"})
    profile = Profile(
        id=identifier,
        organisation_id=organisation,
        record_id=identifier,
        **known,
        **await tokens(platform, organisation, form),
        history=[begun],
        last_event_at=max(each.at for each in events),
        opened_by=principal.id,
        opened_at=now,
        changed_at=now,
        request_commitment=commitment(key, form.model_dump_json()),
        dispose_at=now,
    )
    profile = profile.model_copy(update={"dispose_at": await ends_at(platform, profile)})
    if profile.dispose_at <= now:
        what = FieldError("/reports", "past_retention", "All these events are too long ago: name a newer one.")
        raise Invalid("The events are too long ago for a profile.", [what])
    try:
        stored = await platform.records(Profile).create(profile)
    except Conflict:
        stored = await repeated(platform.records(Profile), profile, "profile")
    for each, event in zip(form.reports, events, strict=True):
        with contextlib.suppress(Conflict):
            await links.add(platform, _report_link(stored, each, event, principal.id, now))
    subjects = [identifier, *(str(each.report_id) for each in form.reports)]
    await platform.account(principal, "profile:open", subjects=subjects, decision=decision, purpose=purpose)
    return stored


async def read(
    platform: Platform, principal: Principal, profile_id: str, purpose: Purpose
) -> tuple[Profile, ProfileView]:
    profile, decision = await opened(platform, principal, "profile:read", profile_id, purpose)
    await platform.account(
        principal, "profile:read", subjects=[profile_id], decision=decision, purpose=purpose, shows=True
    )
    return profile, await shown(platform, principal, profile)


async def list_profiles(
    platform: Platform, principal: Principal, query: ProfileListQuery, binding: tuple[str, ...]
) -> ProfilePage:
    """A page, last changed first."""
    organisation, now = principal.organisation, platform.clock.now()
    decision = await _authorised(platform, principal, "profile:list", organisation, query.purpose)
    where, parameters = ["c.kind = 'profile'", STILL_IN_USE], dict[str, object]({"usableAt": rfc3339(now)})
    if query.subject:
        where.append("c.subject = @subject")
        parameters["subject"] = query.subject.value
    if query.disputed is not None:
        where.append("c.disputed = @disputed")
        parameters["disputed"] = query.disputed
    if query.review_due:
        where.append("c.reviewAt <= @usableAt")
    if query.record:
        where.append("ARRAY_CONTAINS(@linked, c.id)")
        parameters["linked"] = await links.neighbours(platform, organisation, str(query.record))
    await _within_reach(platform, principal, where, parameters)
    wanted = Wanted(" AND ".join(where), parameters, [organisation], "changedAt", query.limit, query.cursor, binding)
    found = await newest_page(platform, Profile, wanted)
    await platform.account(
        principal,
        "profile:list",
        subjects=[each.id for each in found.records],
        decision=decision,
        purpose=query.purpose,
        shows=True,
    )
    return ProfilePage(profiles=[summary(each, now) for each in found.records], next_cursor=found.next_cursor)


async def correct(
    platform: Platform, principal: Principal, profile_id: str, form: ProfileChange, purpose: Purpose, etag: str
) -> Profile:
    """What was wrong is replaced and kept nowhere; the history says which fields, who, when and why."""
    profile, decision = await opened(platform, principal, "profile:change", profile_id, purpose)
    _screen(form)
    given = {name: getattr(form, name) for name in form.model_fields_set - {"correction_reason"}}
    if "label" in given and given["label"] is None:
        raise Invalid("This cannot be taken away.", [FieldError("/label", "required", "Give a value.")])
    changed = profile.model_copy(update=given)
    _check_fit(changed)
    fresh = await tokens(platform, principal.organisation, changed)
    step = Change(
        what=What.CORRECTED,
        reason=form.correction_reason,
        by=principal.id,
        at=platform.clock.now(),
        fields=sorted(given),
    )
    return await stored(platform, principal, profile, given | fresh, step, decision, purpose, etag)


async def link(
    platform: Platform, principal: Principal, profile_id: str, form: LinkForm, purpose: Purpose, etag: str
) -> Profile:
    profile, decision = await opened(platform, principal, "profile:change", profile_id, purpose)
    _screen(form)
    if etag != profile.etag:
        raise PreconditionFailed("Load the profile again, and look whether the link is still right.")
    other = str(form.id)
    if other == profile.id:
        raise Invalid("A profile is not linked with itself.", [FieldError("/id", "same", "Name another record.")])
    event = await _end(platform, principal, form, purpose)
    if len(await links.neighbours(platform, principal.organisation, profile.id)) >= MOST_LINKS:
        raise Conflict(f"A profile has {MOST_LINKS} links at most.")
    now = platform.clock.now()
    new = links.drafted(
        principal.organisation,
        (ENDS[profile.subject], profile.id),
        (form.kind, other),
        confidence=form.confidence,
        reason=form.reason,
        event_at=event.at if event else None,
        site=event.site if event else None,
        by=principal.id,
        at=now,
    )
    await links.add(platform, new)
    step = Change(what=What.LINKED, reason=form.reason, by=principal.id, at=now, other_id=other)
    latest = {"last_event_at": max(profile.last_event_at, event.at)} if event else {}
    try:
        return await stored(platform, principal, profile, latest, step, decision, purpose, etag, other)
    except PreconditionFailed:
        await links.remove(platform, principal.organisation, new.id)
        raise


async def unlink(
    platform: Platform, principal: Principal, profile_id: str, link_id: str, reason: str, purpose: Purpose, etag: str
) -> Profile:
    """A link that was wrong. The clock of retention goes back to the latest event that is left."""
    profile, decision = await opened(platform, principal, "profile:change", profile_id, purpose)
    known = await links.of(platform, principal.organisation, profile.id)
    seen = await reach.visible(platform, principal, known, profile.id)
    wrong = next((each for each in seen if each.id == link_id), None)
    if wrong is None:
        raise NotFound("The profile has no such link.")
    left = [each.event_at for each in known if each.event_at and each.id != link_id]
    if not left and wrong.event_at:
        raise Conflict("A profile rests on at least one report. Close it, if this was the last one.")
    kind, other = wrong.other(profile.id)
    step = Change(what=What.UNLINKED, reason=reason, by=principal.id, at=platform.clock.now(), other_id=other)
    latest = {"last_event_at": max(left)} if left and kind is EndKind.REPORT else {}
    changed = await stored(platform, principal, profile, latest, step, decision, purpose, etag, other)
    await links.remove(platform, principal.organisation, link_id)
    return changed


async def review(
    platform: Platform, principal: Principal, profile_id: str, form: ReviewForm, purpose: Purpose, etag: str
) -> Profile:
    profile, decision = await opened(platform, principal, "profile:change", profile_id, purpose)
    _screen(form)
    now = platform.clock.now()
    _check_review(form.review_at, now)
    step = Change(what=What.REVIEWED, reason=form.reason, by=principal.id, at=now)
    return await stored(platform, principal, profile, {"review_at": form.review_at}, step, decision, purpose, etag)


async def dispute(
    platform: Platform, principal: Principal, profile_id: str, form: DisputeForm, purpose: Purpose, etag: str
) -> Profile:
    """While somebody says that a profile is wrong, everybody who sees it is told so, and it is not merged."""
    profile, decision = await opened(platform, principal, "profile:dispute", profile_id, purpose)
    _screen(form)
    if form.disputed == profile.disputed:
        raise Conflict("The profile is disputed already." if form.disputed else "Nobody disputes the profile.")
    what = What.DISPUTED if form.disputed else What.SETTLED
    step = Change(what=what, reason=form.reason, by=principal.id, at=platform.clock.now())
    return await stored(platform, principal, profile, {"disputed": form.disputed}, step, decision, purpose, etag)


async def close(
    platform: Platform, principal: Principal, profile_id: str, form: CloseForm, purpose: Purpose, etag: str
) -> None:
    """Nobody sees it from now on; the next run of the retention timer forgets it and certifies that."""
    profile, decision = await opened(platform, principal, "profile:close", profile_id, purpose)
    _screen(form)
    now = platform.clock.now()
    step = Change(what=What.CLOSED, reason=form.reason, by=principal.id, at=now)
    closed = profile.model_copy(update={"dispose_at": now, "changed_at": now, "history": lengthened(profile, step)})
    await platform.records(Profile).replace(closed, etag)
    await platform.account(principal, "profile:close", subjects=[profile.id], decision=decision, purpose=purpose)


# -- for the rest of the capability ------------------------------------------------------------------------------------


async def opened(
    platform: Platform, principal: Principal, action: str, profile_id: str, purpose: Purpose
) -> tuple[Profile, Decision]:
    """The profile and the decision that lets this principal at it; whoever asks accounts for it."""
    try:
        document = await platform.container(PEOPLE).read(profile_id, [principal.organisation, profile_id])
    except NotFound:
        document = None
    usable = document is not None and document["kind"] == "profile"
    if document is None or not usable or not in_use(document, platform.clock.now(), purpose):
        raise NotFound("The profile does not exist, or is not yours.")
    decision = await _authorised(platform, principal, action, profile_id, purpose)
    if principal.sites:
        await _require_reach(platform, principal, action, profile_id, purpose)
    return await platform.records(Profile).open(document), decision


async def _require_reach(
    platform: Platform, principal: Principal, action: str, profile_id: str, purpose: Purpose
) -> None:
    """Whoever is limited to sites finds only what rests on a report there, and changes as a whole only what rests on
    nothing else."""
    if not await reach.profiles(platform, principal, profile_id):
        await platform.refused(principal, action, profile_id, purpose)
        raise NotFound("The profile does not exist, or is not yours.")
    known = await links.of(platform, principal.organisation, profile_id) if action in WHOLE else []
    if len(await reach.visible(platform, principal, known, profile_id)) < len(known):
        await platform.refused(principal, action, profile_id, purpose)
        raise Forbidden("The profile rests on events at other sites too. Ask somebody who works for those as well.")


async def shown(platform: Platform, principal: Principal, profile: Profile) -> ProfileView:
    known = await links.of(platform, profile.organisation_id, profile.id)
    seen = await reach.visible(platform, principal, known, profile.id)
    return view(profile, seen, platform.clock.now(), whole=not principal.sites)


async def stored(
    platform: Platform,
    principal: Principal,
    profile: Profile,
    changes: dict[str, Any],
    step: Change,
    decision: Decision,
    purpose: Purpose,
    etag: str,
    *subjects: str,
) -> Profile:
    """Accounted for before it is stored; its end is worked out anew."""
    now = platform.clock.now()
    changed = profile.model_copy(update=changes | {"changed_at": now, "history": lengthened(profile, step)})
    changed = changed.model_copy(update={"dispose_at": await ends_at(platform, changed)})
    action = f"profile:{step.what}"
    await platform.account(principal, action, subjects=[profile.id, *subjects], decision=decision, purpose=purpose)
    return await platform.records(Profile).replace(changed, etag)


async def ends_at(platform: Platform, profile: Profile) -> datetime:
    """The earliest of: its time since the last linked event, six years, and a month after a review that nobody made."""
    terms = await terms_of(platform, profile.organisation_id)
    return min(
        terms.dispose_at("person_of_interest", profile.last_event_at),
        profile.opened_at + relativedelta(months=LONGEST_MONTHS),
        profile.review_at + REVIEW_GRACE,
    )


async def tokens(platform: Platform, organisation: str, described: Described | Profile) -> dict[str, list[str]]:
    """By which it is found."""
    return tokens_by((await platform.keyring.index(organisation)).newest, described)


def tokens_by(index_key: bytes, described: Described | Profile) -> dict[str, list[str]]:
    plate = described.vehicle.plate if described.vehicle else None
    return {
        "name_tokens": sorted({token for name in described.names for token in name_tokens(index_key, name)}),
        "plate_tokens": sorted(plate_tokens(index_key, plate)) if plate else [],
        "worn_tokens": look_tokens(index_key, "worn", worn_by(described)),
        "mark_tokens": look_tokens(index_key, "mark", marks_of(described)),
    }


def worn_by(described: Described | Profile) -> frozenset[str]:
    """Words of the closed vocabulary, read as in reports."""
    return vocabulary.worn(f"{described.clothing or ''}. {described.carried or ''}")


def marks_of(described: Described | Profile) -> frozenset[str]:
    return vocabulary.marks(described.marks or "")


def lengthened(profile: Profile, *steps: Change) -> list[Change]:
    """The newest are kept; the audit log has them all."""
    return [*profile.history, *steps][-MOST_CHANGES:]


async def reported(platform: Platform, principal: Principal, report_id: str, purpose: Purpose, at: str) -> Event:
    """The event of a report that may be linked: one's own, that one may read, without a minor in it."""
    document = await _existing(platform, principal.organisation, report_id)
    if document is None:
        raise NotFound("A report does not exist, or is not yours.", [_unknown(at, "report")])
    resource = Resource("report", report_id, principal.organisation, document["siteId"])
    await platform.authorise(principal, "report:read", resource, purpose)
    if document["minor"] in MINORS:
        what = FieldError(at, "minor", "Somebody in it is or may be under 18: children have no profiles.")
        raise Invalid("A report with a minor is not linked to anybody.", [what])
    return Event(datetime.fromisoformat(document["occurredAt"]), document["siteId"])


# -- how it is done ----------------------------------------------------------------------------------------------------


async def _within_reach(
    platform: Platform, principal: Principal, where: list[str], parameters: dict[str, object]
) -> None:
    if principal.sites:
        where.append("ARRAY_CONTAINS(@reach, c.id)")
        parameters["reach"] = sorted(await reach.profiles(platform, principal))


async def _end(platform: Platform, principal: Principal, form: LinkForm, purpose: Purpose) -> Event | None:
    """Checks the record to be linked; its event if it is a report."""
    if form.kind is EndKind.REPORT:
        return await reported(platform, principal, str(form.id), purpose, "/id")
    try:
        document = await platform.container(PEOPLE).read(str(form.id), [principal.organisation, str(form.id)])
    except NotFound:
        document = None
    found = document is not None and in_use(document, platform.clock.now())
    if principal.sites and not await reach.profiles(platform, principal, str(form.id)):
        found = False
    if document is None or not found or document.get("subject") != form.kind.value:
        raise Invalid("The profile does not exist, or is not yours.", [_unknown("/id", f"profile of a {form.kind}")])
    await _authorised(platform, principal, "profile:read", str(form.id), purpose)
    return None


def _unknown(at: str, kind: str) -> FieldError:
    return FieldError(at, "unknown_record", f"Check the id: your organisation has no such {kind}.")


async def _existing(platform: Platform, organisation: str, report_id: str) -> Document | None:
    try:
        document = await platform.container(REPORTS).read(report_id, [organisation, report_id])
    except NotFound:
        return None
    return document if in_use(document, platform.clock.now()) else None


def _report_link(profile: Profile, form: ReportLinkForm, event: Event, by: str, at: datetime) -> Link:
    return links.drafted(
        profile.organisation_id,
        (ENDS[profile.subject], profile.id),
        (EndKind.REPORT, str(form.report_id)),
        confidence=form.confidence,
        reason=form.reason,
        event_at=event.at,
        site=event.site,
        by=by,
        at=at,
    )


def _screen(form: Any) -> None:
    """Neither protected attributes nor children."""
    screening.refuse_profiling(form)
    if screening.suspects_minor(form):
        what = FieldError("", "minor", "Children have no profiles. Leave the report alone, or judge the age there.")
        raise Invalid("The words suggest somebody under 18.", [what])


def _check_fit(profile: Profile) -> None:
    try:
        refuse_misfits(profile.subject, Described(**{name: getattr(profile, name) for name in Described.model_fields}))
    except ValueError as error:
        raise Invalid(str(error), [FieldError("", "other_subject", str(error))]) from None
    if profile.subject is Subject.VEHICLE and profile.vehicle is None:
        raise Invalid("Describe the vehicle.", [FieldError("/vehicle", "required", "Give a value.")])


def _check_review(at: datetime, now: datetime) -> None:
    if not now < at <= now + REVIEWED_WITHIN:
        what = FieldError("/reviewAt", "out_of_range", "Choose a day within the next half year.")
        raise Invalid("The day of review is not possible.", [what])


async def _authorised(
    platform: Platform, principal: Principal, action: str, subject: str, purpose: Purpose
) -> Decision:
    return await platform.authorise(principal, action, Resource("profile", subject, principal.organisation), purpose)
