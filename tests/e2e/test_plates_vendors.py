"""Every vendor's camera gets in with every kind of credential that it can send, and hears what it expects."""

import asyncio
import base64
import itertools
import random
import uuid
from collections import Counter

import httpx
import pytest

from shared.organisations import devices
from shared.organisations.devices import DeviceCredential
from shared.organisations.models import Site
from shared.plates.formats import formats
from tests.support.lpr import SAMPLES, Sample
from tests.support.mutations import mutated
from tests.support.world import World, problem

FORMS = {
    "basic": lambda secret: {"headers": {"Authorization": f"Basic {_basic(secret)}"}},
    "bearer": lambda secret: {"headers": {"Authorization": f"Bearer {secret}"}},
    "header": lambda secret: {"headers": {"X-Device-Key": secret}},
    "query": lambda secret: {"params": {"key": secret}},
}
CAN = {"rekor": ["query"], "plate_recognizer": ["header", "query"], "hikvision": ["basic", "query"]}
"""What cannot send all of them."""
MUTATIONS, AT_ONCE = 500, 10
CASES = [(sample, form) for sample in SAMPLES for form in CAN.get(sample.format, FORMS)]


def _basic(secret: str) -> str:
    return base64.b64encode(f"camera:{secret}".encode()).decode()


async def post(world: World, camera: DeviceCredential, sample: Sample, form: str) -> httpx.Response:
    given = FORMS[form](camera.secret)
    async with world.anonymous() as api:
        return await api.post(
            f"/api/plates/{camera.device}",
            content=sample.body,
            headers=sample.all_headers | given.get("headers", {}),
            params=given.get("params", {}),
        )


@pytest.mark.parametrize(("sample", "form"), CASES, ids=[f"{sample.name}, {form}" for sample, form in CASES])
async def test_a_camera_is_heard(world: World, sample: Sample, form: str) -> None:
    camera = await devices.register_device(world.platform, world.site, sample.format)
    answer = await post(world, camera, sample, form)
    assert answer.status_code == 200, answer.text
    assert answer.json()["received"] == int(sample.plate is not None)
    if sample.format == "dahua":
        assert answer.json()["Result"] is True


async def test_digest_is_answered_with_what_is_understood(world: World) -> None:
    camera = await devices.register_device(world.platform, world.site, "hikvision")
    async with world.anonymous(Authorization='Digest username="camera", realm="x", nonce="y"') as api:
        answer = await api.post(f"/api/plates/{camera.device}", content=b"<a/>")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize("name", sorted(formats()))
async def test_whatever_a_camera_sends_it_hears_what_is_wrong(world: World, name: str) -> None:
    """Reads are kept, and there is a list to match with: so what is taken goes all the way."""
    camera = await devices.register_device(world.platform, world.site, name, keep_unmatched=True)
    chance, samples = random.Random(name), [each for each in SAMPLES if each.format == name]
    wanted = [(each := chance.choice(samples), mutated(each, chance)) for _ in range(MUTATIONS)]
    statuses = Counter[int]()
    async with world.anonymous(**{"X-Device-Key": camera.secret}) as api:
        for some in itertools.batched(wanted, AT_ONCE, strict=False):
            at = f"/api/plates/{camera.device}"
            asked = (api.post(at, content=body, headers=sample.all_headers) for sample, body in some)
            for answer, (_, body) in zip(await asyncio.gather(*asked), some, strict=True):
                statuses[answer.status_code] += 1
                assert answer.status_code in {200, 400}, (answer.status_code, body[:3_000])
                if answer.status_code == 400:
                    assert len(problem(answer)["detail"]) > 20
    assert statuses[200] > MUTATIONS // 50
    assert statuses[400] > MUTATIONS // 50


async def test_a_camera_of_another_kind_is_told_so(world: World) -> None:
    camera = await devices.register_device(world.platform, world.site, "axis")
    [sample] = [each for each in SAMPLES if each.name == "rekor: group"]
    answer = await post(world, camera, sample, "header")
    assert answer.status_code == 400
    assert "registered as 'axis'" in problem(answer)["detail"]


async def test_only_formats_that_exist_can_be_registered(world: World) -> None:
    form = {"siteId": world.site.id, "format": "polaroid"}
    answer = await world.admin.api.post("/api/organisation/devices", json=form)
    assert answer.status_code == 400
    assert "hikvision" in problem(answer)["errors"][0]["detail"]
    assert (await world.admin.api.post("/api/organisation/devices", json={"siteId": world.site.id})).status_code < 300


async def test_no_camera_where_the_law_forbids_it(world: World) -> None:
    """N.H. RSA 261:75-b."""
    site = world.site.model_copy(update={"id": str(uuid.uuid4()), "region": "US-NH", "etag": ""})
    await world.platform.records(Site).create(site)
    answer = await world.admin.api.post("/api/organisation/devices", json={"siteId": site.id, "format": "axis"})
    assert answer.status_code == 400
    assert problem(answer)["errors"][0]["code"] == "anpr_unlawful"


async def test_a_revoked_camera_is_not_heard_any_more(world: World) -> None:
    camera = await devices.register_device(world.platform, world.site, "plain")
    [sample] = [each for each in SAMPLES if each.name == "plain: one"]
    assert (await post(world, camera, sample, "bearer")).status_code == 200
    revoked = await world.admin.api.post(f"/api/organisation/devices/{camera.device}/revocation")
    assert revoked.status_code == 200
    assert (await post(world, camera, sample, "bearer")).status_code == 401
