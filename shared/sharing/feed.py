"""The feed of a community, and what a person says about sharing one report."""

import asyncio
import contextlib
from collections.abc import Sequence

from shared.alerts.models import AlertRequest, Cause
from shared.clock import rfc3339
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.evidence.obscuring import service as obscuring
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Resource, decide
from shared.reports.models import Report
from shared.reports.views import view
from shared.retention.visibility import in_use
from shared.sharing import rules
from shared.sharing.communities import members, membership
from shared.sharing.models import FeedEntry, FeedPage, FeedQuery, Membership, SharesView, ShareView
from shared.storage import outbox
from shared.storage.cosmos import Document

QUEUE = "alert-requests"
NOTES = {
    "by_rule": "Your organisation's sharing rules decide, at each view.",
    "shared": "Shared by a person, whatever the rules say.",
    "unshared": "Taken back by a person: nobody there sees it.",
}


async def page(
    platform: Platform, principal: Principal, community_id: str, query: FeedQuery, binding: tuple[str, ...]
) -> FeedPage:
    """What the other members share, newest event first, each report read in its owner's partition at this moment."""
    everybody = {each.organisation_id: each for each in await members(platform, community_id)}
    mine = everybody.get(principal.organisation)
    if mine is None or not mine.is_in:
        await platform.refused(principal, "feed:list", community_id, query.purpose)
        raise NotFound("There is no such community, or your organisation is not in it.")
    collection = Resource("report", community_id, community_id, sharing_lawful=True)
    await platform.authorise(principal, "feed:list", collection, query.purpose, "community")
    where, parameters = _filter(principal, query)
    wanted = Wanted(where, parameters, community_id, "occurredAt", query.limit, query.cursor, binding)
    found = await newest_page(platform, FeedEntry, wanted)
    shown = await _shown(platform, principal, query.purpose, found.records, everybody, mine)
    await _account(platform, principal, query.purpose, shown)
    views = [view(report, decision.withheld | extra) for report, decision, extra in shown]
    return FeedPage(reports=views, next_cursor=found.next_cursor)


type Shown = tuple[Report, Decision, frozenset[str]]


async def _shown(
    platform: Platform,
    principal: Principal,
    purpose: Purpose,
    entries: Sequence[FeedEntry],
    everybody: dict[str, Membership],
    mine: Membership,
) -> list[Shown]:
    now = platform.clock.now()
    ways = [(entry, rules.shared(entry, everybody.get(entry.organisation_id), mine, now)) for entry in entries]
    open_to_me = [(entry, way) for entry, way in ways if way]
    pairs = [(entry.report_id, [entry.organisation_id, entry.report_id]) for entry, _ in open_to_me]
    documents = await platform.container("reports").read_many(pairs)

    async def one(document: Document | None, entry: FeedEntry, extra: frozenset[str]) -> Shown | None:
        if document is None or not in_use(document, now):
            return None  # its time is up: the entry is dead
        lawful = rules.lawful(everybody[entry.organisation_id], mine)
        resource = resource_of(document, lawful=lawful)
        decision = decide(principal, "report:read", resource, purpose, "community")
        if not decision.allowed:
            return None
        try:
            return await platform.records(Report).open(document), decision, extra
        except NotFound:
            return None

    found = await asyncio.gather(
        *(one(document, entry, way.withheld) for document, (entry, way) in zip(documents, open_to_me, strict=True))
    )
    return [each for each in found if each]


async def _account(platform: Platform, principal: Principal, purpose: Purpose, shown: list[Shown]) -> None:
    """One entry in the log of each owner whose reports are shown; an empty page is accounted for at home."""
    by_owner: dict[str, list[str]] = {}
    for report, _, _ in shown:
        by_owner.setdefault(report.organisation_id, []).append(report.id)
    decision = shown[0][1] if shown else Decision(allowed=True, policies=(), withheld=frozenset())
    for owner, subjects in (by_owner or {principal.organisation: []}).items():
        await platform.account(
            principal,
            "feed:list",
            organisation=owner,
            subjects=subjects,
            decision=decision,
            purpose=purpose,
            shows=True,
        )


def _filter(principal: Principal, query: FeedQuery) -> tuple[str, dict[str, object]]:
    clauses: dict[str, tuple[str, object]] = {
        "kind": ("c.kind = @kind", "report"),
        "mine": ("c.organisationId != @mine", principal.organisation),
        "unshared": ("c.choice != @unshared", "unshared"),
    }
    if query.type:
        clauses["type"] = ("c.type = @type", query.type.value)
    if query.region:
        clauses["region"] = ("STARTSWITH(c.region, @region)", query.region)
    if query.since:
        clauses["since"] = ("c.occurredAt >= @since", rfc3339(query.since))
    return " AND ".join(clause for clause, _ in clauses.values()), {name: value for name, (_, value) in clauses.items()}


# -- one report ------------------------------------------------------------------------------------------------------


async def index(platform: Platform, report: Document) -> list[str]:
    """Makes the report findable in its owner's communities; whether anybody sees it there is decided at each view.

    Reports in which somebody is or may be a minor are not even indexed.

    :returns: the communities.
    """
    if is_minor(report):
        await remove(platform, report)
        return []
    home = await organisations.organisation(platform, report["organisationId"])
    site = await organisations.site(platform, report["organisationId"], report["siteId"])
    joined = []
    for community in home.communities:
        mine = await membership(platform, community, home.id)
        if mine is not None and mine.is_in:
            joined.append(community)
            with contextlib.suppress(Conflict):  # indexed before, perhaps with a person's choice
                await platform.records(FeedEntry).create(_entry(report, community, site.region))
    return joined


