"""Who should know. Rules over ids and roles: no personal data is opened to decide it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from shared.identity.principals import Role
from shared.organisations import service as organisations
from shared.organisations.models import Membership
from shared.platform import Platform
from shared.policy.decision import Relation
from shared.storage.cosmos import Document

TOLD_AT_HOME = {Role.INVESTIGATOR}
TOLD_IN_COMMUNITY = {Role.INVESTIGATOR, Role.OFFICER}


@dataclass(frozen=True)
class Recipient:
    user: str
    organisation: str
    relation: Relation


async def at_home(
    platform: Platform, organisation: str, site: str, roles: set[Role] | None = None
) -> AsyncIterator[Recipient]:
    """The organisation's own: those with one of ``roles`` whose roles hold at the site."""
    wanted = {role.value for role in roles or TOLD_AT_HOME}
    async for user in _active_users(platform, organisation):
        here = not user.get("siteIds") or site in user["siteIds"]
        if here and wanted & set(user["roles"]):
            yield Recipient(user["id"], organisation, "own")


async def in_communities(platform: Platform, shared_in: list[str], owner: str) -> AsyncIterator[Recipient]:
    """The other members of the communities in which the record is shared; each person once."""
    seen: set[str] = set()
    for community in shared_in:
        for member in await organisations.memberships(platform, community):
            if member.organisation_id == owner:
                continue
            async for recipient in _community_staff(platform, member):
                if recipient.user not in seen:
                    seen.add(recipient.user)
                    yield recipient


async def sharing_communities(platform: Platform, owner: str, report_type: str) -> list[str]:
    """The communities in which the owner has chosen to share reports of this type."""
    home = await organisations.organisation(platform, owner)
    found = []
    for community in home.communities:
        members = await organisations.memberships(platform, community)
        if any(member.organisation_id == owner and report_type in member.shares for member in members):
            found.append(community)
    return found


async def _community_staff(platform: Platform, member: Membership) -> AsyncIterator[Recipient]:
    wanted = {role.value for role in TOLD_IN_COMMUNITY}
    async for user in _active_users(platform, member.organisation_id):
        if wanted & set(user["roles"]):
            yield Recipient(user["id"], member.organisation_id, "community")


async def _active_users(platform: Platform, organisation: str) -> AsyncIterator[Document]:
    text = "SELECT c.id, c.roles, c.siteIds FROM c WHERE c.state = 'active'"
    async for user in platform.container("users").query(text, key=organisation):
        yield user
