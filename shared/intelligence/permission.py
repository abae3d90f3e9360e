"""Who may see and make links of their own organisation, and the entry that each use leaves in the audit log."""

from shared.identity.principals import Principal
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Resource

SHOWING = {"suggestion:list", "link:read", "group:list", "group:read"}
"""What shows records, which then count towards the quotas."""


async def authorised(platform: Platform, principal: Principal, action: str, purpose: Purpose) -> Decision:
    organisation = principal.organisation
    return await platform.authorise(principal, action, Resource("link", organisation, organisation), purpose)


async def account(
    platform: Platform, principal: Principal, action: str, subjects: list[str], decision: Decision, purpose: Purpose
) -> None:
    await platform.account(
        principal,
        action,
        organisation=principal.organisation,
        subjects=subjects,
        decision=decision,
        purpose=purpose,
        shows=action in SHOWING,
    )
