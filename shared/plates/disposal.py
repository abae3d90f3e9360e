"""How plates are forgotten: candidates and watchlist entries one by one, unmatched reads a day and site at a time."""

from shared.errors import NotFound
from shared.plates import pictures
from shared.platform import Platform
from shared.retention.disposable import Disposable, Row, flat
from shared.storage.cosmos import Document, Key, Write

BATCH = 100
"""As many operations as one transactional batch of Cosmos DB may have."""


def _partition(document: Document) -> Key:
    return [document["organisationId"], document["siteId"], document["day"]]


async def _dispose_with_candidate(platform: Platform, candidate: Document) -> int:
    """Its picture, and what told people of it."""
    await pictures.delete(platform, candidate["id"], _partition(candidate))
    alerts = platform.container("alerts")
    found = alerts.query("SELECT c.id, c.recipientId FROM c WHERE c.causeId = @cause", {"cause": candidate["id"]})
    for alert in [each async for each in found]:
        await alerts.delete(alert["id"], alert["recipientId"])
    return 1


async def _dispose_of_reads(platform: Platform, day: Document) -> int:
    """The key first: from then on no read of the day can be opened, however many are still to be deleted."""
    await platform.keyring.destroy(day["organisationId"], day["id"])
    plates, key, count = platform.container("plateReads"), _partition(day), 0
    text = f"SELECT c.id FROM c WHERE c.kind = 'read' OFFSET 0 LIMIT {BATCH:d}"  # noqa: S608
    while found := [each async for each in plates.query(text, key=key)]:
        try:
            await plates.batch(key, [Write("delete", each) for each in found])
        except NotFound:  # one of them expired just now: then each by itself
            for each in found:
                await plates.delete(each["id"], key)
        count += len(found)
    return count


async def _dispose_of_listings(platform: Platform, entry: Document) -> int:
    """Communities forget it first."""
    for community in entry.get("communityIds", ()):
        await platform.container("watchlists").delete(entry["id"], community)
    return 1


CANDIDATE = Disposable(
    name="candidate",
    container="plateReads",
    rows=(
        Row("plate_candidate", "capturedAt", "c.state != 'confirmed'"),
        Row("plate_confirmed", "capturedAt", "c.state = 'confirmed'"),
    ),
    category=lambda candidate: "plate_confirmed" if candidate["state"] == "confirmed" else "plate_candidate",
    key=_partition,
    dispose=_dispose_with_candidate,
)

PLATE_DAY = Disposable(
    name="day",
    container="plateReads",
    rows=(Row("plate_read", "startsAt"),),
    key=_partition,
    dispose=_dispose_of_reads,
)

WATCHLIST_ENTRY = Disposable(
    name="entry",
    container="watchlists",
    rows=(Row("watchlist_entry", "createdAt"),),
    home=flat,
    key=lambda entry: str(entry["scopeId"]),
    dispose=_dispose_of_listings,
    due="expiresAt",
    site=None,
    fixed=True,
)
