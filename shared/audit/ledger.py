"""What can be read of a log: an entry with the proof that it is in there, and the state of the whole."""

import base64
from dataclasses import dataclass

from shared.audit import logs
from shared.audit.logs import Head, Place, Stores
from shared.audit.notes import Checkpoint
from shared.audit.trail import day_of
from shared.audit.tree import StoredTree
from shared.errors import NotFound
from shared.storage.cosmos import Document


@dataclass(frozen=True)
class Proof:
    """Everything that somebody who has the entry needs, besides a public key that they trust."""

    entry: Document
    origin: str
    public_key: str
    leaf_index: int
    inclusion: tuple[str, ...]
    """Hashes from the leaf upwards, in base64."""
    checkpoint: str
    """The signed note."""


@dataclass(frozen=True)
class State:
    """How far a log is."""

    id: str
    origin: str
    public_key: str
    size: int


async def entry(stores: Stores, organisation: str, entry_id: str) -> Document:
    """Raises :class:`NotFound` for an entry that is gone, or is another organisation's."""
    found = await stores.entries.read(entry_id, [organisation, day_of(entry_id)])
    if found.get("kind") != "entry":
        raise NotFound("The entry does not exist.")
    return found


async def proof(stores: Stores, found: Document) -> Proof:
    """Of an entry that :func:`entry` has found. Raises :class:`NotFound` while it waits for the timer."""
    snapshot = await snapshot_of(stores, found["organisationId"])
    inclusion = await snapshot.inclusion(found)
    if inclusion is None:
        raise _waiting()
    return Proof(
        entry=found,
        origin=snapshot.place.origin,
        public_key=str(snapshot.place.key.public),
        leaf_index=found["leafIndex"],
        inclusion=inclusion,
        checkpoint=snapshot.note.decode(),
    )


@dataclass(frozen=True)
class Snapshot:
    """A log at its latest checkpoint: every proof of a snapshot leads to the same root."""

    stores: Stores
    place: Place
    note: bytes
    """The signed checkpoint."""

    async def inclusion(self, found: Document) -> tuple[str, ...] | None:
        """The hashes from the entry's leaf upwards, in base64; None for an entry that is not sealed yet."""
        index, size = found.get("leafIndex"), Checkpoint.opened(self.note, self.place.key.public).size
        if index is None or index >= size:
            return None
        hashes = await StoredTree(self._fetch, size).inclusion_proof(index)
        return tuple(base64.b64encode(each).decode() for each in hashes)

    async def _fetch(self, path: str) -> bytes:
        return (await self.stores.immutable.read(self.place.name(path))).content


async def snapshot_of(stores: Stores, organisation: str) -> Snapshot:
    """Raises :class:`NotFound` for a log in which nothing has been sealed yet."""
    place = await logs.place_of(stores, await _head(stores, organisation))
    return Snapshot(stores, place, await _note(stores, place))


async def state(stores: Stores, organisation: str) -> State:
    head = await logs.head_of(stores, organisation)
    place = await logs.place_of(stores, head)
    return State(place.id, place.origin, str(place.key.public), head.size)


async def _head(stores: Stores, organisation: str) -> Head:
    try:
        return await logs.existing_head(stores, organisation)
    except NotFound:
        raise _waiting() from None


async def _note(stores: Stores, place: Place) -> bytes:
    try:
        return (await stores.latest.read(place.name("checkpoint"))).content
    except NotFound:
        raise _waiting() from None


def _waiting() -> NotFound:
    return NotFound("The entry has not been sealed yet. Ask again in a few minutes.", headers={"Retry-After": "300"})
