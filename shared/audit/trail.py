"""The audit trail: an entry is stored before the answer leaves; no entry, no personal data.

Entries hold ids, actions, purposes and the names of the policies that decided. Ids are random, so an entry tells
nothing to whoever cannot open the records themselves. What somebody searched for, a number plate say, is personal
data: it is sealed under a key of its day, which is destroyed with the entries of that day.

Plate searches carry the fields of Cal. Civ. Code §1798.90.52: date and time, what was searched, who searched and for
which organisation, and the purpose.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from shared.audit.entries import sought_digest
from shared.clock import Clock, rfc3339
from shared.errors import CannotOpen, NotFound
from shared.ids import derived_id, new_id
from shared.sealing.envelope import Place, open_, seal
from shared.sealing.keyring import Keyring
from shared.storage.cosmos import Container, Document

type Outcome = Literal["allowed", "denied"]

NONCE_BYTES = 32
SCHEMA = 1
LAST_SECOND = 253402300800
"""From here on, the year has five digits."""


@dataclass
class Witness:
    """Counts the entries of one request, so that the door can refuse an answer that nobody accounted for."""

    entries: int = 0


_witness: ContextVar[Witness | None] = ContextVar("audit_witness", default=None)


@contextmanager
def witnessed() -> Iterator[Witness]:
    seen = Witness()
    token = _witness.set(seen)
    try:
        yield seen
    finally:
        _witness.reset(token)


@dataclass(frozen=True)
class Entry:
    """One thing that somebody did, or was refused."""

    organisation: str
    """Whose data it was: the entry belongs to the controller of the data, not to the one who looked."""
    actor: str
    actor_organisation: str
    action: str
    subjects: Sequence[str]
    """Ids of the records concerned."""
    purpose: str | None = None
    policies: Sequence[str] = field(default_factory=tuple)
    outcome: Outcome = "allowed"
    sought: str | None = None
    """What was searched for, in the words of whoever searched."""


@dataclass(frozen=True)
class Sought:
    """What was searched for, and the salt with which its digest in the entry can be checked."""

    text: str
    salt: str


class Trail:
    def __init__(self, container: Container, clock: Clock, keyring: Keyring) -> None:
        self._container, self._clock, self._keyring = container, clock, keyring

    async def record(self, entry: Entry) -> None:
        """Raises when the entry could not be stored: the caller must then not answer."""
        now = self._clock.now()
        document: Document = {
            "id": new_id(now),
            "organisationId": entry.organisation,
            "day": now.astimezone(UTC).date().isoformat(),
            "kind": "entry",
            "at": rfc3339(now),
            "actor": entry.actor,
            "actorOrganisation": entry.actor_organisation,
            "action": entry.action,
            "subjects": list(entry.subjects),
            "purpose": entry.purpose,
            "policies": sorted(entry.policies),
            "outcome": entry.outcome,
            "soughtDigest": None,
            "nonce": secrets.token_hex(NONCE_BYTES),
            "unsealed": True,
        }
        if entry.sought is not None:
            document |= await self._sealed(document, entry.sought)
        await self._container.create(document)
        if seen := _witness.get():
            seen.entries += 1

    async def sought(self, document: Document) -> Sought | None:
        """What the entry says was searched for; None if nothing was, or if it has been forgotten."""
        if "sought" not in document:
            return None
        try:
            key = await self._keyring.fetch(document["organisationId"], day_key(document))
            return Sought(**json.loads(open_(document["sought"], key, _place(document))))
        except (NotFound, CannotOpen):
            return None

    async def _sealed(self, document: Document, text: str) -> Document:
        salt = secrets.token_hex(NONCE_BYTES)
        key = await self._keyring.shared(document["organisationId"], day_key(document))
        content = json.dumps({"text": text, "salt": salt}, ensure_ascii=False).encode()
        return {"sought": seal(content, key, _place(document)), "soughtDigest": sought_digest(salt, text)}


def day_key(document: Document) -> str:
    """The id of the key that seals what was searched on the entry's day."""
    return derived_id("audit-day", document["organisationId"], document["day"])


def day_of(entry_id: str) -> str:
    """The day in an entry's id, which is the second half of its partition key.

    Raises :class:`NotFound` for an id that no entry can have.
    """
    millis = UUID(entry_id).int >> 80
    if millis >= 1000 * LAST_SECOND:
        raise NotFound("The entry does not exist.")
    return datetime.fromtimestamp(millis // 1000, UTC).date().isoformat()


def _place(document: Document) -> Place:
    return Place(document["organisationId"], "audit", document["id"], "sought", SCHEMA)
