"""Archives whose time is over are deleted; that they were handed over stays on record."""

from shared.cases.bundle_models import BUNDLES, State
from shared.clock import rfc3339
from shared.evidence import vault
from shared.platform import Platform

MOST = 500
"""Of one run."""


async def sweep(platform: Platform) -> int:
    """How many archives went. The archive goes before the state says so, so that an interrupted run goes on."""
    text = (
        "SELECT * FROM c WHERE c.kind = 'bundle' AND c.expiresAt <= @now "  # noqa: S608 - a number of ours
        f"AND ARRAY_CONTAINS(@states, c.state) OFFSET 0 LIMIT {MOST}"
    )
    asked = {"now": rfc3339(platform.clock.now()), "states": [State.READY.value, State.WAITING.value]}
    documents = [each async for each in platform.container(BUNDLES).query(text, asked)]
    for document in documents:
        await vault.discard_sealed(platform, document["organisationId"], document["id"])
        await platform.container(BUNDLES).replace(document | {"state": State.EXPIRED.value}, document["_etag"])
    return len(documents)
