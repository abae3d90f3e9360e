"""What an organisation knows of its own reports, put together for one request: no sealed field is opened for it.

Not all reports are read, but those that share something with the one that is open, as indexes find them, and those
that people put together with these. How common everything is, is measured on the newest reports and remembered for a
while: shares, and no report.

Descriptions are compared by blind tokens of a closed vocabulary. Reports with somebody who is or may be under 18 are
not among them: children are linked with nothing.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from operator import itemgetter
from typing import Any

from shared.clock import rfc3339
from shared.geography import Point
from shared.identity.principals import Principal
from shared.intelligence import population, rates
from shared.intelligence.candidates import Ask, Index, questions
from shared.intelligence.features import Features, of_row
from shared.intelligence.population import Population
from shared.intelligence.rates import Rates
from shared.organisations import service as organisations
from shared.people.models import PEOPLE
from shared.platform import Platform
from shared.reports.models import MinorState
from shared.retention.visibility import STILL_IN_USE
from shared.storage.cosmos import Document, has_any

SAMPLE = 2000
"""Reports that it is measured on how common things are, the newest."""
AT_ONCE = 8
STEPS, MOST_MEMBERS, CHUNK = 4, 400, 100
"""How far confirmed links are followed from what is compared, and to how many reports."""
COLUMNS = (
    "c.id, c.siteId, c.type, c.occurredAt, c.methods, c.items, c.plateTokens, c.wornTokens, c.markTokens, c.suspects, "
    "c.lossMinor, c.currency"
)
FIELDS = {
    "plates": "plateTokens",
    "marks": "markTokens",
    "worn": "wornTokens",
    "methods": "methods",
    "products": "productNames",
}
BETWEEN_REPORTS = "c.kind = 'link' AND c.ends[0] = 'report' AND c.ends[1] = 'report'"
MOST_SCOPES = 100
ADULT = [MinorState.NO.value, MinorState.CLEARED.value]


@dataclass(frozen=True)
class Knowledge:
    population: Population
    rows: dict[str, Document]
    """What is clear of each report."""
    places: dict[str, Point]

    @property
    def looked_at(self) -> int:
        return len(self.rows)

    def when(self, report: str) -> datetime:
        return datetime.fromisoformat(self.rows[report]["occurredAt"])


async def gathered(platform: Platform, principal: Principal, *wanted: str) -> Knowledge:
    """What there is to compare the reports that are ``wanted`` with, at the sites where the principal's role holds."""
    sites = await organisations.sites(platform, principal.organisation)
    places = {site.id: (site.latitude, site.longitude) for site in sites}
    shares = await _shares(platform, principal, places)
    rows = await named(platform, principal, wanted)
    open_ones = [of_row(row, places.get(row["siteId"])) for row in rows.values()]
    turn = asyncio.Semaphore(AT_ONCE)
    asked = (_answer(platform, principal, ask, turn) for ask in questions(open_ones, shares.near))
    answers = await asyncio.gather(*asked)
    rows |= {row["id"]: row for answer in answers for row in answer}
    index = Index()
    for row in sorted(rows.values(), key=itemgetter("occurredAt", "id")):
        index.add(of_row(row, places.get(row["siteId"])))
    compared = {*wanted, *(other for each in open_ones for other in index.candidates(each, shares))}
    linked = await _around(platform, principal.organisation, compared)
    members = {end for pair in linked for end in pair}
    rows |= await named(platform, principal, members - rows.keys())
    kept = {each: row for each, row in rows.items() if each in compared or each in members}
    features = sorted((of_row(row, places.get(row["siteId"])) for row in kept.values()), key=_by_time)
    made = population.of(features, shares)
    for pair in linked:
        made.join(*pair)
    own = {other for each in open_ones for other in made.group(each.report_id)}
    for pair in await _pairs(platform, principal.organisation, "c.kind = 'rejection'", own):
        made.part(*pair)
    return Knowledge(made, kept, places)


# -- how common everything is ------------------------------------------------------------------------------------------

_remembered: OrderedDict[tuple[str, frozenset[str]], tuple[datetime, Rates]] = OrderedDict()


