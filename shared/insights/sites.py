"""Each site beside itself: the last whole quarter, and the same quarter a year before. No site beside another.

The season is the same on both sides. Where many sites are looked at, some change by chance alone; so what is called a
change holds for all of them together (false discovery rate), and its interval is as wide as that asks for: Benjamini
and Yekutieli, J. Am. Stat. Assoc. 100 (2005) 71.
"""

import math
from collections.abc import Mapping

from pydantic import Field

from shared.http.models import ApiModel, PersonalQuery
from shared.identity.principals import Principal
from shared.insights import service
from shared.insights.intervals import corrected, ratio_bounds, surprise
from shared.insights.models import InsightsQuery, View
from shared.insights.patterns import Change
from shared.organisations import service as organisations
from shared.platform import Platform

WRONG = 0.05
"""Of what is called a change, this share is none, on average."""


class SitesQuery(PersonalQuery):
    """The last whole quarter beside the same one a year before, of the sites that you may see."""


class SiteRow(ApiModel):
    site_id: str
    site: str
    change: Change
    before: int | None = Field(description="Rounded to five; null where it would tell too much")
    after: int | None
    ratio: float | None = Field(description="After by before")
    low: float | None = Field(description="The ratio lies between low and high, with all sites looked at together")
    high: float | None
    chance: float | None = Field(
        description="The share of wrong ones among all sites that are called changed from this one on"
    )


class SitesView(ApiModel):
    before: str = Field(description="YYYY-Qn")
    after: str
    rows: list[SiteRow] = Field(description="By name; the order says nothing")
    rule: str
    caution: str = (
        "Each site is compared with itself. More reports can mean more events, or more reporting; a site that opened, "
        "closed or moved in between has no past to be compared with."
    )


async def compared(platform: Platform, principal: Principal, query: SitesQuery) -> SitesView:
    table = await service.table(platform, principal, InsightsQuery(purpose=query.purpose, view=View.SITE_BY_QUARTER))
    names = {each.id: each.name for each in await organisations.sites(platform, principal.organisation)}
    shown = {(each.row, each.column): each.count for each in table.cells}
    pairs = {
        site: (shown[site, table.first_month], shown[site, table.last_month])
        for site in sorted({site for site, _ in shown}, key=lambda each: (names.get(each, ""), each))
    }
    return SitesView(before=table.first_month, after=table.last_month, rows=judged(pairs, names), rule=table.rule)


def judged(pairs: Mapping[str, tuple[int | None, int | None]], names: Mapping[str, str]) -> list[SiteRow]:
    """By site, the two rounded counts; None is one that is left out."""
    known = {site: (a, b) for site, (a, b) in pairs.items() if a is not None and b is not None}
    chances = dict(zip(known, corrected([surprise(*pair) for pair in known.values()]), strict=True))
    changed = sum(each <= WRONG for each in chances.values())
    sure = 1 - WRONG * max(1, changed) / max(1, len(known))
    rows = []
    for site, (before, after) in pairs.items():
        row = SiteRow(
            site_id=site, site=names.get(site, site), change=Change.TOO_FEW, before=before, after=after,
            ratio=None, low=None, high=None, chance=None,
        )  # fmt: skip
        rows.append(row.model_copy(update=_verdict(*known[site], chances[site], sure)) if site in known else row)
    return rows


def _verdict(before: int, after: int, chance: float, sure: float) -> dict[str, object]:
    low, high = ratio_bounds([before], [after], sure)
    change = (Change.MORE if after > before else Change.FEWER) if chance <= WRONG else Change.NOT_CLEAR
    return {
        "change": change,
        "ratio": round(after / before, 2) if before else None,
        "low": round(low, 2),
        "high": round(high, 2) if math.isfinite(high) else None,
        "chance": round(chance, 4),
    }
