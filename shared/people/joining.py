"""Merging two profiles of one subject, and splitting one that held two: with history, and sealed anew.

Both go in steps that can be repeated, because they touch several partitions. ``absorbing_id`` says that a merge is
under way: whoever sends the request again finishes it. A link is moved by making it at its new end before it is taken
from the old one, so it is never lost; made twice is once, because its id derives from its ends.
"""

import contextlib

from shared.cases import profiles as in_cases
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.people import links
from shared.people.models import PEOPLE, Change, Described, Link, MergeForm, Profile, SplitForm, Subject, What
from shared.people.service import ENDS, ends_at, lengthened, opened, stored, tokens
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose
from shared.reports import screening
from shared.retention import holds
from shared.retention.visibility import in_use
from shared.sealing.keyring import Use
from shared.sealing.tokens import commitment


async def merge(
    platform: Platform, principal: Principal, profile_id: str, form: MergeForm, purpose: Purpose, etag: str
) -> Profile:
    """The other profile becomes part of this one; its key is destroyed, and this one gets a new key."""
    profile, decision = await opened(platform, principal, "profile:merge", profile_id, purpose)
    screening.refuse_profiling(form)
    other = str(form.other_id)
    if profile.absorbing_id != other:
        profile = await _begun(platform, principal, profile, other, form, purpose, etag, decision)
    return await _finished(platform, profile)


async def _begun(
    platform: Platform,
    principal: Principal,
    profile: Profile,
    other: str,
    form: MergeForm,
    purpose: Purpose,
    etag: str,
    decision: Decision,
) -> Profile:
    if profile.absorbing_id:
        raise Conflict("Another merge was interrupted: send that one again first.", extra={"id": profile.absorbing_id})
    if other == profile.id:
        raise Invalid("A profile is not merged with itself.", [FieldError("/otherId", "same", "Name another one.")])
    absorbed = await _mergeable(platform, principal, profile, other, purpose)
    described = {each: getattr(profile, each) or getattr(absorbed, each) for each in DESCRIBED}
    together = Described(names=list(dict.fromkeys([*profile.names, *absorbed.names])), **described)
    step = Change(
        what=What.MERGED,
        reason=form.reason,
        by=principal.id,
        at=platform.clock.now(),
        fields=["names"] if len(together.names) > len(profile.names) else [],
        other_id=other,
    )
    changes = {
        "names": together.names,
        **described,
        **await tokens(platform, principal.organisation, together),
        "last_event_at": max(profile.last_event_at, absorbed.last_event_at),
        "opened_at": min(profile.opened_at, absorbed.opened_at),
        "review_at": min(profile.review_at, absorbed.review_at),
        "absorbing_id": other,
    }
    return await stored(platform, principal, profile, changes, step, decision, purpose, etag, other)


DESCRIBED = ("clothing", "marks", "carried", "behaviour", "vehicle")
"""Taken over from the other profile where this one says nothing."""


async def _mergeable(
    platform: Platform, principal: Principal, profile: Profile, other: str, purpose: Purpose
) -> Profile:
    try:
        absorbed, _ = await opened(platform, principal, "profile:merge", other, purpose)
    except NotFound:
        what = FieldError("/otherId", "unknown_record", "Check the id: your organisation has no such profile.")
        raise Invalid("The other profile does not exist, or is not yours.", [what]) from None
    if absorbed.subject is not profile.subject:
        what = FieldError("/otherId", "other_subject", "A person is merged with a person, a vehicle with a vehicle.")
        raise Invalid("The two profiles are of different kinds.", [what])
    if profile.disputed or absorbed.disputed:
        raise Conflict("One of the profiles is disputed. Settle that first.")
    if absorbed.absorbing_id:
        raise Conflict("The other profile is being merged itself: send that merge again first.")
    await _refuse_held(platform, absorbed)
    return absorbed


async def _refuse_held(platform: Platform, profile: Profile) -> None:
    """What a hold names stays whole: a merge would destroy it, and a split take parts of it out of the hold."""
    if await holds.until(platform, profile.organisation_id, [profile.id]):
        raise Conflict("The profile is held for legal action, so it stays as it is until the hold ends.")


async def _finished(platform: Platform, profile: Profile) -> Profile:
    """Moves what hangs on the absorbed profile, forgets it, and seals this one anew. Safe to repeat at any step."""
    other, organisation = str(profile.absorbing_id), profile.organisation_id
    for each in await links.of(platform, organisation, other):
        await _move(platform, each, other, profile)
    await in_cases.move(platform, organisation, other, profile.id)
    await platform.keyring.destroy(organisation, other)
    await platform.container(PEOPLE).delete(other, [organisation, other])
    return await platform.records(Profile).reseal(profile.model_copy(update={"absorbing_id": None}))


async def _move(platform: Platform, link: Link, from_id: str, to: Profile) -> None:
    """A link between the two that are one now is left out."""
    kind, end = link.other(from_id)
    if end != to.id:
        moved = links.drafted(
            to.organisation_id,
            (ENDS[to.subject], to.id),
            (kind, end),
            confidence=link.confidence,
            reason=link.reason,
            event_at=link.event_at,
            site=link.site_id,
            by=link.added_by,
            at=link.created_at,
            basis=link.basis,
        )
        with contextlib.suppress(Conflict):
            await links.add(platform, moved)
    await links.remove(platform, to.organisation_id, link.id)


