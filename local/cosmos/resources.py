"""Databases, containers and their throughput offers: rows of the same file as the items."""

import sqlite3
import uuid
from typing import Any

import orjson

from local import clock
from local.cosmos import tables
from local.cosmos.containers import Container, Database, Document, partitions_for
from local.cosmos.documents import Documents
from local.cosmos.rids import offer_rid, rid
from local.cosmos.sqlite import transaction, uniqueness

DEFAULT_THROUGHPUT = 400

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resource(number INTEGER PRIMARY KEY AUTOINCREMENT, parent INTEGER NOT NULL, id TEXT NOT NULL,
  body TEXT NOT NULL, partitions INTEGER NOT NULL, lsn INTEGER NOT NULL DEFAULT 0, UNIQUE(parent, id)) STRICT;
CREATE TABLE IF NOT EXISTS offer(number INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
"""
_ACCOUNT = 0
_DATABASE_LINKS = {"_colls": "colls/", "_users": "users/"}
_CONTAINER_LINKS = {
    "_docs": "docs/",
    "_sprocs": "sprocs/",
    "_triggers": "triggers/",
    "_udfs": "udfs/",
    "_conflicts": "conflicts/",
}


class Resources:
    """``partitions`` is the number of physical partitions of each new container, instead of what throughput asks."""

    def __init__(self, connection: sqlite3.Connection, partitions: int | None = None) -> None:
        self._db, self._partitions = connection, partitions
        self._known: dict[tuple[str, str], Documents] = {}
        connection.executescript(_SCHEMA)
        with transaction(connection):  # a file of an earlier version lacks what this one looks things up in
            for database in self.databases():
                for container in self.containers(database):
                    tables.index(connection, container)

    def databases(self) -> list[Database]:
        return [Database(number, body) for number, body, _ in self._children(_ACCOUNT)]

    def database(self, name: str) -> Database | None:
        found = self._children(_ACCOUNT, name)
        return Database(found[0][0], found[0][1]) if found else None

    def create_database(self, body: Document, throughput: Document | None) -> Database:
        with transaction(self._db):
            number = self._insert(_ACCOUNT, body["id"], partitions=0)
            own = rid(number)
            body |= _stamped(own, f"dbs/{own}/") | _DATABASE_LINKS
            self._save(number, body)
            if throughput:
                self._create_offer(number, body, throughput)
        return Database(number, body)

    def drop_database(self, database: Database) -> None:
        with transaction(self._db):
            for number, _, _ in self._children(database.number):
                self._drop_container(number)
            self._delete(database.number)

    def containers(self, database: Database) -> list[Container]:
        found = self._children(database.number)
        return [Container(number, database.number, body, partitions) for number, body, partitions in found]

    def container(self, database: str, name: str) -> Documents | None:
        """The items of a container. Kept at hand, as almost every request asks for one."""
        if (database, name) not in self._known:
            parent = self.database(database)
            found = self._children(parent.number, name) if parent else []
            if not parent or not found:
                return None
            ((number, body, partitions),) = found
            self._known[database, name] = Documents(self._db, Container(number, parent.number, body, partitions))
        return self._known[database, name]

    def create_container(self, database: Database, body: Document, throughput: Document | None) -> Container:
        content = throughput or {"offerThroughput": DEFAULT_THROUGHPUT}
        partitions = self._partitions or partitions_for(_peak(content))
        with transaction(self._db):
            number = self._insert(database.number, body["id"], partitions)
            own = rid(database.number, number)
            body |= _stamped(own, f"{database.body['_self']}colls/{own}/") | _CONTAINER_LINKS
            self._save(number, body)
            container = Container(number, database.number, body, partitions)
            tables.create(self._db, container)
            self._create_offer(number, container.body, content)
        return container

    def replace_container(self, container: Container, body: Document) -> Container:
        body |= _stamped(container.rid, container.body["_self"])
        replaced = Container(container.number, container.database, body, container.partitions)
        with transaction(self._db):
            self._save(container.number, body)
            tables.index(self._db, replaced)
            Documents(self._db, replaced).apply_default_ttl()
        return replaced

    def drop_container(self, container: Container) -> None:
        with transaction(self._db):
            self._drop_container(container.number)

    def name_of(self, number: int) -> str | None:
        found = self._db.execute("SELECT id FROM resource WHERE number=?", (number,)).fetchone()
        return str(found[0]) if found else None

    def offers(self) -> list[Document]:
        return [orjson.loads(body) for (body,) in self._db.execute("SELECT body FROM offer ORDER BY number")]

    def replace_offer(self, offer: Document, content: Document) -> Document:
        replaced = offer | {"content": _complete(content), "_ts": int(clock.now())}
        self._db.execute(
            "UPDATE offer SET body=? WHERE body->>'$.id'=?", (orjson.dumps(replaced).decode(), offer["id"])
        )
        return replaced

    def keep_house(self) -> None:
        """Removes what has expired, and lets SQLite learn what its indexes are good for."""
        for (number,) in self._db.execute("SELECT number FROM resource WHERE parent<>?", (_ACCOUNT,)).fetchall():
            tables.purge(self._db, number)
        self._db.execute("PRAGMA optimize")

    def _children(self, parent: int, name: str | None = None) -> list[tuple[int, Document, int]]:
        rows = self._db.execute(
            "SELECT number, body, partitions FROM resource WHERE parent=?1 AND (?2 IS NULL OR id=?2) ORDER BY number",
            (parent, name),
        )
        return [(number, orjson.loads(body), partitions) for number, body, partitions in rows]

    def _insert(self, parent: int, name: str, partitions: int) -> int:
        with uniqueness():
            cursor = self._db.execute(
                "INSERT INTO resource(parent, id, body, partitions) VALUES(?, ?, '{}', ?)", (parent, name, partitions)
            )
        return cursor.lastrowid or 0

    def _save(self, number: int, body: Document) -> None:
        self._known.clear()
        self._db.execute("UPDATE resource SET body=? WHERE number=?", (orjson.dumps(body).decode(), number))

    def _drop_container(self, number: int) -> None:
        tables.drop(self._db, number)
        self._delete(number)

    def _delete(self, number: int) -> None:
        self._known.clear()
        self._db.execute("DELETE FROM offer WHERE number=?", (number,))
        self._db.execute("DELETE FROM resource WHERE number=?", (number,))

    def _create_offer(self, number: int, owner: Document, content: Document) -> None:
        own = offer_rid(number)
        offer = _stamped(own, f"offers/{own}/") | {
            "resource": owner["_self"],
            "offerType": "Invalid",
            "offerResourceId": owner["_rid"],
            "offerVersion": "V2",
            "content": _complete(content),
            "id": own,
        }
        self._db.execute("INSERT INTO offer(number, body) VALUES(?, ?)", (number, orjson.dumps(offer).decode()))


def _stamped(own: str, link: str) -> Document:
    return {"_rid": own, "_self": link, "_etag": f'"{uuid.uuid4()}"', "_ts": int(clock.now())}


def _peak(content: Document) -> int:
    settings: dict[str, Any] = content.get("offerAutopilotSettings") or {}
    return int(settings.get("maxThroughput") or content.get("offerThroughput") or DEFAULT_THROUGHPUT)


def _complete(content: Document) -> Document:
    """With autoscale, the throughput at the moment: a tenth, as nobody uses it."""
    if content.get("offerAutopilotSettings"):
        return content | {"offerThroughput": max(100, _peak(content) // 10)}
    return content
