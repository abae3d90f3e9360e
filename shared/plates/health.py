"""Whether cameras are heard: when each was heard last, and who is told when one has fallen silent.

A camera is noted at most once in five minutes by each worker, so that reads stay as cheap as they are.
"""

import logging
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from shared.alerts.models import AlertRequest, Cause
from shared.clock import Moment, rfc3339
from shared.errors import Conflict, NotFound, PreconditionFailed
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.sealing.records import Record
from shared.storage.outbox import Message

log = logging.getLogger("reeve.plates")

NOTED_EVERY = timedelta(minutes=5)
SILENT_AFTER = timedelta(hours=6)
"""Agents send heartbeats every few minutes; a quiet car park has nights without a read."""
MOST_REMEMBERED = 10_000
_noted: OrderedDict[tuple[str, bool], datetime] = OrderedDict()


class Health(Record):
    """One document a camera. It tells of no vehicle."""

    container: ClassVar[str] = "deviceHealth"

    kind: Literal["health"] = "health"
    site_id: str
    heard_at: Moment
    read_at: Moment | None = None
    silent_since: Moment | None = None
    """Set when somebody was told, taken back when it is heard again."""


async def note(platform: Platform, device: Principal, *, has_reads: bool) -> None:
    """The camera has just been heard, with a read or with a heartbeat."""
    now, slot = platform.clock.now(), (device.id, has_reads)
    if (last := _noted.get(slot)) and now - last < NOTED_EVERY:
        return
    _noted[slot] = now
    while len(_noted) > MOST_REMEMBERED:
        _noted.popitem(last=False)
    [site] = device.sites
    health = await _known(platform, device.organisation, device.id)
    heard = {"heard_at": now, "silent_since": None} | ({"read_at": now} if has_reads else {})
    try:
        if health is None:
            fresh = Health(id=device.id, organisation_id=device.organisation, site_id=site, heard_at=now)
            await platform.records(Health).create(fresh.model_copy(update=heard))
        else:
            await platform.records(Health).replace(health.model_copy(update=heard), health.etag)
    except (Conflict, PreconditionFailed):
        return  # another worker noted it just now


async def of(platform: Platform, organisation: str) -> dict[str, Health]:
    """By device; one that was never heard is not among them."""
    found = platform.container(Health.container).query("SELECT * FROM c WHERE c.kind = 'health'", key=organisation)
    opened = await platform.records(Health).open_all([each async for each in found])
    return {each.id: each for each in opened}


async def tell_of_silence(platform: Platform) -> int:
    """Asks for a warning about each camera that has fallen silent, once for each silence. How many there are."""
    before = rfc3339(platform.clock.now() - SILENT_AFTER)
    text = "SELECT * FROM c WHERE c.kind = 'health' AND c.heardAt < @before AND IS_NULL(c.silentSince)"
    documents = [each async for each in platform.container(Health.container).query(text, {"before": before})]
    told = 0
    for health in await platform.records(Health).open_all(documents):
        if not await _is_expected(platform, health):
            continue
        await platform.bus.send(_message(health))
        silent = health.model_copy(update={"silent_since": health.heard_at})
        try:
            await platform.records(Health).replace(silent, health.etag)
        except PreconditionFailed:
            continue  # heard at this very moment
        told += 1
    return told


async def _is_expected(platform: Platform, health: Health) -> bool:
    """Nobody waits for a camera that was shut out, or whose site was."""
    try:
        credential = await platform.container("credentials").read(health.id, health.id)
        site = await organisations.site(platform, health.organisation_id, health.site_id)
    except NotFound:
        return False
    return bool(credential["state"] == "active") and site.anpr_open


def _message(health: Health) -> Message:
    """Sent again for the same silence, it makes the same alerts: nobody is told twice."""
    message_id = derived_id("camera-silent", health.id, rfc3339(health.heard_at))
    request = AlertRequest(
        cause=Cause.CAMERA_SILENT,
        id=health.id,
        organisation_id=health.organisation_id,
        key=[health.organisation_id],
        message_id=message_id,
    )
    return Message(message_id, "alert-requests", request.model_dump(mode="json", by_alias=True))


async def _known(platform: Platform, organisation: str, device: str) -> Health | None:
    try:
        return await platform.records(Health).read(device, organisation)
    except NotFound:
        return None
