"""Queues, subscriptions and their messages in one SQLite file. Nothing here knows AMQP links."""

import dataclasses
import re
import sqlite3
import time
import uuid
from collections.abc import Callable
from typing import Any

from local.servicebus import amqp, rules

ACTIVE, DEFERRED, SCHEDULED = 0, 1, 2
DLQ = "/$deadletterqueue"
SCHEMA = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
CREATE TABLE IF NOT EXISTS message(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, entity TEXT, number INT, state INT, session TEXT,
  enqueued INT, due INT, expires INT,
  count INT DEFAULT 0, token TEXT, locked_until INT, source TEXT, reason TEXT, detail TEXT, raw BLOB);
CREATE INDEX IF NOT EXISTS ready ON message(entity, seq) WHERE state=0 AND token IS NULL;
CREATE INDEX IF NOT EXISTS locked ON message(locked_until) WHERE token IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_token ON message(token) WHERE token IS NOT NULL;
CREATE INDEX IF NOT EXISTS due ON message(due) WHERE state=2;
CREATE INDEX IF NOT EXISTS expiring ON message(expires) WHERE expires IS NOT NULL;
CREATE TABLE IF NOT EXISTS counter(entity TEXT PRIMARY KEY, last INT);
CREATE TABLE IF NOT EXISTS seen(entity TEXT, id TEXT, at INT, PRIMARY KEY(entity, id));
CREATE TABLE IF NOT EXISTS session(entity TEXT, id TEXT, state BLOB, PRIMARY KEY(entity, id));
"""


class LockLostError(Exception):
    """The lock has expired, or its message has gone."""


@dataclasses.dataclass
class Entity:
    name: str
    lock_ms: int = 60_000
    max_count: int = 10
    ttl_ms: int | None = None
    dead_letter_expired: bool = False
    dedup_ms: int | None = None
    sessions: bool = False
    subscriptions: list["Entity"] | None = None  # a topic has a list
    rules: list[dict[str, Any]] = dataclasses.field(default_factory=list)


def iso_ms(text: str | None) -> int | None:
    if not text:
        return None
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?", text)
    if not found:
        raise ValueError(f"not an ISO 8601 duration: {text!r}")
    d, h, m, s = found.groups(0)
    return int((int(d) * 86400 + int(h) * 3600 + int(m) * 60 + float(s)) * 1000)


def entities(config: dict[str, Any]) -> dict[str, Entity]:
    """Reads the configuration format of Microsoft's Service Bus emulator."""

    def entity(name: str, p: dict[str, Any], **more: Any) -> Entity:
        return Entity(
            name,
            iso_ms(p.get("LockDuration")) or 60_000,
            p.get("MaxDeliveryCount", 10),
            iso_ms(p.get("DefaultMessageTimeToLive")),
            p.get("DeadLetteringOnMessageExpiration", False),
            iso_ms(p.get("DuplicateDetectionHistoryTimeWindow", "PT10M"))
            if p.get("RequiresDuplicateDetection")
            else None,
            p.get("RequiresSession", False),
            **more,
        )

    space = config["UserConfig"]["Namespaces"][0]
    found = [entity(q["Name"], q.get("Properties", {})) for q in space.get("Queues", [])]
    for topic in space.get("Topics", []):
        subs = [
            entity(
                f"{topic['Name']}/Subscriptions/{s['Name']}",
                s.get("Properties", {}),
                rules=[r["Properties"] for r in s.get("Rules", [])],
            )
            for s in topic.get("Subscriptions", [])
        ]
        found += [entity(topic["Name"], topic.get("Properties", {}), subscriptions=subs), *subs]
    found += [
        dataclasses.replace(e, name=e.name + DLQ, sessions=False, ttl_ms=None, max_count=1 << 30, rules=[])
        for e in found
        if e.subscriptions is None
    ]
    return {e.name.lower(): e for e in found}


