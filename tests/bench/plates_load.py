"""How many reads a second a worker takes, how soon people know, what a read costs a processor, and what in Azure.

    python -m tests.bench.plates_load [seconds a step]

Cameras post one read at a time, as most do; one in ten is of a listed vehicle, so that there is
enough to measure. Everything runs on this machine: the
stand-ins for the database and the broker share its processors with the worker, so Azure has more to give.
"""

import asyncio
import itertools
import json
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from shared.identity.principals import Principal
from shared.organisations import devices
from shared.organisations.devices import DeviceCredential
from shared.plates import gates, matching, service
from shared.plates.formats import understood
from shared.plates.formats.base import Message
from shared.plates.models import KeptRead
from shared.platform import assemble
from shared.sealing.records import sealed
from shared.sealing.tokens import plate_tokens
from shared.settings import load
from shared.storage.cosmos import metered
from tests.bench.plates_faults import list_plates, spelt
from tests.support.lpr import SAMPLES
from tests.support.settings import settings_of
from tests.support.stack import ROOT, running_stack
from tests.support.world import World, build

type Rows = list[tuple[str, str]]

CAMERAS, LISTED, ONE_IN = 16, 200, 10
ALL_TOLD = 60
"""Seconds after a step in which its last alert has to come."""
ROUNDS = 300


async def rows(world: World, seconds: float = 6.0) -> Rows:
    cameras = [
        await devices.register_device(world.platform, world.site, "plain", keep_unmatched=True) for _ in range(CAMERAS)
    ]
    await list_plates(world, [spelt(f"LV{number:05d}") for number in range(LISTED)])
    await asyncio.sleep(11)  # until every worker's list is fresh
    found = await _load(world, cameras, seconds)
    cost = await _processor(world, cameras[0])
    return [*found, *_shown(cost), *_azure(cost)]


# -- load ------------------------------------------------------------------------------------------------------------


@dataclass
class Posts:
    """What one step sent: how long each answer took, and when the listed ones were posted."""

    took: list[float] = field(default_factory=list)
    of_listed: list[float] = field(default_factory=list)
    failed: int = 0
    began: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Passage:
    """One vehicle before one camera."""

    camera: int
    plate: str
    listed: bool


async def _load(world: World, cameras: list[DeviceCredential], seconds: float) -> Rows:
    coming = passages()
    async with aiohttp.ClientSession(world.stack.base_url) as http:

        async def post(into: Posts) -> None:
            passage = next(coming)
            camera = cameras[passage.camera]
            read = {"plate": passage.plate, "capturedAt": datetime.now(UTC).isoformat(), "id": uuid.uuid4().hex}
            began = time.perf_counter()
            async with http.post(
                f"/api/plates/{camera.device}",
                data=json.dumps(read | {"confidence": 0.99}),
                headers={"X-Device-Key": camera.secret},
            ) as answer:
                took = time.perf_counter() - began
                into.failed += answer.status != 200
            (into.of_listed if passage.listed else into.took).append(took)

        warm = Posts()
        for _ in range(2 * CAMERAS):
            await post(warm)
        full = await _as_fast_as_possible(post, seconds)
        await _told(world, full)  # so that no step inherits the alerts of the one before
        rate = (len(full.took) + len(full.of_listed)) / seconds
        found = [
            (f"reads a second, {CAMERAS} cameras at once", f"{rate:.0f}"),
            ("full load: from post to answer", _spread(full.took)),
        ]
        for name, share in (("a tenth", 0.1), ("half", 0.5), ("full load", 0.95)):
            step = await _at_rate(post, rate * share, seconds)
            told, silent = await _told(world, step)
            found.append((f"{name}: from post to candidate", _spread(step.of_listed)))
            found.append((f"{name}: from post to alert", _spread(told)))
            found.append((f"{name}: not answered with 200; matches without an alert", f"{step.failed}; {silent}"))
    return found


def passages() -> Iterator[Passage]:
    """Every tenth is of a listed vehicle, and no camera sees one of those twice: within half a minute that would be the
    same passage, which makes no second candidate and no second alert. That lasts for 32,000 passages."""
    for number in itertools.count():
        around = number // (ONE_IN * LISTED)
        is_listed = number % ONE_IN == 0
        plate = f"LV{number // ONE_IN % LISTED:05d}" if is_listed else f"HT{number % 100_000:05d}"
        yield Passage((number + around) % CAMERAS, spelt(plate), is_listed)


