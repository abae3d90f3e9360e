"""Fills an empty stack with the demo world, through the app's own services: sealed, indexed and audited as any data."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.progress import Progress

from cli import linking, world
from cli.environment import DEVICES, WATCHED
from shared.clock import Clock, SetClock, SystemClock
from shared.identity.principals import Principal, Role
from shared.identity.terms import in_force
from shared.identity.tokens import Identity
from shared.ids import new_id
from shared.organisations import devices
from shared.organisations import service as organisations
from shared.organisations.models import Organisation, OrganisationKind, Site, User
from shared.plates import watchlists
from shared.plates.models import WatchlistEntryForm
from shared.platform import Platform, assemble
from shared.reports import service as reports
from shared.reports.models import Report, ReportSubmission, ReportType
from shared.settings import load
from shared.sharing import communities, feed
from shared.sharing.models import CommunityForm, MembershipSettings, SharingRule

AT_ONCE = 16
CAMERAS = 2
USERS_FILE = Path(__file__).parent / "demo_users.json"

IN_FEED = timedelta(days=90)
"""Older reports are not looked for in the feed."""


@dataclass
class Seeded:
    """What has been set up so far."""

    organisations: dict[str, Organisation] = field(default_factory=dict)
    sites: dict[str, list[Site]] = field(default_factory=dict)
    users: dict[tuple[str, Role], Principal] = field(default_factory=dict)
    """By the name of their organisation and their role."""
    past: int = 0
    """Reports whose time is up already."""
    written: list[tuple[world.Event, Report]] = field(default_factory=list)

    def author(self, retailer: str, site: str) -> Principal:
        """Who reports from a site: whoever works there, else the retailer's investigator."""
        reporter = self.users.get((retailer, Role.REPORTER))
        return reporter if reporter and reporter.at(site) else self.users[retailer, Role.INVESTIGATOR]


class HasDataError(Exception):
    """The stack is not empty. Nothing was changed."""


async def seed(stack: Path, *, count: int) -> str:
    """:returns: one sentence about what was done. Ends the program if there is anything yet: one identity, one user."""
    now = datetime.now(UTC)
    history = list(world.events(count, now))
    async with _platform(SystemClock()) as today, _platform(SetClock(now - world.HISTORY)) as then:
        if await _has_data(today):
            raise HasDataError
        made = await _set_up(then)
        await _write_history(made, history)
        await _watchlist(today, made)
        await linking.put_together(today, made.users["Harbour & Pine", Role.INVESTIGATOR], made.written)
        _write_private(stack / DEVICES, await _cameras(today, made))
    shops = sum(map(len, made.sites.values()))
    return (
        f"Seeded {len(made.organisations)} organisations, {shops} sites and {count} reports ("
        f"{made.past} of them past their time: the retention timer removes them within minutes)."
    )


@asynccontextmanager
async def _platform(clock: Clock) -> AsyncIterator[Platform]:
    platform = assemble(load(), clock)
    try:
        yield platform
    finally:
        await platform.close()


async def _has_data(platform: Platform) -> bool:
    async for _ in platform.container("organisations").query("SELECT c.id FROM c OFFSET 0 LIMIT 1"):
        return True
    return False


async def _set_up(platform: Platform) -> Seeded:
    made = Seeded()
    for name in (*world.RETAILERS, world.POLICE):
        kind = OrganisationKind.LAW_ENFORCEMENT if name == world.POLICE else OrganisationKind.RETAILER
        made.organisations[name] = await organisations.onboard(platform, name, kind, "GB")
        made.sites[name] = []
    for name in world.RETAILERS:
        for number, place in enumerate(world.site_names(name)):
            made.sites[name].append(await organisations.add_site(platform, _site(platform, made, name, number, place)))
    for person in json.loads(USERS_FILE.read_text()):
        await _user(platform, made, person)
    founder = made.organisations["Harbour & Pine"]
    form = CommunityForm(name=world.COMMUNITY, aim="Warn each other of thefts and violence in the shops of Westmere.")
    community = await communities.found(platform, founder, new_id(platform.clock.now()), form)
    for name, types in world.MEMBERS.items():
        shares = [SharingRule(types=[ReportType(each) for each in types])] if types else []
        member = await organisations.organisation(platform, made.organisations[name].id)
        await communities.enter(platform, community.id, member, MembershipSettings(shares=shares))
    return made


