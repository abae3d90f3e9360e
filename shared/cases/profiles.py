"""The profiles of people and vehicles that a case names: who may see which, and what becomes of that when one goes.

They stand apart from the case's records, so that nothing that is made from those (bundles, suggestions, lists by
record) can take one along unasked.
"""

from shared.cases.models import CASES, Case, CaseProfile, CaseProfileView
from shared.errors import Conflict, PreconditionFailed
from shared.identity.principals import Principal
from shared.people import reach
from shared.people.models import Subject
from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.storage.cosmos import Key

ATTEMPTS = 5
HIDDEN = CaseProfileView(withheld=True, id=None, subject=None, disputed=None, reason=None, added_by=None, added_at=None)
"""All that somebody learns who may not read the profile: that there is one."""


async def seen(platform: Platform, principal: Principal, case: Case, purpose: Purpose) -> list[CaseProfileView]:
    """Those that are gone are left out, those that this reader may not read are only counted."""
    if not case.profiles:
        return []
    there = await reach.in_use_of(platform, principal.organisation, case.profile_ids, purpose)
    readable = await reach.readable(platform, principal, there, purpose)
    return [
        CaseProfileView(
            withheld=False,
            subject=Subject(there[each.id]["subject"]),
            disputed=bool(there[each.id]["disputed"]),
            **each.model_dump(),
        )
        if each.id in readable
        else HIDDEN
        for each in case.profiles
        if each.id in there
    ]


async def forget(platform: Platform, organisation: str, profile_id: str) -> int:
    """Takes a profile that is going out of every case. Safe to repeat; in how many it was."""
    return await _replaced(platform, organisation, profile_id, None)


async def move(platform: Platform, organisation: str, profile_id: str, into: str) -> int:
    """The profile has become part of another one: cases name that from now on. Safe to repeat."""
    return await _replaced(platform, organisation, profile_id, into)


async def _replaced(platform: Platform, organisation: str, profile_id: str, into: str | None) -> int:
    text = (
        "SELECT c.id FROM c WHERE c.kind = 'case' AND ARRAY_CONTAINS(c.profileIds, @profile) "
        "AND NOT IS_DEFINED(c.disposing)"
    )
    rows = platform.container(CASES).query(text, {"profile": profile_id}, key=[organisation])
    found = [str(each["id"]) async for each in rows]
    for each in found:
        await _change(platform, [organisation, each], profile_id, into)
    return len(found)


async def _change(platform: Platform, key: Key, profile_id: str, into: str | None) -> None:
    """Nobody worked on the case by this, so its time does not begin anew."""
    for _ in range(ATTEMPTS):
        case = await platform.records(Case).read(key[1], key)
        named = [_renamed(each, profile_id, into) for each in case.profiles]
        kept = list({each.id: each for each in named if each}.values())
        changed = case.model_copy(update={"profiles": kept, "profile_ids": [each.id for each in kept]})
        try:
            await platform.records(Case).replace(changed, case.etag)
        except PreconditionFailed:
            continue  # somebody works on the case
        return
    raise Conflict("The case is being changed too often.")


def _renamed(link: CaseProfile, profile_id: str, into: str | None) -> CaseProfile | None:
    if link.id != profile_id:
        return link
    return link.model_copy(update={"id": into}) if into else None
