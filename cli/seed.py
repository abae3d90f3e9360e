"""Fills an empty stack with the demo world, through the app's own services: sealed, indexed and audited as any data."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.progress import Progress

from cli import world
from cli.environment import DEVICES, HAS_DATA
from shared.clock import SetClock
from shared.identity.principals import Principal, Role
from shared.identity.tokens import Identity
from shared.ids import new_id
from shared.organisations import service as organisations
from shared.organisations.models import Organisation, OrganisationKind, Site, User
from shared.plates import watchlists
from shared.plates.models import WatchlistEntryForm
from shared.platform import Platform, assemble
from shared.reports import service as reports
from shared.reports.models import ReportSubmission
from shared.settings import load

AT_ONCE = 8
WATCHED = 10
CAMERAS = 2
USERS_FILE = Path(__file__).parent / "demo_users.json"


@dataclass
class Seeded:
    """What has been set up so far."""

    organisations: dict[str, Organisation] = field(default_factory=dict)
    sites: dict[str, list[Site]] = field(default_factory=dict)
    users: dict[str, Principal] = field(default_factory=dict)
    """By organisation and role, as in ``Harbour & Pine/investigator``."""


async def seed(stack: Path, *, count: int, only_if_empty: bool) -> str:
    """:returns: one sentence about what was done."""
    platform = assemble(load())
    try:
        if only_if_empty and await _has_data(platform):
            return HAS_DATA
        made = await _set_up(platform)
        told = await _reports(made, count)
        cameras = await _cameras(platform, made)
        await _watchlist(platform, made)
        _write_private(stack / DEVICES, cameras)
        return f"Seeded {len(made.organisations)} organisations, {sum(map(len, made.sites.values()))} sites and {told}."
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
    for name in world.RETAILERS:
        if f"{name}/reporter" not in made.users:
            home = made.organisations[name].id
            made.users[f"{name}/reporter"] = Principal(
                new_id(platform.clock.now()), home, "user", frozenset(["reporter"])
            )
    community = await organisations.found_community(platform, world.COMMUNITY, made.organisations["Harbour & Pine"])
    for name, shares in world.MEMBERS.items():
        made.organisations[name] = await organisations.join(platform, community, made.organisations[name], shares)
    return made


def _site(platform: Platform, made: Seeded, retailer: str, number: int, place: str) -> Site:
    return Site(
        id=new_id(platform.clock.now()),
        organisation_id=made.organisations[retailer].id,
        name=place,
        region=world.REGIONS[number % len(world.REGIONS)],
        time_zone="Europe/London",
        latitude=round(50.7 + 0.03 * number, 4),
        longitude=round(-1.9 + 0.05 * number, 4),
    )


async def _user(platform: Platform, made: Seeded, person: dict[str, str]) -> None:
    home = made.organisations[person["organisation"]]
    only_here = [made.sites[person["organisation"]][0].id] if person["role"] == "reporter" else []
    user = User(
        id=new_id(platform.clock.now()),
        organisation_id=home.id,
        name=person["name"],
        roles=[Role(person["role"])],
        site_ids=only_here,
    )
    await organisations.add_user(platform, user, Identity(platform.settings.issuers[0], person["sub"]))
    made.users[f"{person['organisation']}/{person['role']}"] = Principal(
        user.id, home.id, "user", frozenset([person["role"]])
    )


async def _reports(made: Seeded, count: int) -> str:
    """Each report is written as on the day it was made; the retention timer later removes what is past its time."""
    now, turn = datetime.now(UTC), asyncio.Semaphore(AT_ONCE)
    past = sum(event.submitted_at < now - timedelta(days=365) for event in world.events(count, now))
    platforms = [assemble(load(), SetClock(now)) for _ in range(AT_ONCE)]
    free = asyncio.Queue[Platform]()
    for platform in platforms:
        free.put_nowait(platform)

    async def write(number: int, event: world.Event) -> None:
        async with turn:
            platform = await free.get()
            try:
                platform.clock = SetClock(event.submitted_at)
                form = ReportSubmission.model_validate(
                    {**event.form, "siteId": made.sites[event.retailer][event.site].id}
                )
                author = made.users[f"{event.retailer}/reporter"]
                anywhere = Principal(author.id, author.organisation, "user", author.roles)
                await reports.submit(platform, anywhere, form, f"demo-report-{number:05d}", notify=False)
            finally:
                free.put_nowait(platform)

    with Progress(transient=True) as progress:
        task = progress.add_task("Writing eighteen months of reports", total=count)

        async def tracked(number: int, event: world.Event) -> None:
            await write(number, event)
            progress.advance(task)

        await asyncio.gather(*(tracked(n, event) for n, event in enumerate(world.events(count, now))))
    for platform in platforms:
        await platform.close()
    return f"{count} reports ({past} of them past their time: the retention timer removes them within minutes)"


async def _cameras(platform: Platform, made: Seeded) -> list[dict[str, str]]:
    found = []
    for site in made.sites["Harbour & Pine"][:CAMERAS]:
        credential = await organisations.register_device(platform, site, "rekor")
        found.append({"deviceId": credential.device, "secret": credential.secret, "site": site.name})
    return found


async def _watchlist(platform: Platform, made: Seeded) -> None:
    investigator = made.users["Harbour & Pine/investigator"]
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
