"""The kill switch: a read is stored only through its camera's gate, which whoever shuts the camera out takes away.

A gate is a document beside the reads of one camera, site and day. Each read or candidate is written in one batch that
demands it, so that shutting a camera out holds at its next post in every worker, whatever they remember: a batch whose
gate is gone writes nothing. The first post of a day, and the first after a gate was taken away, looks at the camera
and its site afresh and sets up the gate if both are open.

A read that leaves nothing behind writes nothing, so no gate stops it, and may cost no call either. For these a note of
ids is left in the organisation's watchlist, whose changes each worker follows anyway: ten seconds later at most it does
not even compare what the camera sends.
"""

from shared.errors import Forbidden, NotFound, Unauthenticated
from shared.identity.principals import Principal, unknown_device
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.plates.models import Candidate, KeptRead
from shared.platform import Platform
from shared.sealing.records import Record
from shared.storage.cosmos import Document, Write

SECONDS = 6 * 3600
"""A gate goes by itself after so long; the next post sets it up anew, if it may."""
_revoked: set[str] = set()
"""Cameras of whose revocation this worker has heard."""


async def store[R: (KeptRead, Candidate)](
    platform: Platform, device: Principal, record: R, *beside: Document | Record | Write
) -> R:
    """Writes the record through the gate. Raises :class:`Unauthenticated` or :class:`Forbidden` if it is shut."""
    records, gate = platform.records(type(record)), _gate_id(device.id)
    try:
        return await records.create(record, *beside, given=gate)
    except NotFound:
        await _set_up(platform, device, record.site_id, record.day)
    return await records.create(record, *beside, given=gate)


async def shut(platform: Platform, organisation: str, site: str, device: str | None = None) -> None:
    """Takes the gates away, of one camera or of all at the site. The camera or site must be stored as shut before."""
    plates, where = platform.container("plateReads"), "c.kind = 'gate'"
    if device:
        where += " AND c.deviceId = @device"
    text = f"SELECT c.id, c.day FROM c WHERE {where}"  # noqa: S608
    found = plates.query(text, {"device": device or ""}, key=[organisation, site])
    for gate in [each async for each in found]:
        await plates.delete(gate["id"], [organisation, site, gate["day"]])
    note = {"site": site, "device": device}
    await platform.container("watchlists").upsert(
        {"id": derived_id("shut", device or site), "scopeId": organisation, "kind": "shut", "shut": note}
    )


def heard(platform: Platform, organisation: str, note: Document) -> None:
    """That somebody was shut out has come to this worker: it forgets what it remembers of them, and looks anew."""
    organisations.forget_site(organisation, note["site"])
    if note["device"]:
        platform.principals.forget(note["device"])
        _revoked.add(note["device"])


def demand_not_revoked(device: Principal) -> None:
    """As far as has come to this worker. A revocation is for good."""
    if device.id in _revoked:
        raise unknown_device()


async def _set_up(platform: Platform, device: Principal, site: str, day: str) -> None:
    """Looks again after writing: whoever shut the camera out meanwhile may not have seen this gate."""
    await _demand_open(platform, device, site)
    plates, key = platform.container("plateReads"), [device.organisation, site, day]
    await plates.upsert(_document(device, site, day))
    try:
        await _demand_open(platform, device, site)
    except (Unauthenticated, Forbidden):
        await plates.delete(_gate_id(device.id), key)
        raise


async def _demand_open(platform: Platform, device: Principal, site: str) -> None:
    """What is stored, not what this worker remembers."""
    try:
        credential = await platform.container("credentials").read(device.id, device.id)
    except NotFound:
        credential = {"state": "gone"}
    if credential["state"] != "active":
        platform.principals.forget(device.id)
        raise unknown_device()
    organisations.forget_site(device.organisation, site)
    if not (await organisations.site(platform, device.organisation, site)).anpr_open:
        raise closed()


def closed() -> Forbidden:
    return Forbidden("Number plates are not read at this site at present. Nothing was stored.")


def _document(device: Principal, site: str, day: str) -> Document:
    return {
        "id": _gate_id(device.id),
        "organisationId": device.organisation,
        "siteId": site,
        "day": day,
        "kind": "gate",
        "deviceId": device.id,
        "ttl": SECONDS,
    }


def _gate_id(device: str) -> str:
    return derived_id("gate", device)
