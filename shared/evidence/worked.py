"""What a worker did to an item, in the owner's log: once, however often a delivery is interrupted and comes again."""

from datetime import datetime

from shared.audit import search
from shared.audit.trail import Entry
from shared.evidence.models import Evidence
from shared.platform import Platform


async def account(platform: Platform, item: Evidence, *, actor: str, action: str, since: datetime) -> None:
    """``since``: when the work was asked for. What was accounted for from then on is this very work."""
    wanted = search.Wanted(since=since, actor=actor, action=action, subject=item.id)
    if await search.newest(platform.container("audit"), item.organisation_id, wanted, None, 1):
        return
    await platform.trail.record(
        Entry(
            organisation=item.organisation_id,
            actor=actor,
            actor_organisation=item.organisation_id,
            action=action,
            subjects=[item.id],
        )
    )
