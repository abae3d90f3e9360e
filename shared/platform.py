"""The ground every service stands on, put together once per process from the settings."""

import asyncio
from dataclasses import dataclass
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import DefaultAzureCredential
from azure.keyvault.secrets.aio import SecretClient

from shared.audit.trail import Entry, Trail
from shared.clock import Clock, SystemClock
from shared.errors import Forbidden, NotFound
from shared.identity.principals import Principal, Principals
from shared.identity.tokens import TokenVerifier
from shared.messaging.sender import Bus
from shared.policy.decision import Decision, Purpose, Relation, Resource, decide, relation
from shared.sealing.keyring import Keyring
from shared.sealing.records import Record, Records
from shared.sealing.roots import RootKeys
from shared.settings import Settings, load
from shared.storage.blobs import Blobs
from shared.storage.cosmos import Container, Cosmos


@dataclass
class Platform:
    settings: Settings
    clock: Clock
    cosmos: Cosmos
    bus: Bus
    blobs: Blobs
    roots: RootKeys
    keyring: Keyring
    trail: Trail
    tokens: TokenVerifier
    principals: Principals
    credential: AsyncTokenCredential

    def container(self, name: str) -> Container:
        return self.cosmos.container(name)

    def records[R: Record](self, model: type[R]) -> Records[R]:
        return Records(model, self.container(model.container), self.keyring)

    async def authorise(
        self,
        principal: Principal,
        action: str,
        resource: Resource,
        purpose: Purpose | None = None,
        related: Relation | None = None,
    ) -> Decision:
        """Decides, and keeps a record of every refusal. A stranger learns nothing, not even that a record exists."""
        decision = decide(principal, action, resource, purpose, related)
        if decision.allowed:
            return decision
        await self.account(
            principal,
            action,
            organisation=resource.organisation,
            subjects=[resource.id],
            decision=decision,
            purpose=purpose,
        )
        if (related or relation(principal, resource)) == "stranger":
            raise NotFound("The record does not exist, or is not shared with you.")
        if "promise-a-purpose-for-every-use" in decision.policies:
            raise Forbidden("State a purpose that permits this use, for example purpose=INVESTIGATE.")
        raise Forbidden("Your role does not allow this. Ask your administrator if you need it for your work.")

    async def account(
        self,
        principal: Principal,
        action: str,
        *,
        organisation: str,
        subjects: list[str],
        decision: Decision,
        purpose: Purpose | None = None,
    ) -> None:
        """Writes the audit entry of what was decided, into the log of the organisation whose data it is."""
        await self.trail.record(
            Entry(
                organisation=organisation,
                actor=principal.id,
                actor_organisation=principal.organisation,
                action=action,
                subjects=subjects,
                purpose=purpose,
                policies=decision.policies,
                outcome="allowed" if decision.allowed else "denied",
            )
        )

    async def close(self) -> None:
        await asyncio.gather(
            self.cosmos.close(),
            self.bus.close(),
            self.blobs.close(),
            self.roots.close(),
            self.credential.close(),
            return_exceptions=True,
        )


def assemble(settings: Settings, clock: Clock | None = None) -> Platform:
    """Opens nothing yet: every client connects on first use."""
    clock = clock or SystemClock()
    credential = DefaultAzureCredential(managed_identity_client_id=settings.managed_identity_client_id)
    cosmos = Cosmos(settings.cosmos_endpoint, settings.cosmos_key or credential, settings.cosmos_database)
    roots = RootKeys(SecretClient(settings.key_vault_url, credential))
    return Platform(
        settings=settings,
        clock=clock,
        cosmos=cosmos,
        bus=_bus(settings, credential),
        blobs=_blobs(settings, credential),
        roots=roots,
        keyring=Keyring(cosmos.container("keyring"), roots, clock),
        trail=Trail(cosmos.container("audit"), clock),
        tokens=TokenVerifier(settings.issuers, settings.oidc_audience),
        principals=Principals(cosmos.container("credentials"), cosmos.container("users"), roots),
        credential=credential,
    )


def _bus(settings: Settings, credential: AsyncTokenCredential) -> Bus:
    if settings.servicebus:
        return Bus.from_connection_string(settings.servicebus)
    return Bus.from_namespace(settings.servicebus_namespace or "", credential)


def _blobs(settings: Settings, credential: AsyncTokenCredential) -> Blobs:
    if settings.evidence_storage:
        return Blobs.from_connection_string(settings.evidence_storage)
    return Blobs.from_account_url(settings.evidence_storage_url or "", credential)


_current: dict[str, Any] = {}


def current() -> Platform:
    """The platform of this process. Async clients belong to one event loop, and a worker has exactly one."""
    if "platform" not in _current:
        _current["platform"] = assemble(load())
    platform: Platform = _current["platform"]
    return platform
