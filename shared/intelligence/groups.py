"""Groups: what hangs together by links that people confirmed, as a network with its time line, places and loss.

Nothing here is suggested or scored. A group is a connected component of confirmed links; a community is a part of it
that hangs together more closely (Louvain, Blondel et al. 2008): it shows where one link joins what may be two groups.
"""

from collections.abc import Iterable
from datetime import datetime
from statistics import median
from typing import Any

from pydantic import Field

from shared.clock import Moment, rfc3339
from shared.http.models import ApiModel
from shared.identity.principals import Principal
from shared.intelligence import knowledge, permission
from shared.organisations import service as organisations
from shared.people import reach
from shared.people.models import PEOPLE, Basis, Confidence, EndKind, Link
from shared.people.service import reported
from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.reports.models import Money, ReportType
from shared.storage.cosmos import Document

MOST_LINKS, MOST_SHOWN, MOST_GROUPS = 20_000, 200, 50


class Node(ApiModel):
    """A report or a profile. What a profile says is read where it is, by those who may."""

    kind: EndKind
    id: str
    community: int = Field(description="Nodes of one number hang together more closely")
    type: ReportType | None = None
    occurred_at: Moment | None = None
    site_id: str | None = None
    loss: Money | None = None


class Edge(ApiModel):
    id: str
    ends: list[str]
    confidence: Confidence
    basis: Basis
    reason: str
    added_by: str
    added_at: Moment


class PlaceOfGroup(ApiModel):
    site_id: str
    name: str
    latitude: float
    longitude: float
    reports: int
    first_at: Moment
    last_at: Moment


class Loss(ApiModel):
    """``estimated`` adds, for each report without a value, the median of those with one."""

    currency: str
    reported_minor: int
    estimated_minor: int
    without_value: int


class Group(ApiModel):
    nodes: list[Node]
    edges: list[Edge]
    communities: int
    first_at: Moment | None
    last_at: Moment | None
    places: list[PlaceOfGroup]
    loss: Loss | None
    truncated: bool = Field(description=f"It is larger than the {MOST_SHOWN} records that are shown")


class GroupSummary(ApiModel):
    report_id: str = Field(description="The newest report of the group, by which it is read")
    reports: int
    people: int
    vehicles: int
    sites: int
    first_at: Moment
    last_at: Moment
    loss: Loss | None


class GroupList(ApiModel):
    groups: list[GroupSummary]


async def list_groups(platform: Platform, principal: Principal, purpose: Purpose) -> GroupList:
    """Groups with two reports or more, the one with the newest event first."""
    import networkx  # noqa: PLC0415 - 0.2 s, and few requests need it

    decision = await permission.authorised(platform, principal, "link:read", purpose)
    graph = await _graph(platform, principal.organisation)
    parts = [sorted(part) for part in networkx.connected_components(graph)]
    wanted = [each for part in parts if len(part) > 1 for each in part if graph.nodes[each]["kind"] is EndKind.REPORT]
    rows = await knowledge.named(platform, principal, wanted)
    await _out_of_reach(platform, principal, graph)
    parts = [[each for each in part if each in graph] for part in parts]
    found = [_summary(graph, part, rows) for part in parts if sum(each in rows for each in part) > 1]
    found = sorted(found, key=lambda each: each.last_at, reverse=True)[:MOST_GROUPS]
    await platform.account(
        principal,
        "group:list",
        subjects=[each.report_id for each in found],
        decision=decision,
        purpose=purpose,
        shows=True,
    )
    return GroupList(groups=found)


async def of_report(platform: Platform, principal: Principal, report_id: str, purpose: Purpose) -> Group:
    """The group that a report belongs to; alone it is a group of one."""
    import networkx  # noqa: PLC0415 - see above

    decision = await permission.authorised(platform, principal, "link:read", purpose)
    await reported(platform, principal, report_id, purpose, "/reportId")
    graph = await _graph(platform, principal.organisation)
    graph.add_node(report_id, kind=EndKind.REPORT)
    await _out_of_reach(platform, principal, graph)
    near = networkx.single_source_shortest_path_length(graph, report_id)
    shown = sorted(near, key=lambda each: (near[each], each))[:MOST_SHOWN]
    rows = await knowledge.named(
        platform, principal, [each for each in shown if graph.nodes[each]["kind"] is EndKind.REPORT]
    )
    kept = [each for each in shown if each in rows or graph.nodes[each]["kind"] is not EndKind.REPORT]
    part = graph.subgraph(kept)
    number = _communities(part)
    links = await _links(platform, principal.organisation, [data["link"] for _, _, data in part.edges(data=True)])
    await platform.account(principal, "group:read", subjects=kept, decision=decision, purpose=purpose, shows=True)
    moments = [_when(rows[each]) for each in kept if each in rows]
    return Group(
        nodes=sorted((_node(graph, each, number[each], rows) for each in kept), key=_by_time),
        edges=[_edge(each) for each in links],
        communities=len(set(number.values())),
        first_at=min(moments, default=None),
        last_at=max(moments, default=None),
        places=await _places(platform, principal, [rows[each] for each in kept if each in rows]),
        loss=_loss(rows.values()),
        truncated=len(near) > len(shown),
    )


