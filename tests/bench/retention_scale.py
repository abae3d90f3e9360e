"""``python -m tests.bench.retention_scale``: what forgetting costs a record as the number of records grows.

Plate reads lie in days of one site, reports one by one, each with its key. Everything is due. The message that would
carry each order is left out; finding and disposing are the app's own code on the local stack. Halfway through the
reports the run is cut off, and the rest is left to a new one.
"""

import argparse
import asyncio
import base64
import os
import resource
import tempfile
import time
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from shared.clock import SetClock, rfc3339
from shared.ids import derived_id
from shared.plates import days
from shared.platform import Platform, assemble
from shared.retention import sweep
from shared.settings import load
from shared.storage.cosmos import Document, Write, metered
from tests.support.settings import settings_of
from tests.support.stack import ROOT, running_stack
from tests.support.world import World, build

READS_A_DAY = 2_000
BATCH = 100
AT_ONCE = 16
console = Console()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reads", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--reports", type=int, nargs="*", default=[1_000, 10_000])
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as place,
        running_stack(ROOT, Path(place) / "stack", "--quiet", "--no-host") as stack,
        settings_of(stack.environment),
    ):
        asyncio.run(measure(stack, options.reads, options.reports))


async def measure(stack: Any, reads: list[int], reports: list[int]) -> None:
    platform = assemble(load(stack.environment))
    world = await build(stack, platform)
    table = Table(
        "what", "records", "written/s", "disposed/s", "ms a record", "calls a record", "RU a record", "peak MB"
    )
    try:
        for count in reads:
            table.add_row("plate reads", f"{count:,}", *await row(world, count, plate_reads))
        for count in reports:
            table.add_row("reports", f"{count:,}", *await row(world, count, due_reports, cut_off=True))
    finally:
        await world.close()
        await platform.close()
    console.print(table)


async def row(world: World, count: int, write: Any, *, cut_off: bool = False) -> list[str]:
    began = time.perf_counter()
    await write(world, count)
    written = time.perf_counter() - began
    later = replace(world.platform, clock=SetClock(datetime.now(UTC) + timedelta(days=1)))
    with metered() as meter:
        began = time.perf_counter()
        if cut_off:
            await interrupted(later, seconds=min(20.0, count / 200))
        while (await sweep.run(later)).disposed:
            pass
        took = time.perf_counter() - began
    left = await remaining(world)
    assert left == 0, f"{left} are left"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    calls, units = len(meter.calls), meter.request_units
    return [
        f"{count / written:,.0f}",
        f"{count / took:,.0f}",
        f"{1000 * took / count:.3f}",
        f"{calls / count:.3f}",
        f"{units / count:.2f}",
        f"{peak:.0f}",
    ]


async def interrupted(platform: Platform, seconds: float) -> None:
    """As when the worker is killed: the run stops wherever it is."""
    try:
        await asyncio.wait_for(sweep.run(platform), timeout=seconds)
    except TimeoutError:
        console.print(f"cut off after {seconds:.0f} s")


async def remaining(world: World) -> int:
    found = 0
    for container, kind in (("plateReads", "read"), ("plateReads", "day"), ("reports", "report")):
        text = "SELECT VALUE COUNT(1) FROM c WHERE c.kind = @kind"
        found += sum([int(str(each)) async for each in world.platform.container(container).query(text, {"kind": kind})])
    return found


async def plate_reads(world: World, count: int) -> None:
    container, home, site = world.platform.container("plateReads"), world.home.id, world.site.id
    for number in range((count + READS_A_DAY - 1) // READS_A_DAY):
        starts = datetime.now(UTC) - timedelta(days=10 + number)
        day = starts.date().isoformat()
        key = days.key_id(home, site, day)
        await world.platform.keyring.shared(home, key)
        place = {"organisationId": home, "siteId": site, "day": day}
        moment = rfc3339(starts)
        await container.create(
            {"id": key, **place, "kind": "day", "startsAt": moment, "disposeAt": rfc3339(starts + timedelta(days=7))}
        )
        reads = ({"id": uuid.uuid4().hex, **place, "kind": "read", **_read(moment)} for _ in range(READS_A_DAY))
        await _in_batches(container, [home, site, day], reads)


def _read(moment: str) -> Document:
    sealed = {name: base64.b64encode(os.urandom(60)).decode() for name in ("plate", "make", "colour")}
    return {"capturedAt": moment, "tokens": [os.urandom(16).hex() for _ in range(2)], "sealed": sealed, "ttl": 900_000}


async def _in_batches(container: Any, key: list[str], documents: Iterable[Document]) -> None:
    turn, waiting, batch = asyncio.Semaphore(AT_ONCE), [], []

    async def write(writes: list[Write]) -> None:
        async with turn:
            await container.batch(key, writes)

    for document in documents:
        batch.append(Write("create", document))
        if len(batch) == BATCH:
            waiting.append(write(batch))
            batch = []
    await asyncio.gather(*waiting, *([write(batch)] if batch else []))


async def due_reports(world: World, count: int) -> None:
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with turn:
            await _report(world, number)

    await asyncio.gather(*(one(number) for number in range(count)))


async def _report(world: World, number: int) -> None:
    """With as much in it as a real one, but written directly: only its disposal is measured."""
    identifier = derived_id("bench-report", str(number), uuid.uuid4().hex)
    await world.platform.keyring.create(world.home.id, identifier)
    then = datetime.now(UTC) - timedelta(days=400, minutes=number)
    await world.platform.container("reports").create(
        {
            "id": identifier,
            "organisationId": world.home.id,
            "reportId": identifier,
            "kind": "report",
            "siteId": world.site.id,
            "type": "theft",
            "occurredAt": rfc3339(then),
            "submittedAt": rfc3339(then),
            "lossMinor": 12_345,
            "retentionCategory": "report",
            "disposeAt": rfc3339(then + timedelta(days=365)),
            "sealed": {"whatHappened": base64.b64encode(os.urandom(300)).decode()},
        }
    )


if __name__ == "__main__":
    main()
