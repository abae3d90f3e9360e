"""The kill switch: shut out in one worker, a camera is not heard at its next post in any other.

The test's own process is one instance of the service, the running app another: neither tells the other anything but
through the store, and the app remembers the camera for half a minute.
"""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.errors import Forbidden, Unauthenticated
from shared.identity.principals import Principal
from shared.ids import new_id
from shared.organisations import devices
from shared.organisations import service as organisations
from shared.organisations.devices import DeviceCredential
from shared.organisations.models import AnprSwitch, Site
from shared.plates import gates, lists, matching, spill
from shared.plates import service as plates
from shared.plates.matching import Match
from shared.plates.models import Guess, PlateRead
from shared.platform import Platform
from shared.storage.cosmos import Container, metered
from tests.support.world import World, fresh_key, problem


@pytest.fixture
async def site(world: World) -> Site:
    """A new one, so that what is stored there can be counted."""
    fresh = world.site.model_copy(update={"id": new_id(datetime.now(UTC)), "etag": ""})
    return await organisations.add_site(world.platform, fresh)


@pytest.fixture
async def camera(world: World, site: Site) -> DeviceCredential:
    made = await devices.register_device(world.platform, site, "plain", keep_unmatched=True)
    assert (await post(world, made, "KS10AAA")).status_code == 200
    assert await stored(world, site) == 1
    return made


async def post(world: World, camera: DeviceCredential, plate: str) -> httpx.Response:
    read = {"plate": plate, "capturedAt": datetime.now(UTC).isoformat(), "id": uuid.uuid4().hex}
    async with world.anonymous() as api:
        headers = {"X-Device-Key": camera.secret}
        return await api.post(f"/api/plates/{camera.device}", json=read, headers=headers)


async def stored(world: World, site: Site, *kinds: str) -> int:
    text = "SELECT VALUE COUNT(1) FROM c WHERE ARRAY_CONTAINS(@kinds, c.kind)"
    asked = {"kinds": list(kinds or ("read", "candidate"))}
    found = world.platform.container("plateReads").query(text, asked, key=[world.home.id, site.id])
    return sum([int(str(each)) async for each in found])


async def test_a_revoked_camera_is_not_heard_by_a_worker_that_still_knows_it(
    world: World, site: Site, camera: DeviceCredential
) -> None:
    await devices.revoke(world.platform, world.admin.principal, camera.device)
    assert (await post(world, camera, "KS10AAB")).status_code == 401
    assert (await post(world, camera, "KS10AAC")).status_code == 401
    assert await stored(world, site) == 1


async def test_a_match_of_a_revoked_camera_is_no_candidate(world: World, site: Site, camera: DeviceCredential) -> None:
    ends = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    form = {"plate": "KS11 QAB", "reason": "Seen at thefts.", "caseReference": "HP-2", "expiresAt": ends}
    entry = await world.investigator.api.post("/api/watchlists/entries", json=form, headers=fresh_key())
    assert entry.status_code == 201
    made = await devices.register_device(world.platform, site, "plain")
    device = await world.platform.principals.device(made.device, made.secret)
    lists.forget()
    await devices.revoke(world.platform, world.admin.principal, made.device)
    message = json.dumps({"plate": "KS11QAB", "capturedAt": datetime.now(UTC).isoformat()}).encode()
    with pytest.raises(Unauthenticated):
        await plates.receive(world.platform, device, {}, message)  # as a worker does that remembers the camera
    assert await stored(world, site, "candidate", "outbox") == 0


