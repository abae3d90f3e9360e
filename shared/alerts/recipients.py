"""Who should know. Rules over ids and roles: no personal data is opened to decide it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from shared.identity.principals import Role
from shared.platform import Platform
from shared.policy.decision import Relation
from shared.sharing import communities, rules
from shared.sharing.models import FeedEntry, Membership
from shared.storage.cosmos import Document

TOLD_AT_HOME = {Role.INVESTIGATOR}
TOLD_IN_COMMUNITY = {Role.INVESTIGATOR, Role.OFFICER}


@dataclass(frozen=True)
class Recipient:
    user: str
    organisation: str
    relation: Relation
    roles: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    """Empty: the roles hold at every site."""


async def at_home(
    platform: Platform, organisation: str, site: str, roles: set[Role] | None = None
) -> AsyncIterator[Recipient]:
    """The organisation's own: those with one of ``roles`` whose roles hold at the site."""
    wanted = {role.value for role in roles or TOLD_AT_HOME}
    async for user in _active_users(platform, organisation):
        here = not user.get("siteIds") or site in user["siteIds"]
        if here and wanted & set(user["roles"]):
            yield Recipient(user["id"], organisation, "own", tuple(user["roles"]))


@dataclass(frozen=True)
class Way:
    """A member with whom a report is shared at this moment, and what its owner keeps back on top of the policy."""

    member: Membership
    withheld: frozenset[str]


async def ways(platform: Platform, shared_in: list[str], report: Document) -> list[Way]:
    """Each member once; through several communities, what every one of them withholds is withheld."""
    found: dict[str, Way] = {}
    for community in shared_in:
        for member, withheld in await _sharing_with(platform, community, report):
            before = found.get(member.organisation_id)
            together = withheld & before.withheld if before else withheld
            found[member.organisation_id] = Way(member, together)
    return list(found.values())


async def in_communities(platform: Platform, through: Sequence[Way]) -> AsyncIterator[Recipient]:
    """The staff of those members."""
    for way in through:
        async for recipient in _community_staff(platform, way.member):
            yield recipient


async def staff(platform: Platform, organisation: str, roles: set[Role]) -> AsyncIterator[Recipient]:
    """Everybody active there with one of ``roles``, at whatever site."""
    wanted = {role.value for role in roles}
    async for user in _active_users(platform, organisation):
        if wanted & set(user["roles"]):
            yield Recipient(user["id"], organisation, "own", tuple(user["roles"]), tuple(user.get("siteIds") or ()))


async def officers(platform: Platform, organisation: str) -> AsyncIterator[Recipient]:
    """Of a police force, to which something was disclosed."""
    async for each in staff(platform, organisation, {Role.OFFICER}):
        yield replace(each, relation="recipient")


async def one(platform: Platform, organisation: str, user: str) -> AsyncIterator[Recipient]:
    """That person, unless they left."""
    async for each in staff(platform, organisation, set(Role)):
        if each.user == user:
            yield each


async def privacy_officers(platform: Platform, organisation: str) -> AsyncIterator[Recipient]:
    async for user in _active_users(platform, organisation):
        if Role.PRIVACY_OFFICER.value in user["roles"]:
            yield Recipient(user["id"], organisation, "own", tuple(user["roles"]))


async def _sharing_with(
    platform: Platform, community: str, report: Document
) -> list[tuple[Membership, frozenset[str]]]:
    everybody = await communities.members(platform, community)
    owner = next((each for each in everybody if each.organisation_id == report["organisationId"]), None)
    entry = (await platform.container("feed").read_many([(report["id"], community)]))[0]
    if entry is None or owner is None:
        return []
    known, now = FeedEntry.model_validate(entry), platform.clock.now()
    found = [(each, rules.shared(known, owner, each, now)) for each in everybody if rules.lawful(owner, each)]
    return [(each, way.withheld) for each, way in found if way]


async def _community_staff(platform: Platform, member: Membership) -> AsyncIterator[Recipient]:
    wanted = {role.value for role in TOLD_IN_COMMUNITY}
    async for user in _active_users(platform, member.organisation_id):
        if wanted & set(user["roles"]):
            yield Recipient(user["id"], member.organisation_id, "community", tuple(user["roles"]))


async def _active_users(platform: Platform, organisation: str) -> AsyncIterator[Document]:
    text = "SELECT c.id, c.roles, c.siteIds FROM c WHERE c.state = 'active'"
    async for user in platform.container("users").query(text, key=organisation):
        yield user
