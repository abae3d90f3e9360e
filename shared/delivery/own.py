"""Where somebody is told is their own: they alone see and change it, and each look is accounted for."""

from shared.identity.principals import Principal
from shared.platform import Platform
from shared.policy.decision import Decision, Resource


async def authorised(platform: Platform, principal: Principal) -> Decision:
    resource = Resource("alert", principal.id, principal.organisation)
    return await platform.authorise(principal, "alert:preferences", resource, related="recipient")


async def account(platform: Platform, principal: Principal, decision: Decision) -> None:
    await platform.account(
        principal,
        "alert:preferences",
        subjects=[principal.id],
        decision=decision,
    )
