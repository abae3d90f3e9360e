"""What an organisation is to one report of another: a partner it is shared with, a recipient of it, or a stranger.

Established afresh for each view, from the entries, memberships and disclosures as they are now; nothing is cached, so
unsharing, leaving and withdrawing hold from the next request on.
"""

from dataclasses import dataclass, field
from typing import Any

from shared.identity.principals import Principal
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.policy.decision import Relation
from shared.reports.models import ReportView
from shared.sharing import rules
from shared.sharing.models import FeedEntry, Membership
from shared.storage.cosmos import Document


@dataclass(frozen=True)
class Standing:
    """``withheld``: what the owner keeps back on top of the policy. ``lawful``, ``case_bound``: see the policies."""

    relation: Relation
    withheld: frozenset[str] = field(default_factory=frozenset)
    lawful: bool = False
    case_bound: bool = False


STRANGER = Standing("stranger")
ALL_FIELDS = frozenset(str(each.alias) for each in ReportView.model_fields.values())
ALWAYS = frozenset(
    {"id", "organisationId", "type", "occurredAt", "submittedAt", "amendedAt", "status", "withheld", "howKnown"}
)
"""Fields of a report that cannot be withheld from somebody who sees it at all."""


async def standing(platform: Platform, principal: Principal, owner: str, report_id: str) -> Standing:
    """The closest of them: owner before partner before recipient of a disclosure."""
    if owner == principal.organisation:
        return Standing("own")
    return (
        await _as_partner(platform, principal, owner, report_id)
        or await _as_recipient(platform, principal, owner, report_id)
        or STRANGER
    )


async def _as_partner(platform: Platform, principal: Principal, owner: str, report_id: str) -> Standing | None:
    """Through any community; what every one of them withholds is withheld."""
    mine = await organisations.organisation(platform, principal.organisation)
    found = await platform.container("feed").read_many([(report_id, each) for each in mine.communities])
    entries = [FeedEntry.model_validate(each) for each in found if each and each["organisationId"] == owner]
    ways = [way for entry in entries if (way := await _way(platform, principal, entry))]
    if not ways:
        return None
    lawful = [way for way in ways if way.lawful]
    withheld = frozenset.intersection(*(way.withheld for way in lawful or ways))
    return Standing("community", withheld, lawful=bool(lawful))


async def _way(platform: Platform, principal: Principal, entry: FeedEntry) -> Standing | None:
    pairs: list[tuple[str, Any]] = [
        (who, entry.community_id) for who in (entry.organisation_id, principal.organisation)
    ]
    owner, viewer = (_membership(each) for each in await platform.container("communities").read_many(pairs))
    shown = rules.shared(entry, owner, viewer, platform.clock.now())
    if shown is None or owner is None or viewer is None:
        return None
    return Standing("community", shown.withheld, lawful=rules.lawful(owner, viewer))


async def _as_recipient(platform: Platform, principal: Principal, owner: str, report_id: str) -> Standing | None:
    """Law enforcement only: what was disclosed for a case, as long as it was not withdrawn."""
    if principal.employer != "law_enforcement":
        return None
    text = "SELECT * FROM c WHERE c.kind = 'disclosure' AND c.reportId = @report AND c.recipientId = @me"
    query = platform.container("disclosures").query(text, {"report": report_id, "me": principal.organisation}, owner)
    fields = [set(each["fields"]) async for each in query if not each.get("withdrawnAt")]
    if not fields:
        return None
    return Standing("recipient", ALL_FIELDS - set.union(*fields) - ALWAYS, case_bound=True)


def _membership(document: Document | None) -> Membership | None:
    return Membership.model_validate(document) if document else None
