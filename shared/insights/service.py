"""Tables of what happened: what is still known and what is left of what was forgotten, summed and suppressed."""

from collections import defaultdict
from datetime import datetime

from dateutil.relativedelta import relativedelta

from shared.clock import rfc3339
from shared.errors import NotFound
from shared.identity.principals import Principal
from shared.insights.cubes import CONTAINER, Cell
from shared.insights.models import COORDINATES, CellView, InsightsQuery, InsightsView
from shared.insights.suppression import OWN, SHARED, Key, Threshold, shown, total
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.policy.decision import Decision, Relation, Resource
from shared.sharing import communities

MONTHS = 12
RULES = {
    OWN: "Cells of fewer than 5 events are left out, and others where they would give these away; "
    "the rest is rounded to 5.",
    SHARED: "Cells of fewer than 10 events, of fewer than three organisations, or with more than 70 % from one of them "
    "are left out, and others where they would give these away; the rest is rounded to 5.",
}


async def table(platform: Platform, principal: Principal, query: InsightsQuery) -> InsightsView:
    """One of the fixed tables over the last twelve whole months."""
    first, last = _window(platform.clock.now())
    if query.community_id:
        members, threshold = await _members(platform, principal, str(query.community_id)), SHARED
    else:
        members, threshold = [principal.organisation], OWN
    related: Relation = "community" if query.community_id else "own"
    resource = Resource("insights", str(query.community_id or principal.organisation), principal.organisation)
    decision = await platform.authorise(principal, "insights:read", resource, query.purpose, related)
    cells = {member: await _cells(platform, member, first, last) for member in members}
    await _account(platform, principal, query, decision)
    return _view(query, first, last, _contributions(query, cells), threshold)


def _view(
    query: InsightsQuery, first: str, last: str, summed: dict[Key, dict[str, int]], threshold: Threshold
) -> InsightsView:
    rows, columns = COORDINATES[query.view]
    safe = shown(summed, threshold, margins=[0, 1])
    return InsightsView(
        view=query.view,
        scope="community" if query.community_id else "organisation",
        first_month=first,
        last_month=last,
        rows=rows,
        columns=columns,
        cells=[CellView(row=row, column=column, count=count) for (row, column), count in sorted(safe.items())],
        total=total(summed, threshold),
        rule=RULES[threshold],
    )


def _contributions(query: InsightsQuery, cells: dict[str, list[tuple[Cell, int]]]) -> dict[Key, dict[str, int]]:
    """By row and column, how much each organisation has; a pair that nobody has is a zero, not a gap."""
    row, column = COORDINATES[query.view]
    summed: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for organisation, found in cells.items():
        for cell, count in found:
            summed[getattr(cell, row), getattr(cell, column)][organisation] += count
    rows, columns = {key[0] for key in summed}, {key[1] for key in summed}
    return {(one, other): dict(summed.get((one, other), {})) for one in rows for other in columns}


async def _cells(platform: Platform, organisation: str, first: str, last: str) -> list[tuple[Cell, int]]:
    kept = platform.container(CONTAINER).query(
        "SELECT * FROM c WHERE c.kind = 'cell' AND c.month >= @first AND c.month <= @last",
        {"first": first, "last": last},
        key=organisation,
    )
    names = Cell.__dataclass_fields__
    found = [(Cell(**{name: each[name] for name in names}), int(each["count"])) async for each in kept]
    sites = {each.id: each for each in await organisations.sites(platform, organisation)}
    living = platform.container("reports").query(
        "SELECT c.occurredAt, c.type, c.lossMinor, c.siteId FROM c WHERE c.kind = 'report' "
        "AND c.occurredAt >= @since AND c.occurredAt < @until AND NOT IS_DEFINED(c.disposing)",
        {"since": rfc3339(_begins(first, -1)), "until": rfc3339(_begins(last, 2))},
        key=[organisation],
    )
    async for report in living:
        site = sites[report["siteId"]]
        cell = Cell.of(report, site.region, site.time_zone)
        if first <= cell.month <= last:
            found.append((cell, 1))
    return found


async def _members(platform: Platform, principal: Principal, community_id: str) -> list[str]:
    """All that are in it, if one's own organisation is."""
    everybody = [each for each in await communities.members(platform, community_id) if each.is_in]
    if principal.organisation not in {each.organisation_id for each in everybody}:
        raise NotFound("There is no such community, or your organisation is not in it.")
    return [each.organisation_id for each in everybody]


def _window(now: datetime) -> tuple[str, str]:
    """The first and the last of the twelve whole months before this one."""
    this = now.replace(day=1)
    return f"{this - relativedelta(months=MONTHS):%Y-%m}", f"{this - relativedelta(months=1):%Y-%m}"


def _begins(month: str, later: int) -> datetime:
    """In UTC, with a month to spare for the time zones where that is another day."""
    return datetime.fromisoformat(f"{month}-01T00:00:00+00:00") + relativedelta(months=later)


async def _account(platform: Platform, principal: Principal, query: InsightsQuery, decision: Decision) -> None:
    await platform.account(
        principal,
        "insights:read",
        organisation=principal.organisation,
        subjects=[str(query.community_id or principal.organisation)],
        decision=decision,
        purpose=query.purpose,
    )
