"""Videos over HTTP: announced, uploaded, decided on, rendered by the second app, also when that is killed meanwhile."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.e2e.test_evidence_api import INVESTIGATE, upload
from tests.support.videos import film, shown
from tests.support.world import World, problem

LEFT_HALF = {"x": 0.0, "y": 0.0, "width": 0.5, "height": 1.0}


def decision(begin: float, end: float) -> dict[str, Any]:
    points = [{"at": begin, **LEFT_HALF}, {"at": end, **LEFT_HALF}]
    return {"tracks": [{"points": points, "obscured": True}], "checkedPlatesAndScreens": True}


async def arrived(world: World, content: bytes) -> str:
    item = await upload(world, content, kind="video", mimeType="video/mp4")
    assert item["state"] == "stored", item
    return f"/api/evidence/{item['id']}"


async def looked(world: World, path: str) -> httpx.Response:
    answer = await world.investigator.api.get(f"{path}/video", params=INVESTIGATE)
    assert answer.status_code == 200, answer.text
    return answer


async def decide(world: World, path: str, body: dict[str, Any]) -> httpx.Response:
    etag = (await looked(world, path)).headers["etag"]
    return await world.investigator.api.put(f"{path}/video", params=INVESTIGATE, json=body, headers={"If-Match": etag})


async def ended(world: World, path: str, *, within: float = 120) -> dict[str, Any]:
    until = asyncio.get_running_loop().time() + within
    while True:
        video: dict[str, Any] = (await looked(world, path)).json()
        if video["stage"] not in {"looking", "rendering"} or asyncio.get_running_loop().time() > until:
            return video
        await asyncio.sleep(0.2)


async def rendition(world: World, path: str) -> bytes:
    answer = await world.investigator.api.get(f"{path}/content", params=INVESTIGATE)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "video/mp4"
    return answer.content


async def test_from_upload_to_rendition(world: World) -> None:
    path = await arrived(world, film(2))
    untouched = (await looked(world, path)).json()
    assert (untouched["stage"], untouched["percent"], untouched["tracks"]) == ("none", 0, [])
    asked = await decide(world, path, decision(0, 2))
    assert asked.status_code == 202, asked.text
    assert asked.json()["stage"] == "rendering"
    done = await ended(world, path)
    assert (done["stage"], done["percent"], done["obscuredBy"]) == ("done", 100, world.investigator.id)
    made = shown(await rendition(world, path))
    assert len(made) == 50
    assert all(luma[:, :152].max() <= 24 for _, luma in made)
    part = await world.investigator.api.get(f"{path}/content", params=INVESTIGATE, headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)


async def test_blur_is_refused_and_says_why(world: World) -> None:
    path = await arrived(world, film(1))
    answer = await decide(world, path, decision(0, 1) | {"method": "pixelate"})
    assert answer.status_code == 400
    assert "can be undone" in problem(answer)["errors"][0]["detail"]


async def test_pictures_have_no_video(world: World) -> None:
    path = await arrived(world, film(1))
    answer = await world.investigator.api.get(f"{path}/regions", params=INVESTIGATE)
    assert answer.status_code == 404


@pytest.mark.timeout(300)
async def test_a_worker_that_is_killed_finishes_on_the_next_try(world: World, stack: Any) -> None:
    path = await arrived(world, film(45, size=(640, 480)))
    assert (await decide(world, path, decision(0, 45))).status_code == 202
    while (video := (await looked(world, path)).json())["percent"] < 40:
        assert video["stage"] == "rendering", video
        await asyncio.sleep(0.05)
    stack.kill("video")
    assert (await looked(world, path)).json()["percent"] < 100
    stack.restart("video")
    done = await ended(world, path, within=200)
    assert done["stage"] == "done", done
    made = shown(await rendition(world, path))
    assert len(made) == 45 * 25
    assert all(luma[:, :304].max() <= 24 for _, luma in made)
    prefix = path.removeprefix("/api/evidence/")
    names = await world.platform.blobs.sealed_names(f"{world.home.id}/{prefix}/")
    assert {name.rpartition("/")[2] for name in names} == {"original", "rendition.1", "thumbnail.1", "tracks.1"}
    custody = (await world.investigator.api.get(f"{path}/custody", params=INVESTIGATE)).json()["entries"]
    assert [each["action"] for each in custody].count("evidence:render") == 1
