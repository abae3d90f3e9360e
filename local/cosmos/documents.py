"""The items of one container. They are kept as the JSON text they are read as, system properties included."""

import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import orjson

from local import clock
from local.cosmos import sqlite, tables
from local.cosmos.containers import Container, Document
from local.cosmos.indexing import Served
from local.cosmos.rids import rid
from local.cosmos.sql.pushdown import Lookup

_LIVE = "(expires IS NULL OR expires>?)"


class Stored(NamedTuple):
    sequence: int
    etag: str
    text: str


class Condition(NamedTuple):
    """Part of a WHERE clause on the table of items."""

    text: str
    arguments: Sequence[Any] = ()


class Documents:
    def __init__(self, connection: sqlite3.Connection, container: Container) -> None:
        self._db, self.container = connection, container
        self._table = tables.table_of(container.number)
        self.indexes = Served(container.body["indexingPolicy"], self._table)
        self.ordered_by = tables.ordered_by(container)
        self._log_number: int | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside have one log sequence number (LSN), as one record of the service's log."""
        self._log_number = None
        with sqlite.transaction(self._db):
            yield

    @property
    def last_log_number(self) -> int:
        found = self._db.execute("SELECT lsn FROM resource WHERE number=?", (self.container.number,)).fetchone()
        return int(found[0])

    def find(self, key: str, identifier: str) -> Stored | None:
        row = self._db.execute(
            f"SELECT seq, etag, doc FROM {self._table} WHERE pk=? AND id=? AND {_LIVE}", (key, identifier, _now())
        ).fetchone()
        return row and Stored(*row)

    def identifier_of(self, sequence: int) -> str | None:
        row = self._db.execute(f"SELECT id FROM {self._table} WHERE seq=?", (sequence,)).fetchone()
        return str(row[0]) if row else None

    def insert(self, key: str, document: Document) -> Stored:
        self._make_room(key, document["id"])
        (last,) = self._db.execute(
            "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name=?), 0)", (self._table,)
        ).fetchone()
        stored, columns = self._stamped(last + 1, document)
        with sqlite.uniqueness():
            self._db.execute(
                f"INSERT INTO {self._table}(lsn, ts, expires, etag, doc, seq, pk, id, epk) VALUES(?,?,?,?,?,?,?,?,?)",
                (*columns, stored.sequence, key, document["id"], self.container.effective_key(key)),
            )
        return stored

    def overwrite(self, sequence: int, document: Document) -> Stored:
        stored, columns = self._stamped(sequence, document)
        with sqlite.uniqueness():
            self._db.execute(
                f"UPDATE {self._table} SET lsn=?, ts=?, expires=?, etag=?, doc=?, id=? WHERE seq=?",
                (*columns, document["id"], sequence),
            )
        return stored

    def delete(self, sequence: int) -> None:
        self._next_log_number()
        self._db.execute(f"DELETE FROM {self._table} WHERE seq=?", (sequence,))

    def delete_key(self, key: str) -> None:
        self._next_log_number()
        self._db.execute(f"DELETE FROM {self._table} WHERE pk=?", (key,))

    def scan(
        self, conditions: Sequence[Condition], columns: str = "seq, doc", order: str = "seq", limit: int = -1
    ) -> Iterator[Any]:
        return self.select(conditions, Condition(columns), order, limit)

    def select(
        self, conditions: Sequence[Condition], columns: Condition, order: str, limit: int = -1, via: str = ""
    ) -> Iterator[Any]:
        """``via`` tells SQLite which index to take (INDEXED BY, NOT INDEXED)."""
        where = " AND ".join([_LIVE, *(f"({each.text})" for each in conditions)])
        arguments = [argument for each in conditions for argument in each.arguments]
        return self._db.execute(
            f"SELECT {columns.text} FROM {self._table} {via} WHERE {where} ORDER BY {order} LIMIT ?",
            (*columns.arguments, _now(), *arguments, limit),
        )

    def count(self, conditions: Sequence[Condition] = ()) -> int:
        ((count,),) = self.scan(conditions, "count(*)", "1")
        return int(count)

    def meeting(self, conditions: Sequence[Condition], via: str, most: int) -> int:
        """How many items, the expired ones among them; nobody counts beyond ``most``."""
        where = " AND ".join(f"({each.text})" for each in conditions) or "1"
        arguments = [argument for each in conditions for argument in each.arguments]
        counted = f"SELECT 1 FROM {self._table} {via} WHERE {where} LIMIT ?"
        ((count,),) = self._db.execute(f"SELECT count(*) FROM ({counted})", (*arguments, most))
        return int(count)

    def holders(self, lookups: Sequence[Lookup], most: int) -> int:
        """How many items have one of these elements; nobody counts beyond ``most`` of each."""
        counts = (
            self._db.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE value=? LIMIT ?)", (value, most)
            ).fetchone()[0]
            for table, value in lookups
        )
        return sum(counts)

    def apply_default_ttl(self) -> None:
        """The default of the container counts for the items that it already has."""
        self._db.execute(
            f"UPDATE {self._table} SET expires=CASE WHEN ?1 IS NULL THEN NULL ELSE (SELECT CASE WHEN ttl>0 THEN ts+ttl"
            " END FROM (SELECT coalesce(json_extract(doc,'$.ttl'), ?1) AS ttl)) END",
            (self.container.default_ttl,),
        )

    def _make_room(self, key: str, identifier: str) -> None:
        """What has expired is in nobody's way, neither with its id nor with its unique keys."""
        if self.container.body["uniqueKeyPolicy"]["uniqueKeys"]:
            tables.purge(self._db, self.container.number)
        else:
            self._db.execute(f"DELETE FROM {self._table} WHERE pk=? AND id=? AND expires<=?", (key, identifier, _now()))

    def _stamped(self, sequence: int, document: Document) -> tuple[Stored, tuple[Any, ...]]:
        """The item with its system properties, and the columns that tell of this version of it."""
        now, etag = _now(), f'"{uuid.uuid4()}"'
        own = rid(self.container.database, self.container.number, sequence)
        document |= {
            "_rid": own,
            "_self": f"{self.container.body['_self']}docs/{own}/",
            "_etag": etag,
            "_attachments": "attachments/",
            "_ts": now,
        }
        text = orjson.dumps(document).decode()
        columns = (self._next_log_number(), now, self._expiry(document, now), etag, text)
        return Stored(sequence, etag, text), columns

    def _expiry(self, document: Document, now: int) -> int | None:
        default = self.container.default_ttl
        if default is None:
            return None
        seconds: int = document.get("ttl", default)
        return now + seconds if seconds > 0 else None

    def _next_log_number(self) -> int:
        """Counted, not derived from the items: a deletion must not free a number."""
        if self._log_number is None:
            ((self._log_number,),) = self._db.execute(
                "UPDATE resource SET lsn=lsn+1 WHERE number=? RETURNING lsn", (self.container.number,)
            ).fetchall()
        return self._log_number


def _now() -> int:
    return int(clock.now())