# -- how it is done ----------------------------------------------------------------------------------------------------


async def _graph(platform: Platform, organisation: str) -> Any:
    """All confirmed links of an organisation; opens none of them."""
    import networkx  # noqa: PLC0415 - see above

    text = f"SELECT c.id, c.endIds, c.ends FROM c WHERE c.kind = 'link' OFFSET 0 LIMIT {MOST_LINKS:d}"  # noqa: S608
    graph = networkx.Graph()
    async for row in platform.container(PEOPLE).query(text, key=[organisation], page=1000):
        for kind, end in zip(row["ends"], row["endIds"], strict=True):
            graph.add_node(end, kind=EndKind(kind))
        graph.add_edge(*row["endIds"], link=row["id"])
    return graph


async def _out_of_reach(platform: Platform, principal: Principal, graph: Any) -> None:
    """Takes away the profiles that somebody who is limited to sites may not read."""
    if principal.sites:
        profiles = {each for each, data in graph.nodes(data=True) if data["kind"] is not EndKind.REPORT}
        graph.remove_nodes_from(profiles - await reach.profiles(platform, principal))


def _communities(part: Any) -> dict[str, int]:
    """The same for the same links: the seed is fixed."""
    import networkx  # noqa: PLC0415 - see above

    linked = part.number_of_edges() > 0
    found = networkx.community.louvain_communities(part, seed=1) if linked else [{each} for each in part]
    ordered = sorted(found, key=lambda each: (-len(each), min(each)))
    return {node: number for number, members in enumerate(ordered, start=1) for node in members}


async def _links(platform: Platform, organisation: str, ids: list[str]) -> list[Link]:
    documents = await platform.container(PEOPLE).read_many([(each, [organisation, each]) for each in ids])
    return await platform.records(Link).open_all([each for each in documents if each])


def _summary(graph: Any, part: list[str], rows: dict[str, Document]) -> GroupSummary:
    reports = sorted((rows[each] for each in part if each in rows), key=_when)
    kinds = [graph.nodes[each]["kind"] for each in part]
    return GroupSummary(
        report_id=reports[-1]["id"],
        reports=len(reports),
        people=kinds.count(EndKind.PERSON),
        vehicles=kinds.count(EndKind.VEHICLE),
        sites=len({each["siteId"] for each in reports}),
        first_at=_when(reports[0]),
        last_at=_when(reports[-1]),
        loss=_loss(reports),
    )


def _node(graph: Any, identifier: str, community: int, rows: dict[str, Document]) -> Node:
    row = rows.get(identifier)
    if row is None:
        return Node(kind=graph.nodes[identifier]["kind"], id=identifier, community=community)
    return Node(
        kind=EndKind.REPORT,
        id=identifier,
        community=community,
        type=row["type"],
        occurred_at=_when(row),
        site_id=row["siteId"],
        loss=Money(amount_minor=row["lossMinor"], currency=row["currency"]) if row["currency"] else None,
    )


def _edge(link: Link) -> Edge:
    known = link.model_dump(include={"id", "confidence", "basis", "reason", "added_by"})
    return Edge(**known, ends=link.end_ids, added_at=link.created_at)


async def _places(platform: Platform, principal: Principal, reports: list[Document]) -> list[PlaceOfGroup]:
    sites = {each.id: each for each in await organisations.sites(platform, principal.organisation)}
    found = []
    for site in [sites[each] for each in sorted({row["siteId"] for row in reports}) if each in sites]:
        moments = [_when(row) for row in reports if row["siteId"] == site.id]
        place = {"name": site.name, "latitude": site.latitude, "longitude": site.longitude}
        times = {"reports": len(moments), "first_at": min(moments), "last_at": max(moments)}
        found.append(PlaceOfGroup(site_id=site.id, **place, **times))
    return found


def _loss(rows: Iterable[Document]) -> Loss | None:
    """In the currency that most reports give; what is in another one counts as without a value."""
    reports = list(rows)
    currencies = [row["currency"] for row in reports if row["currency"]]
    if not currencies:
        return None
    currency = max(sorted(set(currencies)), key=currencies.count)
    values = [row["lossMinor"] for row in reports if row["currency"] == currency]
    without = len(reports) - len(values)
    total = sum(values)
    return Loss(
        currency=currency,
        reported_minor=total,
        estimated_minor=total + without * round(median(values)),
        without_value=without,
    )


def _when(row: Document) -> datetime:
    return datetime.fromisoformat(row["occurredAt"])


def _by_time(node: Node) -> tuple[str, str]:
    return rfc3339(node.occurred_at) if node.occurred_at else "", node.id