async def _as_fast_as_possible(post: Callable[[Posts], Awaitable[None]], seconds: float) -> Posts:
    step, until = Posts(), time.perf_counter() + seconds

    async def camera() -> None:
        while time.perf_counter() < until:
            await post(step)

    await asyncio.gather(*(camera() for _ in range(CAMERAS)))
    return step


async def _at_rate(post: Callable[[Posts], Awaitable[None]], per_second: float, seconds: float) -> Posts:
    """Vehicles do not wait for each other: each post begins when it is due, whatever became of the one before."""
    step, began, under_way = Posts(), time.perf_counter(), []
    for number in range(int(per_second * seconds)):
        await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
        under_way.append(asyncio.create_task(post(step)))
    await asyncio.gather(*under_way)
    return step


async def _told(world: World, step: Posts) -> tuple[list[float], int]:
    """Seconds from each listed passage of a step to its first alert, and how many were followed by none; the worker and
    this program share a clock."""
    told = await _alerts(world, step.began)
    for _ in range(2 * ALL_TOLD):
        if len(told) >= len(step.of_listed):
            break
        await asyncio.sleep(0.5)
        told = await _alerts(world, step.began)
    return told, len(step.of_listed) - len(told)


async def _alerts(world: World, since: datetime) -> list[float]:
    asked = {"since": since.isoformat().replace("+00:00", "Z")}
    text = "SELECT c.id, c.capturedAt FROM c WHERE c.kind = 'candidate' AND c.capturedAt >= @since"
    plates = world.platform.container("plateReads").query(text, asked, key=[world.home.id], page=1000)
    passed = {each["id"]: datetime.fromisoformat(each["capturedAt"]) async for each in plates}
    text = "SELECT c.causeId, c.createdAt FROM c WHERE c.cause = 'plate_candidate' AND c.createdAt >= @since"
    alerts = world.platform.container("alerts").query(text, asked, page=1000)
    told = dict[str, datetime]()
    async for each in alerts:
        at = datetime.fromisoformat(each["createdAt"])
        told[each["causeId"]] = min(at, told.get(each["causeId"], at))
    return [(told[each] - at).total_seconds() for each, at in passed.items() if each in told]


def _spread(seconds: list[float]) -> str:
    if not seconds:
        return "none came"
    ordered = sorted(seconds)
    middle, late = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"p50 {1000 * middle:.0f} ms, p99 {1000 * late:.0f} ms ({len(ordered)})"


# -- processor time --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cost:
    """Milliseconds of processor time a read, and request units."""

    parse: float
    seal: float
    match: float
    store: float
    whole: float
    units_kept: float
    units_match: float


async def _processor(world: World, camera: DeviceCredential) -> Cost:
    """Each part by itself in this process, in a loop; the broker's and the database's own time is not in it."""
    platform = world.platform
    device = await platform.principals.device(camera.device, camera.secret)
    samples = [Message(each.all_headers, each.body, ZoneInfo("Europe/London")) for each in SAMPLES]
    bodies = [_body(spelt(f"HT{number:05d}")) for number in range(ROUNDS)]
    [read] = understood(Message({}, bodies[0], ZoneInfo("UTC"))).reads
    await service.receive(platform, device, {}, bodies[0])
    index = (await platform.keyring.index(device.organisation)).newest
    kept = _kept(device, read.read_id, read.captured_at)
    key = await platform.keyring.shared(device.organisation, "bench")

    async def parse() -> None:
        for each in samples:
            understood(Message(each.headers, each.body, each.zone))

    async def seal() -> None:
        plate_tokens(index, read.best.plate)
        sealed(kept, key)

    async def match() -> None:
        await matching.matches(platform, device.organisation, [(read.best.plate, 0.99)])

    async def store() -> None:
        await gates.store(platform, device, _kept(device, uuid.uuid4().hex, read.captured_at))

    messages = iter(bodies[1:])

    async def whole() -> None:
        await service.receive(platform, device, {}, next(messages))

    sealing = await _cpu(seal)
    with metered() as kept_meter:
        await service.receive(platform, device, {}, _body(spelt("HT99999")))
    passage = _body(spelt(f"LV{LISTED - 1:05d}"))
    with metered() as match_meter:
        await service.receive(platform, device, {}, passage)
    return Cost(
        parse=await _cpu(parse) / len(samples),
        seal=sealing,
        match=await _cpu(match),
        store=max(0.0, await _cpu(store) - sealing),
        whole=await _cpu(whole, ROUNDS - 2),
        units_kept=kept_meter.request_units,
        units_match=match_meter.request_units,
    )


