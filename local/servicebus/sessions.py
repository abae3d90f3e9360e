"""Sessions: who holds which, until when, and the state that applications keep in them.

A lock ends with the connection of its holder, so locks are in memory; states outlive both.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from local.servicebus.database import now
from local.servicebus.entities import Entity
from local.servicebus.errors import SessionLockLostError

GRACE_MS = 1000
"""A receiver that idles as long as its lock lasts still has its link: the SDK's own tests do so against the service."""


@dataclass(eq=False)
class SessionLock:
    entity: Entity
    session: str
    owner: object
    """The connection that holds it."""
    until: int
    on_lost: Callable[[], None]


class Sessions:
    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._locks: dict[tuple[str, str], SessionLock] = {}

    def lock(
        self, entity: Entity, wanted: str | None, owner: object, on_lost: Callable[[], None]
    ) -> SessionLock | None:
        """The named session, or the one whose message waits longest if None. None if there is none to be had."""
        session = self._next(entity) if wanted is None else wanted
        if session is None or (entity.name, session) in self._locks:
            return None
        lock = SessionLock(entity, session, owner, now() + entity.lock_ms, on_lost)
        self._locks[entity.name, session] = lock
        return lock

    def held(self, entity: Entity, session: str, owner: object) -> SessionLock:
        """Source: Microsoft Learn, "Message sessions": only the holder of the lock settles and sets the state."""
        lock = self._locks.get((entity.name, session))
        if lock is None or lock.owner is not owner or lock.until <= now():
            raise SessionLockLostError
        return lock

    def renew(self, lock: SessionLock) -> int:
        lock.until = now() + lock.entity.lock_ms
        return lock.until

    def release(self, lock: SessionLock) -> bool:
        """Whether it was still held."""
        return self._locks.pop((lock.entity.name, lock.session), None) is not None

    def expired(self) -> list[SessionLock]:
        """Those that are taken away now."""
        at = now() - GRACE_MS
        return [lock for lock in self._locks.values() if lock.until <= at]

    def state(self, entity: Entity, session: str) -> bytes | None:
        row = self._db.execute("SELECT state FROM session WHERE entity=? AND id=?", (entity.name, session)).fetchone()
        return bytes(row[0]) if row and row[0] is not None else None

    def set_state(self, entity: Entity, session: str, state: bytes | None) -> None:
        if state is None:
            self._db.execute("DELETE FROM session WHERE entity=? AND id=?", (entity.name, session))
        else:
            self._db.execute("REPLACE INTO session VALUES(?,?,?,?)", (entity.name, session, state, now()))

    def with_messages_or_state(self, entity: Entity, skip: int, top: int) -> list[str]:
        return self._page(
            "SELECT session FROM message WHERE entity=?1 AND session IS NOT NULL AND state=0"
            " UNION SELECT id FROM session WHERE entity=?1 ORDER BY 1 LIMIT ?2 OFFSET ?3",
            (entity.name, top, skip),
        )

    def updated_after(self, entity: Entity, moment: int, skip: int, top: int) -> list[str]:
        return self._page(
            "SELECT id FROM session WHERE entity=? AND updated>? ORDER BY id LIMIT ? OFFSET ?",
            (entity.name, moment, top, skip),
        )

    def _page(self, query: str, values: tuple[object, ...]) -> list[str]:
        return [row[0] for row in self._db.execute(query, values)]

    def _next(self, entity: Entity) -> str | None:
        waiting = self._db.execute(
            "SELECT session FROM message WHERE entity=? AND state=0 AND token IS NULL AND session IS NOT NULL"
            " GROUP BY session ORDER BY min(number)",
            (entity.name,),
        )
        return next((row[0] for row in waiting if (entity.name, row[0]) not in self._locks), None)
