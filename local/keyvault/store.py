"""The secrets of the vault in SQLite: a row for each version, committed to disk before a call returns.

The newest version of a name is the current one, enabled or not. Deleting marks every version of the name; until it is
recovered, purged, or its time has run out, the name cannot be used.
"""

import json
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

from local import clock
from local.keyvault import errors

RECOVERABLE_DAYS = 90
RECOVERABLE_SECONDS = RECOVERABLE_DAYS * 86_400

_COLUMNS = "name, version, value, content_type, tags, enabled, not_before, expires, created, updated, deleted"
_TABLE = """
CREATE TABLE IF NOT EXISTS secret(
    position INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL COLLATE NOCASE, version TEXT NOT NULL,
    value TEXT NOT NULL, content_type TEXT, tags TEXT, enabled INTEGER NOT NULL, not_before INTEGER, expires INTEGER,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, deleted INTEGER, UNIQUE(name, version)) STRICT;
"""


@dataclass(frozen=True)
class Secret:
    """One version. Times are whole seconds since the epoch; ``tags`` is JSON."""

    name: str
    version: str
    value: str
    content_type: str | None
    tags: str | None
    enabled: bool
    not_before: int | None
    expires: int | None
    created: int
    updated: int
    deleted: int | None = None

    @property
    def purge_date(self) -> int:
        return (self.deleted or 0) + RECOVERABLE_SECONDS


@dataclass(frozen=True)
class Attributes:
    """What a caller says of a version. None leaves it as it is, or at its default."""

    content_type: str | None = None
    tags: dict[str, str] | None = None
    enabled: bool | None = None
    not_before: int | None = None
    expires: int | None = None


@dataclass(frozen=True)
class Page:
    secrets: list[Secret]
    next: str | None
    """Where the next page starts, if there is one."""


class Store:
    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, autocommit=True)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;" + _TABLE)
        self._db.execute("DELETE FROM secret WHERE deleted <= ?", (int(clock.now()) - RECOVERABLE_SECONDS,))

    def set(self, name: str, value: str, attributes: Attributes) -> Secret:
        if self._versions(name, deleted=True):
            raise errors.deleted_but_recoverable(name)
        now = int(clock.now())
        blank = Secret(name, uuid.uuid4().hex, value, None, None, True, None, None, now, now)
        secret = _changed(blank, attributes)
        self._insert([secret])
        return secret

    def get(self, name: str, version: str | None = None) -> Secret:
        found = [secret for secret in self._versions(name) if version in {None, secret.version}]
        if not found:
            raise errors.not_found(f"{name}/{version}" if version else name)
        return found[-1]

    def get_deleted(self, name: str) -> Secret:
        found = self._versions(name, deleted=True)
        if not found:
            raise errors.deleted_not_found(name)
        return found[-1]

    def update(self, name: str, version: str | None, attributes: Attributes) -> Secret:
        secret = replace(_changed(self.get(name, version), attributes), updated=int(clock.now()))
        self._db.execute(
            "UPDATE secret SET content_type = ?, tags = ?, enabled = ?, not_before = ?, expires = ?, updated = ?"
            " WHERE name = ? AND version = ?",
            (
                secret.content_type,
                secret.tags,
                secret.enabled,
                secret.not_before,
                secret.expires,
                secret.updated,
                secret.name,
                secret.version,
            ),
        )
        return secret

    def delete(self, name: str) -> Secret:
        secret = replace(self.get(name), deleted=int(clock.now()))
        self._db.execute("UPDATE secret SET deleted = ? WHERE name = ?", (secret.deleted, name))
        return secret

    def recover(self, name: str) -> Secret:
        secret = self.get_deleted(name)
        self._db.execute("UPDATE secret SET deleted = NULL WHERE name = ?", (name,))
        return replace(secret, deleted=None)

    def purge(self, name: str) -> None:
        """Overwritten in the file, and gone from the write-ahead log: the disk does not hold it any more."""
        self.get_deleted(name)
        self._db.execute("DELETE FROM secret WHERE name = ?", (name,))
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def all_versions(self, name: str) -> list[Secret]:
        """Oldest first."""
        found = self._versions(name)
        if not found:
            raise errors.not_found(name)
        return found

    def restore(self, versions: Sequence[Secret]) -> Secret:
        name = versions[0].name
        if self._versions(name):
            raise errors.name_in_use(name)
        if self._versions(name, deleted=True):
            raise errors.deleted_but_recoverable(name)
        self._insert(versions)
        return versions[-1]

    def page_of_names(self, after: str, size: int, *, deleted: bool = False) -> Page:
        """The current version of each name, in the order of names."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM secret WHERE position IN (SELECT max(position) FROM secret GROUP BY name)"
            " AND (deleted IS NOT NULL) = ? AND name > ? ORDER BY name LIMIT ?",
            (deleted, after, size + 1),
        ).fetchall()
        secrets = [_secret(row) for row in rows[:size]]
        return Page(secrets, secrets[-1].name if len(rows) > size else None)

    def page_of_versions(self, name: str, after: str, size: int) -> Page:
        """Oldest first, so that a version added meanwhile comes at the end. An unknown name has no versions."""
        versions = self._versions(name)
        known = [secret.version for secret in versions]
        start = known.index(after) + 1 if after in known else 0
        secrets = versions[start : start + size]
        return Page(secrets, secrets[-1].version if start + size < len(versions) else None)

    def _versions(self, name: str, *, deleted: bool = False) -> list[Secret]:
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM secret WHERE name = ? AND (deleted IS NOT NULL) = ? ORDER BY position",
            (name, deleted),
        )
        return [_secret(row) for row in rows.fetchall()]

    def _insert(self, secrets: Sequence[Secret]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        marks = ", ".join("?" * len(_COLUMNS.split(",")))
        self._db.executemany(f"INSERT INTO secret({_COLUMNS}) VALUES({marks})", map(astuple, secrets))
        self._db.execute("COMMIT")


def _secret(row: tuple[Any, ...]) -> Secret:
    """The columns stand in the order of the fields."""
    secret = Secret(*row)
    return replace(secret, enabled=bool(secret.enabled))


def _changed(secret: Secret, attributes: Attributes) -> Secret:
    def keep[T](new: T | None, old: T) -> T:
        return old if new is None else new

    return replace(
        secret,
        content_type=keep(attributes.content_type, secret.content_type),
        tags=secret.tags if attributes.tags is None else json.dumps(attributes.tags),
        enabled=keep(attributes.enabled, secret.enabled),
        not_before=keep(attributes.not_before, secret.not_before),
        expires=keep(attributes.expires, secret.expires),
    )
