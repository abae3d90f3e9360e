"""What somebody who is limited to sites may see of profiles: those that a report of these sites is linked to.

Deny by default: a link that names no site opens nothing. Whatever else a profile is linked to stays unseen as well, and
nothing tells that it is there.
"""

from collections.abc import Iterable, Sequence

from shared.clock import rfc3339
from shared.identity.principals import Principal
from shared.people.models import PEOPLE, EndKind, Link
from shared.platform import Platform
from shared.policy.decision import Purpose, Resource, decide
from shared.retention.visibility import STILL_IN_USE, in_use
from shared.storage.cosmos import Document


async def profiles(platform: Platform, principal: Principal, *wanted: str) -> set[str]:
    """The ids of profiles that rest on a report at one of the principal's sites; of ``wanted``, if some are named."""
    where = ["c.kind = 'link'", "ARRAY_CONTAINS(@sites, c.siteId)"]
    asked: dict[str, object] = {"sites": sorted(principal.sites)}
    if wanted:
        where.append("(ARRAY_CONTAINS(@wanted, c.endIds[0]) OR ARRAY_CONTAINS(@wanted, c.endIds[1]))")
        asked["wanted"] = list(wanted)
    text = f"SELECT c.endIds, c.ends FROM c WHERE {' AND '.join(where)}"  # noqa: S608 - words of ours
    rows = platform.container(PEOPLE).query(text, asked, key=[principal.organisation], page=1000)
    found = {
        str(end)
        async for row in rows
        for end, kind in zip(row["endIds"], row["ends"], strict=True)
        if kind != EndKind.REPORT.value
    }
    return found & set(wanted) if wanted else found


async def in_use_of(platform: Platform, organisation: str, ids: Sequence[str], purpose: Purpose) -> dict[str, Document]:
    """What is clear of those profiles that are in use for this purpose, by id."""
    found = await platform.container(PEOPLE).read_many([(each, [organisation, each]) for each in ids])
    now = platform.clock.now()
    return {each["id"]: each for each in found if each and each["kind"] == "profile" and in_use(each, now, purpose)}


async def readable(platform: Platform, principal: Principal, ids: Iterable[str], purpose: Purpose) -> set[str]:
    """Which of these profiles of the principal's organisation this principal may read."""
    allowed = {
        each
        for each in ids
        if decide(principal, "profile:read", Resource("profile", each, principal.organisation), purpose).allowed
    }
    return await profiles(platform, principal, *allowed) if allowed and principal.sites else allowed


async def visible(platform: Platform, principal: Principal, links: list[Link], of: str) -> list[Link]:
    """Of the links of a record that the principal may read, those whose other end they may read too."""
    if not principal.sites:
        return links
    ends = [each.other(of) for each in links]
    reports = [identifier for kind, identifier in ends if kind is EndKind.REPORT]
    people = [identifier for kind, identifier in ends if kind is not EndKind.REPORT]
    seen = await _reports(platform, principal, reports) if reports else set()
    seen |= await profiles(platform, principal, *people) if people else set()
    return [each for each in links if each.other(of)[1] in seen]


async def _reports(platform: Platform, principal: Principal, ids: list[str]) -> set[str]:
    text = (
        "SELECT c.id FROM c WHERE c.kind = 'report' AND ARRAY_CONTAINS(@ids, c.id) "  # noqa: S608 - words of ours
        f"AND ARRAY_CONTAINS(@sites, c.siteId) AND {STILL_IN_USE}"
    )
    asked = {"ids": ids, "sites": sorted(principal.sites), "usableAt": rfc3339(platform.clock.now())}
    rows = platform.container("reports").query(text, asked, key=[principal.organisation])
    return {str(each["id"]) async for each in rows}
