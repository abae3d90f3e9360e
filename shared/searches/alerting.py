"""Whose saved searches a new report fits, and who of them may be told of it at this moment.

For each organisation that the report concerns it costs one point read: of a mark that changes with each of its saved
searches that alert. While the mark is the same, what was read before is used, so neither the number of searches nor of
reports multiplies. Where there are some, one query for who works there; and one point read for each that fits, so
that nobody is told by a search that was just taken away.
"""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.alerts import recipients
from shared.alerts.recipients import Recipient
from shared.errors import Invalid, NotFound
from shared.geography import Point
from shared.identity.principals import Principal, Role
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.organisations.models import Site
from shared.platform import Platform
from shared.policy.decision import Relation, decide
from shared.reports.search import Circle
from shared.retention.visibility import in_use
from shared.searches.matching import matches, seen
from shared.searches.saved_models import SEARCHES, SavedSearch
from shared.sharing import feed
from shared.storage.cosmos import Document

MOST_CACHED = 1_000
"""Organisations."""
LIFETIME_SECONDS = 300.0
"""As for keys of records: the longest for which a worker can know what another one has destroyed the key of."""
ACTIONS: dict[Relation, tuple[str, ...]] = {"own": ("report:search", "report:read"), "community": ("report:read",)}

_cached: OrderedDict[str, tuple[str, float, Sequence[SavedSearch]]] = OrderedDict()


@dataclass(frozen=True)
class Fit:
    """A search that the report fits, and its owner, who may read the report."""

    search_id: str
    owner: Recipient


async def fitting(platform: Platform, report: Document, ways: Sequence[recipients.Way]) -> list[Fit]:
    """``ways``: through which other organisations see it."""
    if not in_use(report, platform.clock.now()):
        return []
    site = await organisations.site(platform, report["organisationId"], report["siteId"])
    found = await _at(platform, report, report["organisationId"], None, site)
    for way in ways:
        found += await _at(platform, report, way.member.organisation_id, way, site)
    return found


async def mark(platform: Platform, organisation: str) -> None:
    """Something has changed about the organisation's saved searches: whoever remembers them reads them anew."""
    await platform.container(SEARCHES).upsert(_mark(organisation))


async def _at(
    platform: Platform, report: Document, organisation: str, way: recipients.Way | None, site: Site
) -> list[Fit]:
    searches = await _alerting(platform, organisation)
    if not searches:
        return []
    home = await organisations.organisation(platform, organisation)
    people = {each.user: each async for each in recipients.staff(platform, organisation, set(Role))}
    relation: Relation = "community" if way else "own"
    keys = () if way else (await platform.keyring.index(organisation)).keys
    found = []
    for search in searches:
        owner = people.get(search.user_id)
        is_new = way is not None or datetime.fromisoformat(report["submittedAt"]) >= search.created_at
        if owner is None or search.ends_at <= platform.clock.now() or not is_new:
            continue
        principal = Principal(
            owner.user, organisation, "user", frozenset(owner.roles), frozenset(owner.sites), home.kind.value
        )
        withheld = _withheld(principal, search, report, way)
        if withheld is None:
            continue
        circle = search.criteria.near if way is None else None  # where others' sites lie is not told by an alert
        centre = await _centre(platform, organisation, circle) if circle else None
        fits = matches(search.criteria.of_reports, seen(report, withheld, site, keys, centre))
        if fits and await _is_there(platform, search):
            told = Recipient(owner.user, organisation, relation, owner.roles, owner.sites)
            found.append(Fit(search.id, told))
    return found


def _withheld(
    principal: Principal, search: SavedSearch, report: Document, way: recipients.Way | None
) -> frozenset[str] | None:
    """What the owner of the search does not get to see of the report; None if they may not read it at all."""
    resource = feed.resource_of(report, lawful=way is not None)
    relation: Relation = "community" if way else "own"
    decisions = [decide(principal, each, resource, search.purpose, relation) for each in ACTIONS[relation]]
    if not all(each.allowed for each in decisions):
        return None
    return frozenset().union(*(each.withheld for each in decisions), way.withheld if way else ())


async def _centre(platform: Platform, organisation: str, circle: Circle) -> Point | None:
    if circle.site_id is None:
        return circle.latitude or 0.0, circle.longitude or 0.0
    try:
        site = await organisations.site(platform, organisation, str(circle.site_id))
    except Invalid:
        return None
    return site.latitude, site.longitude


async def _is_there(platform: Platform, search: SavedSearch) -> bool:
    try:
        await platform.container(SEARCHES).read(search.id, search.organisation_id)
    except NotFound:
        return False
    return True


async def _alerting(platform: Platform, organisation: str) -> Sequence[SavedSearch]:
    """The mark is read before the searches: what changes in between is read anew the next time."""
    identifier = _mark(organisation)["id"]
    try:
        etag = str((await platform.container(SEARCHES).read(identifier, organisation))["_etag"])
    except NotFound:
        return ()
    kept = _cached.get(organisation)
    if kept and kept[0] == etag and kept[1] > time.monotonic():
        return kept[2]
    text = "SELECT * FROM c WHERE c.kind = 'saved_search' AND c.alerts = true"
    rows = [each async for each in platform.container(SEARCHES).query(text, key=organisation)]
    found = await platform.records(SavedSearch).open_all(rows)
    _cached[organisation] = (etag, time.monotonic() + LIFETIME_SECONDS, found)
    _cached.move_to_end(organisation)
    while len(_cached) > MOST_CACHED:
        _cached.popitem(last=False)
    return found


def _mark(organisation: str) -> Document:
    return {"id": derived_id("saved-searches", organisation), "kind": "mark", "organisationId": organisation}
