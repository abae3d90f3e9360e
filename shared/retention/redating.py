"""Bringing forward the end of existing records when a rule became shorter.

A rule that becomes longer never lengthens the life of a record that exists. The work is a document: the timer does a
bounded piece of it in each run, and whoever comes next goes on where it was left.
"""

import logging
from datetime import datetime, timedelta

from shared.clock import rfc3339
from shared.errors import Conflict, NotFound, PreconditionFailed
from shared.ids import derived_id
from shared.platform import Platform
from shared.retention import schedule
from shared.retention.disposable import Disposable
from shared.retention.kinds import KINDS
from shared.retention.models import PLATFORM, RETENTION, Redating
from shared.retention.terms import terms_of
from shared.storage.cosmos import Document

log = logging.getLogger("reeve.retention")

PAGE = 200
PAGES_PER_RUN = 25
SHOWN_FOR = 30 * 86_400
"""Seconds for which a finished piece of work can be looked up."""
SCHEDULE_SEEN = "schedule-seen"


async def start(platform: Platform, organisation: str, cause: str) -> None:
    """``cause``: what made a rule shorter; the same cause twice is one piece of work."""
    redating = Redating(
        id=derived_id("redating", organisation, cause),
        organisation_id=organisation,
        cause=cause,
        kinds_left=[kind.name for kind in KINDS.values() if not kind.fixed],
        started_at=platform.clock.now(),
        ttl=SHOWN_FOR,
    )
    try:
        await platform.records(Redating).create(redating)
    except Conflict:
        return


async def start_for_new_schedule(platform: Platform) -> None:
    """A deployment may have brought a new version of the schedule: then every organisation's records are looked at."""
    container = platform.container(RETENTION)
    seen = {"id": SCHEDULE_SEEN, "organisationId": PLATFORM, "kind": "seen", "version": schedule.version()}
    try:
        known = await container.read(SCHEDULE_SEEN, PLATFORM)
    except NotFound:
        await container.upsert(seen)  # the first run ever: nothing was dated by another version
        return
    if known["version"] == schedule.version():
        return
    async for home in platform.container("organisations").query("SELECT c.id FROM c"):
        await start(platform, home["id"], f"schedule {schedule.version()}")
    await container.upsert(seen)


async def go_on(platform: Platform, pages: int = PAGES_PER_RUN) -> int:
    """Does up to ``pages`` pages of open work. How many it did."""
    text = "SELECT * FROM c WHERE c.kind = 'redating' AND (NOT IS_DEFINED(c.finishedAt) OR IS_NULL(c.finishedAt))"
    done = 0
    for document in [each async for each in platform.container(RETENTION).query(text)]:
        redating = await platform.records(Redating).open(document)
        while pages > 0 and redating.finished_at is None:
            try:
                redating = await _page(platform, redating)
            except PreconditionFailed:
                break  # another worker is at it
            pages, done = pages - 1, done + 1
    return done


async def _page(platform: Platform, redating: Redating) -> Redating:
    kind = KINDS[redating.kinds_left[0]]
    found = await _following(platform, kind, redating)
    earlier = sum([await _bring_forward(platform, kind, each) for each in found])
    done = len(found) < PAGE
    left = redating.kinds_left[1:] if done else redating.kinds_left
    last = None if done else (found[-1][kind.due], found[-1]["id"])
    changed = redating.model_copy(
        update={
            "kinds_left": left,
            "after": last,
            "looked_at": redating.looked_at + len(found),
            "brought_forward": redating.brought_forward + earlier,
            "finished_at": None if left else platform.clock.now(),
        }
    )
    return await platform.records(Redating).replace(changed, redating.etag)


async def _following(platform: Platform, kind: Disposable, redating: Redating) -> list[Document]:
    """In order of their end: what is brought forward moves to where the work has been already."""
    where, asked = (
        "c.kind = @kind AND c.organisationId = @owner",
        {"kind": kind.name, "owner": redating.organisation_id},
    )
    return await platform.container(kind.container).oldest(where, asked, by=kind.due, after=redating.after, count=PAGE)


async def _bring_forward(platform: Platform, kind: Disposable, document: Document) -> int:
    """1 if the record now ends earlier. Whoever changes it at the same time is waited for."""
    while True:
        ends = await due_of(platform, kind, document)
        if rfc3339(ends) >= document[kind.due]:
            return 0
        changed = document | {kind.due: rfc3339(ends)}
        try:
            await platform.container(kind.container).replace(changed, document["_etag"])
        except PreconditionFailed:
            document = await platform.container(kind.container).read(document["id"], kind.key(document))
        except NotFound:
            return 0
        else:
            return 1


async def due_of(platform: Platform, kind: Disposable, document: Document) -> datetime:
    """When the record goes by the terms of this moment."""
    site = str(document[kind.site]) if kind.site and document.get(kind.site) else None
    terms, row = await terms_of(platform, document["organisationId"], site), kind.row_of(document)
    ends = terms.dispose_at(row.category, datetime.fromisoformat(document[row.starts]))
    return ends if ends.microsecond % 1000 == 0 else ends - timedelta(microseconds=ends.microsecond % 1000)
