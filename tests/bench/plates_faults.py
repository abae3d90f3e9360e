"""Whether a read that was acknowledged can be lost, or anybody told twice: many reads on a bad day, then a count.

    python -m tests.bench.plates_faults [reads] [matches]

Cameras post batches, and as real ones do they send again whatever was not answered with 200; one post in ten is sent
twice in any case. Meanwhile the database throttles, fails, cuts connections after it has written, and is killed; the
broker is killed; the worker is killed. Then everything is well again, and what is stored is compared with what was
acknowledged.
"""

import asyncio
import itertools
import json
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from shared.ids import derived_id
from shared.organisations import devices
from shared.organisations.devices import DeviceCredential
from shared.plates import spill, watchlists
from shared.plates.models import WatchlistEntryForm
from shared.platform import assemble
from shared.settings import load
from shared.storage.cosmos import Document
from tests.support.settings import settings_of
from tests.support.stack import ROOT, StackUnderTest, running_stack
from tests.support.world import World, build

CAMERAS, AT_ONCE, LARGEST_BATCH = 8, 12, 20
AGAIN_SECONDS = 0.5
"""After how long a camera sends again: short, so that the run is."""
PACE_SECONDS = 0.05
SETTLED_SECONDS = 420
"""The relay looks every minute for messages left behind; reads that wait come back within ten minutes at most."""


@dataclass(frozen=True)
class Read:
    id: str
    camera: int
    plate: str
    listed: bool
    at: str


@dataclass
class Tally:
    posts: int = 0
    twice: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)


@dataclass
class Outcome:
    """All that is counted. What must be zero for the promise to hold is in :meth:`broken`."""

    sent: int
    listed: int
    tally: Tally
    faults: Counter[str]
    kept: int
    candidates: int
    lost: int
    unexpected: int
    alerts: int
    missing_alerts: int
    doubled_alerts: int
    audited: int
    dead: int
    seconds: float
    settled: float

    def broken(self) -> dict[str, int]:
        promises = {
            "not acknowledged": self.sent - len(self.tally.acknowledged),
            "lost": self.lost,
            "unexpected": self.unexpected,
            "alerts missing": self.missing_alerts,
            "alerts doubled": self.doubled_alerts,
            "matches not audited": self.listed - self.audited,
            "dead letters": self.dead,
        }
        return {what: count for what, count in promises.items() if count}

    def rows(self) -> list[tuple[str, str]]:
        answers = ", ".join(f"{status}: {count:,}" for status, count in sorted(self.tally.answers.items()))
        return [
            ("reads, of which matches", f"{self.sent:,}, {self.listed:,}"),
            ("posts, of which sent twice on purpose", f"{self.tally.posts:,}, {self.tally.twice:,}"),
            ("answers", answers),
            ("faults", ", ".join(f"{name} {count}x" for name, count in self.faults.items())),
            ("reads acknowledged", f"{len(self.tally.acknowledged):,}"),
            ("stored as kept reads, as candidates", f"{self.kept:,}, {self.candidates:,}"),
            ("acknowledged and lost", f"{self.lost}"),
            ("stored and never sent", f"{self.unexpected}"),
            ("alerts; missing, doubled", f"{self.alerts:,}; {self.missing_alerts}, {self.doubled_alerts}"),
            ("matches in the audit log", f"{self.audited:,}"),
            ("messages that nobody could handle", f"{self.dead}"),
            ("time with faults, until all was there", f"{self.seconds:.0f} s, {self.settled:.0f} s more"),
        ]


async def run(
    stack: StackUnderTest, world: World, reads: int, matches: int, *, breath: float = 4.0, least: int = 0
) -> Outcome:
    """``breath`` seconds each fault lasts, and as long is the time between two. The cameras take their time, so that
    at least ``least`` faults fall into the day however fast the machine is."""
    wanted, cameras = _reads(reads, matches), await _cameras(world)
    await list_plates(world, [each.plate for each in wanted if each.listed])
    await asyncio.sleep(11)  # until every worker's list is fresh
    tally, faults, began = Tally(), Counter[str](), time.monotonic()
    over = asyncio.Event()
    bad_day = asyncio.create_task(_bad_day(stack, breath, over, faults))

    def early(share: float) -> bool:
        """Whether this share of the posts may not yet be sent, for too little has gone wrong."""
        return faults.total() < share * least and not bad_day.done()

    try:
        await _post_all(world, cameras, wanted, tally, early)
    finally:
        over.set()
        await bad_day
    seconds = time.monotonic() - began
    ids = {each.id: _stored_id(cameras, each) for each in wanted if not each.listed}
    settled = await _settle(world, {ids[each] for each in tally.acknowledged if each in ids}, matches)
    return await _outcome(world, wanted, tally, ids, faults, seconds, settled)


