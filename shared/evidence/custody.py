"""The chain of custody of one item: everybody who touched it, when, why, and by which rule.

Nothing is written for it: every touch is an entry of the owner's audit log already, and the log is what proves that no
entry was added, changed or left out (docs/audit.md).
"""

from pydantic import Field

from shared.audit import search
from shared.clock import Moment
from shared.evidence.service import existing
from shared.http import cursors
from shared.http.models import ApiModel, PersonalQuery
from shared.identity.principals import Principal
from shared.platform import Platform
from shared.policy.decision import Purpose, Resource
from shared.storage.cosmos import Document

LONGEST = 10_000
"""Entries of one item that a court bundle holds; beyond it something is wrong with the item."""


class CustodyQuery(PersonalQuery):
    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=400)


class CustodyEntry(ApiModel):
    """One touch of an item."""

    id: str = Field(description="Of the audit entry; ask for its proof with GET /api/audit/{id}/proof")
    at: Moment
    actor: str = Field(description="Id of the user, or the name of the service")
    actor_organisation: str
    action: str
    purpose: Purpose | None
    outcome: str
    leaf_index: int | None = Field(description="Its place in the log; null until it is sealed, within minutes")


class CustodyPage(ApiModel):
    entries: list[CustodyEntry]
    next_cursor: str | None


async def page(
    platform: Platform, principal: Principal, evidence_id: str, query: CustodyQuery, binding: tuple[str, ...]
) -> CustodyPage:
    """Newest first. Looking at the chain is a touch as well, and is seen in it the next time."""
    document = await existing(platform, principal.organisation, evidence_id, query.purpose)
    resource = Resource("evidence", evidence_id, principal.organisation, document["siteId"])
    decision = await platform.authorise(principal, "evidence:custody", resource, query.purpose)
    binding = (*binding, evidence_id)
    after = await cursors.read(platform, binding, query.cursor) if query.cursor else None
    wanted, organisation = search.Wanted(subject=evidence_id), principal.organisation
    found = await search.newest(platform.container("audit"), organisation, wanted, after, query.limit + 1)
    shown, cursor = found[: query.limit], None
    if len(found) > query.limit:
        cursor = await cursors.issue(platform, binding, (shown[-1]["at"], shown[-1]["id"]))
    await platform.account(
        principal,
        "evidence:custody",
        organisation=organisation,
        subjects=[evidence_id],
        decision=decision,
        purpose=query.purpose,
    )
    return CustodyPage(entries=[_entry(each) for each in shown], next_cursor=cursor)


async def chain(platform: Platform, organisation: str, evidence_id: str) -> list[Document]:
    """All audit entries of an item, the oldest first, as the log has them: for a bundle, already accounted for."""
    wanted = search.Wanted(subject=evidence_id)
    found = await search.newest(platform.container("audit"), organisation, wanted, None, LONGEST)
    return list(reversed(found))


def _entry(entry: Document) -> CustodyEntry:
    known = {name: entry.get(field.alias or name) for name, field in CustodyEntry.model_fields.items()}
    return CustodyEntry(**known)
