"""The keyring: a random key per record or purpose, wrapped by its organisation's root. Destroy the key, and what it
sealed is gone.

Nothing but wrapping is done with a root. So a root is rotated by wrapping its keys anew, and no token, signature or
commitment changes with it.
"""

import asyncio
import base64
import contextlib
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shared.clock import Clock, rfc3339
from shared.errors import CannotOpen, Conflict, NotFound, PreconditionFailed
from shared.ids import derived_id
from shared.sealing.envelope import RecordKey
from shared.sealing.roots import Root, RootKeys
from shared.sealing.tokens import Index
from shared.storage.cosmos import Container, Document

log = logging.getLogger("reeve.sealing")

MOST_CACHED = 10_000
LIFETIME_SECONDS = 300.0
"""The longest for which a worker can go on opening what another one has destroyed the key of."""
EPOCHS_SECONDS = 60.0
"""The longest for which a worker can go on writing tokens of an epoch that is being left."""
EPOCHS = "index-epochs"


class Use(StrEnum):
    """What an organisation needs a key of its own for, beside its records."""

    COMMITMENTS = "commitments"
    """Digests that prove later what was meant."""
    AUDIT_LOG = "audit-log"
    """Signs the organisation's log."""
    CREDENTIALS = "credentials"
    """Of the platform: hashes of device secrets and invitation codes."""
    CURSORS = "cursors"
    """Of the platform: signatures of page cursors."""