async def test_what_leaves_nothing_behind_is_not_even_compared_once_the_worker_has_heard(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a call to anything but the change feed, which it follows anyway. The app shuts out, the test's process is
    the worker that remembers."""
    first, second = [await devices.register_device(world.platform, site, "plain") for _ in range(2)]
    remembered = [await world.platform.principals.device(each.device, each.secret) for each in (first, second)]
    compared, matches = list[str](), matching.matches

    async def noted(platform: Platform, organisation: str, guesses: Sequence[tuple[str, float]]) -> list[Match]:
        compared.append(guesses[0][0])
        return await matches(platform, organisation, guesses)

    async def passes(device: Principal, plate: str) -> int:
        """How many calls it cost."""
        message = json.dumps({"plate": plate, "capturedAt": datetime.now(UTC).isoformat()}).encode()
        with metered() as meter:
            await plates.receive(world.platform, device, {}, message)
        return len(meter.calls)

    monkeypatch.setattr(matching, "matches", noted)
    for each in remembered:
        await passes(each, "KS16AAA")
    assert await passes(remembered[0], "KS16AAB") == 0
    revoked = await world.admin.api.post(f"/api/organisation/devices/{first.device}/revocation")
    assert revoked.status_code == 200
    compared.clear()
    monkeypatch.setattr(lists, "REFRESH_SECONDS", 0)  # ten seconds have gone by
    with pytest.raises(Unauthenticated):
        await passes(remembered[0], "KS16AAC")
    await passes(remembered[1], "KS16AAD")
    at = f"/api/sites/{site.id}/anpr"
    assert (await world.admin.api.put(at, json={"open": False})).status_code == 200
    with pytest.raises(Forbidden):
        await passes(remembered[1], "KS16AAE")
    assert compared == ["KS16AAD"]
    assert (await world.admin.api.put(at, json={"open": True})).status_code == 200
    lists.forget()  # a worker that starts reads such notes with the list, and they are no entries
    assert (await lists.applying(world.platform, world.home.id))[0].id == world.home.id
    organisations.forget_site(world.home.id, site.id)
    await passes(remembered[1], "KS16AAF")


async def test_a_closed_site_takes_nothing_at_the_next_post(world: World, site: Site, camera: DeviceCredential) -> None:
    other = await devices.register_device(world.platform, site, "plain", keep_unmatched=True)
    assert (await post(world, other, "KS12AAA")).status_code == 200
    await devices.switch(world.platform, world.privacy_officer.principal, site.id, AnprSwitch(open=False))
    for each in (camera, other):
        refused = await post(world, each, "KS12AAB")
        assert refused.status_code == 403
        assert "not read at this site" in problem(refused)["detail"]
    assert await stored(world, site) == 2


async def test_a_site_is_closed_and_opened_over_http(world: World, site: Site, camera: DeviceCredential) -> None:
    at = f"/api/sites/{site.id}/anpr"
    for person, expected in ((world.reporter, 403), (world.investigator, 403), (world.stranger, 404)):
        assert (await person.api.put(at, json={"open": False})).status_code == expected
    assert (await post(world, camera, "KS13AAA")).status_code == 200
    closed = await world.admin.api.put(at, json={"open": False})
    assert (closed.status_code, closed.json()["anprOpen"]) == (200, False)
    assert (await post(world, camera, "KS13AAB")).status_code == 403
    form = {"siteId": site.id, "format": "plain"}
    assert problem(await world.admin.api.post("/api/organisation/devices", json=form))["errors"][0]["code"] in {
        "anpr_closed"
    }
    assert (await world.privacy_officer.api.put(at, json={"open": True})).status_code == 200
    assert (await post(world, camera, "KS13AAC")).status_code == 200
    assert await stored(world, site) == 3
    asked = {"action": "anpr:close", "actor": world.admin.id}
    entries = (await world.auditor.api.get("/api/audit", params=asked)).json()["entries"]
    assert entries[0]["subjects"] == [site.id]


async def test_reads_that_waited_are_dropped_once_their_camera_is_shut_out(
    world: World, site: Site, camera: DeviceCredential
) -> None:
    device = await world.platform.principals.device(camera.device, camera.secret)
    read = PlateRead("waited-1", datetime.now(UTC), Guess("KS14AAA", 0.9))
    body = await spill._sealed(world.platform, device, [read])
    await devices.revoke(world.platform, world.admin.principal, camera.device)
    assert await plates.take_up(world.platform, body) is True
    assert await stored(world, site) == 1


async def test_a_gate_that_is_set_up_while_the_camera_is_shut_out_does_not_stay(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await devices.register_device(world.platform, site, "plain", keep_unmatched=True)
    device = await world.platform.principals.device(made.device, made.secret)
    upsert = Container.upsert

    async def meanwhile(container: Container, document: dict[str, Any]) -> dict[str, Any]:
        written = await upsert(container, document)
        credential = await world.platform.container("credentials").read(made.device, made.device)
        revoked = credential | {"state": "revoked", "secrets": []}
        await world.platform.container("credentials").replace(revoked, credential["_etag"])
        return written

    monkeypatch.setattr(Container, "upsert", meanwhile)
    message = json.dumps({"plate": "KS15AAA", "capturedAt": datetime.now(UTC).isoformat()}).encode()
    with pytest.raises(Unauthenticated):
        await plates.receive(world.platform, device, {}, message)
    assert await stored(world, site, "read", "gate") == 0


async def test_gates_hold_ids_alone_and_go_by_themselves(world: World, site: Site, camera: DeviceCredential) -> None:
    found = world.platform.container("plateReads").query(
        "SELECT * FROM c WHERE c.kind = 'gate'", key=[world.home.id, site.id]
    )
    [gate] = [each async for each in found]
    assert {name for name in gate if name[0] != "_"} == {
        "id", "organisationId", "siteId", "day", "kind", "deviceId", "ttl",
    }  # fmt: skip
    assert 0 < gate["ttl"] <= gates.SECONDS