async def _cpu(work: Callable[[], Awaitable[Any]], rounds: int = ROUNDS) -> float:
    await work()
    began = time.process_time()
    for _ in range(rounds - 1):
        await work()
    return 1000 * (time.process_time() - began) / (rounds - 1)


def _body(plate: str) -> bytes:
    read = {"plate": plate, "capturedAt": datetime.now(UTC).isoformat(), "id": uuid.uuid4().hex, "confidence": 0.99}
    return json.dumps(read).encode()


def _kept(device: Principal, identifier: str, at: datetime) -> KeptRead:
    [site] = device.sites
    return KeptRead(
        id=identifier,
        organisation_id=device.organisation,
        site_id=site,
        day=at.date().isoformat(),
        day_key="bench",
        captured_at=at,
        tokens=["0" * 43, "1" * 43],
        plate="HTAEHKL",
        make="Ford",
        colour="white",
        ttl=3600,
    )


def _shown(cost: Cost) -> Rows:
    return [
        ("processor: parse (mean of all formats)", f"{cost.parse:.3f} ms"),
        ("processor: match", f"{cost.match:.3f} ms"),
        ("processor: seal, with tokens", f"{cost.seal:.3f} ms"),
        ("processor: store, by the SDK", f"{cost.store:.3f} ms"),
        ("processor: a whole read, kept", f"{cost.whole:.3f} ms"),
        ("request units: kept, match", f"{cost.units_kept:.1f}, {cost.units_match:.1f} (estimated by the stand-in)"),
    ]


# -- Azure -----------------------------------------------------------------------------------------------------------

SERVERLESS_PER_MILLION_UNITS = 0.279
GB_SECOND, EXECUTIONS_PER_MILLION = 0.000026, 0.40
INSTANCE_GB, PACKED = 2.0, 16
BUS_BASE, BUS_PER_MILLION, BUS_FREE = 10.0, 0.80, 13.0
LOGS_PER_GB, LOG_BYTES = 2.30, 250
STORED_GB_MONTH = 0.25
MATCHED, ALERTED, STORED_BYTES, STORED_DAYS = 0.001, 3, 1_500, 2


def _azure(cost: Cost) -> Rows:
    """For a million reads a month, kept two days, one in a thousand a match that three people are told of; one read a
    post, list prices in USD. What the free grants would take off is left in."""
    per_match = MATCHED * 1e6
    units = (1e6 - per_match) * cost.units_kept + per_match * (cost.units_match + ALERTED * 12)
    executions = 1e6 + per_match
    # An instance is billed from the first to the last of the requests that it works on at once.
    seconds = executions * max(0.05, 2 * cost.whole / 1000) / PACKED
    parts = {
        "database, serverless": units / 1e6 * SERVERLESS_PER_MILLION_UNITS,
        "stored": 1e6 * STORED_BYTES / 1e9 * STORED_DAYS / 30 * STORED_GB_MONTH,
        "functions": seconds * INSTANCE_GB * GB_SECOND + executions / 1e6 * EXECUTIONS_PER_MILLION,
        "broker, Standard": BUS_BASE + max(0.0, 3 * per_match / 1e6 - BUS_FREE) * BUS_PER_MILLION,
        "logs": 1e6 * LOG_BYTES / 1e9 * LOGS_PER_GB,
    }
    worst = executions * 1.0 * INSTANCE_GB * GB_SECOND
    return [
        ("Azure, a million reads a month", f"{sum(parts.values()):.2f} USD (goal: below 30)"),
        ("  of which", ", ".join(f"{name} {amount:.2f}" for name, amount in parts.items())),
        ("  if no two requests ever met in an instance", f"functions {worst:.0f} USD instead"),
        ("  assumptions", f"{MATCHED:.1%} matches, {PACKED} requests at once an instance, kept {STORED_DAYS} days"),
    ]


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 6.0

    async def inside(stack: Any) -> Rows:
        platform = assemble(load(stack.environment))
        world = await build(stack, platform)
        try:
            return await rows(world, seconds)
        finally:
            await world.close()
            await platform.close()

    with (
        tempfile.TemporaryDirectory() as place,
        running_stack(ROOT, Path(place) / "stack", "--quiet") as stack,
        settings_of(stack.environment),
    ):
        for what, measured in asyncio.run(inside(stack)):
            print(f"{what:48} {measured}")


if __name__ == "__main__":
    main()
