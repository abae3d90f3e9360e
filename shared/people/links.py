"""Links that people confirmed, between reports, people and vehicles: made, found, moved and forgotten.

A link has an id derived from its two ends, so that a pair is linked once. It has a key of its own and goes with
whichever end goes first.
"""

from datetime import datetime

from shared.ids import derived_id
from shared.people.models import PEOPLE, Basis, Confidence, EndKind, Link
from shared.platform import Platform

type End = tuple[EndKind, str]

MOST_OF_ONE = 2000


def link_id(organisation: str, one: str, other: str) -> str:
    return derived_id("link", organisation, *sorted((one, other)))


def rejection_id(organisation: str, one: str, other: str) -> str:
    return derived_id("rejection", organisation, *sorted((one, other)))


def drafted(
    organisation: str,
    one: End,
    other: End,
    *,
    confidence: Confidence,
    reason: str,
    event_at: datetime | None,
    by: str,
    at: datetime,
    site: str | None = None,
    basis: Basis = Basis.ENTERED,
) -> Link:
    """``event_at`` and ``site`` are those of the report that a profile is linked with."""
    first, second = sorted((one, other), key=lambda end: end[1])
    identifier = link_id(organisation, first[1], second[1])
    return Link(
        id=identifier,
        organisation_id=organisation,
        record_id=identifier,
        end_ids=[first[1], second[1]],
        ends=[first[0], second[0]],
        confidence=confidence,
        basis=basis,
        reason=reason,
        event_at=event_at,
        site_id=site,
        added_by=by,
        created_at=at,
    )


async def add(platform: Platform, link: Link) -> Link:
    """Raises :class:`shared.errors.Conflict` where the two are linked already."""
    return await platform.records(Link).create(link)


async def of(platform: Platform, organisation: str, record: str) -> list[Link]:
    """All links of one record, the newest first."""
    text = (
        "SELECT * FROM c WHERE c.kind = 'link' AND ARRAY_CONTAINS(c.endIds, @record) "  # noqa: S608 - a number of ours
        f"OFFSET 0 LIMIT {MOST_OF_ONE:d}"
    )
    rows = platform.container(PEOPLE).query(text, {"record": record}, key=[organisation])
    found = await platform.records(Link).open_all([each async for each in rows])
    return sorted(found, key=lambda link: (link.created_at, link.id), reverse=True)


async def neighbours(platform: Platform, organisation: str, record: str) -> list[str]:
    """The ids at the other ends; opens nothing."""
    text = "SELECT c.endIds FROM c WHERE c.kind = 'link' AND ARRAY_CONTAINS(c.endIds, @record)"
    rows = platform.container(PEOPLE).query(text, {"record": record}, key=[organisation])
    return sorted({str(end) async for each in rows for end in each["endIds"]} - {record})


async def remove(platform: Platform, organisation: str, identifier: str) -> None:
    """The key first: from then on nobody can read why. Safe to repeat."""
    await platform.keyring.destroy(organisation, identifier)
    await platform.container(PEOPLE).delete(identifier, [organisation, identifier])


async def forget(platform: Platform, organisation: str, record: str) -> int:
    """All links of a record that is going, and what people said no to. How many there were."""
    text = "SELECT c.id FROM c WHERE c.kind IN ('link', 'rejection') AND ARRAY_CONTAINS(c.endIds, @record)"
    rows = platform.container(PEOPLE).query(text, {"record": record}, key=[organisation])
    found = [str(each["id"]) async for each in rows]
    for each in found:
        await remove(platform, organisation, each)
    return len(found)