async def split(
    platform: Platform,
    principal: Principal,
    profile_id: str,
    form: SplitForm,
    purpose: Purpose,
    idempotency_key: str,
) -> tuple[Profile, Profile]:
    """The profile that is left, and the new one. Each keeps at least one report, or it would rest on nothing."""
    profile, decision = await opened(platform, principal, "profile:merge", profile_id, purpose)
    screening.refuse_profiling(form)
    new_id, wanted = derived_id("profile", principal.id, idempotency_key), {str(each) for each in form.link_ids}
    known, moved = await links.of(platform, profile.organisation_id, profile.id), []
    fresh = await _existing(platform, profile, new_id)
    if fresh is None:
        await _refuse_held(platform, profile)
        moved = _chosen(profile, form, wanted, known)
        fresh = await _split_off(platform, principal, profile, form, moved, new_id, idempotency_key)
    for each in [each for each in known if each.id in wanted]:
        await _move(platform, each, profile.id, fresh)
    left = await _diminished(platform, principal, profile, form, fresh, known, wanted)
    await platform.account(
        principal, "profile:split", subjects=[profile.id, new_id], decision=decision, purpose=purpose
    )
    return left, fresh


def _chosen(profile: Profile, form: SplitForm, wanted: set[str], known: list[Link]) -> list[Link]:
    moved = [each for each in known if each.id in wanted]
    stay = [each for each in known if each.id not in wanted]
    if len(moved) < len(wanted):
        raise Invalid("A link does not belong to this profile.", [FieldError("/linkIds", "unknown_record", "Check.")])
    if not set(form.names) <= set(profile.names):
        raise Invalid("A name is not in this profile.", [FieldError("/names", "unknown_name", "Check the spelling.")])
    if not (any(each.event_at for each in moved) and any(each.event_at for each in stay)):
        what = FieldError("/linkIds", "no_report", "Leave at least one report here, and move at least one.")
        raise Invalid("Each of the two profiles has to rest on a report.", [what])
    return moved


async def _existing(platform: Platform, profile: Profile, new_id: str) -> Profile | None:
    """What an interrupted split has made already."""
    try:
        document = await platform.container(PEOPLE).read(new_id, [profile.organisation_id, new_id])
    except NotFound:
        return None
    if not in_use(document, platform.clock.now()):
        raise Conflict("The profile that was split off is closed. Use a new Idempotency-Key.")
    found = await platform.records(Profile).open(document)
    if not any(each.what is What.SPLIT and each.other_id == profile.id for each in found.history):
        raise Conflict("Use a new Idempotency-Key for a different profile.")
    return found


async def _split_off(
    platform: Platform,
    principal: Principal,
    profile: Profile,
    form: SplitForm,
    moved: list[Link],
    new_id: str,
    idempotency_key: str,
) -> Profile:
    now, organisation = platform.clock.now(), profile.organisation_id
    key = await platform.keyring.key_for(organisation, Use.COMMITMENTS)
    step = Change(what=What.SPLIT, reason=form.reason, by=principal.id, at=now, other_id=profile.id)
    kept = Described(names=form.names, vehicle=profile.vehicle if profile.subject is Subject.VEHICLE else None)
    fresh = profile.model_copy(
        update={
            "id": new_id,
            "record_id": new_id,
            "etag": "",
            "label": form.label,
            "reason": form.reason,
            **dict(kept),
            **await tokens(platform, organisation, kept),
            "history": [step],
            "last_event_at": max(each.event_at for each in moved if each.event_at),
            "changed_at": now,
            "review_at": min(form.review_at, profile.review_at),
            "request_commitment": commitment(key, form.model_dump_json() + idempotency_key),
        }
    )
    fresh = fresh.model_copy(update={"dispose_at": await ends_at(platform, fresh)})
    try:
        return await platform.records(Profile).create(fresh)
    except Conflict:
        return await platform.records(Profile).read(new_id, fresh.key)


async def _diminished(
    platform: Platform,
    principal: Principal,
    profile: Profile,
    form: SplitForm,
    fresh: Profile,
    known: list[Link],
    wanted: set[str],
) -> Profile:
    """Without the names and links that went, under a new key."""
    if any(each.what is What.SPLIT and each.other_id == fresh.id for each in profile.history):
        return profile
    now = platform.clock.now()
    names = [each for each in profile.names if each not in form.names]
    step = Change(what=What.SPLIT, reason=form.reason, by=principal.id, at=now, fields=["names"], other_id=fresh.id)
    events = [each.event_at for each in known if each.event_at and each.id not in wanted]
    less = profile.model_copy(update={"names": names})
    less = less.model_copy(
        update={
            **await tokens(platform, profile.organisation_id, less),
            "last_event_at": max(events, default=profile.last_event_at),
            "changed_at": now,
            "history": lengthened(profile, step),
        }
    )
    less = less.model_copy(update={"dispose_at": await ends_at(platform, less)})
    return await platform.records(Profile).reseal(less)
