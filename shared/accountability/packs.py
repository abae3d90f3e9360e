"""The documents, put together for one organisation from what is in force at this moment."""

from collections.abc import Awaitable, Callable

from shared.accountability import assessment, inventory, lists, processing
from shared.accountability.models import Pack, PackView, SectionView
from shared.errors import NotFound
from shared.identity.principals import Principal
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.transparency import facts, notices
from shared.transparency.models import NoticeView

type Sections = Callable[[Platform, NoticeView], Awaitable[list[SectionView]]]

PACKS: dict[Pack, tuple[str, bool, Sections]] = {
    Pack.RECORD_OF_PROCESSING: ("Record of processing activities", False, processing.record),
    Pack.IMPACT_ASSESSMENT: ("Data protection impact assessment: draft", True, assessment.assessment),
    Pack.SUB_PROCESSORS: ("Sub-processors", False, lists.sub_processors),
    Pack.RETENTION_SCHEDULE: ("Retention schedule", False, lists.retention_schedule),
    Pack.ACCESS_MATRIX: ("Access matrix", False, lists.access_matrix),
}


async def pack(platform: Platform, principal: Principal, name: str) -> PackView:
    """Raises :class:`NotFound` for a document that there is not."""
    if name not in set(Pack):
        raise NotFound(f"There is no such document. There are: {', '.join(Pack)}.")
    which = Pack(name)
    resource = Resource("accountability", principal.organisation, principal.organisation)
    allowed = await platform.authorise(principal, "accountability:read", resource)
    title, draft, sections = PACKS[which]
    home = await notices.notice(platform, principal.organisation)
    made = PackView(
        pack=which,
        title=title,
        organisation=home.name,
        made_at=platform.clock.now(),
        version="",
        rules=home.rules | {"activities": str(inventory.table()["version"])},
        draft=draft,
        sections=await sections(platform, home),
    )
    content = made.model_dump(mode="json", exclude={"made_at"})
    made.version = facts.version_of(content)
    await platform.account(
        principal,
        "accountability:read",
        subjects=[principal.organisation],
        decision=allowed,
    )
    return made
