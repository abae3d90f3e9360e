"""Every vendor's camera gets in with every kind of credential that it can send, and hears what it expects."""

import base64
import uuid

import httpx
import pytest

from shared.organisations import devices
from shared.organisations.devices import DeviceCredential
from shared.organisations.models import Site
from tests.support.lpr import SAMPLES, Sample
from tests.support.world import World, problem

FORMS = {
    "basic": lambda secret: {"headers": {"Authorization": f"Basic {_basic(secret)}"}},
    "bearer": lambda secret: {"headers": {"Authorization": f"Bearer {secret}"}},
    "header": lambda secret: {"headers": {"X-Device-Key": secret}},
    "query": lambda secret: {"params": {"key": secret}},
}
CAN = {"rekor": ["query"], "plate_recognizer": ["header", "query"], "hikvision": ["basic", "query"]}
"""What cannot send all of them."""
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
