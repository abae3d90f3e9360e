"""With the store away cameras get their 200, and nothing that was acknowledged is lost."""

import asyncio
import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.clock import rfc3339
from shared.errors import CannotOpen, Unavailable
from shared.organisations import devices
from shared.organisations.devices import DeviceCredential
from shared.plates import lists, matching, pictures, spill
from shared.plates import service as plates
from shared.plates.models import Guess, PlateRead
from shared.storage.outbox import Message
from tests.e2e.test_plates_candidates import ahead
from tests.support.lpr import PICTURE, picture
from tests.support.stack import StackUnderTest
from tests.support.waiting import eventually
from tests.support.world import World, fresh_key

THROTTLED = {"action": "status", "status": 429, "path": "/colls/plateReads", "times": None}
BROKEN = {"action": "status", "status": 503, "path": "/colls/plateReads", "times": None}


@pytest.fixture(scope="module")
async def camera(world: World) -> DeviceCredential:
    return await devices.register_device(world.platform, world.site, "plain", keep_unmatched=True)


async def post(world: World, camera: DeviceCredential, plates: list[str], **more: str) -> Any:
    now = datetime.now(UTC).isoformat()
    reads = [{"plate": plate, "capturedAt": now, "id": uuid.uuid4().hex, "confidence": 0.9} | more for plate in plates]
    async with world.anonymous() as api:
        return await api.post(
            f"/api/plates/{camera.device}", json={"reads": reads}, headers={"X-Device-Key": camera.secret}
        )


async def kept(world: World) -> int:
    text = "SELECT VALUE COUNT(1) FROM c WHERE c.kind = 'read' AND c.siteId = @site"
    found = world.platform.container("plateReads").query(text, {"site": world.site.id})
    return sum([int(str(each)) async for each in found])


async def until(world: World, count: int) -> int:
    async def enough() -> int | None:
        return found if (found := await kept(world)) >= count else None

    return await eventually(enough, what=f"{count} reads")


@pytest.mark.parametrize("fault", [THROTTLED, BROKEN], ids=["throttled", "broken"])
async def test_reads_wait_until_the_store_is_back(
    world: World, stack: StackUnderTest, camera: DeviceCredential, fault: dict[str, Any]
) -> None:
    warm = await post(world, camera, ["SP00 AAA"])
    assert warm.status_code == 200
    before = await kept(world)
    with stack.faults("cosmos").happening(fault):
        answers = await asyncio.gather(*(post(world, camera, [f"SP{n:02} BBB", f"SP{n:02} CCC"]) for n in range(5)))
        assert [answer.status_code for answer in answers] == [200] * 5
        assert [answer.json() for answer in answers] == [{"received": 2}] * 5
    assert await until(world, before + 10) == before + 10
    await asyncio.sleep(2)
    assert await kept(world) == before + 10  # each once


async def listed(world: World, plate: str) -> None:
    form = {"plate": plate, "reason": "Seen at thefts.", "caseReference": "HP-1"}
    form["expiresAt"] = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    entry = await world.investigator.api.post("/api/watchlists/entries", json=form, headers=fresh_key())
    assert entry.status_code == 201


async def test_a_match_that_waited_is_a_candidate_with_its_picture(
    world: World, stack: StackUnderTest, camera: DeviceCredential
) -> None:
    await listed(world, "SP99 XYZ")
    await asyncio.sleep(10.5)  # until every worker's list is fresh
    assert (await post(world, camera, ["SP00 AAB"])).status_code == 200  # and the worker has it
    with stack.faults("cosmos").happening(BROKEN):
        shown = base64.b64encode(PICTURE).decode()
        assert (await post(world, camera, ["SP99XYZ"], picture=shown)).status_code == 200
    asked = {"purpose": "INVESTIGATE", "state": "candidate"}

    async def found() -> list[dict[str, Any]]:
        page = (await world.investigator.api.get("/api/plates/candidates", params=asked)).json()["candidates"]
        return [each for each in page if each["plate"] == "SP99XYZ"]

    [candidate] = await eventually(found, what="a candidate SP99XYZ")
    assert candidate["pictureUntil"]
    at = f"/api/plates/candidates/{candidate['id']}/picture"
    answer = await world.investigator.api.get(at, params={"purpose": "INVESTIGATE"})
    assert (answer.status_code, answer.content) == (200, pictures.bare(PICTURE))


