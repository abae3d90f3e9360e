"""The week in numbers, by mail to those who chose it: rounded, silent about few, and nothing about anybody.

A timer runs every hour from Monday noon (UTC) on, when the week is over in every time zone, and tells of the last whole
week. What was told is noted for each organisation after the last letter has its place; each letter's id derives from
week and reader. So a run that breaks off is finished by the next one, two at once tell once, and after a week in which
no timer ran the next letter shows that week too: it has four.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.alerts import recipients
from shared.alerts.causes import TYPE_IN_WORDS
from shared.alerts.models import Cause, Outlet
from shared.alerts.recipients import Recipient
from shared.audit.trail import Entry
from shared.delivery import choices, patience
from shared.delivery import service as deliveries
from shared.delivery.models import Channel, Delivery, Notice, State
from shared.errors import Conflict, NotFound
from shared.identity.principals import Principal, Role
from shared.ids import derived_id
from shared.insights import counting
from shared.insights.cubes import CONTAINER
from shared.insights.suppression import OWN, Key, shown
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.policy.decision import Purpose, Resource, decide

log = logging.getLogger("reeve.insights")

ACTOR, KIND = "weekly-digest", "digest"
WEEKS = 4
OVER = timedelta(hours=12)
"""After midnight of Monday in UTC the week is over everywhere west of it as well."""
KEPT = 60 * 86_400
"""Seconds for which it is remembered that a week was told, and what came of each letter."""
UNTOLD = "not told"
"""In the place of a number that would tell too much, or give one away that would."""


@dataclass(frozen=True)
class Week:
    """What an organisation's week may be told as, once for all its readers: so no two of them can subtract."""

    name: str
    totals: Sequence[int | None]
    """Of the last four weeks, the newest first."""
    types: Mapping[str, int | None]
    sites: Mapping[str, Sequence[int | None]]
    """By id of the site, as the totals."""


async def tell(platform: Platform) -> int:
    """Places the letters of the last whole week that are not placed yet; how many were new."""
    periods = counting.weeks(platform.clock.now() - OVER, WEEKS)
    told = 0
    for organisation, users in (await _choosers(platform)).items():
        if not await _is_told(platform, organisation, periods[-1]):
            told += await _organisation(platform, organisation, users, periods)
    return told


async def week_of(platform: Platform, organisation: str, periods: Sequence[str]) -> Week:
    """``periods``: whole ISO weeks, the oldest first."""
    by_week: dict[str, int] = defaultdict(int)
    by_type: dict[str, int] = defaultdict(int)
    sites = await organisations.sites(platform, organisation)
    by_site: dict[Key, int] = {(site.id, each): 0 for site in sites for each in periods}
    for period, site_id, kind in await counting.recent(platform, organisation, periods[0], periods[-1]):
        by_week[period] += 1
        by_site[site_id, period] += 1
        if period == periods[-1]:
            by_type[kind] += 1
    newest_first = list(reversed(periods))
    totals = _safe({(each,): by_week[each] for each in periods}, [])
    here = _safe(by_site, [0])
    return Week(
        name=periods[-1],
        totals=[totals[each,] for each in newest_first],
        types={key[0]: count for key, count in _safe({(each,): by_type[each] for each in by_type}, [0]).items()},
        sites={site.id: [here[site.id, each] for each in newest_first] for site in sites},
    )


def lines(week: Week, names: Mapping[str, str], sites: Sequence[str]) -> list[str]:
    """What one reader is told. ``sites``: those they are limited to, none if they are not; then there is no total."""
    said = [] if sites else [f"Week {week.name}: {_numbers(week.totals)}"]
    if not sites:
        kinds = sorted(week.types, key=lambda each: TYPE_IN_WORDS.get(each, each))
        said += [f"{TYPE_IN_WORDS.get(each, each)}: {_number(week.types[each])}" for each in kinds]
    mine = [each for each in week.sites if each in names and (not sites or each in sites)]
    rows = [f"{names[each]}: {_numbers(week.sites[each])}" for each in sorted(mine, key=lambda each: names[each])]
    return [*said, *rows] if said else [f"Week {week.name} at your sites", *rows]


