"""Rotation: started by a person or by the calendar, carried on by a timer, finished by retiring what is old.

A page is one step: whoever is interrupted in it has it done again, and nothing is done twice that would matter. Users
notice nothing: what is old opens and finds until everything has been made anew and its deadline has passed.
"""

import logging
from datetime import timedelta

from shared.audit.trail import Entry
from shared.errors import Conflict, NotFound, PreconditionFailed
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.keys.models import Rotation, RotationForm, RotationList, RotationView, State, What
from shared.keys.tokens import RESEALED, TOKENISED, Tokenised
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.retention.schedule import Terms
from shared.sealing.records import Record
from shared.sealing.roots import PLATFORM

log = logging.getLogger("reeve.keys")

ACTOR = "key-rotation"
PAGE = 100
PAGES_PER_RUN = 50
SETTLES = timedelta(minutes=6)
"""A little longer than a worker keeps a root or an epoch in memory."""
GRACE = {
    What.ROOT: timedelta(hours=24),
    What.INDEX: Terms(()).rule("plate_read").ceiling.longest,
    What.RECORDS: timedelta(),
}
"""How long what is old goes on working after everything has been made anew."""
ROOT_AGE = timedelta(days=365)
"""Source: NIST SP 800-57 part 1 rev. 5, 5.3.6: a symmetric key-wrapping key is used for two years at most."""
KEYS = "keys"
STEPS = {What.ROOT: [KEYS], What.INDEX: list(TOKENISED), What.RECORDS: list(RESEALED)}


async def start(platform: Platform, principal: Principal, form: RotationForm, idempotency_key: str) -> Rotation:
    """The same key twice is one rotation; while one is under way there is no other of its kind."""
    resource = Resource("keys", principal.organisation, principal.organisation)
    decision = await platform.authorise(principal, "keys:rotate", resource)
    identifier = derived_id("rotation", principal.id, idempotency_key)
    await platform.account(principal, "keys:rotate", subjects=[identifier], decision=decision)
    return await _begun(platform, principal.organisation, form.what, identifier, principal.id)


async def list_rotations(platform: Platform, principal: Principal) -> RotationList:
    resource = Resource("keys", principal.organisation, principal.organisation)
    decision = await platform.authorise(principal, "keys:read", resource)
    found = platform.container(Rotation.container).query(
        "SELECT * FROM c WHERE c.kind = 'rotation'", key=principal.organisation
    )
    documents = sorted([each async for each in found], key=lambda each: str(each["startedAt"]), reverse=True)
    rotations = await platform.records(Rotation).open_all(documents)
    await platform.account(
        principal,
        "keys:read",
        subjects=[each.id for each in rotations],
        decision=decision,
    )
    return RotationList(rotations=[view(each) for each in rotations])


def view(rotation: Rotation) -> RotationView:
    return RotationView(**rotation.model_dump(include=set(RotationView.model_fields)))


# -- the timer -------------------------------------------------------------------------------------------------------


async def go_on(platform: Platform, pages: int = PAGES_PER_RUN) -> int:
    """Up to ``pages`` pages of whatever is under way, in all organisations. How many it did."""
    text = "SELECT * FROM c WHERE c.kind = 'rotation' AND c.state != 'done'"
    open_ones = [each async for each in platform.container(Rotation.container).query(text)]
    done = 0
    for rotation in await platform.records(Rotation).open_all(open_ones):
        try:
            done += await _go_on(platform, rotation, pages - done)
        except PreconditionFailed:
            log.info("another worker is at rotation %s", rotation.id)
    return done


async def start_what_is_due(platform: Platform) -> int:
    """Roots that are a year old. How many rotations were started."""
    started = 0
    homes = [each["id"] async for each in platform.container("organisations").query("SELECT c.id FROM c")]
    for organisation in [PLATFORM, *homes]:
        made_at = await platform.roots.made_at(organisation)
        if platform.clock.now() - made_at > ROOT_AGE:
            identifier = derived_id("rotation", organisation, made_at.isoformat())
            await _begun(platform, organisation, What.ROOT, identifier, ACTOR)
            started += 1
    return started


async def _go_on(platform: Platform, rotation: Rotation, pages: int) -> int:
    """Returns at the deadline, at the end, or when the pages are used up."""
    done, now = 0, platform.clock.now()
    while done < pages and rotation.state is State.RUNNING and rotation.begins_at <= now:
        rotation = await _page(platform, rotation)
        done += 1
    if rotation.state is State.WAITING and rotation.deadline and rotation.deadline <= now:
        await _retire(platform, rotation)
    return done


