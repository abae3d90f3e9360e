"""Evidence found by its report, site, time of the event, kind of file and state. Nothing sealed is searched."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.clock import rfc3339
from shared.evidence.media_types import MediaKind
from shared.evidence.models import Evidence, State
from shared.http.paging import Page, Wanted, newest_page
from shared.platform import Platform
from shared.retention.visibility import STILL_IN_USE
from shared.storage.conditions import Where


@dataclass(frozen=True)
class EvidenceSought:
    """Everything that is given has to hold. ``since`` and ``until``: of the event."""

    report_id: str | None = None
    sites: Collection[str] | None = None
    """None: everywhere."""
    kinds: Sequence[MediaKind] = ()
    states: Sequence[State] = ()
    since: datetime | None = None
    until: datetime | None = None


async def found(
    platform: Platform,
    organisation: str,
    sought: EvidenceSought,
    limit: int,
    cursor: str | None,
    binding: tuple[str, ...],
) -> Page[Evidence]:
    """A page, the latest event first."""
    where = Where()
    where.add("c.kind = 'evidence'")
    where.add(STILL_IN_USE, usableAt=rfc3339(platform.clock.now()))
    where.add("c.state != @disposing", disposing=State.DISPOSING.value)
    where.between("eventAt", sought.since, sought.until)
    if sought.report_id:
        where.add("c.reportId = @report", report=sought.report_id)
    where.among("siteId", None if sought.sites is None else sorted(sought.sites))
    where.among("mediaKind", [each.value for each in sought.kinds] or None)
    where.among("state", [each.value for each in sought.states] or None)
    wanted = Wanted(where.text, where.parameters, [organisation], "eventAt", limit, cursor, binding)
    return await newest_page(platform, Evidence, wanted)
