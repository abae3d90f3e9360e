"""What the issuer remembers of a sign-in: authorization codes, good once, and refresh tokens, replaced at each use.

Only hashes are stored. All that stems from one sign-in is a family: when a spent code or refresh token comes back,
somebody else holds a copy, so the whole family ends (RFC 6749 §4.1.2, RFC 9700 §4.14.2).
"""

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from local import clock

CODE_SECONDS = 60
REFRESH_SECONDS = 12 * 3600

_TABLES = """
CREATE TABLE IF NOT EXISTS code(
    hash TEXT PRIMARY KEY, family TEXT NOT NULL, expires INTEGER NOT NULL, spent INTEGER NOT NULL DEFAULT 0,
    sub TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL, auth_time INTEGER NOT NULL,
    redirect_uri TEXT NOT NULL, challenge TEXT NOT NULL, nonce TEXT) STRICT;
CREATE TABLE IF NOT EXISTS refresh(
    hash TEXT PRIMARY KEY, family TEXT NOT NULL, expires INTEGER NOT NULL, spent INTEGER NOT NULL DEFAULT 0,
    sub TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL, auth_time INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS refresh_family ON refresh(family);
"""


class InvalidGrantError(Exception):
    """The code or refresh token is unknown, spent or out of date."""


@dataclass(frozen=True)
class Grant:
    """A user's sign-in to one client."""

    family: str
    sub: str
    client_id: str
    scope: str
    auth_time: int


@dataclass(frozen=True)
class CodeTerms:
    """What the client bound its authorization code to, and must match when it redeems it."""

    redirect_uri: str
    challenge: str
    nonce: str | None


class Grants:
    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, autocommit=True)
        self._db.row_factory = sqlite3.Row
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _TABLES)

    def issue_code(self, sub: str, client_id: str, scope: str, terms: CodeTerms) -> str:
        self._forget_expired()
        code, now = secrets.token_urlsafe(32), int(clock.now())
        self._db.execute(
            "INSERT INTO code(hash, family, expires, sub, client_id, scope, auth_time, redirect_uri, challenge, nonce)"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                _hash(code),
                secrets.token_hex(16),
                now + CODE_SECONDS,
                sub,
                client_id,
                scope,
                now,
                terms.redirect_uri,
                terms.challenge,
                terms.nonce,
            ),
        )
        return code

    def redeem_code(self, code: str) -> tuple[Grant, CodeTerms]:
        """Spends the code, whatever the caller then finds wrong with the request: there is no second guess."""
        row = self._spend("code", code)
        return _grant(row), CodeTerms(row["redirect_uri"], row["challenge"], row["nonce"])

    def issue_refresh(self, grant: Grant) -> str:
        token = secrets.token_urlsafe(32)
        self._db.execute(
            "INSERT INTO refresh(hash, family, expires, sub, client_id, scope, auth_time) VALUES(?, ?, ?, ?, ?, ?, ?)",
            (
                _hash(token),
                grant.family,
                int(clock.now()) + REFRESH_SECONDS,
                grant.sub,
                grant.client_id,
                grant.scope,
                grant.auth_time,
            ),
        )
        return token

    def redeem_refresh(self, token: str) -> Grant:
        return _grant(self._spend("refresh", token))

    def end(self, sub: str, client_id: str) -> None:
        """Signs the user out of a client: no refresh token of theirs works there any more."""
        self._db.execute("DELETE FROM refresh WHERE sub = ? AND client_id = ?", (sub, client_id))

    def _spend(self, table: str, secret: str) -> sqlite3.Row:
        """One statement decides, so the same secret can never be spent twice. It commits once its rows are all read."""
        rows: list[sqlite3.Row] = self._db.execute(
            f"UPDATE {table} SET spent = 1 WHERE hash = ? AND spent = 0 AND expires > ? RETURNING *",
            (_hash(secret), int(clock.now())),
        ).fetchall()
        if not rows:
            self._end_family_of_spent(table, secret)
            raise InvalidGrantError("It is unknown, already used or out of date.")
        return rows[0]

    def _end_family_of_spent(self, table: str, secret: str) -> None:
        self._db.execute(
            f"DELETE FROM refresh WHERE family = (SELECT family FROM {table} WHERE hash = ? AND spent = 1)",
            (_hash(secret),),
        )

    def _forget_expired(self) -> None:
        """Spent codes stay as long as a refresh token is good, so that one that comes back is recognised."""
        now = int(clock.now())
        self._db.execute("DELETE FROM code WHERE expires <= ?", (now - REFRESH_SECONDS,))
        self._db.execute("DELETE FROM refresh WHERE expires <= ?", (now,))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _grant(row: sqlite3.Row) -> Grant:
    return Grant(row["family"], row["sub"], row["client_id"], row["scope"], row["auth_time"])
