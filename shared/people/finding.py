"""Profiles found by name, by plate, by what was worn and by marks, within one organisation.

Short tokens find them and some others; what is found is opened and compared, so a page can hold fewer than its limit.
Another page follows as long as there is a cursor.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.clock import rfc3339
from shared.http.models import PersonalQuery
from shared.http.paging import Page, Wanted, newest_page
from shared.identity.principals import Principal
from shared.intelligence import vocabulary
from shared.people import reach
from shared.people.models import Profile, ProfilePage, ProfileSearch, Subject, summary
from shared.people.service import marks_of, worn_by
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.retention.visibility import STILL_IN_USE
from shared.sealing.tokens import look_tokens, name_tokens, normalised_name, plate_tokens
from shared.storage.conditions import Where


@dataclass(frozen=True)
class ProfilesSought:
    """Everything that is given has to hold. ``since`` and ``until``: of the last event that was linked."""

    subject: Subject | None = None
    """Of either kind if there is none."""
    name: str | None = None
    plate: str | None = None
    like: bool = False
    """Also plates that differ only in what cameras confuse."""
    worn: str | None = None
    marks: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def words(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """Of the name, and of the closed vocabulary for what was worn and for marks. Raises :class:`Invalid` where
        something is sought of which the vocabulary knows no word."""
        worn = vocabulary.sought(vocabulary.worn, self.worn, "/worn")
        marks = vocabulary.sought(vocabulary.marks, self.marks, "/marks")
        return frozenset(normalised_name(self.name or "").split()), worn, marks


async def search(platform: Platform, principal: Principal, form: ProfileSearch, query: PersonalQuery) -> ProfilePage:
    """Profiles that bear a name, those that were changed last first."""
    organisation, now = principal.organisation, platform.clock.now()
    resource = Resource("profile", organisation, organisation)
    decision = await platform.authorise(principal, "profile:list", resource, query.purpose)
    binding = (principal.id, "ProfileSearch", query.purpose.value, form.sought)
    sought = ProfilesSought(form.subject, form.name)
    page = await found(platform, principal, sought, form.limit, form.cursor, binding, by="changedAt")
    await platform.account(
        principal,
        "profile:search",
        organisation=organisation,
        subjects=[each.id for each in page.records],
        decision=decision,
        purpose=query.purpose,
        shows=True,
        sought=form.sought,
    )
    return ProfilePage(profiles=[summary(each, now) for each in page.records], next_cursor=page.next_cursor)


async def found(
    platform: Platform,
    principal: Principal,
    sought: ProfilesSought,
    limit: int,
    cursor: str | None,
    binding: tuple[str, ...],
    *,
    by: str = "lastEventAt",
) -> Page[Profile]:
    """A page of those that the principal may read, the latest event first, or the latest of another time."""
    names, worn, marks = sought.words()
    where = await _where(platform, principal.organisation, sought)
    if principal.sites:
        where.add("ARRAY_CONTAINS(@reach, c.id)", reach=sorted(await reach.profiles(platform, principal)))
    wanted = Wanted(where.text, where.parameters, [principal.organisation], by, limit, cursor, binding)
    page = await newest_page(platform, Profile, wanted)
    fitting = [
        each
        for each in page.records
        if (not names or any(names <= set(normalised_name(name).split()) for name in each.names))
        and worn <= worn_by(each)
        and marks <= marks_of(each)
    ]
    return Page(fitting, page.next_cursor)


async def _where(platform: Platform, organisation: str, sought: ProfilesSought) -> Where:
    names, worn, marks = sought.words()
    keys, where = (await platform.keyring.index(organisation)).keys, Where()
    where.add("c.kind = 'profile'")
    if sought.subject:
        where.add("c.subject = @subject", subject=sought.subject.value)
    where.add(STILL_IN_USE, usableAt=rfc3339(platform.clock.now()))
    where.between("lastEventAt", sought.since, sought.until)
    for word in sorted(names):
        where.holds_any("nameTokens", sorted({token for key in keys for token in name_tokens(key, word)}))
    if sought.plate:
        pairs = [plate_tokens(key, sought.plate) for key in keys]
        where.holds_any("plateTokens", sorted({each for pair in pairs for each in (pair if sought.like else pair[:1])}))
    for path, field, words in (("wornTokens", "worn", worn), ("markTokens", "mark", marks)):
        for word in sorted(words):
            where.holds_any(path, sorted({token for key in keys for token in look_tokens(key, field, [word])}))
    return where
