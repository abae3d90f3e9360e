"""The keyring: a random key per record, wrapped by its organisation's root. Destroy the key and the record is gone."""

import base64
import secrets
from collections import OrderedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shared.clock import Clock, rfc3339
from shared.errors import CannotOpen, Conflict
from shared.sealing.envelope import RecordKey
from shared.sealing.roots import Root, RootKeys
from shared.storage.cosmos import Container, Document

MOST_CACHED = 10_000


class Keyring:
    """Wraps with AES-256-SIV (RFC 5297): deterministic, so safe without a nonce, and bound to its record."""

    def __init__(self, container: Container, roots: RootKeys, clock: Clock) -> None:
        self._container, self._roots, self._clock = container, roots, clock
        self._cached: OrderedDict[tuple[str, str], RecordKey] = OrderedDict()

    async def create(self, organisation: str, record: str) -> RecordKey:
        """A new key, stored before anything is sealed with it. Asked again for the same record: the same key."""
        root = await self._roots.root(organisation)
        key = RecordKey(record, secrets.token_bytes(32))
        document: Document = {
            "id": record,
            "organisationId": organisation,
            "root": root.version,
            "wrapped": base64.b64encode(_wrapper(root).encrypt(key.secret, [_bound(organisation, record)])).decode(),
            "createdAt": rfc3339(self._clock.now()),
        }
        try:
            await self._container.create(document)
        except Conflict:
            return await self.fetch(organisation, record)
        return self._keep(organisation, key)

    async def shared(self, organisation: str, name: str) -> RecordKey:
        """The key of a group of records that live and die together; made by whoever comes first, then remembered."""
        return self._cached.get((organisation, name)) or await self.create(organisation, name)

    async def fetch(self, organisation: str, record: str) -> RecordKey:
        """Raises :class:`shared.errors.NotFound` when the key has been destroyed."""
        if kept := self._cached.get((organisation, record)):
            self._cached.move_to_end((organisation, record))
            return kept
        document = await self._container.read(record, organisation)
        root = await self._roots.root(organisation, document["root"])
        try:
            secret = _wrapper(root).decrypt(base64.b64decode(document["wrapped"]), [_bound(organisation, record)])
        except (InvalidTag, ValueError) as error:
            raise CannotOpen("the record's key does not belong to this organisation") from error
        return self._keep(organisation, RecordKey(record, secret))

    async def destroy(self, organisation: str, record: str) -> None:
        """After this, and once backups have aged out, no copy of the record can be opened by anyone."""
        self._cached.pop((organisation, record), None)
        await self._container.delete(record, organisation)

    def forget(self) -> None:
        """Empties the cache."""
        self._cached.clear()

    def _keep(self, organisation: str, key: RecordKey) -> RecordKey:
        self._cached[organisation, key.id] = key
        while len(self._cached) > MOST_CACHED:
            self._cached.popitem(last=False)
        return key


def _wrapper(root: Root) -> AESSIV:
    return AESSIV(root.wrapping)


def _bound(organisation: str, record: str) -> bytes:
    return f"{organisation}|{record}".encode()
