"""The root key of each organisation: one Key Vault secret, everything else derived from it by HKDF (RFC 5869).

A root is fetched once per worker and organisation and kept for five minutes, so that a destroyed or rotated root
stops working within that time. With Key Vault away, cached roots serve until they expire; then nothing opens.
"""

import asyncio
import base64
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.keyvault.secrets.aio import SecretClient
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.errors import CannotOpen, Unavailable

PLATFORM = "platform"
"""The platform's own root. Of personal data it seals only what a person asks of everybody, until they have it."""

CONTENT = "application/octet-stream;base64"
FORBIDDEN = 403
LIFETIME_SECONDS = 300.0
MOST_CACHED = 2048


@dataclass(frozen=True)
class Root:
    """What is derived from one version of an organisation's root: it wraps keys, and does nothing else."""

    organisation: str
    version: str
    wrapping: bytes
    """64 bytes for AES-256-SIV."""

    def __repr__(self) -> str:
        return f"Root(organisation={self.organisation!r}, version={self.version!r})"


def derive(organisation: str, version: str, secret: bytes) -> Root:
    info = f"reeve|1|{organisation}|sealing".encode()
    return Root(organisation, version, HKDF(SHA256(), length=64, salt=None, info=info).derive(secret))


class RootKeys:
    def __init__(self, vault: SecretClient, now: Callable[[], float] = time.monotonic) -> None:
        self._vault, self._now = vault, now
        self._cached: OrderedDict[tuple[str, str | None], tuple[float, Root]] = OrderedDict()
        self._fetching: dict[tuple[str, str | None], asyncio.Lock] = {}
        self._settings: dict[str, tuple[float, str]] = {}

    async def root(self, organisation: str, version: str | None = None) -> Root:
        """The current root, or the one of ``version`` that wrapped an older key."""
        slot = (organisation, version)
        if found := self._fresh(slot):
            return found
        async with self._fetching.setdefault(slot, asyncio.Lock()):
            if found := self._fresh(slot):
                return found
            return self._keep(slot, await self._fetch(organisation, version))

    async def setting(self, name: str, make: Callable[[], str] | None = None) -> str:
        """A secret of the installation, such as the password of its mail server. Kept as long as a root.

        ``make``: what it shall be if there is none; without it, :class:`Unavailable` is raised.
        """
        if (kept := self._settings.get(name)) and kept[0] > self._now():
            return kept[1]
        try:
            value = (await self._vault.get_secret(name)).value or ""
        except ResourceNotFoundError:
            if make is None:
                raise _unreachable() from None
            await self._asked(self._vault.set_secret(name, make()))
            value = (await self._asked(self._vault.get_secret(name))).value or ""  # another worker's, if it was later
        except AzureError as error:
            raise _unreachable() from error
        self._settings[name] = (self._now() + LIFETIME_SECONDS, value)
        return value

    async def create(self, organisation: str) -> None:
        """Gives a new organisation its root; an organisation that has one keeps it."""
        try:
            await self._vault.get_secret(_name(organisation))
        except ResourceNotFoundError:
            await self._vault.set_secret(_name(organisation), _random(), content_type=CONTENT)

    async def rotate(self, organisation: str) -> str:
        """A new root beside the old ones. Its version; other workers use it within five minutes."""
        secret = await self._asked(self._vault.set_secret(_name(organisation), _random(), content_type=CONTENT))
        self.forget()
        return secret.properties.version or ""

    async def made_at(self, organisation: str) -> datetime:
        """When the current root was made."""
        secret = await self._asked(self._vault.get_secret(_name(organisation)))
        return secret.properties.created_on or datetime.min.replace(tzinfo=UTC)

    async def retire_old(self, organisation: str) -> int:
        """Disables every version but the current one, for good. How many were not yet."""
        current = (await self._fetch(organisation, None)).version
        old = [
            each.version
            async for each in self._vault.list_properties_of_secret_versions(_name(organisation))
            if each.version != current and each.enabled
        ]
        for version in old:
            await self._asked(self._vault.update_secret_properties(_name(organisation), version, enabled=False))
        self.forget()
        return len(old)

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
        secret = await self._asked(self._vault.get_secret(_name(organisation), version))
        return derive(organisation, secret.properties.version or "", base64.b64decode(secret.value or ""))

    async def _asked[T](self, call: Awaitable[T]) -> T:
        """Fails closed: no key, no data. A version that was retired does not come back; everything else may."""
        try:
            return await call
        except HttpResponseError as error:
            if error.status_code == FORBIDDEN and "disabled" in str(error.message).lower():
                raise CannotOpen("the root of this key has been retired") from error
            raise _unreachable() from error
        except AzureError as error:
            raise _unreachable() from error


def _unreachable() -> Unavailable:
    return Unavailable("The keys that open this data cannot be reached at the moment.", headers={"Retry-After": "30"})


def _random() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _name(organisation: str) -> str:
    return f"root-{organisation}"