# -- what is sent ----------------------------------------------------------------------------------------------------


def _reads(reads: int, matches: int) -> list[Read]:
    """Listed plates and others are far from each other: none is like another to a camera."""
    chance, now = random.Random(3), datetime.now(UTC)
    found = []
    for number in range(reads):
        listed = number < matches
        plate = f"{'LV' if listed else 'HT'}{number:05d}"
        at = (now - timedelta(seconds=chance.uniform(0, 60))).isoformat()
        found.append(Read(uuid.uuid4().hex, chance.randrange(CAMERAS), spelt(plate), listed, at))
    chance.shuffle(found)
    return found


def spelt(plate: str) -> str:
    """Digits as letters that no camera confuses, so that no two numbers are alike."""
    return plate[:2] + "".join("AEHKLMNRTX"[int(each)] for each in plate[2:])


async def _cameras(world: World) -> list[DeviceCredential]:
    return [
        await devices.register_device(world.platform, world.site, "plain", keep_unmatched=True) for _ in range(CAMERAS)
    ]


async def list_plates(world: World, plates: Sequence[str]) -> None:
    ends = datetime.now(UTC) + timedelta(days=1)
    for plate in plates:
        form = WatchlistEntryForm.model_validate(
            {"plate": plate, "reason": "A bad day.", "caseReference": "BD-1", "expiresAt": ends}
        )
        await watchlists.add(world.platform, world.investigator.principal, form, uuid.uuid4().hex)


async def _post_all(
    world: World, cameras: list[DeviceCredential], reads: list[Read], tally: Tally, early: Callable[[float], bool]
) -> None:
    chance = random.Random(4)
    waiting: list[tuple[DeviceCredential, list[Read]]] = []
    for camera, credential in enumerate(cameras):
        mine = iter([each for each in reads if each.camera == camera])
        while batch := list(itertools.islice(mine, chance.randint(1, LARGEST_BATCH))):
            waiting += [(credential, batch)] * (2 if chance.random() < 0.1 else 1)
    tally.twice = len(waiting) - len({id(batch) for _, batch in waiting})
    chance.shuffle(waiting)
    queue = iter(enumerate(waiting, start=1))
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(world.stack.base_url, timeout=timeout) as http:

        async def sender() -> None:
            for number, (credential, batch) in queue:
                while early(number / len(waiting)):  # noqa: ASYNC110 - a day that fails has no event to wait for
                    await asyncio.sleep(PACE_SECONDS)
                await _until_heard(http, credential, batch, tally)

        await asyncio.gather(*(sender() for _ in range(AT_ONCE)))


async def _until_heard(http: aiohttp.ClientSession, camera: DeviceCredential, batch: list[Read], tally: Tally) -> None:
    body = {"reads": [{"plate": r.plate, "capturedAt": r.at, "id": r.id, "confidence": 0.99} for r in batch]}
    headers = {"X-Device-Key": camera.secret, "Content-Type": "application/json"}
    while True:
        tally.posts += 1
        try:
            async with http.post(f"/api/plates/{camera.device}", data=json.dumps(body), headers=headers) as answer:
                tally.answers[str(answer.status)] += 1
                if answer.status == 200:
                    tally.acknowledged |= {each.id for each in batch}
                    return
        except (aiohttp.ClientError, TimeoutError, OSError):
            tally.answers["no answer"] += 1
        await asyncio.sleep(AGAIN_SECONDS)


# -- what goes wrong -------------------------------------------------------------------------------------------------


async def _bad_day(stack: StackUnderTest, breath: float, over: asyncio.Event, happened: Counter[str]) -> None:
    """One fault after the other until it is over; leaves everything as it should be."""
    for name, fault in itertools.cycle(FAULTS.items()):
        await asyncio.sleep(breath)
        if over.is_set():
            break
        async with fault(stack):
            happened[name] += 1
            await asyncio.sleep(breath)


def _cosmos(**rule: Any) -> Callable[[StackUnderTest], Any]:
    @asynccontextmanager
    async def fault(stack: StackUnderTest) -> AsyncIterator[None]:
        faults = stack.faults("cosmos")
        await asyncio.to_thread(faults.set, {"times": None, **rule})
        try:
            yield
        finally:
            await asyncio.to_thread(faults.clear)

    return fault


def _killed(*services: str) -> Callable[[StackUnderTest], Any]:
    @asynccontextmanager
    async def fault(stack: StackUnderTest) -> AsyncIterator[None]:
        for each in services:
            await asyncio.to_thread(stack.kill, each)
        try:
            yield
        finally:
            for each in services:
                await asyncio.to_thread(stack.restart, each)

    return fault


