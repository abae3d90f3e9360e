"""The broker's one SQLite file: its tables, its clock, its transactions."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from local import clock

type Synchronous = Literal["NORMAL", "FULL"]
"""NORMAL survives the end of the process at any point, FULL also that of the machine."""

_TABLES = """
CREATE TABLE IF NOT EXISTS message(
  id INTEGER PRIMARY KEY, entity TEXT NOT NULL, number INTEGER NOT NULL, enqueue_number INTEGER NOT NULL,
  state INTEGER NOT NULL, session TEXT, enqueued INTEGER NOT NULL, due INTEGER, ttl INTEGER, expires INTEGER,
  deliveries INTEGER NOT NULL DEFAULT 0, token BLOB, locked_until INTEGER, hops INTEGER NOT NULL DEFAULT 0,
  source TEXT, reason TEXT, detail TEXT, raw BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS by_number ON message(entity, number);
CREATE INDEX IF NOT EXISTS ready ON message(entity, number) WHERE state=0 AND token IS NULL;
CREATE INDEX IF NOT EXISTS ready_session ON message(entity, session, number)
  WHERE state=0 AND token IS NULL AND session IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_token ON message(token) WHERE token IS NOT NULL;
CREATE INDEX IF NOT EXISTS locked ON message(locked_until) WHERE locked_until IS NOT NULL;
CREATE INDEX IF NOT EXISTS due ON message(due) WHERE state=2;
CREATE INDEX IF NOT EXISTS expiring ON message(expires) WHERE expires IS NOT NULL;
CREATE TABLE IF NOT EXISTS counter(entity TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen(
  entity TEXT, id TEXT, at INTEGER NOT NULL, PRIMARY KEY(entity, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_at ON seen(entity, at);
CREATE TABLE IF NOT EXISTS session(
  entity TEXT, id TEXT, state BLOB, updated INTEGER NOT NULL, PRIMARY KEY(entity, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rule(
  entity TEXT, name TEXT COLLATE NOCASE, rule TEXT NOT NULL, PRIMARY KEY(entity, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS declared(entity TEXT PRIMARY KEY, rules TEXT NOT NULL) WITHOUT ROWID;
"""


def connect(path: Path, synchronous: Synchronous = "NORMAL") -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level="IMMEDIATE")
    database.row_factory = sqlite3.Row
    database.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous};" + _TABLES)
    return database


@contextmanager
def atomic(database: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing, within the transaction that a commit will end."""
    if not database.in_transaction:
        database.execute("BEGIN IMMEDIATE")
    database.execute("SAVEPOINT step")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK TO step")
        raise
    finally:
        database.execute("RELEASE step")


def now() -> int:
    """Milliseconds since the epoch, by the clock that can be skewed."""
    return int(clock.now() * 1000)
