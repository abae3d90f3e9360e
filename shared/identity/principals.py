"""From an identity or a device credential to a principal: who it is here, where, and in which roles."""

import asyncio
import hmac
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from shared.clock import Clock, rfc3339
from shared.errors import NotFound, Unauthenticated
from shared.identity.tokens import Identity
from shared.ids import derived_id
from shared.sealing.keyring import Keyring, Use
from shared.sealing.roots import PLATFORM
from shared.sealing.tokens import token
from shared.storage.cosmos import Container, Document

CACHED_SECONDS = 30.0
"""The longest time for which a suspension or a changed role can go unnoticed by a worker."""
MOST_CACHED = 5_000


class Role(StrEnum):
    REPORTER = "reporter"
    INVESTIGATOR = "investigator"
    ORG_ADMIN = "org_admin"
    PRIVACY_OFFICER = "privacy_officer"
    AUDITOR = "auditor"
    OFFICER = "officer"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Principal:
    """Whoever makes a request. ``sites`` empty means the roles hold everywhere in the organisation."""

    id: str
    organisation: str
    kind: Literal["user", "device", "service"]
    roles: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    employer: str = "retailer"
    """Kind of the organisation: retailer, law_enforcement or platform."""
    accepted_terms: str = ""
    """The version of the terms of use that the user has accepted."""
    vendor_format: str = "any"
    """Of a camera: what it was registered to send."""
    keeps_unmatched: bool = False
    """Of a camera: whether its site keeps reads that match nothing."""

    def at(self, site: str) -> bool:
        return not self.sites or site in self.sites


class Principals:
    """``credentials`` maps what is presented to a principal's home; ``users`` holds the roles."""

    def __init__(
        self, credentials: Container, users: Container, organisations: Container, keyring: Keyring, clock: Clock
    ) -> None:
        self._credentials, self._users, self._organisations, self._keyring = credentials, users, organisations, keyring
        self._clock = clock
        self._cached: OrderedDict[str, tuple[float, Principal]] = OrderedDict()

    async def user(self, identity: Identity) -> Principal:
        slot = user_credential_id(identity)
        return await self._remembered(slot, lambda: self._load_user(slot))

    async def device(self, device: str, secret: str) -> Principal:
        """A device proves itself with a secret of 256 random bits, of which only a keyed hash is stored."""
        hashed = device_secret_hash(await self._keyring.key_for(PLATFORM, Use.CREDENTIALS), device, secret)
        return await self._remembered(f"{device}|{hashed}", lambda: self._load_device(device, hashed))

    def forget(self, principal: str | None = None) -> None:
        """Empties the cache, or what it holds of one user or device: in this worker a change then shows at once."""
        gone = [slot for slot, (_, kept) in self._cached.items() if principal in (None, kept.id)]
        for slot in gone:
            del self._cached[slot]

    async def _remembered(self, slot: str, load: Callable[[], Awaitable[Principal]]) -> Principal:
        kept = self._cached.get(slot)
        if kept and kept[0] > time.monotonic():
            return kept[1]
        principal = await load()
        self._cached[slot] = (time.monotonic() + CACHED_SECONDS, principal)
        while len(self._cached) > MOST_CACHED:
            self._cached.popitem(last=False)
        return principal

    async def _load_user(self, slot: str) -> Principal:
        try:
            credential = await self._credentials.read(slot, slot)
            home = credential["organisationId"]
            user, organisation = await asyncio.gather(
                self._users.read(credential["userId"], home), self._organisations.read(home, home)
            )
        except NotFound:
            raise Unauthenticated("You are signed in, but have no account here. Ask your administrator.") from None
        if user["state"] != "active" or organisation.get("state", "active") != "active":
            raise Unauthenticated("Your account is suspended. Ask your administrator.")
        return principal_of(user, organisation)

    async def _load_device(self, device: str, hashed: str) -> Principal:
        try:
            credential = await self._credentials.read(device, device)
        except NotFound:
            raise unknown_device() from None
        if credential.get("kind") != "device" or credential["state"] != "active":
            raise unknown_device()
        now = rfc3339(self._clock.now())
        good = [each for each in credential["secrets"] if not each["until"] or each["until"] > now]
        if not any(hmac.compare_digest(hashed, each["hash"]) for each in good):
            raise unknown_device()
        return Principal(
            id=device,
            organisation=credential["organisationId"],
            kind="device",
            sites=frozenset([credential["siteId"]]),
            vendor_format=credential["format"],
            keeps_unmatched=credential.get("keepUnmatched", False),
        )


def principal_of(user: Document, organisation: Document) -> Principal:
    return Principal(
        id=user["id"],
        organisation=user["organisationId"],
        kind="user",
        roles=frozenset(user["roles"]),
        sites=frozenset(user.get("siteIds", ())),
        employer=organisation["kind"],
        accepted_terms=user.get("acceptedTerms") or "",
    )


def user_credential_id(identity: Identity) -> str:
    return derived_id("user", identity.issuer, identity.subject)


def device_secret_hash(platform_key: bytes, device: str, secret: str) -> str:
    return token(platform_key, f"device:{device}", secret)


def unknown_device() -> Unauthenticated:
    return Unauthenticated(
        "The device is unknown, its credential is wrong, or it was revoked.",
        headers={"WWW-Authenticate": 'Basic realm="device", charset="UTF-8"'},
    )
