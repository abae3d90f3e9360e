"""What could not be disposed of, and how often it was tried: it is named, and does not stop the rest."""

import logging

from shared.clock import rfc3339
from shared.errors import Conflict, NotFound, PreconditionFailed
from shared.ids import derived_id
from shared.platform import Platform
from shared.retention.models import RETENTION, Failure, FailureView, Order

log = logging.getLogger("reeve.retention")

MOST_SHOWN = 100


async def note(platform: Platform, order: Order, error: Exception) -> None:
    """Logs ids and the type of the error only: its message may quote a document."""
    what, name = type(error).__name__, _id(order)
    log.warning("%s %s could not be disposed of: %s", order.kind, order.id, what)
    now = platform.clock.now()
    try:
        known = await platform.records(Failure).read(name, order.organisation_id)
        again = known.model_copy(update={"error": what, "times": known.times + 1, "last_at": now})
        await platform.records(Failure).replace(again, known.etag)
    except NotFound:
        first = Failure(
            id=name,
            organisation_id=order.organisation_id,
            record_kind=order.kind,
            record_id=order.id,
            error=what,
            times=1,
            first_at=now,
            last_at=now,
        )
        try:
            await platform.records(Failure).create(first)
        except Conflict:
            return  # noted by another worker just now
    except PreconditionFailed:
        return


async def known(platform: Platform, kind: str) -> set[str]:
    """Ids of all records of the kind that have failed and not succeeded since."""
    text = "SELECT VALUE c.recordId FROM c WHERE c.kind = 'failure' AND c.recordKind = @kind"
    return {str(each) async for each in platform.container(RETENTION).query(text, {"kind": kind})}


async def clear(platform: Platform, order: Order) -> None:
    await platform.container(RETENTION).delete(_id(order), order.organisation_id)


async def of(platform: Platform, organisation: str) -> list[FailureView]:
    """The organisation's failures, those that have lasted longest first."""
    text = "SELECT * FROM c WHERE c.kind = 'failure'"
    documents = [each async for each in platform.container(RETENTION).query(text, key=organisation)]
    found = await platform.records(Failure).open_all(sorted(documents, key=lambda each: str(each["firstAt"])))
    return [
        FailureView(
            kind=each.record_kind,
            id=each.record_id,
            error=each.error,
            times=each.times,
            first_at=each.first_at,
            last_at=each.last_at,
        )
        for each in found[:MOST_SHOWN]
    ]


async def overdue(platform: Platform) -> int:
    """How many records of all organisations fail again and again."""
    text = "SELECT VALUE COUNT(1) FROM c WHERE c.kind = 'failure' AND c.times > 3"
    now = rfc3339(platform.clock.now())
    total = sum([int(str(each)) async for each in platform.container(RETENTION).query(text)])
    if total:
        log.error("%d records are overdue for disposal at %s", total, now)
    return total


def _id(order: Order) -> str:
    return derived_id("failure", order.kind, *order.key, order.id)
