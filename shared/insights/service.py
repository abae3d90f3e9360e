"""Tables of what happened: what is still known and what is left of what was forgotten, summed and suppressed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from shared.errors import NotFound
from shared.identity.principals import Principal
from shared.insights import counting
from shared.insights.cubes import WEEKDAYS, Tables
from shared.insights.models import COORDINATES, CellView, InsightsQuery, InsightsView, View
from shared.insights.products import OTHER, groups
from shared.insights.suppression import OWN, SHARED, Key, Threshold, shown, total
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Relation, Resource
from shared.sharing import communities

MONTHS, QUARTERS = 12, 4
TALLIED = {
    View.WEEKDAY_BY_HOUR: Tables.RHYTHM,
    View.PRODUCT_BY_QUARTER: Tables.PRODUCTS,
    View.SITE_BY_QUARTER: Tables.SITES,
}
MARGINS = {View.PRODUCT_BY_QUARTER: [0], View.SITE_BY_QUARTER: [0]}
"""Within a quarter alone, so that what is left out of it stays the same in every table that it is ever shown in."""
type Counted = dict[Key, dict[str, int]]
"""By coordinates, how much each organisation has."""
RULES = {
    OWN: "Cells of fewer than 5 events are left out, and others where they would give these away; "
    "the rest is rounded to 5.",
    SHARED: "Cells of fewer than 10 events, of fewer than three organisations, or with more than 70 % from one of them "
    "are left out, and others where they would give these away; the rest is rounded to 5.",
}


async def table(platform: Platform, principal: Principal, query: InsightsQuery) -> InsightsView:
    """One of the fixed tables over the last whole months or quarters."""
    community = str(query.community_id) if query.community_id else None
    members, threshold, decision = await allowed(platform, principal, query.purpose, community)
    periods = _periods(platform, query.view)
    counted = await _counted(platform, query.view, members, periods)
    await account(platform, principal, query.purpose, community, decision)
    view = _view(query, periods, counted, threshold)
    if query.view is View.SITE_BY_QUARTER and principal.sites:
        # After suppression, so that two people who see different sites learn no more together than from the whole.
        return view.model_copy(update={"cells": [each for each in view.cells if each.row in principal.sites]})
    return view


async def allowed(
    platform: Platform, principal: Principal, purpose: Purpose, community: str | None
) -> tuple[list[str], Threshold, Decision]:
    """Whose numbers are added up, and what may be shown of them."""
    members = await _members(platform, principal, community, purpose) if community else [principal.organisation]
    related: Relation = "community" if community else "own"
    resource = Resource("insights", community or principal.organisation, principal.organisation)
    decision = await platform.authorise(principal, "insights:read", resource, purpose, related)
    return members, SHARED if community else OWN, decision


async def account(
    platform: Platform, principal: Principal, purpose: Purpose, community: str | None, decision: Decision
) -> None:
    await platform.account(
        principal,
        "insights:read",
        subjects=[community or principal.organisation],
        decision=decision,
        purpose=purpose,
    )


def _periods(platform: Platform, view: View) -> list[str]:
    now = platform.clock.now()
    if view not in TALLIED:
        return counting.months(now, MONTHS)
    return counting.quarters(now, QUARTERS if view is View.WEEKDAY_BY_HOUR else QUARTERS + 1)


async def _counted(platform: Platform, view: View, members: Iterable[str], periods: Sequence[str]) -> Counted:
    """A pair of row and column that nobody has is a zero, not a gap."""
    summed: Counted = defaultdict(lambda: defaultdict(int))
    for member in members:
        for key, count in await _of(platform, view, member, periods):
            summed[key][member] += count
    rows, columns = _axes(view, summed, periods)
    return {(row, column): dict(summed.get((row, column), {})) for row in rows for column in columns}


async def _of(platform: Platform, view: View, member: str, periods: Sequence[str]) -> list[tuple[Key, int]]:
    first, last = periods[0], periods[-1]
    if view not in TALLIED:
        row, column = COORDINATES[view]
        found = await counting.cells(platform, member, first, last)
        return [((getattr(cell, row), getattr(cell, column)), count) for cell, count in found]
    kept = await counting.tallied(platform, member, TALLIED[view], first, last)
    if view is View.WEEKDAY_BY_HOUR:
        return [((each.of[:3], each.of[4:]), count) for each, count in kept]
    return [((each.of, each.period), count) for each, count in kept]


def _axes(view: View, summed: Counted, periods: Sequence[str]) -> tuple[Iterable[str], Iterable[str]]:
    match view:
        case View.WEEKDAY_BY_HOUR:
            return WEEKDAYS, [f"{hour:02}" for hour in range(24)]
        case View.PRODUCT_BY_QUARTER:
            return [*groups(), OTHER], periods
        case View.SITE_BY_QUARTER:
            return {key[0] for key in summed}, periods
    return {key[0] for key in summed}, {key[1] for key in summed}


def _view(query: InsightsQuery, periods: Sequence[str], counted: Counted, threshold: Threshold) -> InsightsView:
    rows, columns = COORDINATES[query.view]
    safe = shown(counted, threshold, margins=MARGINS.get(query.view, [0, 1]))
    # A report with goods of two groups counts twice there, so their sum is no number of events.
    whole = None if query.view is View.PRODUCT_BY_QUARTER else total(counted, threshold)
    return InsightsView(
        view=query.view,
        scope="community" if query.community_id else "organisation",
        first_month=periods[0],
        last_month=periods[-1],
        rows=rows,
        columns=columns,
        cells=[CellView(row=key[0], column=key[1], count=safe[key]) for key in sorted(safe, key=_order)],
        total=whole,
        rule=RULES[threshold],
    )


def _order(key: Key) -> tuple[int, Key]:
    """Days of the week as they come, all else by name."""
    return WEEKDAYS.index(key[0]) if key[0] in WEEKDAYS else 0, key


async def _members(platform: Platform, principal: Principal, community_id: str, purpose: Purpose) -> list[str]:
    """All that are in it, if one's own organisation is."""
    everybody = [each for each in await communities.members(platform, community_id) if each.is_in]
    if principal.organisation not in {each.organisation_id for each in everybody}:
        await platform.refused(principal, "insights:read", community_id, purpose)
        raise NotFound("There is no such community, or your organisation is not in it.")
    return [each.organisation_id for each in everybody]
