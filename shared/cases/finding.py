"""Cases found by words of their title, reference of the police, status and who works on them.

Short tokens find them and some others; what is found is opened and compared, so a page can hold fewer than its limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.cases.models import Case, Status
from shared.clock import rfc3339
from shared.http.paging import Page, Wanted, newest_page
from shared.platform import Platform
from shared.retention.visibility import STILL_IN_USE
from shared.sealing.tokens import normalised_name, normalised_plate, reference_token, title_tokens
from shared.storage.conditions import Where


@dataclass(frozen=True)
class CasesSought:
    """Everything that is given has to hold. ``since`` and ``until``: of the last change."""

    title: str | None = None
    police_reference: str | None = None
    statuses: Sequence[Status] = ()
    assignee_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def found(
    platform: Platform, organisation: str, sought: CasesSought, limit: int, cursor: str | None, binding: tuple[str, ...]
) -> Page[Case]:
    """A page, last changed first."""
    where = await _where(platform, organisation, sought)
    wanted = Wanted(where.text, where.parameters, [organisation], "changedAt", limit, cursor, binding)
    page = await newest_page(platform, Case, wanted)
    return Page([each for each in page.records if _fits(each, sought)], page.next_cursor)


def _fits(case: Case, sought: CasesSought) -> bool:
    titled = set(normalised_name(sought.title or "").split()) <= set(normalised_name(case.title).split())
    reference = normalised_plate(sought.police_reference or "")
    return titled and (not reference or reference == normalised_plate(case.police_reference or ""))


async def _where(platform: Platform, organisation: str, sought: CasesSought) -> Where:
    keys, where = (await platform.keyring.index(organisation)).keys, Where()
    where.add("c.kind = 'case'")
    where.add(STILL_IN_USE, usableAt=rfc3339(platform.clock.now()))
    where.between("changedAt", sought.since, sought.until)
    where.among("status", [each.value for each in sought.statuses] or None)
    if sought.assignee_id:
        where.holds_any("assigneeIds", [sought.assignee_id])
    for word in sorted(set(normalised_name(sought.title or "").split())):
        where.holds_any("titleTokens", sorted({token for key in keys for token in title_tokens(key, word)}))
    if sought.police_reference:
        where.holds_any("referenceTokens", sorted({reference_token(key, sought.police_reference) for key in keys}))
    return where
