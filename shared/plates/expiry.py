"""Candidates that nobody decided on in time: they expire, are counted, and it stands in the log."""

from shared.audit.trail import Entry
from shared.clock import rfc3339
from shared.errors import NotFound, PreconditionFailed
from shared.plates import pictures
from shared.plates.models import Candidate, CandidateState
from shared.platform import Platform
from shared.storage.cosmos import Document
from shared.telemetry import measures

ACTOR = "plates-expiry"
MOST = 500
"""Of one run; the next one comes five minutes later."""


async def expire(platform: Platform) -> int:
    """How many expired. Safe to interrupt and to run twice: each is written on the version that was read."""
    text = (
        "SELECT * FROM c WHERE c.kind = 'candidate' AND c.state = 'candidate' "  # noqa: S608 - a number of ours
        f"AND c.decideBy <= @now OFFSET 0 LIMIT {MOST:d}"
    )
    now = rfc3339(platform.clock.now())
    found = platform.container(Candidate.container).query(text, {"now": now})
    expired = sum([await _expire(platform, each, now) for each in [document async for document in found]])
    measures.expired(expired)
    return expired


async def _expire(platform: Platform, candidate: Document, now: str) -> bool:
    """Nothing of it has to be opened. The entry comes first: of an interrupted run it may stand there twice."""
    organisation = candidate["organisationId"]
    await pictures.delete(platform, candidate["id"], [organisation, candidate["siteId"], candidate["day"]])
    await platform.trail.record(
        Entry(
            organisation=organisation,
            actor=ACTOR,
            actor_organisation=organisation,
            action="candidate:expire",
            subjects=[candidate["id"]],
        )
    )
    changed = candidate | {"state": CandidateState.EXPIRED.value, "decidedAt": now, "pictureUntil": None}
    try:
        await platform.container(Candidate.container).replace(changed, candidate["_etag"])
    except (NotFound, PreconditionFailed):
        return False  # expired by another run, or disposed of
    return True
