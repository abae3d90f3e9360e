"""The disposal of one record, step by step, in an order that leaves no orphan and survives a crash after any step.

1. A legal hold that covers it stops everything.
2. It is claimed: its time is up now, so nobody sees it any more, and whoever changes it meets another version.
3. The holds are asked once more: one that was set before the claim is found here, one that is set after it is refused.
4. Its contribution goes to the aggregates, once.
5. Records that cannot outlive it are disposed of, then everything that points at it.
6. A tombstone is raised where no restore of the database reaches it, and its key is destroyed: from here on, and once
   backups have aged out, nobody can open it.
7. The certificate is issued and accounted for.
8. The document goes last, because by it the next run finds what an interrupted one left.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.clock import rfc3339
from shared.errors import NotFound
from shared.platform import Platform
from shared.retention import certificates, holds, tombstones
from shared.retention.disposable import Disposable
from shared.retention.kinds import KINDS
from shared.retention.models import Order, Why
from shared.storage.cosmos import Document

CLAIM = "disposing"


class Outcome(StrEnum):
    DISPOSED = "disposed"
    GONE = "gone"
    """Somebody was there before."""
    NOT_DUE = "not_due"
    """Its time has been changed since it was found."""
    HELD = "held"


@dataclass(frozen=True)
class _Held(Exception):  # noqa: N818 - an outcome, not an error
    until: datetime


async def dispose(platform: Platform, order: Order) -> Outcome:
    """Safe to run any number of times, by several workers at once."""
    kind = KINDS[order.kind]
    document = await _read(platform, kind, order)
    if document is None:
        if order.why is Why.RESTORED:  # the keyring may have been restored, and its key be back without it
            await platform.keyring.destroy(order.organisation_id, order.id)
        return Outcome.GONE
    if order.why is Why.DUE and not _is_due(platform, kind, document):
        return Outcome.NOT_DUE
    try:
        await _dispose(platform, kind, document, order.why)
    except _Held as hold:
        await _remember_hold(platform, kind, order, hold.until)
        return Outcome.HELD
    return Outcome.DISPOSED


def order_for(kind: Disposable, document: Document, why: Why = Why.DUE) -> Order:
    key = kind.key(document)
    return Order(
        kind=kind.name,
        id=document["id"],
        organisation_id=document["organisationId"],
        key=[key] if isinstance(key, str) else list(key),
        why=why,
    )


async def _dispose(platform: Platform, kind: Disposable, document: Document, why: Why) -> None:
    children = [(KINDS[each["kind"]], each) for each in await kind.children(platform, document)]
    names = {name for one, each in [(kind, document), *children] for name in one.names(each)}
    if why is not Why.RESTORED:
        await _refuse_held(platform, document, names)
    claimed = await _claimed(platform, kind, document)
    if why is not Why.RESTORED:
        try:
            await _refuse_held(platform, document, names)
        except _Held:
            await platform.container(kind.container).replace(_unclaimed(claimed), claimed["_etag"])
            raise
    if kind.counted and why is Why.DUE:
        await kind.counted(platform, claimed, claimed[CLAIM]["once"])
    for child_kind, child in children:
        await _dispose(platform, child_kind, child, why)
    records = await kind.dispose(platform, claimed)
    await tombstones.raise_for(platform, kind, claimed)
    await platform.keyring.destroy(claimed["organisationId"], claimed["id"])
    await certificates.issue(platform, kind, claimed, why, records)
    await platform.container(kind.container).delete(claimed["id"], kind.key(claimed))


async def _read(platform: Platform, kind: Disposable, order: Order) -> Document | None:
    key = order.key[0] if len(order.key) == 1 else order.key
    try:
        return await platform.container(kind.container).read(order.id, key)
    except NotFound:
        return None


def _is_due(platform: Platform, kind: Disposable, document: Document) -> bool:
    return CLAIM in document or str(document[kind.due]) <= rfc3339(platform.clock.now())


async def _refuse_held(platform: Platform, document: Document, names: set[str]) -> None:
    until = await holds.until(platform, document["organisationId"], names)
    if until:
        raise _Held(until)


async def _claimed(platform: Platform, kind: Disposable, document: Document) -> Document:
    """Unless it has changed since it was read: an upload may have been stored at this very moment, which gives it
    more time. What was claimed before is taken up where it was left."""
    if CLAIM in document:
        return document
    before = {name: document[name] for name in (*kind.claim, kind.due)}
    claim = {CLAIM: {"once": secrets.token_hex(16), "before": before}}
    now = rfc3339(platform.clock.now())
    due = {kind.due: min(str(document[kind.due]), now)}
    return await platform.container(kind.container).replace(
        document | dict(kind.claim) | due | claim, document["_etag"]
    )


def _unclaimed(claimed: Document) -> Document:
    before: Document = claimed[CLAIM]["before"]
    return {name: value for name, value in claimed.items() if name != CLAIM} | before


async def _remember_hold(platform: Platform, kind: Disposable, order: Order, until: datetime) -> None:
    """So that the next runs pass by the record until the hold may have ended."""
    document = await _read(platform, kind, order)
    if document is not None:
        held = document | {"heldUntil": rfc3339(until)}
        await platform.container(kind.container).replace(held, document["_etag"])
