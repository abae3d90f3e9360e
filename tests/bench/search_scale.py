"""``python -m tests.bench.search_scale --reports 10000 500000``: what searches and suggestions cost as reports grow.

The newest reports are written as the app does; the older ones directly into the store, with the same shape and real
tokens, from a thousand events of the generated world. Those that a search shows get keys of their own before it is
measured, and these are at hand, as on a worker that has shown them before; else each costs another read of 1 RU.
All queries stay within one organisation (a prefix of the hierarchical partition key); request units are those that the
stand-in of Cosmos DB estimates.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table

from shared.clock import rfc3339
from shared.errors import NotFound
from shared.http.models import PersonalQuery
from shared.ids import derived_id
from shared.intelligence import suggestions
from shared.intelligence.features import Features
from shared.people import finding as people
from shared.people.models import Profile, ProfileSearch, Subject
from shared.plates import days
from shared.plates import search as plates
from shared.plates.models import KeptRead
from shared.plates.search import PlateSearch, SearchQuery
from shared.platform import assemble
from shared.policy import quotas
from shared.policy.decision import Purpose
from shared.reports import products, search
from shared.reports.models import HowKnown, Item, PersonDescription, PersonRole, Report, ReportType
from shared.reports.search import ReportSearch
from shared.reports.service import tokens_of
from shared.sealing.envelope import RecordKey
from shared.sealing.records import sealed
from shared.sealing.tokens import name_tokens, plate_tokens
from shared.settings import load
from shared.storage.cosmos import metered
from tests.bench.loading import load as bulk
from tests.support.offences import HELD_OUT, Generator
from tests.support.settings import settings_of
from tests.support.stack import ROOT, StackUnderTest, running_stack
from tests.support.world import World, build

KEYED, KNOWN, AT_ONCE, TIMES = 200, 300, 16, 25
"""Newest reports and newest profiles that are written as the app does; how many at once; measured how often."""
READS, AT_SITES = 10, 10
"""Reports for each camera read that is kept, of the last seven days, and sites that they are from."""
SITES, EVENTS, VEHICLES = 60, 1000, 20
"""Sites of the organisation, events that reports are made from, reports a vehicle."""
NOBODY = RecordKey("none", bytes(32))
NAMES = ["Quillan", "Brightwater", "Ostrander", "Fenwick", "Marlowe", "Tindall", "Ashdown", "Pellew", "Garrick"]
console = Console()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, nargs="*", default=[1_000, 10_000])
    options = parser.parse_args()
    quotas.limits()["user"] |= {"searches_a_day": 10**9, "records_a_day": 10**9}
    table = Table("reports", "what", "shown", "p50 ms", "p99 ms", "RU", "calls")
    for size in sorted(options.reports):
        with (
            tempfile.TemporaryDirectory() as place,
            running_stack(ROOT, Path(place) / "stack", "--quiet", "--no-host") as stack,
            settings_of(stack.environment),
        ):
            asyncio.run(measure(stack, size, table))
    console.print(table)


async def measure(stack: StackUnderTest, size: int, table: Table) -> None:
    platform = assemble(load(stack.environment))
    world = await build(stack, platform)
    try:
        made = await Made.of(world)
        await made.fill(stack.data.of("cosmos"), size)
        for what, ask in (await asked(made)).items():
            table.add_row(f"{size:,}", what, *await cost(ask))
    finally:
        await world.close()
        await platform.close()


class Made:
    """What is written: everything about a report follows from its number, the newest is 0."""

    def __init__(self, world: World, index: bytes) -> None:
        self.world, self.index, self.now = world, index, datetime.now(UTC)
        habits, chance = Generator(HELD_OUT), Random(1)
        self._events = [habits._event(habits._habits(1)) for _ in range(EVENTS)]
        self._sites = [world.site.id, world.other_site.id, *(derived_id("bench-site", f"{n}") for n in range(SITES))]
        self._looks = [self._suspect(event) for event in self._events]
        self._tokens = [tokens_of(index, [], [suspect]) for suspect in self._looks]
        self._chance = [chance.random() for _ in range(9973)]

    @classmethod
    async def of(cls, world: World) -> "Made":
        return cls(world, (await world.platform.keyring.index(world.home.id)).newest)

    async def fill(self, data: Path, size: int) -> None:
        platform, turn = self.world.platform, asyncio.Semaphore(AT_ONCE)

        async def write(record: Report | Profile) -> None:
            async with turn:
                if isinstance(record, Report):
                    await platform.records(Report).create(record)
                else:
                    await platform.records(Profile).create(record)

        profiles = size // VEHICLES
        await asyncio.gather(*(write(self.report(number)) for number in range(min(KEYED, size))))
        await asyncio.gather(*(write(self.profile(number)) for number in range(min(KNOWN, profiles))))
        await asyncio.to_thread(bulk, data, "reeve", "reports", self._documents(size))
        older = (sealed(self.profile(number), NOBODY) for number in range(KNOWN, profiles))
        await asyncio.to_thread(bulk, data, "reeve", "people", older)
        await asyncio.to_thread(bulk, data, "reeve", "plateReads", await self._reads(size // READS))

    def plate(self, number: int) -> str:
        vehicle = number * 7919 // VEHICLES
        letters = "".join(chr(65 + vehicle // 26**place % 26) for place in range(5))
        return f"{letters[:2]}{vehicle % 90 + 10}{letters[2:]}"

    def report(self, number: int) -> Report:
        event, suspect = self._events[number % EVENTS], self._looks[number % EVENTS]
        identifier = derived_id("bench-search", str(number))
        items = [Item(product=each, quantity=1) for each in sorted(event.products)]
        return Report(
            id=identifier,
            organisation_id=self.world.home.id,
            report_id=identifier,
            site_id=self._site(number),
            type=ReportType.FRAUD if number % 9 == 0 else ReportType.THEFT,
            occurred_at=self.now - timedelta(minutes=number),
            submitted_at=self.now,
            how_known=HowKnown.CCTV,
            methods=list(event.methods),
            items=items,
            **products.lists_of(items),
            loss_minor=number % 90_000,
            currency="GBP",
            weapon_seen=False,
            anyone_hurt=False,
            reported_by="somebody",
            suspects=1,
            **self._found_by(number),
            what_happened="Put it under the coat and left by the side door. " * 6,
            people=[suspect],
            vehicles=[],
            police_reference=None,
            request_commitment="",
            dispose_at=self.now + timedelta(days=300),
        )

    def profile(self, number: int) -> Profile:
        identifier, name = (
            derived_id("bench-profile", str(number)),
            f"{NAMES[number % 9]} {NAMES[number // 9 % 8]}{number}",
        )
        return Profile(
            id=identifier,
            organisation_id=self.world.home.id,
            record_id=identifier,
            subject=Subject.PERSON,
            label="Somebody",
            reason="Comes back. " * 8,
            names=[name],
            clothing="black cap",
            marks=None,
            carried=None,
            behaviour=None,
            vehicle=None,
            name_tokens=name_tokens(self.index, name),
            plate_tokens=[],
            history=[],
            last_event_at=self.now,
            opened_by="somebody",
            opened_at=self.now,
            changed_at=self.now - timedelta(minutes=number),
            review_at=self.now + timedelta(days=90),
            request_commitment="",
            dispose_at=self.now + timedelta(days=300),
        )

    async def _reads(self, count: int) -> Iterator[dict[str, Any]]:
        """Spread evenly over the days; all keys are made before."""
        made = [self.read(number, count) for number in range(count)]
        shared = self.world.platform.keyring.shared
        keys = {name: await shared(self.world.home.id, name) for name in sorted({each.day_key for each in made})}
        return (sealed(each, keys[each.day_key]) for each in made)

    def read(self, number: int, count: int) -> KeptRead:
        site, plate = self._sites[number % AT_SITES], self.plate(number)
        at = self.now - timedelta(days=7) * (number + 1) / (count + 1)
        return KeptRead(
            id=derived_id("bench-read", str(number)),
            organisation_id=self.world.home.id,
            site_id=site,
            day=f"{at:%Y-%m-%d}",
            day_key=days.key_id(self.world.home.id, site, f"{at:%Y-%m-%d}"),
            captured_at=at,
            tokens=list(plate_tokens(self.index, plate)),
            plate=plate,
            make=None,
            colour=None,
            ttl=10**6,
        )

    def _documents(self, size: int) -> Iterator[dict[str, Any]]:
        """Those after the newest: what of a report is the same for all reports of an event is made once."""
        made = [sealed(self.report(number), NOBODY) for number in range(EVENTS)]
        for number in range(KEYED, size):
            identifier, found_by = derived_id("bench-search", str(number)), self._found_by(number)
            yield made[number % EVENTS] | {
                "id": identifier,
                "reportId": identifier,
                "siteId": self._site(number),
                "type": "fraud" if number % 9 == 0 else "theft",
                "occurredAt": rfc3339(self.now - timedelta(minutes=number)),
                "lossMinor": number % 90_000,
                "plateTokens": found_by["plate_tokens"],
            }

    def _found_by(self, number: int) -> dict[str, list[str]]:
        """A plate is noted in two reports of five."""
        noted = self._chance[number % 9973] < 0.4
        plates = sorted(plate_tokens(self.index, self.plate(number))) if noted else []
        return self._tokens[number % EVENTS] | {"plate_tokens": plates}

    def _site(self, number: int) -> str:
        """Some sites have many more reports than others."""
        return self._sites[int(self._chance[number * 31 % 9973] ** 2 * len(self._sites))]

    def _suspect(self, event: Features) -> PersonDescription:
        clothing, marks = ", ".join(sorted(event.worn)) or "coat", ", ".join(sorted(event.marks)) or None
        return PersonDescription(role=PersonRole.SUSPECT, clothing=clothing, marks=marks)


type Ask = Callable[[], Awaitable[object]]


async def asked(made: Made) -> dict[str, Ask]:
    world, platform, person = made.world, made.world.platform, made.world.investigator.principal
    query = PersonalQuery(purpose=Purpose.INVESTIGATE)
    newest = derived_id("bench-search", "0")
    week, day = made.now - timedelta(days=7), timedelta(days=1)
    noted = next(n for n in range(4000, 10**6) if made._found_by(n)["plate_tokens"])
    plate = {"plate": made.plate(noted), "reportId": newest}

    async def form(**given: Any) -> Ask:
        wanted = ReportSearch.model_validate({"limit": 25} | given)
        await keyed(made, *await search._condition(platform, person, wanted))
        return lambda: search.search(platform, person, wanted, query)

    part = {"plate": f"?{made.plate(7)[1:6]}?", "reportId": newest}

    def sightings(**given: Any) -> Ask:
        wanted = PlateSearch.model_validate(part | given)
        return lambda: plates.search(platform, person, wanted, SearchQuery(purpose=Purpose.INVESTIGATE))

    named = ProfileSearch.model_validate({"name": "Quillan"})
    return {
        "newest 25": await form(),
        "a day four days ago": await form(since=rfc3339(week + 3 * day), until=rfc3339(week + 4 * day)),
        "a site": await form(siteIds=[world.other_site.id]),
        "a week within 10 km": await form(since=rfc3339(week), near={"siteId": world.site.id, "km": 10}),
        "a type": await form(types=["fraud"]),
        "a product": await form(product="product 7"),
        "clothing": await form(worn="black cap"),
        "a mark": await form(marks="scar chin"),
        "a plate": await form(**plate),
        "a plate or alike": await form(**plate, like=True),
        "a plate that is nowhere": await form(plate="QQ12 QQQ", reportId=newest),
        "clothing, with facets": await form(worn="black cap", facets=True),
        "a name (profiles)": lambda: people.search(platform, person, named, query),
        "part of a plate, in 7 days": sightings(),
        "part of a plate, in 7 days at a site": sightings(siteIds=[world.site.id]),
        "part of a plate, on a day": sightings(since=rfc3339(made.now - day)),
        "suggestions for a report": lambda: suggestions.for_report(platform, person, newest, Purpose.INVESTIGATE),
    }


async def keyed(made: Made, where: str, parameters: dict[str, object]) -> None:
    """Gives those that will be shown keys of their own."""
    reports, home = made.world.platform.container("reports"), [made.world.home.id]
    for document in await reports.newest(where, parameters, home, by="occurredAt", after=None, count=25):
        try:
            await made.world.platform.keyring.fetch(made.world.home.id, document["id"])
        except NotFound:
            key = await made.world.platform.keyring.create(made.world.home.id, document["id"])
            number = round((made.now - datetime.fromisoformat(document["occurredAt"])).total_seconds() / 60)
            await reports.replace(sealed(made.report(number), key), document["_etag"])


async def cost(ask: Ask) -> list[str]:
    shown = await ask()
    took = []
    with metered() as meter:
        for _ in range(TIMES):
            began = time.perf_counter()
            await ask()
            took.append(1e3 * (time.perf_counter() - began))
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    calls = len(meter.calls) / TIMES
    found = next(len(value) for value in vars(shown).values() if isinstance(value, list))
    return [str(found), f"{cuts[49]:.0f}", f"{cuts[98]:.0f}", f"{meter.request_units / TIMES:.1f}", f"{calls:.1f}"]


if __name__ == "__main__":
    main()