def _numbers(counts: Sequence[int | None]) -> str:
    newest, *before = map(_number, counts)
    return f"{newest} reports (the weeks before: {', '.join(before)})"


def _number(count: int | None) -> str:
    return UNTOLD if count is None else str(count)


def _safe(counts: Mapping[Key, int], margins: Sequence[int]) -> dict[Key, int | None]:
    return shown({key: {"own": count} for key, count in counts.items()}, OWN, margins)


async def _organisation(platform: Platform, organisation: str, users: set[str], periods: Sequence[str]) -> int:
    readers = [each async for each in recipients.staff(platform, organisation, set(Role)) if each.user in users]
    readers = [each for each in readers if _may(each)]
    reach = await choices.reach(platform, organisation, [each.user for each in readers])
    readers = [each for each in readers if reach.targets(each.user, Outlet.EMAIL)]
    placed = 0
    if readers:
        week = await week_of(platform, organisation, periods)
        names = {each.id: each.name for each in await organisations.sites(platform, organisation)}
        await _account(platform, organisation)
        drafts = [_draft(platform, each, lines(week, names, each.sites), week.name) for each in readers]
        placed = await deliveries.place(platform, drafts)
    await _note(platform, organisation, periods[-1])
    log.info("the week %s: %d letters", periods[-1], placed)
    return placed


def _may(reader: Recipient) -> bool:
    """By the very rule that lets somebody see totals in the app."""
    who = Principal(reader.user, reader.organisation, "user", frozenset(reader.roles), frozenset(reader.sites))
    resource = Resource("insights", reader.organisation, reader.organisation)
    return decide(who, "insights:read", resource, Purpose.RESEARCH).allowed


def _draft(platform: Platform, reader: Recipient, told: Sequence[str], week: str) -> Delivery:
    now = platform.clock.now()
    notices = [
        Notice(
            cause=Cause.WEEK,
            cause_id=derived_id("week", reader.organisation, week),
            cause_organisation_id=reader.organisation,
            relation="own",
            site_id="",
            headline=each,
            urgent=False,
            created_at=now,
        )
        for each in told
    ]
    return Delivery(
        id=derived_id("delivery", Cause.WEEK, week, reader.organisation, reader.user),
        organisation_id=reader.organisation,
        channel=Channel.EMAIL,
        target_id=reader.user,
        recipient_id=reader.user,
        notices=notices,
        why="your own choice to be told of each week",
        state=State.PENDING,
        due_at=now,
        give_up_at=now + patience.GIVE_UP_AFTER,
        created_at=now,
        ttl=KEPT,
    )


async def _choosers(platform: Platform) -> dict[str, set[str]]:
    """Users by organisation. Without a key: the timer looks at all of them."""
    text = "SELECT c.organisationId, c.userId FROM c WHERE c.kind = 'own-preferences' AND c.preferences.weekly = true"
    found: dict[str, set[str]] = defaultdict(set)
    async for each in platform.container("channels").query(text):
        found[each["organisationId"]].add(each["userId"])
    return found


def _note_id(week: str) -> str:
    return f"{KIND}|{week}"


async def _is_told(platform: Platform, organisation: str, week: str) -> bool:
    try:
        await platform.container(CONTAINER).read(_note_id(week), organisation)
    except NotFound:
        return False
    return True


async def _note(platform: Platform, organisation: str, week: str) -> None:
    note = {"id": _note_id(week), "organisationId": organisation, "kind": KIND, "ttl": KEPT}
    try:
        await platform.container(CONTAINER).create(note)
    except Conflict:
        log.info("another run has told of the week as well; each letter goes once")


async def _account(platform: Platform, organisation: str) -> None:
    entry = Entry(
        organisation=organisation,
        actor=ACTOR,
        actor_organisation=organisation,
        action="insights:tell",
        subjects=[organisation],
        purpose=Purpose.RESEARCH.value,
    )
    await platform.trail.record(entry)
