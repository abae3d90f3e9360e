"""``python -m tests.bench.search_scale --reports 10000``: what a search and a suggestion cost as the reports grow.

Reports are written directly, with as much in them as real ones. Only the newest have keys of their own, because only
those are shown; a report without a key costs its search the same. All queries stay within one organisation (a prefix
of the hierarchical partition key); request units are those that the stand-in of Cosmos DB estimates. ``--seconds``
bounds the loading, and the number that was reached is printed: 500,000 reports take the better part of an hour.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table

from shared.http.models import PersonalQuery
from shared.ids import derived_id
from shared.intelligence import suggestions
from shared.platform import assemble
from shared.policy.decision import Purpose
from shared.reports import search
from shared.reports.models import HowKnown, Item, Method, PersonDescription, PersonRole, Report, ReportType
from shared.reports.search import ReportSearch
from shared.reports.service import tokens_of
from shared.sealing.envelope import RecordKey
from shared.sealing.records import sealed
from shared.settings import load
from shared.storage.cosmos import metered
from tests.support.offences import HELD_OUT, Generator
from tests.support.settings import settings_of
from tests.support.stack import ROOT, running_stack
from tests.support.world import World, build

KEYED, AT_ONCE, TIMES = 400, 32, 25
NOBODY = RecordKey("none", bytes(32))
console = Console()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--seconds", type=int, default=300)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as place,
        running_stack(ROOT, Path(place) / "stack", "--quiet", "--no-host") as stack,
        settings_of(stack.environment),
    ):
        asyncio.run(measure(stack, sorted(options.reports), options.seconds))


async def measure(stack: Any, sizes: list[int], seconds: int) -> None:
    platform = assemble(load(stack.environment))
    world = await build(stack, platform)
    table = Table("reports", "what", "p50 ms", "p99 ms", "RU", "calls")
    stored, until = 0, time.monotonic() + seconds
    try:
        for size in sizes:
            stored = await filled(world, stored, size, until)
            for what, ask in (await asked(world)).items():
                table.add_row(f"{stored:,}", what, *await cost(ask))
    finally:
        await world.close()
        await platform.close()
    console.print(table)


async def filled(world: World, stored: int, size: int, until: float) -> int:
    """Older reports behind those that are there, as many as time allows; how many there are then."""
    index = (await world.platform.keyring.index(world.home.id)).newest
    habits, turn = Generator(HELD_OUT), asyncio.Semaphore(AT_ONCE)
    events = [habits._event(habits._habits(1)) for _ in range(500)]
    chance = Random(stored)

    async def one(number: int) -> int:
        async with turn:
            if time.monotonic() > until:
                return 0
            event = chance.choice(events)
            suspect = PersonDescription(
                role=PersonRole.SUSPECT, clothing=", ".join(event.worn) or "coat", marks=", ".join(event.marks) or None
            )
            report = _report(world, number, index, list(event.methods), sorted(event.products), suspect)
            if number < KEYED:
                await world.platform.records(Report).create(report)
            else:
                await world.platform.container("reports").create(sealed(report, NOBODY))
            return 1

    return stored + sum(await asyncio.gather(*(one(number) for number in range(stored, size))))


def _report(
    world: World, number: int, index: bytes, methods: list[Method], products: list[str], suspect: PersonDescription
) -> Report:
    identifier, now = derived_id("bench-search", str(number)), datetime.now(UTC)
    return Report(
        id=identifier,
        organisation_id=world.home.id,
        report_id=identifier,
        site_id=(world.site if number % 2 else world.other_site).id,
        type=ReportType.FRAUD if number % 9 == 0 else ReportType.THEFT,
        occurred_at=now - timedelta(minutes=number),
        submitted_at=now,
        how_known=HowKnown.CCTV,
        methods=methods,
        items=[Item(product=each, quantity=1) for each in products],
        loss_minor=number % 90_000,
        currency="GBP",
        weapon_seen=False,
        anyone_hurt=False,
        reported_by="somebody",
        suspects=1,
        **tokens_of(index, [], [suspect]),
        what_happened="Put it under the coat and left by the side door. " * 6,
        people=[suspect],
        vehicles=[],
        police_reference=None,
        request_commitment="",
        dispose_at=now + timedelta(days=300),
    )


type Ask = Callable[[], Awaitable[object]]


async def asked(world: World) -> dict[str, Ask]:
    platform, person = world.platform, world.investigator.principal
    query = PersonalQuery(purpose=Purpose.INVESTIGATE)
    newest = derived_id("bench-search", "0")

    def form(**given: Any) -> Ask:
        wanted = ReportSearch.model_validate({"limit": 25} | given)
        return lambda: search.search(platform, person, wanted, query)

    return {
        "newest 25": form(),
        "a type at a site": form(types=["fraud"], siteIds=[world.site.id]),
        "a product": form(product="product 7"),
        "clothing": form(worn="black cap"),
        "a plate that is nowhere": form(plate="QQ12 QQQ", reportId=newest),
        "a week within 10 km": form(
            since=(datetime.now(UTC) - timedelta(days=7)).isoformat(), near={"siteId": world.site.id, "km": 10}
        ),
        "suggestions for a report": lambda: suggestions.for_report(platform, person, newest, Purpose.INVESTIGATE),
    }


async def cost(ask: Ask) -> list[str]:
    await ask()
    took = []
    with metered() as meter:
        for _ in range(TIMES):
            began = time.perf_counter()
            await ask()
            took.append(1e3 * (time.perf_counter() - began))
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    calls = len(meter.calls) / TIMES
    return [f"{cuts[49]:.0f}", f"{cuts[98]:.0f}", f"{meter.request_units / TIMES:.1f}", f"{calls:.1f}"]


if __name__ == "__main__":
    main()
