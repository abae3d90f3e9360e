"""Where somebody is told is their own: they alone see and change it, each look is accounted for, and it goes when they
leave."""

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


async def forget(platform: Platform, organisation: str, user: str) -> None:
    """Address and browsers of somebody who does not work there any more: what waits for them is told to nobody."""
    channels = platform.container("channels")
    text = "SELECT c.id FROM c WHERE ARRAY_CONTAINS(['mail', 'push'], c.kind) AND c.userId = @user"
    for each in [document async for document in channels.query(text, {"user": user}, organisation)]:
        await platform.keyring.destroy(organisation, each["id"])
        await channels.delete(each["id"], organisation)
