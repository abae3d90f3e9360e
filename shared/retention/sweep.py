"""The retention timer's work: finds what is due by query, and hands it out as messages at a pace that leaves room.

Each kind has a place up to which it was looked through, so that records that cannot be disposed of are passed by and
tried again on the next round, while the rest goes.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.clock import rfc3339
from shared.errors import NotFound
from shared.ids import derived_id
from shared.platform import Platform
from shared.retention import failures
from shared.retention.disposable import Disposable
from shared.retention.disposal import Outcome, dispose, order_for
from shared.retention.kinds import KINDS
from shared.retention.models import PLATFORM, RETENTION, Order
from shared.storage.cosmos import Document
from shared.storage.outbox import Message
from shared.telemetry import measures

log = logging.getLogger("reeve.retention")

QUEUE = "disposals"
MOST_PER_KIND = 1_000
PER_SECOND = 10.0
"""Disposals a second: each costs about a dozen calls, and users come first."""
AT_ONCE = 8


@dataclass
class Tally:
    """What one run did, by kind."""

    disposed: Counter[str] = field(default_factory=Counter)
    held: int = 0
    failed: int = 0

    def __str__(self) -> str:
        listed = ", ".join(f"{count} {kind}" for kind, count in sorted(self.disposed.items()))
        kinds = f" ({listed})" if listed else ""
        return f"{self.disposed.total()} disposed{kinds}, {self.held} held, {self.failed} failed"


@dataclass(frozen=True)
class Found:
    """A record that is due, and the version in which it was found."""

    order: Order
    version: str


async def hand_out(platform: Platform, most: int = MOST_PER_KIND) -> int:
    """Sends an order for each record that is due, up to ``most`` of each kind. How many were sent."""
    found: list[Found] = []
    for kind in KINDS.values():
        found += await _next(platform, kind, most)
    if found:
        await platform.bus.send_spread([_message(each) for each in found], platform.clock.now(), PER_SECOND)
    await failures.overdue(platform)
    return len(found)


async def carry_out(platform: Platform, order: Order) -> Outcome | None:
    """One disposal. A failure is noted for the next round, and None is returned."""
    try:
        outcome = await dispose(platform, order)
    except Exception as error:
        measures.disposed(order.kind, "failed")
        await failures.note(platform, order, error)
        return None
    measures.disposed(order.kind, outcome)
    if order.failed_before:
        await failures.clear(platform, order)
    return outcome


async def run(platform: Platform, most: int = MOST_PER_KIND) -> Tally:
    """Finds and disposes in one go, without messages: for operators' scripts, and wherever there is no broker."""
    tally, turn = Tally(), asyncio.Semaphore(AT_ONCE)

    async def one(order: Order) -> None:
        async with turn:
            outcome = await carry_out(platform, order)
        match outcome:
            case Outcome.DISPOSED:
                tally.disposed[order.kind] += 1
            case Outcome.HELD:
                tally.held += 1
            case None:
                tally.failed += 1

    for kind in KINDS.values():
        await asyncio.gather(*(one(each.order) for each in await _next(platform, kind, most)))
    return tally


async def _next(platform: Platform, kind: Disposable, most: int) -> list[Found]:
    """The next records of the kind that are due, from where the last run ended; at the end it begins anew."""
    after = await _place(platform, kind)
    found = await _due(platform, kind, after, most)
    if after and len(found) < most:
        found += await _due(platform, kind, None, most - len(found))
    last = (found[-1][kind.due], found[-1]["id"]) if len(found) == most else None
    await _remember(platform, kind, last)
    failed = await failures.known(platform, kind.name) if found else set()
    return [_found(kind, each, again=each["id"] in failed) for each in _distinct(found)]


def _found(kind: Disposable, document: Document, *, again: bool) -> Found:
    order = order_for(kind, document).model_copy(update={"failed_before": again})
    return Found(order, str(document["_etag"]))


async def _due(platform: Platform, kind: Disposable, after: tuple[str, str] | None, most: int) -> list[Document]:
    where = f"c.kind = @kind AND c.{kind.due} <= @now AND (NOT IS_DEFINED(c.heldUntil) OR c.heldUntil <= @now)"
    asked = {"kind": kind.name, "now": rfc3339(platform.clock.now())}
    return await platform.container(kind.container).oldest(where, asked, by=kind.due, after=after, count=most)


def _distinct(found: Sequence[Document]) -> list[Document]:
    return list({each["id"]: each for each in found}.values())


async def _place(platform: Platform, kind: Disposable) -> tuple[str, str] | None:
    try:
        stored = await platform.container(RETENTION).read(_place_id(kind), PLATFORM)
    except NotFound:
        return None
    at, identifier = stored["after"]
    return at, identifier


async def _remember(platform: Platform, kind: Disposable, last: tuple[str, str] | None) -> None:
    if last is None:
        await platform.container(RETENTION).delete(_place_id(kind), PLATFORM)
        return
    place = {"id": _place_id(kind), "organisationId": PLATFORM, "kind": "place", "after": list(last)}
    await platform.container(RETENTION).upsert(place)


def _place_id(kind: Disposable) -> str:
    return f"place-{kind.name}"


def _message(found: Found) -> Message:
    """Found again while it waits, it is the same message, and the broker drops it; once changed it is another."""
    order = found.order
    message_id = derived_id("disposal", order.kind, *order.key, order.id, found.version)
    return Message(message_id, QUEUE, order.model_dump(mode="json", by_alias=True))
