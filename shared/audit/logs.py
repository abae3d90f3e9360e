"""The log of one organisation: where it stands, the key that signs it, and the document that says how far it is.

The log's name tells nothing of whose it is. It derives from the public key, and the key from a secret in the
organisation's keyring: a later root leaves the log as it is.
"""

from dataclasses import dataclass, field
from typing import Any, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.audit.merkle import EMPTY_ROOT
from shared.audit.notes import Checkpoint, SigningKey
from shared.errors import Conflict, NotFound
from shared.ids import derived_id
from shared.sealing.keyring import Keyring, Use
from shared.storage.cosmos import Container, Document
from shared.storage.objects import Objects

IMMUTABLE, LATEST = "audit-log", "audit-heads"
ORIGIN = "reeve.example/log"
HEAD = "log"
"""Both the id and the second half of the partition key of a log's head, beside the entries of the organisation."""


@dataclass(frozen=True)
class Stores:
    """Everything that logs are made of."""

    entries: Container
    organisations: Container
    immutable: Objects
    latest: Objects
    keyring: Keyring


@dataclass(frozen=True)
class Place:
    """Where a log stands, and its key."""

    id: str
    key: SigningKey

    @classmethod
    def of(cls, secret: bytes) -> Self:
        seed = HKDF(SHA256(), 32, salt=None, info=b"v1|audit-log|ed25519").derive(secret)
        identifier = derived_id("audit-log", SigningKey("", seed).public.key.hex())
        return cls(identifier, SigningKey(f"{ORIGIN}/{identifier}", seed))

    @property
    def origin(self) -> str:
        return self.key.name

    def name(self, path: str) -> str:
        return f"{self.id}/{path}"


@dataclass(frozen=True)
class Pending:
    """An entry that has been given its place, and its leaf."""

    organisation: str
    day: str
    id: str
    leaf: str


@dataclass(frozen=True)
class Head:
    """How far the log of an organisation is, and which entries come next: once they stand here, their places are
    decided, and whoever comes by finishes the work."""

    organisation: str
    size: int = 0
    root: bytes = EMPTY_ROOT
    pending: tuple[Pending, ...] = ()
    etag: str = field(default="", compare=False)

    @classmethod
    def of(cls, document: Document) -> Self:
        return cls(
            organisation=document["organisationId"],
            size=document["size"],
            root=bytes.fromhex(document["root"]),
            pending=tuple(Pending(**each) for each in document["pending"]),
            etag=document["_etag"],
        )

    @property
    def document(self) -> Document:
        pending: list[dict[str, Any]] = [vars(each) for each in self.pending]
        return {
            "id": HEAD,
            "organisationId": self.organisation,
            "day": HEAD,
            "kind": "log",
            "size": self.size,
            "root": self.root.hex(),
            "pending": pending,
            "unsealed": bool(pending),
        }


async def existing_head(stores: Stores, organisation: str) -> Head:
    """Raises :class:`NotFound` when the log has not begun."""
    return Head.of(await stores.entries.read(HEAD, [organisation, HEAD]))


async def head_of(stores: Stores, organisation: str) -> Head:
    try:
        return await existing_head(stores, organisation)
    except NotFound:
        return await _begun(stores, organisation)


async def place_of(stores: Stores, head: Head) -> Place:
    return Place.of(await stores.keyring.key_for(head.organisation, Use.AUDIT_LOG))


async def moved(stores: Stores, head: Head) -> Head:
    """Stores a further state of the head, if nobody else did since it was read."""
    return Head.of(await stores.entries.replace(head.document, head.etag))


async def latest_checkpoint(stores: Stores, place: Place) -> Checkpoint | None:
    """What the log last said of itself in public."""
    try:
        note = (await stores.latest.read(place.name("checkpoint"))).content
    except NotFound:
        return None
    return Checkpoint.opened(note, place.key.public)


async def _begun(stores: Stores, organisation: str) -> Head:
    place = Place.of(await stores.keyring.key_for(organisation, Use.AUDIT_LOG))
    await stores.immutable.create(place.name("key"), f"{place.key.public}\n".encode())
    try:
        return Head.of(await stores.entries.create(Head(organisation).document))
    except Conflict:
        return await existing_head(stores, organisation)