def _site(platform: Platform, made: Seeded, retailer: str, number: int, place: str) -> Site:
    """Anywhere in the invented county, but always there."""
    where = random.Random(place)
    return Site(
        id=new_id(platform.clock.now()),
        organisation_id=made.organisations[retailer].id,
        name=place,
        region=world.REGIONS[number % len(world.REGIONS)],
        time_zone=world.ZONE,
        latitude=round(50.7 + 0.5 * where.random(), 4),
        longitude=round(-1.9 + 1.1 * where.random(), 4),
    )


async def _user(platform: Platform, made: Seeded, person: dict[str, str]) -> None:
    home, role = person["organisation"], Role(person["role"])
    user = User(
        id=new_id(platform.clock.now()),
        organisation_id=made.organisations[home].id,
        name=person["name"],
        roles=[role],
        site_ids=[made.sites[home][0].id] if role is Role.REPORTER else [],
        accepted_terms=in_force().version,
        accepted_terms_at=platform.clock.now(),
    )
    await organisations.add_user(platform, user, Identity(platform.settings.issuers[0], person["sub"]))
    made.users[home, role] = Principal(
        user.id,
        user.organisation_id,
        "user",
        frozenset([role.value]),
        frozenset(user.site_ids),
        made.organisations[home].kind.value,
    )


async def _write_history(made: Seeded, history: list[world.Event]) -> None:
    """Each report is written as on the day it was made; the retention timer later removes what is past its time."""
    waiting = enumerate(history)
    with Progress(transient=True, disable=not sys.stdout.isatty()) as progress:
        task = progress.add_task("Writing eighteen months of reports", total=len(history))
        async with asyncio.TaskGroup() as scribes:
            for _ in range(AT_ONCE):
                scribes.create_task(_scribe(made, waiting, lambda: progress.advance(task)))


async def _scribe(made: Seeded, waiting: Iterator[tuple[int, world.Event]], written: Callable[[], None]) -> None:
    """Takes one event after the other. A scribe has a clock of its own to set, hence a platform of its own."""
    clock = SetClock(datetime.now(UTC))
    async with _platform(clock) as platform:
        for number, event in waiting:
            clock.moment = event.submitted_at
            site = made.sites[event.retailer][event.site].id
            form = ReportSubmission.model_validate({**event.form, "siteId": site})
            author = made.author(event.retailer, site)
            report = await reports.submit(platform, author, form, f"demo-report-{number:05d}", notify=False)
            made.written.append((event, report))
            if event.submitted_at > datetime.now(UTC) - IN_FEED:
                await feed.index(platform, await platform.container("reports").read(report.id, report.key))
            made.past += report.dispose_at <= datetime.now(UTC)
            written()


async def _cameras(platform: Platform, made: Seeded) -> list[dict[str, str]]:
    found = []
    for site in made.sites["Harbour & Pine"][:CAMERAS]:
        credential = await devices.register_device(platform, site, "rekor")
        found.append({"deviceId": credential.device, "secret": credential.secret, "site": site.name})
    return found


async def _watchlist(platform: Platform, made: Seeded) -> None:
    investigator = made.users["Harbour & Pine", Role.INVESTIGATOR]
    for number, vehicle in enumerate(world.vehicles()[:WATCHED]):
        form = WatchlistEntryForm(
            plate=vehicle.plate,
            reason="Seen at several thefts; see the case file.",
            case_reference=f"HP-{100 + number}",
            expires_at=platform.clock.now() + timedelta(days=90),
            make=vehicle.make,
            colour=vehicle.colour,
        )
        await watchlists.add(platform, investigator, form, f"demo-watch-{number:05d}")


def _write_private(path: Path, value: object) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(value, indent=2))
    path.chmod(0o600)
