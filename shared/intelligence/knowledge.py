"""What an organisation knows of its own reports, put together for one request: no sealed field is opened for it.

Descriptions are compared by blind tokens of a closed vocabulary. Reports with somebody who is or may be under 18 are
not among them: children are linked with nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.clock import rfc3339
from shared.geography import Point
from shared.identity.principals import Principal
from shared.intelligence import population, rates
from shared.intelligence.features import Features, of_row
from shared.intelligence.population import Population
from shared.organisations import service as organisations
from shared.people.models import PEOPLE
from shared.platform import Platform
from shared.reports.models import MinorState
from shared.retention.visibility import STILL_IN_USE
from shared.storage.cosmos import Document

NEWEST = 5000
"""Reports that are compared, the newest first; older ones are found by searching."""
MOST_LINKS = 20_000
COLUMNS = (
    "c.id, c.siteId, c.type, c.occurredAt, c.methods, c.items, c.plateTokens, c.wornTokens, c.markTokens, c.suspects, "
    "c.lossMinor, c.currency"
)
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
    """Of the sites where the principal's role holds; with the reports that are ``wanted``, however old."""
    organisation = principal.organisation
    sites = await organisations.sites(platform, organisation)
    places = {site.id: (site.latitude, site.longitude) for site in sites}
    rows = {row["id"]: row for row in await _rows(platform, principal, list(wanted))}
    features = [of_row(row, places.get(row["siteId"])) for row in rows.values()]
    features.sort(key=_by_time)
    made = population.of(features, rates.measured(features)) if features else population.of([], rates.measured([]))
    for pair in await confirmed(platform, organisation):
        made.join(*pair)
    for pair in await _ends(platform, organisation, "c.kind = 'rejection'"):
        made.part(*pair)
    return Knowledge(made, rows, places)


async def confirmed(platform: Platform, organisation: str) -> list[tuple[str, str]]:
    """Pairs of reports that people linked."""
    return await _ends(platform, organisation, "c.kind = 'link' AND c.ends[0] = 'report' AND c.ends[1] = 'report'")


async def _ends(platform: Platform, organisation: str, where: str) -> list[tuple[str, str]]:
    text = f"SELECT c.endIds FROM c WHERE {where} OFFSET 0 LIMIT {MOST_LINKS:d}"  # noqa: S608 - words of ours
    rows = platform.container(PEOPLE).query(text, key=[organisation], page=1000)
    return [(each["endIds"][0], each["endIds"][1]) async for each in rows]


async def _rows(platform: Platform, principal: Principal, wanted: list[str]) -> list[Document]:
    where = ["c.kind = 'report'", STILL_IN_USE, "ARRAY_CONTAINS(@adult, c.minor)"]
    asked: dict[str, Any] = {"usableAt": rfc3339(platform.clock.now()), "adult": ADULT}
    if principal.sites:
        where.append("ARRAY_CONTAINS(@sites, c.siteId)")
        asked["sites"] = sorted(principal.sites)
    text = f"SELECT {COLUMNS} FROM c WHERE {' AND '.join(where)}"  # noqa: S608 - words of ours
    newest = f"{text} ORDER BY c.occurredAt DESC OFFSET 0 LIMIT {NEWEST:d}"
    home, reports = [principal.organisation], platform.container("reports")
    found = [row async for row in reports.query(newest, asked, key=home, page=1000)]
    if missing := sorted(set(wanted) - {row["id"] for row in found}):
        more = f"{text} AND ARRAY_CONTAINS(@wanted, c.id)"
        found += [row async for row in reports.query(more, asked | {"wanted": missing}, key=home)]
    return found


def _by_time(features: Features) -> tuple[datetime, str]:
    return features.occurred_at, features.report_id