async def test_only_what_may_be_a_match_waits_with_a_picture(
    world: World, camera: DeviceCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not for longer than a day, nor with a picture that no message has room for."""
    sent = list[Message]()

    async def kept(messages: Message | list[Message], *_: object, **__: object) -> None:
        sent.extend([messages] if isinstance(messages, Message) else messages)

    monkeypatch.setattr(world.platform.bus, "send", kept)
    monkeypatch.setattr(world.platform.bus, "send_spread", kept)
    await listed(world, "SP98 XYZ")
    lists.forget()
    device = await world.platform.principals.device(camera.device, camera.secret)
    large = picture(size=(700, 600))
    assert spill.MOST_PICTURE < len(large) < pictures.MOST_BYTES
    passing = [("SP98XYZ", PICTURE), ("SP97AAA", PICTURE), ("SP98XYZ", large)]
    reads = [
        PlateRead(f"w-{number}", datetime.now(UTC), Guess(plate, 0.99), pictures=(shown,))
        for number, (plate, shown) in enumerate(passing)
    ]
    await spill.set_aside(world.platform, device, reads[:1])
    assert sent.pop().body["picture"] is None  # a worker that has not read its list yet knows of no match
    await matching.matches(world.platform, device.organisation, [("SP97AAA", 0.99)])
    await spill.set_aside(world.platform, device, reads)
    others, alone = [message.body for message in sent]
    assert others["picture"] is None
    assert len((await spill.opened(world.platform, others))[1]) == 2
    [waited] = (await spill.opened(world.platform, alone))[1]
    assert (waited.read_id, waited.pictures) == ("w-0", (pictures.bare(PICTURE),))
    for since, has_one in ((datetime.now(UTC), True), (datetime.now(UTC) - timedelta(hours=25), False)):
        await spill.again_later(world.platform, alone | {"since": rfc3339(since)})
        assert bool(sent[-1].body["picture"]) is has_one
    assert (await spill.opened(world.platform, sent[-1].body))[1][0].best.plate == "SP98XYZ"


async def test_the_longest_batch_fits_into_messages(
    world: World, camera: DeviceCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Service Bus Standard takes 256 kB."""
    sent = list[Message]()

    async def kept(message: Message) -> None:
        sent.append(message)

    monkeypatch.setattr(world.platform.bus, "send", kept)
    device = await world.platform.principals.device(camera.device, camera.secret)
    doubts = tuple(Guess("\N{EURO SIGN}" * 16, 0.123456789) for _ in range(20))
    reads = [PlateRead(f"{number:0200}", datetime.now(UTC), Guess("SP44QQQ", 0.9), doubts) for number in range(1_000)]
    await spill.set_aside(world.platform, device, reads)
    assert max(len(json.dumps(each.body)) for each in sent) < 256_000
    found = [read for each in sent for read in (await spill.opened(world.platform, each.body))[1]]
    assert [each.read_id for each in found] == [each.read_id for each in reads]


async def test_what_waits_is_sealed(world: World, camera: DeviceCredential) -> None:
    device = await world.platform.principals.device(camera.device, camera.secret)
    read = PlateRead("r-1", datetime.now(UTC), Guess("SP77 ZZZ", 0.9), (Guess("SP7Z ZZZ", 0.1),), "Ford", "white", 90.0)
    body = await spill._sealed(world.platform, device, [read])
    for personal in ("SP77", "SP7Z", "Ford", "white"):
        assert personal not in json.dumps(body)
    found, [opened] = await spill.opened(world.platform, body)
    assert (found.id, found.organisation, found.sites) == (device.id, device.organisation, device.sites)
    assert opened.best == read.best
    assert opened.alternatives == read.alternatives
    for name in ("deviceId", "keyId", "sealed"):
        with pytest.raises(CannotOpen):
            await spill.opened(world.platform, body | {name: body[name][:-1] + ("a" if body[name][-1] != "a" else "b")})


async def test_what_nobody_can_handle_is_forgotten_after_three_days(world: World, camera: DeviceCredential) -> None:
    device = await world.platform.principals.device(camera.device, camera.secret)
    read = PlateRead("r-9", datetime.now(UTC), Guess("SP66 QQQ", 0.9))
    broken = await spill._sealed(world.platform, device, [read], PICTURE) | {"wrapped": "AAAA"}
    await world.platform.bus.send(Message(uuid.uuid4().hex, spill.QUEUE, broken))
    for _ in range(200):
        if await world.platform.bus.dead_letters(spill.QUEUE, 100):
            break
        await asyncio.sleep(0.3)
    assert await spill.forget_put_aside(world.platform) == 0
    assert await world.platform.bus.dead_letters(spill.QUEUE, 100)
    assert await spill.forget_put_aside(ahead(world.platform, spill.PUT_ASIDE + timedelta(minutes=1))) >= 1
    assert await world.platform.bus.dead_letters(spill.QUEUE, 100) == 0
    entries = (await world.auditor.api.get("/api/audit", params={"action": "plate:forget-waiting"})).json()["entries"]
    assert [each["subjects"] for each in entries] == [[camera.device]]


async def test_with_the_broker_away_too_the_camera_has_to_come_again(
    world: World, camera: DeviceCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Unavailable("away", headers={"Retry-After": "5"})

    device = await world.platform.principals.device(camera.device, camera.secret)
    monkeypatch.setattr(plates, "ingest", away)
    monkeypatch.setattr(world.platform.bus, "send", away)
    content = json.dumps({"plate": "SP55 QQQ", "capturedAt": datetime.now(UTC).isoformat()}).encode()
    with pytest.raises(Unavailable) as refused:
        await plates.receive(world.platform, device, {}, content)
    assert refused.value.headers["Retry-After"]
