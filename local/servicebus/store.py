"""The messages of all entities: received, locked, settled, and moved on as time passes.

Nothing here knows of links. Every change belongs to the transaction that ``commit`` ends; whoever answers a client
commits first, so that what is acknowledged is stored.
"""

import sqlite3
import uuid
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from local.servicebus.database import Synchronous, atomic, connect, now
from local.servicebus.entities import Entities, Entity
from local.servicebus.errors import MessageLockLostError, MessageNotFoundError, NotAllowedError
from local.servicebus.messages import Delivery
from local.servicebus.routing import EXPIRED, Reason, Routes, State, too_many_deliveries
from local.servicebus.rulebook import Rulebook
from local.servicebus.sessions import SessionLock, Sessions


class Outcome(StrEnum):
    """As $management spells them."""

    COMPLETED = "completed"
    ABANDONED = "abandoned"
    DEFERRED = "defered"
    DEAD_LETTERED = "suspended"
    RELEASED = "released"
    """Given back as if it had not been delivered."""


class Taken(NamedTuple):
    token: uuid.UUID | None
    """None if the message is already gone from the store."""
    encoded: bytes


class Store:
    def __init__(self, path: Path, entities: Entities, synchronous: Synchronous = "NORMAL") -> None:
        self.entities = entities
        self._db = connect(path, synchronous)
        self.rulebook = Rulebook(self._db, entities)
        self.routes = Routes(self._db, entities, self.rulebook)
        self.sessions = Sessions(self._db)
        self._forget_locks()

    def commit(self) -> None:
        self._db.commit()

    def rollback(self) -> None:
        self._db.rollback()

    def close(self) -> None:
        self._db.close()

    # -- receiving -------------------------------------------------------------------------------------------
    def take(self, entity: Entity, lock: SessionLock | None = None, *, delete: bool = False) -> Taken | None:
        """Locks the next message, or deletes it. Within a session it is the session's lock that counts."""
        row = self._next(entity, lock)
        return self._taken(row, lock, delete=delete) if row else None

    def has_next(self, entity: Entity, lock: SessionLock | None) -> bool:
        return self._next(entity, lock) is not None

    def take_deferred(
        self, entity: Entity, numbers: list[int], lock: SessionLock | None, *, delete: bool
    ) -> list[Taken]:
        """All of them or none."""
        with atomic(self._db):
            return [self._taken(self._deferred(entity, number, lock), lock, delete=delete) for number in numbers]

    def peek(self, entity: Entity, start: int, limit: int, session: str | None = None) -> list[bytes]:
        """In any state, locked or not; without receiving."""
        rows = self._db.execute(
            "SELECT * FROM message WHERE entity=? AND number>=? AND (?3 IS NULL OR session=?3)"
            " ORDER BY number LIMIT ?4",
            (entity.name, start, session, limit),
        )
        return [_delivery(row).encoded() for row in rows]

    def _next(self, entity: Entity, lock: SessionLock | None) -> sqlite3.Row | None:
        of_session, values = (" AND session=?", (lock.session,)) if lock else ("", ())
        found: sqlite3.Row | None = self._db.execute(
            f"SELECT * FROM message WHERE entity=? AND state=0 AND token IS NULL{of_session}"
            " AND (expires IS NULL OR expires>?) ORDER BY number LIMIT 1",
            (entity.name, *values, now()),
        ).fetchone()
        return found

    def _deferred(self, entity: Entity, number: int, lock: SessionLock | None) -> sqlite3.Row:
        row: sqlite3.Row | None = self._db.execute(
            "SELECT * FROM message WHERE entity=? AND number=? AND state=1 AND token IS NULL"
            " AND (?3 IS NULL OR session=?3)",
            (entity.name, number, lock.session if lock else None),
        ).fetchone()
        if row is None:
            raise MessageNotFoundError(f"Failed to find the message with sequence number {number}.")
        return row

    def _taken(self, row: sqlite3.Row, lock: SessionLock | None, *, delete: bool) -> Taken:
        delivery = _delivery(row)
        if delete:
            self._db.execute("DELETE FROM message WHERE id=?", (row["id"],))
            return Taken(None, delivery.encoded())
        delivery.token = uuid.uuid4()
        own_lock = None if lock else now() + self.routes.entity(row).lock_ms
        delivery.locked_until = lock.until if lock else own_lock
        self._db.execute(
            "UPDATE message SET token=?, locked_until=? WHERE id=?", (delivery.token.bytes, own_lock, row["id"])
        )
        return Taken(delivery.token, delivery.encoded())

    # -- settling --------------------------------------------------------------------------------------------
    def settle(self, token: uuid.UUID, outcome: Outcome, owner: object, why: Reason) -> None:
        """``owner`` is the connection that asks: it must hold the session that the message was received in."""
        row = self._locked(token, owner)
        match outcome:
            case Outcome.COMPLETED:
                self._db.execute("DELETE FROM message WHERE id=?", (row["id"],))
            case Outcome.DEAD_LETTERED:
                if self.routes.entity(row).is_dead_letters:
                    raise NotAllowedError("A message cannot be dead-lettered from a dead-letter queue.")
                self.routes.dead_letter(row, why)
            case Outcome.DEFERRED:
                self._db.execute(
                    "UPDATE message SET state=?, token=NULL, locked_until=NULL, deliveries=deliveries+1 WHERE id=?",
                    (State.DEFERRED, row["id"]),
                )
            case _:
                self._unlock(row, failed=outcome == Outcome.ABANDONED)

    def renew(self, token: uuid.UUID) -> int:
        """Until when the lock is now."""
        row = self._db.execute(
            "SELECT * FROM message WHERE token=? AND locked_until>?", (token.bytes, now())
        ).fetchone()
        if row is None:
            raise MessageLockLostError
        until = now() + self.routes.entity(row).lock_ms
        self._db.execute("UPDATE message SET locked_until=? WHERE id=?", (until, row["id"]))
        return until

    def release_session(self, lock: SessionLock, *, failed: bool = False) -> None:
        """Frees the messages that were received in it. Whether that counts as a delivery: Microsoft Learn,
        "Message sessions", "Impact of delivery count": when the lock expires yes, when the session is closed no.
        """
        if not self.sessions.release(lock):
            return
        rows = self._db.execute(
            "SELECT * FROM message WHERE entity=? AND session=? AND token IS NOT NULL", (lock.entity.name, lock.session)
        ).fetchall()
        for row in rows:
            self._unlock(row, failed=failed)
        self.routes.changed.add(lock.entity.name)

    def _locked(self, token: uuid.UUID, owner: object) -> sqlite3.Row:
        row: sqlite3.Row | None = self._db.execute("SELECT * FROM message WHERE token=?", (token.bytes,)).fetchone()
        if row is None:
            raise MessageLockLostError
        if row["locked_until"] is None:
            self.sessions.held(self.routes.entity(row), row["session"], owner)
        elif row["locked_until"] <= now():
            raise MessageLockLostError
        return row

    def _unlock(self, row: sqlite3.Row, *, failed: bool) -> None:
        entity = self.routes.entity(row)
        if failed and row["deliveries"] + 1 >= entity.max_deliveries:
            self._db.execute("UPDATE message SET deliveries=deliveries+1 WHERE id=?", (row["id"],))
            self.routes.dead_letter(row, too_many_deliveries(entity))
            return
        self._db.execute(
            "UPDATE message SET token=NULL, locked_until=NULL, deliveries=deliveries+? WHERE id=?",
            (int(failed), row["id"]),
        )
        self.routes.changed.add(entity.name)

    def _forget_locks(self) -> None:
        """Locks belong to connections, and a broker that starts has none."""
        self._db.execute("UPDATE message SET token=NULL, locked_until=NULL WHERE token IS NOT NULL")
        self._db.commit()

    # -- time passing ----------------------------------------------------------------------------------------
    def tick(self) -> None:
        """Whatever is over by now: locks, messages, sessions; and what is due joins its queue."""
        at = now()
        self._each("locked_until<=?", at, lambda row: self._unlock(row, failed=True))
        self.routes.enqueue_due()
        self._each("expires<=? AND token IS NULL", at, self._expire)
        for lock in self.sessions.expired():
            self.release_session(lock, failed=True)
            lock.on_lost()

    def _each(self, condition: str, at: int, act: Callable[[sqlite3.Row], None]) -> None:
        for row in self._db.execute(f"SELECT * FROM message WHERE {condition}", (at,)).fetchall():
            if self.routes.knows(row):
                act(row)

    def _expire(self, row: sqlite3.Row) -> None:
        if self.routes.entity(row).dead_letters_expired:
            self.routes.dead_letter(row, EXPIRED)
        else:
            self._db.execute("DELETE FROM message WHERE id=?", (row["id"],))


def _delivery(row: sqlite3.Row) -> Delivery:
    why = {"DeadLetterReason": row["reason"], "DeadLetterErrorDescription": row["detail"]}
    return Delivery(
        raw=row["raw"],
        number=row["number"],
        enqueue_number=row["enqueue_number"],
        enqueued=row["enqueued"],
        deliveries=row["deliveries"],
        state=row["state"],
        ttl=row["ttl"],
        source=row["source"],
        application={name: value for name, value in why.items() if value is not None},
    )