class Keyring:
    """Wraps with AES-256-SIV (RFC 5297): deterministic, so safe without a nonce, and bound to its record."""

    def __init__(
        self, container: Container, roots: RootKeys, clock: Clock, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._container, self._roots, self._clock, self._now = container, roots, clock, now
        self._cached: OrderedDict[tuple[str, str], tuple[float, RecordKey]] = OrderedDict()
        self._epochs: OrderedDict[str, tuple[float, tuple[int, ...]]] = OrderedDict()

    # -- keys of records ---------------------------------------------------------------------------------------------

    async def create(self, organisation: str, record: str) -> RecordKey:
        """A new key, stored before anything is sealed with it. Asked again for the same record: the same key."""
        root = await self._roots.root(organisation)
        key = RecordKey(record, secrets.token_bytes(32))
        try:
            await self._container.create(self._document(root, organisation, record, key.secret))
        except Conflict:
            return await self.fetch(organisation, record)
        return self._keep(organisation, record, key)

    async def shared(self, organisation: str, name: str) -> RecordKey:
        """The key of a group of records that live and die together; made by whoever comes first, then remembered."""
        try:
            return await self.fetch(organisation, name)
        except NotFound:
            return await self.create(organisation, name)

    async def fetch(self, organisation: str, record: str) -> RecordKey:
        """Raises :class:`shared.errors.NotFound` when the key has been destroyed."""
        kept = self._cached.get((organisation, record))
        if kept and kept[0] > self._now():
            self._cached.move_to_end((organisation, record))
            return kept[1]
        self._cached.pop((organisation, record), None)
        return await self.refetch(organisation, record)

    async def refetch(self, organisation: str, record: str) -> RecordKey:
        """Past the memory of this worker: the key may have been renewed by another."""
        return self._keep(organisation, record, await self._key(await self._container.read(record, organisation)))

    async def adopt(self, organisation: str, name: str, secret: bytes) -> None:
        """Gives an organisation a key that others have too; one that it has already stays."""
        root = await self._roots.root(organisation)
        with contextlib.suppress(Conflict):
            await self._container.create(self._document(root, organisation, name, secret))

    async def destroy(self, organisation: str, record: str) -> None:
        """After this, and once backups have aged out, no copy of the record can be opened by anyone."""
        self._cached.pop((organisation, record), None)
        await self._container.delete(record, organisation)

    def forget(self) -> None:
        """Empties the caches."""
        self._cached.clear()
        self._epochs.clear()

    # -- keys of an organisation -------------------------------------------------------------------------------------

    async def key_for(self, organisation: str, use: Use) -> bytes:
        """32 bytes, the same for ever."""
        return (await self.shared(organisation, derived_id("key", organisation, use))).secret

    async def index(self, organisation: str) -> Index:
        """The keys by which tokens are made and looked up, of every epoch that is open, the newest first."""
        names = [_epoch_key(organisation, epoch) for epoch in await self._open_epochs(organisation)]
        keys = await asyncio.gather(*(self.shared(organisation, name) for name in names))
        return Index(tuple(key.secret for key in keys))

    async def open_epoch(self, organisation: str) -> int:
        """A new epoch for the tokens of an organisation, unless one is just being left. Older ones stay readable."""
        document = await self._epochs_document(organisation)
        epochs = document["epochs"]
        if len(epochs) > 1:
            return int(epochs[0])
        await self._container.replace(document | {"epochs": [epochs[0] + 1, *epochs]}, document["_etag"])
        self._epochs.pop(organisation, None)
        return int(epochs[0] + 1)

    async def close_epochs(self, organisation: str) -> None:
        """Only the newest epoch stays: the keys of the others are destroyed, and tokens of them find nothing."""
        document = await self._epochs_document(organisation)
        newest, *old = document["epochs"]
        await self._container.replace(document | {"epochs": [newest]}, document["_etag"])
        self._epochs.pop(organisation, None)
        for epoch in old:
            await self.destroy(organisation, _epoch_key(organisation, epoch))

    # -- a new key for a record ------------------------------------------------------------------------------------

    async def renew(self, organisation: str, record: str) -> RecordKey:
        """A new key beside the old one, for sealing the record anew. Interrupted and repeated, it is the same one."""
        document = await self._container.read(record, organisation)
        if "former" not in document:
            root = await self._roots.root(organisation)
            former = _wrap(root, organisation, record, await self._unwrapped(document))
            renewed = document | {
                "root": root.version,
                "wrapped": _wrap(root, organisation, record, secrets.token_bytes(32)),
                "generation": document.get("generation", 0) + 1,
                "former": former,
            }
            document = await self._container.replace(renewed, document["_etag"])
        return self._keep(organisation, record, await self._key(document))

    async def settle(self, organisation: str, record: str) -> None:
        """Everything has been sealed with the new key: the old one is destroyed."""
        document = await self._container.read(record, organisation)
        if "former" in document:
            settled = {name: value for name, value in document.items() if name != "former"}
            document = await self._container.replace(settled, document["_etag"])
        self._keep(organisation, record, await self._key(document))

    # -- rotation ----------------------------------------------------------------------------------------------------

    async def rewrap(self, organisation: str, most: int) -> int:
        """Wraps up to ``most`` keys anew that an older root wraps. How many it did; 0 means that none is left but what
        cannot be opened anyway."""
        root = await self._roots.root(organisation)
        where = "IS_DEFINED(c.wrapped) AND c.root != @newest"
        text = f"SELECT * FROM c WHERE {where} OFFSET 0 LIMIT {most:d}"  # noqa: S608 - a number
        found = [each async for each in self._container.query(text, {"newest": root.version}, key=organisation)]
        done = 0
        for document in found:
            try:
                await self._container.replace(await self._rewrapped(root, document), document["_etag"])
            except CannotOpen:
                log.error("a key of %s cannot be opened, and stays under its old root", organisation)  # noqa: TRY400
            except (NotFound, PreconditionFailed):
                continue  # destroyed just now, or wrapped by somebody else
            else:
                done += 1
        return done

    async def destroy_all(self, organisation: str, most: int) -> int:
        """Destroys up to ``most`` keys of an organisation that has left. How many there were."""
        self.forget()
        text = f"SELECT c.id FROM c OFFSET 0 LIMIT {most:d}"  # noqa: S608 - a number
        found = [each["id"] async for each in self._container.query(text, key=organisation)]
        for each in found:
            await self._container.delete(each, organisation)
        return len(found)

    # -- how it is done ----------------------------------------------------------------------------------------------

    def _document(self, root: Root, organisation: str, record: str, secret: bytes) -> Document:
        return {
            "id": record,
            "organisationId": organisation,
            "root": root.version,
            "wrapped": _wrap(root, organisation, record, secret),
            "createdAt": rfc3339(self._clock.now()),
        }

    async def _rewrapped(self, root: Root, document: Document) -> Document:
        wrapped = {
            name: _wrap(root, document["organisationId"], document["id"], await self._unwrapped(document, name))
            for name in ("wrapped", "former")
            if name in document
        }
        return document | wrapped | {"root": root.version}

    async def _key(self, document: Document) -> RecordKey:
        record, generation = document["id"], document.get("generation", 0)
        former = None
        if "former" in document:
            former = RecordKey(_name(record, generation - 1), await self._unwrapped(document, "former"))
        return RecordKey(_name(record, generation), await self._unwrapped(document), former)

    async def _unwrapped(self, document: Document, which: str = "wrapped") -> bytes:
        organisation, record = document["organisationId"], document["id"]
        root = await self._roots.root(organisation, document["root"])
        try:
            return AESSIV(root.wrapping).decrypt(base64.b64decode(document[which]), [_bound(organisation, record)])
        except (InvalidTag, ValueError) as error:
            raise CannotOpen("the record's key does not belong to this organisation") from error

    async def _open_epochs(self, organisation: str) -> tuple[int, ...]:
        kept = self._epochs.get(organisation)
        if kept and kept[0] > self._now():
            return kept[1]
        epochs = tuple((await self._epochs_document(organisation))["epochs"])
        self._epochs[organisation] = (self._now() + EPOCHS_SECONDS, epochs)
        while len(self._epochs) > MOST_CACHED:
            self._epochs.popitem(last=False)
        return epochs

    async def _epochs_document(self, organisation: str) -> Document:
        try:
            return await self._container.read(EPOCHS, organisation)
        except NotFound:
            first = {"id": EPOCHS, "organisationId": organisation, "epochs": [1]}
        try:
            return await self._container.create(first)
        except Conflict:
            return await self._container.read(EPOCHS, organisation)

    def _keep(self, organisation: str, record: str, key: RecordKey) -> RecordKey:
        self._cached[organisation, record] = (self._now() + LIFETIME_SECONDS, key)
        while len(self._cached) > MOST_CACHED:
            self._cached.popitem(last=False)
        return key


def _name(record: str, generation: int) -> str:
    """As envelopes name the key: that of a record is called as the record is, until it is renewed."""
    return f"{record}~{generation}" if generation else record


def _epoch_key(organisation: str, epoch: int) -> str:
    return derived_id("index", organisation, str(epoch))


def _wrap(root: Root, organisation: str, record: str, secret: bytes) -> str:
    return base64.b64encode(AESSIV(root.wrapping).encrypt(secret, [_bound(organisation, record)])).decode()


def _bound(organisation: str, record: str) -> bytes:
    return f"{organisation}|{record}".encode()
