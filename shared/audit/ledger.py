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
    head = await _head(stores, found["organisationId"])
    place = await logs.place_of(stores, head)
    note = await _note(stores, place)
    index, size = found.get("leafIndex"), Checkpoint.opened(note, place.key.public).size
    if index is None or index >= size:
        raise _waiting()

    async def fetch(path: str) -> bytes:
        return (await stores.immutable.read(place.name(path))).content

    hashes = await StoredTree(fetch, size).inclusion_proof(index)
    return Proof(
        entry=found,
        origin=place.origin,
        public_key=str(place.key.public),
        leaf_index=index,
        inclusion=tuple(base64.b64encode(each).decode() for each in hashes),
        checkpoint=note.decode(),
    )


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