class Store:
    def __init__(
        self, path: str, config: dict[str, Any], clock: Callable[[], int] = lambda: int(time.time() * 1000)
    ) -> None:
        self.entities, self.now = entities(config), clock
        self.db = sqlite3.connect(path, isolation_level="IMMEDIATE")
        self.db.executescript(SCHEMA)
        self.db.execute("UPDATE message SET token=NULL, locked_until=NULL")  # a restart frees every lock
        self.db.commit()
        self.session_locks: dict[tuple[str, str], tuple[Any, int]] = {}  # (entity, id) -> (holder, until)

    # -- sending ---------------------------------------------------------------------------------------------
    def send(self, entity: Entity, raw: bytes) -> int | None:
        """Stores one message for a queue or topic; None when duplicate detection drops it."""
        m, now = amqp.Incoming(raw), self.now()
        if entity.sessions and not m.text("group-id"):
            raise ValueError("The SessionId was not set on a message sent to a session entity.")
        if entity.dedup_ms and (mid := m.text("message-id")):
            self.db.execute("DELETE FROM seen WHERE entity=? AND at<?", (entity.name, now - entity.dedup_ms))
            if not self.db.execute("INSERT OR IGNORE INTO seen VALUES(?,?,?)", (entity.name, mid, now)).rowcount:
                return None
        due = m.annotations.get("x-opt-scheduled-enqueue-time")
        if due and due > now:
            return self._insert(entity, raw, m, SCHEDULED, now, due)
        return self._route(entity, raw, m, now)

    def _route(self, entity: Entity, raw: bytes, m: Any, now: int) -> int | None:
        if entity.subscriptions is None:
            return self._insert(entity, raw, m, ACTIVE, now)
        for sub in entity.subscriptions:
            if not sub.rules or any(rules.matches(r, m) for r in sub.rules):
                self._insert(sub, raw, m, ACTIVE, now)
        return None

    def _insert(self, entity: Entity, raw: bytes, m: Any, state: Any, now: int, due: Any = None) -> int:
        ttl = min(filter(None, (m.ttl, entity.ttl_ms)), default=None)
        (number,) = self.db.execute(
            "INSERT INTO counter VALUES(?,1) ON CONFLICT DO UPDATE SET last=last+1 RETURNING last", (entity.name,)
        ).fetchone()
        self.db.execute(
            "INSERT INTO message(entity,number,state,session,enqueued,due,expires,raw) VALUES(?,?,?,?,?,?,?,?)",
            (entity.name, number, state, m.text("group-id"), now, due, (due or now) + ttl if ttl else None, raw),
        )
        return int(number)

    def cancel(self, entity: Entity, seqs: Any) -> None:
        for seq in seqs:
            self.db.execute(
                "DELETE FROM message WHERE number=? AND entity=? AND state=?", (seq, entity.name, SCHEDULED)
            )

    # -- receiving -------------------------------------------------------------------------------------------
    def take(
        self, entity: Entity, *, delete: bool = False, session: str | None = None, seq: int | None = None
    ) -> tuple[uuid.UUID | None, bytes] | None:
        """Locks (or deletes) the next message, or the deferred one named by seq. -> (token, encoded) or None"""
        args: tuple[object, ...]
        if seq is not None:
            where, args = "entity=? AND number=? AND state=1 AND token IS NULL", (entity.name, seq)
        elif session is not None:
            where, args = "entity=? AND state=0 AND token IS NULL AND session=?", (entity.name, session)
        else:
            where, args = "entity=? AND state=0 AND token IS NULL", (entity.name,)
        row = self.db.execute(f"SELECT * FROM message WHERE {where} ORDER BY seq LIMIT 1", args).fetchone()
        if not row:
            return None
        if delete:
            self.db.execute("DELETE FROM message WHERE seq=?", row[:1])
            return None, self._encode(row)
        token, until = uuid.uuid4(), self.now() + entity.lock_ms
        self.db.execute("UPDATE message SET token=?, locked_until=? WHERE seq=?", (str(token), until, row[0]))
        return token, self._encode(row, token, until)

    def _encode(self, row: Any, token: Any = None, until: Any = None) -> bytes:
        _, _, number, state, _, enqueued, _, _, count, _, _, source, reason, detail, raw = row
        why = {"DeadLetterReason": reason, "DeadLetterErrorDescription": detail}
        return amqp.outgoing(
            raw,
            seq=number,
            enqueued=enqueued,
            count=count,
            state=state,
            locked_until=until,
            token=token,
            source=source,
            extra_properties={k: v for k, v in why.items() if v is not None},
        )

    def peek(self, entity: Entity, start: int, limit: int, session: str | None = None) -> list[bytes]:
        rows = self.db.execute(
            "SELECT * FROM message WHERE entity=? AND number>=? AND (?3 IS NULL OR session=?3)"
            " ORDER BY number LIMIT ?4",
            (entity.name, start, session, limit),
        )
        return [self._encode(r) for r in rows]

    # -- settling --------------------------------------------------------------------------------------------
    def settle(self, token: Any, outcome: str, reason: str | None = None, detail: str | None = None) -> str:
        """outcome: completed, abandoned, released, defered, suspended. -> the entity's name"""
        row = self.db.execute("SELECT seq, entity, locked_until FROM message WHERE token=?", (str(token),)).fetchone()
        if not row or row[2] <= self.now():
            raise LockLostError(
                "The lock supplied is invalid. Either the lock expired, or the message has already been"
                " removed from the queue."
            )
        seq, entity = row[0], self.entities[row[1].lower()]
        if outcome == "completed":
            self.db.execute("DELETE FROM message WHERE seq=?", (seq,))
        elif outcome == "suspended":
            self._dead_letter(entity, seq, reason, detail)
        elif outcome == "defered":
            self.db.execute(
                "UPDATE message SET state=1, token=NULL, locked_until=NULL, count=count+1 WHERE seq=?", (seq,)
            )
        else:
            self._unlock(entity, seq, failed=outcome == "abandoned")
        return entity.name

    def _unlock(self, entity: Entity, seq: int, failed: bool) -> None:
        (count,) = self.db.execute(
            "UPDATE message SET token=NULL, locked_until=NULL, count=count+? WHERE seq=? RETURNING count",
            (int(failed), seq),
        ).fetchone()
        if count >= entity.max_count:
            self._dead_letter(
                entity,
                seq,
                "MaxDeliveryCountExceeded",
                f"Message could not be consumed after {entity.max_count} delivery attempts.",
            )

    def _dead_letter(self, entity: Entity, seq: int, reason: str | None, detail: str | None) -> None:
        target = entity.name if entity.name.endswith(DLQ) else entity.name + DLQ
        self.db.execute(
            "UPDATE message SET entity=?, state=0, token=NULL, locked_until=NULL, expires=NULL, source=?,"
            " reason=?, detail=? WHERE seq=?",
            (target, entity.name, reason, detail, seq),
        )

    def renew(self, entity: Entity, token: Any) -> int:
        until = self.now() + entity.lock_ms
        if not self.db.execute(
            "UPDATE message SET locked_until=? WHERE token=? AND locked_until>?", (until, str(token), self.now())
        ).rowcount:
            raise LockLostError("The lock supplied is invalid.")
        return until

    # -- time passing ----------------------------------------------------------------------------------------
    def tick(self) -> bool:
        """Expires locks and messages, enqueues what is due. -> whether anything became receivable"""
        now, changed = self.now(), False
        for seq, name in self.db.execute(
            "SELECT seq, entity FROM message WHERE token IS NOT NULL AND locked_until<=?", (now,)
        ).fetchall():
            self._unlock(self.entities[name.lower()], seq, failed=True)
            changed = True
        for seq, name, raw in self.db.execute(
            "SELECT seq, entity, raw FROM message WHERE state=2 AND due<=?", (now,)
        ).fetchall():
            entity = self.entities[name.lower()]
            if entity.subscriptions is None:
                self.db.execute("UPDATE message SET state=0, enqueued=? WHERE seq=?", (now, seq))
            else:
                self.db.execute("DELETE FROM message WHERE seq=?", (seq,))
                self._route(entity, raw, amqp.Incoming(raw), now)
            changed = True
        for seq, name in self.db.execute(
            "SELECT seq, entity FROM message WHERE expires<=? AND token IS NULL AND state<>2", (now,)
        ).fetchall():
            entity = self.entities[name.lower()]
            if entity.dead_letter_expired:
                self._dead_letter(entity, seq, "TTLExpiredException", "The message expired and was dead lettered.")
                changed = True
            else:
                self.db.execute("DELETE FROM message WHERE seq=?", (seq,))
        for key, (holder, until) in list(self.session_locks.items()):
            if until <= now:
                self.session_locks.pop(key)
                holder.session_lost()
                changed = True
        self.db.commit()
        return changed

    # -- sessions --------------------------------------------------------------------------------------------
    def lock_session(self, entity: Entity, wanted: str | None, holder: Any) -> str | None:
        def free(sid: str | None) -> bool:
            return (entity.name, sid) not in self.session_locks

        if wanted is None:
            ids = [
                r[0]
                for r in self.db.execute(
                    "SELECT session FROM message WHERE entity=? AND state=0 AND token IS"
                    " NULL GROUP BY session ORDER BY min(seq)",
                    (entity.name,),
                )
            ]
            wanted = next((sid for sid in ids if free(sid)), None)
        if wanted is None or not free(wanted):
            return None
        self.session_locks[entity.name, wanted] = (holder, self.now() + entity.lock_ms)
        return wanted

    def renew_session(self, entity: Entity, sid: str) -> int:
        holder, until = self.session_locks.get((entity.name, sid), (None, 0))
        if not holder:
            raise LockLostError(sid)
        self.session_locks[entity.name, sid] = (holder, until := self.now() + entity.lock_ms)
        return until

    def session_state(self, entity: Entity, sid: str) -> bytes | None:
        row = self.db.execute("SELECT state FROM session WHERE entity=? AND id=?", (entity.name, sid)).fetchone()
        return bytes(row[0]) if row and row[0] is not None else None

    def set_session_state(self, entity: Entity, sid: str, state: bytes | None) -> None:
        self.db.execute("INSERT OR REPLACE INTO session VALUES(?,?,?)", (entity.name, sid, state))

    def session_ids(self, entity: Entity) -> list[str]:
        return [
            r[0]
            for r in self.db.execute(
                "SELECT DISTINCT session FROM message WHERE entity=? AND session IS NOT"
                " NULL UNION SELECT id FROM session WHERE entity=?1",
                (entity.name,),
            )
        ]
