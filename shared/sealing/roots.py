"""The root key of each organisation: one Key Vault secret, everything else derived from it by HKDF (RFC 5869).

A root is fetched once per worker and organisation and kept for five minutes, so that a destroyed or rotated root
stops working within that time. With Key Vault away, cached roots serve until they expire; then nothing opens.
"""

import asyncio
import base64
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.keyvault.secrets.aio import SecretClient
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.errors import Unavailable

PLATFORM = "platform"
"""The platform's own root: signs cursors and hashes device credentials; seals no personal data."""

LIFETIME_SECONDS = 300.0
MOST_CACHED = 2048


@dataclass(frozen=True)
class Root:
    """The keys derived from one version of an organisation's root."""

    organisation: str
    version: str
    wrapping: bytes
    """64 bytes for AES-256-SIV, wraps record keys."""
    index: bytes
    """32 bytes for HMAC, makes blind index tokens."""
    audit: bytes
    """32 bytes for HMAC, makes commitments in the audit log."""

    def __repr__(self) -> str:
        return f"Root(organisation={self.organisation!r}, version={self.version!r})"


def derive(organisation: str, version: str, secret: bytes) -> Root:
    def part(use: str, length: int) -> bytes:
        info = f"reeve|1|{organisation}|{use}".encode()
        return HKDF(SHA256(), length=length, salt=None, info=info).derive(secret)

    return Root(organisation, version, part("sealing", 64), part("index", 32), part("audit", 32))


class RootKeys:
    def __init__(self, vault: SecretClient, now: Callable[[], float] = time.monotonic) -> None:
        self._vault, self._now = vault, now
        self._cached: OrderedDict[tuple[str, str | None], tuple[float, Root]] = OrderedDict()
        self._fetching: dict[tuple[str, str | None], asyncio.Lock] = {}

    async def root(self, organisation: str, version: str | None = None) -> Root:
        """The current root, or the one of ``version`` that wrapped an older key."""
        slot = (organisation, version)
        if found := self._fresh(slot):
            return found
        async with self._fetching.setdefault(slot, asyncio.Lock()):
            if found := self._fresh(slot):
                return found
            return self._keep(slot, await self._fetch(organisation, version))

    async def create(self, organisation: str) -> None:
        """Gives a new organisation its root; an organisation that has one keeps it."""
        try:
            await self._vault.get_secret(_name(organisation))
        except ResourceNotFoundError:
            value = base64.b64encode(secrets.token_bytes(32)).decode()
            await self._vault.set_secret(_name(organisation), value, content_type="application/octet-stream;base64")

    def forget(self) -> None:
        """Empties the cache."""
        self._cached.clear()

    async def ping(self) -> None:
        await self._fetch(PLATFORM, None)

    async def close(self) -> None:
        await self._vault.close()

    def _fresh(self, slot: tuple[str, str | None]) -> Root | None:
        kept = self._cached.get(slot)
        if kept and kept[0] > self._now():
            self._cached.move_to_end(slot)
            return kept[1]
        return None

    def _keep(self, slot: tuple[str, str | None], root: Root) -> Root:
        until = self._now() + LIFETIME_SECONDS
        self._cached[slot] = self._cached[root.organisation, root.version] = (until, root)
        while len(self._cached) > MOST_CACHED:
            self._cached.popitem(last=False)
        return root

    async def _fetch(self, organisation: str, version: str | None) -> Root:
        try:
            secret = await self._vault.get_secret(_name(organisation), version)
        except AzureError as error:
            raise Unavailable(
                "The keys that open this data cannot be reached at the moment.", headers={"Retry-After": "30"}
            ) from error
        return derive(organisation, secret.properties.version or "", base64.b64decode(secret.value or ""))


def _name(organisation: str) -> str:
    return f"root-{organisation}"
