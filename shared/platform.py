"""The ground every service stands on, put together once per process from the settings."""

import asyncio
from dataclasses import dataclass
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import DefaultAzureCredential
from azure.keyvault.secrets.aio import SecretClient

from shared.audit.trail import Entry, Trail
from shared.clock import Clock, SystemClock
from shared.errors import Forbidden, NotFound, QuotaSpent
from shared.identity.principals import Principal, Principals
from shared.identity.tokens import TokenVerifier
from shared.ids import derived_id
from shared.messaging.sender import Bus
from shared.policy.decision import Decision, Purpose, Relation, Resource, decide, relation
from shared.policy.quotas import Quotas
from shared.sealing.community import CommunityIndex
from shared.sealing.keyring import Keyring
from shared.sealing.records import Record, Records
from shared.sealing.roots import RootKeys
from shared.settings import Settings, load
from shared.storage.blobs import Blobs
from shared.storage.cosmos import Container, Cosmos
from shared.storage.outbox import Message


@dataclass
class Platform:
    settings: Settings
    clock: Clock
    cosmos: Cosmos
    keys: Cosmos
    """Where the keyring is: in Azure an account of its own."""
    bus: Bus
    blobs: Blobs
    roots: RootKeys
    keyring: Keyring
    community_index: CommunityIndex
    trail: Trail
    tokens: TokenVerifier
    principals: Principals
    quotas: Quotas
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
        if self.quotas.is_guessing(principal):
            raise QuotaSpent("Too many requests were refused within an hour. Your privacy officer has been told.")
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
            if self.quotas.refused(principal):
                await self.alarm(principal, "enumeration")
            raise NotFound("The record does not exist, or is not shared with you.")
        if "promise-a-purpose-for-every-use" in decision.policies:
            raise Forbidden("State a purpose that permits this use, for example purpose=INVESTIGATE.")
        raise Forbidden("Your role does not allow this. Ask your administrator if you need it for your work.")

    async def refused(self, principal: Principal, action: str, subject: str, purpose: Purpose | None) -> None:
        """Keeps a record of a refusal that needed no rule: what was named lies out of the principal's reach. Too many
        are guesses, like those of strangers."""
        if self.quotas.is_guessing(principal):
            raise QuotaSpent("Too many requests were refused within an hour. Your privacy officer has been told.")
        decision = Decision(allowed=False, policies=("out-of-reach",), withheld=frozenset())
        await self.account(principal, action, subjects=[subject], decision=decision, purpose=purpose)
        if self.quotas.refused(principal):
            await self.alarm(principal, "enumeration")

    async def account(
        self,
        principal: Principal,
        action: str,
        *,
        subjects: list[str],
        decision: Decision,
        organisation: str | None = None,
        purpose: Purpose | None = None,
        shows: bool = False,
        sought: str | None = None,
        counted: bool = True,
    ) -> None:
        """Writes the audit entry of what was decided, into the log of the organisation whose data it is: the caller's
        own, unless another is named.

        ``shows`` says that the subjects' personal data is about to be shown: they then count towards the quotas.
        ``sought`` is what was searched for, a number plate say; it is kept sealed.
        ``counted`` is off where it is part of a search that was counted already.
        """
        organisation = organisation or principal.organisation
        if shows:
            try:
                if sought and counted:
                    await self.quotas.search(principal)
                await self.quotas.spend(principal, subjects, others=organisation != principal.organisation)
            except QuotaSpent:
                await self._over(principal, action, organisation, purpose)
                raise
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
                sought=sought,
            )
        )

    async def alarm(self, principal: Principal, what: str) -> None:
        """Tells the privacy officers of the principal's organisation, once a day for each kind of alarm."""
        day = self.clock.now().date().isoformat()
        message_id = derived_id("alarm", what, principal.id, day)
        body = {
            "cause": "alarm",
            "id": principal.id,
            "organisationId": principal.organisation,
            "key": [principal.organisation],
            "messageId": message_id,
        }
        await self.bus.send_or_leave(Message(message_id, "alert-requests", body))

    async def _over(self, principal: Principal, action: str, organisation: str, purpose: Purpose | None) -> None:
        refused = Decision(allowed=False, policies=("quota",), withheld=frozenset())
        await self.account(principal, action, organisation=organisation, subjects=[], decision=refused, purpose=purpose)
        await self.alarm(principal, "quota")

    async def close(self) -> None:
        await asyncio.gather(
            self.cosmos.close(),
            self.keys.close(),
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
    keys = Cosmos(
        settings.cosmos_keyring_endpoint or settings.cosmos_endpoint,
        settings.cosmos_key or credential,
        settings.cosmos_database,
    )
    roots = RootKeys(SecretClient(settings.key_vault_url, credential))
    keyring = Keyring(keys.container("keyring"), roots, clock)
    return Platform(
        settings=settings,
        clock=clock,
        cosmos=cosmos,
        keys=keys,
        bus=_bus(settings, credential),
        blobs=_blobs(settings, credential),
        roots=roots,
        keyring=keyring,
        community_index=CommunityIndex(keyring, keys.container("keyring")),
        trail=Trail(cosmos.container("audit"), clock, keyring),
        tokens=TokenVerifier(settings.issuers, settings.oidc_audience),
        principals=Principals(
            cosmos.container("credentials"),
            cosmos.container("users"),
            cosmos.container("organisations"),
            keyring,
            clock,
        ),
        quotas=Quotas(cosmos.container("quotas"), clock),
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