@asynccontextmanager
async def _nothing_works(stack: StackUnderTest) -> AsyncIterator[None]:
    """The database throttles while the broker is away: nothing can be acknowledged then."""
    async with _killed("servicebus")(stack), _cosmos(action="status", status=429, path="/colls/plateReads")(stack):
        yield


FAULTS: dict[str, Callable[[StackUnderTest], Any]] = {
    "database throttles": _cosmos(action="status", status=429, path="/colls/plateReads"),
    "worker killed": _killed("host"),
    "database fails": _cosmos(action="status", status=503, path="/colls/"),
    "connection cut after the write": _cosmos(action="dropAfter", path="/colls/plateReads/docs", method="POST"),
    "broker killed": _killed("servicebus"),
    "keys away": _cosmos(action="status", status=503, path="/colls/keyring"),
    "database and broker away": _nothing_works,
    "database killed": _killed("cosmos"),
}


# -- what is there afterwards ----------------------------------------------------------------------------------------


def _stored_id(cameras: list[DeviceCredential], read: Read) -> str:
    """As :func:`shared.plates.service._keep` calls it."""
    return derived_id("read", cameras[read.camera].device, read.id)


async def _settle(world: World, expected: set[str], matches: int) -> float:
    """Waits until all is there, as long as anything may still come. Seconds it took."""
    began = time.monotonic()
    while (elapsed := time.monotonic() - began) < SETTLED_SECONDS:
        there = {each["id"] for each in await _found(world, "read")}
        if expected <= there and len(await _alerts(world)) >= matches:
            break
        await asyncio.sleep(3)
    await asyncio.sleep(5)  # whatever would come twice has come by then
    return elapsed


async def _found(world: World, kind: str) -> list[Document]:
    text = "SELECT c.id FROM c WHERE c.kind = @kind"
    found = world.platform.container("plateReads").query(text, {"kind": kind}, key=[world.home.id], page=1000)
    return [each async for each in found]


async def _alerts(world: World) -> list[Document]:
    text = "SELECT c.id, c.causeId, c.recipientId FROM c WHERE c.cause = 'plate_candidate'"
    return [each async for each in world.platform.container("alerts").query(text, page=1000)]


async def _outcome(
    world: World,
    reads: list[Read],
    tally: Tally,
    ids: dict[str, str],
    faults: Counter[str],
    seconds: float,
    settled: float,
) -> Outcome:
    kept = Counter(each["id"] for each in await _found(world, "read"))
    candidates = Counter(each["id"] for each in await _found(world, "candidate"))
    told = Counter((each["causeId"], each["recipientId"]) for each in await _alerts(world))
    listed = [each for each in reads if each.listed]
    acknowledged = {ids[each] for each in tally.acknowledged if each in ids}
    text = "SELECT c.subjects FROM c WHERE c.action = 'plate:match'"
    audited = [each async for each in world.platform.container("audit").query(text, page=1000)]
    subjects = {each["subjects"][0] for each in audited}
    return Outcome(
        sent=len(reads),
        listed=len(listed),
        tally=tally,
        faults=faults,
        kept=len(kept),
        candidates=len(candidates),
        lost=len(acknowledged - set(kept)) + len(listed) - len(candidates),
        unexpected=len(set(kept) - set(ids.values())) + sum(kept.values()) - len(kept),
        alerts=sum(told.values()),
        missing_alerts=len(set(candidates) - {cause for cause, _ in told}),
        doubled_alerts=sum(told.values()) - len(candidates),
        audited=len(subjects & set(candidates)),
        dead=await world.platform.bus.dead_letters(spill.QUEUE, 100)
        + await world.platform.bus.dead_letters("alert-requests", 100),
        seconds=seconds,
        settled=settled,
    )


def on_a_stack(reads: int, matches: int, data: Path, **more: Any) -> Outcome:
    async def inside(stack: StackUnderTest) -> Outcome:
        platform = assemble(load(stack.environment))
        world = await build(stack, platform)
        try:
            return await run(stack, world, reads, matches, **more)
        finally:
            await world.close()
            await platform.close()

    with running_stack(ROOT, data, "--quiet") as stack, settings_of(stack.environment):
        return asyncio.run(inside(stack))


def main() -> None:
    reads, matches = (int(each) for each in (sys.argv[1:] or ["20000", "500"]))
    with tempfile.TemporaryDirectory() as place:
        outcome = on_a_stack(reads, matches, Path(place) / "stack")
    for what, counted in outcome.rows():
        print(f"{what:40} {counted}")
    if broken := outcome.broken():
        sys.exit(f"The promise does not hold: {broken}")
    print("Every acknowledged read is accounted for, and everybody was told once.")


if __name__ == "__main__":
    main()