async def _shares(platform: Platform, principal: Principal, places: dict[str, Point]) -> Rates:
    """Remembered for half a second for each report that it was measured on: what was much work lasts, and with few
    reports everything changes quickly."""
    scope, now = (principal.organisation, frozenset(principal.sites)), platform.clock.now()
    until, known = _remembered.get(scope, (now, None))
    if known and now < until < now + timedelta(seconds=SAMPLE):
        return known
    where, asked = _usable(platform, principal)
    rows = [row async for row in _newest(platform, principal, where, asked, SAMPLE)]
    measured = rates.measured([of_row(row, places.get(row["siteId"])) for row in rows])
    _remembered[scope] = now + timedelta(seconds=len(rows) / 2), measured
    _remembered.move_to_end(scope)
    if len(_remembered) > MOST_SCOPES:
        _remembered.popitem(last=False)
    return measured


# -- reports -----------------------------------------------------------------------------------------------------------


def _usable(platform: Platform, principal: Principal) -> tuple[list[str], dict[str, Any]]:
    where = ["c.kind = 'report'", STILL_IN_USE, "ARRAY_CONTAINS(@adult, c.minor)"]
    asked: dict[str, Any] = {"usableAt": rfc3339(platform.clock.now()), "adult": ADULT}
    if principal.sites:
        where.append("ARRAY_CONTAINS(@sites, c.siteId)")
        asked["sites"] = sorted(principal.sites)
    return where, asked


def _newest(
    platform: Platform, principal: Principal, where: list[str], asked: dict[str, Any], most: int
) -> AsyncGenerator[Document]:
    text = f"SELECT {COLUMNS} FROM c WHERE {' AND '.join(where)}"  # noqa: S608 - words of ours
    text += f" ORDER BY c.occurredAt DESC OFFSET 0 LIMIT {most:d}"
    return platform.container("reports").query(text, asked, key=[principal.organisation], page=1000)


async def _answer(platform: Platform, principal: Principal, ask: Ask, turn: asyncio.Semaphore) -> list[Document]:
    where, asked = _usable(platform, principal)
    holds, values = has_any(FIELDS[ask.aspect], "value", sorted(ask.values))
    where.append(holds)
    if ask.sites:
        where.append("ARRAY_CONTAINS(@around, c.siteId)")
        asked["around"] = sorted(ask.sites)
    async with turn:
        return [row async for row in _newest(platform, principal, where, asked | values, ask.most)]


async def named(platform: Platform, principal: Principal, ids: Collection[str]) -> dict[str, Document]:
    """What is clear of those that are in use and may be compared, at the sites where the principal's role holds."""
    where, asked = _usable(platform, principal)
    text = f"SELECT {COLUMNS} FROM c WHERE {' AND '.join(where)} AND ARRAY_CONTAINS(@wanted, c.id)"  # noqa: S608
    found: dict[str, Document] = {}
    for some in batched(sorted(ids), CHUNK, strict=False):
        rows = platform.container("reports").query(text, asked | {"wanted": some}, key=[principal.organisation])
        found |= {row["id"]: row async for row in rows}
    return found


# -- what people said --------------------------------------------------------------------------------------------------


async def _around(platform: Platform, organisation: str, ids: set[str]) -> set[tuple[str, str]]:
    """Pairs of reports that people linked, around these."""
    pairs, known, fresh = set[tuple[str, str]](), set[str](), ids
    for _ in range(STEPS):
        if not fresh or len(known) > MOST_MEMBERS:
            break
        pairs |= await _pairs(platform, organisation, BETWEEN_REPORTS, fresh)
        known |= fresh
        fresh = {end for pair in pairs for end in pair} - known
    return pairs


async def _pairs(platform: Platform, organisation: str, where: str, ids: Collection[str]) -> set[tuple[str, str]]:
    """Ends of what has one of ``ids`` for an end."""
    found = set[tuple[str, str]]()
    for some in batched(sorted(ids), CHUNK, strict=False):
        holds, asked = has_any("endIds", "end", some)
        text = f"SELECT c.endIds FROM c WHERE {where} AND {holds}"  # noqa: S608 - words of ours
        rows = platform.container(PEOPLE).query(text, asked, key=[organisation], page=1000)
        found |= {(row["endIds"][0], row["endIds"][1]) async for row in rows}
    return found


def _by_time(features: Features) -> tuple[datetime, str]:
    return features.occurred_at, features.report_id