async def remove(platform: Platform, report: Document) -> None:
    home = await organisations.organisation(platform, report["organisationId"])
    for community in home.communities:
        await platform.container("feed").delete(report["id"], community)


async def share(platform: Platform, principal: Principal, report_id: str, community_id: str) -> ShareView:
    """Shares one report although no rule would, and warns the community."""
    document = await _choose(platform, principal, report_id, community_id, "shared")
    if is_minor(document):
        raise Forbidden("Somebody in this report is or may be under 18, so it stays with your organisation.")
    if waiting := await obscuring.unreviewed(platform, principal.organisation, report_id):
        raise Conflict(
            "Bystanders may be seen in pictures or videos of this report. Decide about the suggested faces first, "
            "and wait for the rendition of a video.",
            extra={"evidenceIds": waiting},
        )
    message_id = derived_id("shared", report_id, community_id)
    key = [document["organisationId"], document["reportId"]]
    request = AlertRequest(
        cause=Cause.REPORT, id=report_id, organisation_id=document["organisationId"], key=key, message_id=message_id
    )
    message = outbox.Message(message_id, QUEUE, request.model_dump(mode="json", by_alias=True))
    partition = {"organisationId": document["organisationId"], "reportId": document["reportId"]}
    await platform.container("reports").upsert(outbox.document(message, partition, platform.clock.now()))
    await _set(platform, document, community_id, "shared")
    await platform.bus.send_or_leave(message)
    return _share_view(community_id, report_id, "shared")


async def unshare(platform: Platform, principal: Principal, report_id: str, community_id: str) -> ShareView:
    """Takes one report back: from the next request on nobody there sees it, whatever the rules say."""
    document = await _choose(platform, principal, report_id, community_id, "unshared")
    await _set(platform, document, community_id, "unshared")
    return _share_view(community_id, report_id, "unshared")


async def shares(platform: Platform, principal: Principal, report_id: str, purpose: Purpose) -> SharesView:
    document = await own_report(platform, principal, report_id)
    decision = await platform.authorise(principal, "report:read", resource_of(document), purpose)
    home = await organisations.organisation(platform, principal.organisation)
    found = await platform.container("feed").read_many([(report_id, each) for each in home.communities])
    await platform.account(
        principal,
        "report:read",
        subjects=[report_id],
        decision=decision,
        purpose=purpose,
    )
    return SharesView(shares=[_share_view(each["communityId"], report_id, each["choice"]) for each in found if each])


async def own_report(platform: Platform, principal: Principal, report_id: str) -> Document:
    """The stored document. Raises :class:`NotFound`, alike for one that is not there and one of others."""
    gone = NotFound("The report does not exist, or is not yours.")
    try:
        document = await platform.container("reports").read(report_id, [principal.organisation, report_id])
    except NotFound:
        raise gone from None
    if not in_use(document, platform.clock.now()):
        raise gone
    return document


def resource_of(report: Document, *, lawful: bool = False, case_bound: bool = False) -> Resource:
    return Resource(
        "report",
        report["id"],
        report["organisationId"],
        report["siteId"],
        minor=is_minor(report),
        sharing_lawful=lawful,
        case_bound=case_bound,
    )


def is_minor(report: Document) -> bool:
    """Stated or suspected, until a person says otherwise."""
    return report.get("minor", "no") in {"stated", "suspected"}


async def _choose(platform: Platform, principal: Principal, report_id: str, community_id: str, choice: str) -> Document:
    document = await own_report(platform, principal, report_id)
    mine = await membership(platform, community_id, principal.organisation)
    if mine is None or not mine.is_in:
        what = FieldError("/communityId", "not_a_member", "Choose a community that your organisation has joined.")
        raise Invalid("Your organisation is not in this community.", [what])
    purpose = Purpose.ALERT_COMMUNITY
    decision = await platform.authorise(principal, "report:share", resource_of(document), purpose)
    await platform.account(
        principal,
        f"report:{choice}",
        subjects=[report_id, community_id],
        decision=decision,
        purpose=purpose,
    )
    return document


async def _set(platform: Platform, report: Document, community_id: str, choice: str) -> None:
    site = await organisations.site(platform, report["organisationId"], report["siteId"])
    entry = _entry(report, community_id, site.region).model_dump(mode="json", by_alias=True)
    await platform.container("feed").upsert(entry | {"choice": choice})


def _entry(report: Document, community_id: str, region: str) -> FeedEntry:
    return FeedEntry(
        id=report["id"],
        organisation_id=report["organisationId"],
        community_id=community_id,
        report_id=report["id"],
        type=report["type"],
        site_id=report["siteId"],
        region=region,
        occurred_at=report["occurredAt"],
        submitted_at=report["submittedAt"],
    )


def _share_view(community_id: str, report_id: str, choice: str) -> ShareView:
    return ShareView.model_validate(
        {"community_id": community_id, "report_id": report_id, "choice": choice, "note": NOTES[choice]}
    )