async def _page(platform: Platform, rotation: Rotation) -> Rotation:
    step = rotation.steps_left[0]
    if step == KEYS:
        renewed = await platform.keyring.rewrap(rotation.organisation_id, PAGE)
        finished, after = renewed == 0, None
    else:
        renewed, after = await _records(platform, rotation, step)
        finished = after is None
    left = rotation.steps_left[1:] if finished else rotation.steps_left
    changes: dict[str, object] = {"steps_left": left, "after": after, "renewed": rotation.renewed + renewed}
    if not left:
        changes |= {"state": State.WAITING, "deadline": platform.clock.now() + GRACE[rotation.what]}
    return await platform.records(Rotation).replace(rotation.model_copy(update=changes), rotation.etag)


async def _records(platform: Platform, rotation: Rotation, step: str) -> tuple[int, tuple[str, str] | None]:
    """One page of records made anew, and where the next one begins; None at the end."""
    kind = (TOKENISED | RESEALED)[step]
    container = platform.container(kind.model.container)
    where, asked = f"{kind.where} AND c.organisationId = @owner", {"owner": rotation.organisation_id}
    found = await container.oldest(where, asked, by=kind.by, after=rotation.after, count=PAGE)
    records = await platform.records(kind.model).open_all(found)
    renewed = sum([await _anew(platform, kind, record, reseals=step in RESEALED) for record in records])
    last = (found[-1][kind.by], found[-1]["id"]) if len(found) == PAGE else None
    return renewed, last


async def _anew(platform: Platform, kind: Tokenised, record: Record, *, reseals: bool) -> bool:
    """Whether it was done. Whoever changes the record meanwhile is waited for; one that is gone needs nothing."""
    index, records = await platform.keyring.index(record.organisation_id), platform.records(kind.model)
    while True:
        changed = kind.renewed(record, index)
        try:
            if reseals:
                await records.reseal(changed)
            elif changed != record:
                await records.replace(changed, record.etag)
            else:
                return False
        except PreconditionFailed:
            record = await records.read(record.id, record.key)
        except NotFound:
            return False
        else:
            return True


async def _retire(platform: Platform, rotation: Rotation) -> None:
    organisation = rotation.organisation_id
    if rotation.what is What.ROOT:
        await platform.roots.retire_old(organisation)
    if rotation.what is What.INDEX:
        await platform.keyring.close_epochs(organisation)
    await platform.trail.record(
        Entry(
            organisation=organisation,
            actor=ACTOR,
            actor_organisation=organisation,
            action="keys:retire",
            subjects=[rotation.id],
            policies=(f"rotation-{rotation.what}",),
        )
    )
    changes = {"state": State.DONE, "finished_at": platform.clock.now()}
    await platform.records(Rotation).replace(rotation.model_copy(update=changes), rotation.etag)


async def _begun(platform: Platform, organisation: str, what: What, identifier: str, by: str) -> Rotation:
    """The key first: one that no rotation knows of, because of an interruption in between, is used all the same."""
    records = platform.records(Rotation)
    try:
        return await records.read(identifier, organisation)
    except NotFound:
        pass
    if await _is_under_way(platform, organisation, what):
        raise Conflict("A rotation of this kind is under way. GET /api/keys/rotations shows how far it is.")
    now = platform.clock.now()
    if what is What.ROOT:
        await platform.roots.rotate(organisation)
    if what is What.INDEX:
        await platform.keyring.open_epoch(organisation)
    rotation = Rotation(
        id=identifier,
        organisation_id=organisation,
        what=what,
        started_by=by,
        started_at=now,
        begins_at=now + SETTLES,
        steps_left=STEPS[what],
    )
    try:
        return await records.create(rotation)
    except Conflict:
        return await records.read(identifier, organisation)


async def _is_under_way(platform: Platform, organisation: str, what: What) -> bool:
    text = "SELECT c.id FROM c WHERE c.kind = 'rotation' AND c.what = @what AND c.state != 'done'"
    found = platform.container(Rotation.container).query(text, {"what": what.value}, key=organisation)
    return bool([each async for each in found])


# -- leaving ---------------------------------------------------------------------------------------------------------


async def shred(platform: Platform, organisation: str) -> int:
    """Destroys every key of an organisation that has left: whatever is still stored of it, and in backups once those of
    the keyring have aged out, cannot be opened by anyone. The root is destroyed by an operator, with their own rights.
    """
    destroyed = 0
    while count := await platform.keyring.destroy_all(organisation, PAGE):
        destroyed += count
    return destroyed
