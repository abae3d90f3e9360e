"""Reminders: a request that is due within a week, and one that is overdue, are told to those who answer for it, once.

Beside that the timer brings the person's copy up to date where a step broke off in between.
"""

from datetime import datetime, timedelta

from shared.alerts.models import AlertRequest, Cause
from shared.errors import PreconditionFailed
from shared.ids import derived_id
from shared.platform import Platform
from shared.rights import correspondence, desk
from shared.rights.models import Case
from shared.storage import outbox
from shared.storage.cosmos import Document
from shared.storage.outbox import Message

QUEUE_OF_ALERTS = "alert-requests"
WITHIN = timedelta(days=7)
MOST = 2_000
"""Open cases of one run."""


async def remind(platform: Platform) -> int:
    """Goes through all open cases. How many reminders were due."""
    text = (
        "SELECT * FROM c WHERE c.kind = 'rights_case' AND c.state = 'open' "  # noqa: S608 - a number of ours
        f"ORDER BY c.receivedAt OFFSET 0 LIMIT {MOST:d}"
    )
    found = [each async for each in platform.container(Case.container).query(text)]
    now, sent = platform.clock.now(), 0
    for case in await platform.records(Case).open_all(found):
        await correspondence.bring_up_to_date(platform, case)
        step = due_step(case, now)
        if step and step not in case.told:
            sent += await _remind(platform, case, step, now)
    return sent


def due_step(case: Case, now: datetime) -> str | None:
    """What there is to be told at this moment. While the clock stands still nothing is."""
    clock = desk.clock_view(case, now)
    if clock.overdue:
        return "overdue"
    if clock.paused or clock.days_left > WITHIN.days:
        return None
    return "soon"


async def _remind(platform: Platform, case: Case, step: str, now: datetime) -> int:
    """In one batch: that it was told, and the message that tells it."""
    told = case.model_copy(update={"told": [*case.told, step]})
    message = warning(told, step)
    try:
        await platform.records(Case).replace(told, case.etag, outboxed(told, message, now))
    except PreconditionFailed:
        return 0  # somebody works on it at this moment: the next run looks again
    await platform.bus.send_or_leave(message)
    return 1


def warning(case: Case, step: str) -> Message:
    """The message that has people told: ids only."""
    message_id = derived_id("rights-warning", case.id, step)
    request = AlertRequest(
        cause=Cause.RIGHTS,
        id=case.id,
        organisation_id=case.organisation_id,
        key=[case.organisation_id, case.rights_id],
        message_id=message_id,
    )
    return Message(message_id, QUEUE_OF_ALERTS, request.model_dump(mode="json", by_alias=True))


def outboxed(case: Case, message: Message, now: datetime) -> Document:
    """The outbox document in the partition of the case."""
    return outbox.document(message, {"organisationId": case.organisation_id, "rightsId": case.rights_id}, now)
