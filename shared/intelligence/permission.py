"""Who may see and make links of their own organisation, and the entry that each use leaves in the audit log."""

from shared.identity.principals import Principal
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Resource


async def authorised(platform: Platform, principal: Principal, action: str, purpose: Purpose) -> Decision:
    organisation = principal.organisation
    return await platform.authorise(principal, action, Resource("link", organisation, organisation), purpose)
