"""What has been disposed of, kept where a restore of the database cannot reach: small blobs, ids only.

After a restore they are read back, and whatever a backup brought to life again is disposed of a second time. They are
kept a little longer than the longest backup; a lifecycle rule of the storage account deletes them.
"""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from shared.platform import Platform
from shared.retention.disposable import Disposable
from shared.retention.models import Order, Why
from shared.storage.cosmos import Document

CONTAINER = "tombstones"
MARGIN = timedelta(days=1)
"""Clocks differ, and a disposal that was under way when the backup was made counts as not done."""


async def raise_for(platform: Platform, kind: Disposable, document: Document) -> None:
    key = kind.key(document)
    order = Order(
        kind=kind.name,
        id=document["id"],
        organisation_id=document["organisationId"],
        key=[key] if isinstance(key, str) else list(key),
        why=Why.RESTORED,
    )
    day = platform.clock.now().astimezone(UTC).date().isoformat()
    name = "/".join((day, order.organisation_id, kind.name, *order.key, order.id))
    await platform.blobs.objects(CONTAINER).create(name, order.model_dump_json(by_alias=True).encode())


async def since(platform: Platform, moment: datetime) -> AsyncIterator[Order]:
    """An order for each disposal from ``moment`` on, oldest day first."""
    stones, today = platform.blobs.objects(CONTAINER), platform.clock.now().astimezone(UTC).date()
    day = (moment.astimezone(UTC) - MARGIN).date()
    while day <= today:
        async for name in stones.names(f"{day.isoformat()}/"):
            yield Order.model_validate(json.loads((await stones.read(name)).content))
        day += timedelta(days=1)
