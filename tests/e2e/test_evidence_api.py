"""Evidence over HTTP: announced, sent to the storage, examined by the trigger, seen by those who may."""

import asyncio
import io
from typing import Any

import httpx
from PIL import ExifTags, Image

from tests.support.media import pdf
from tests.support.trust import TRUSTED
from tests.support.waiting import WITHIN
from tests.support.world import World, fresh_key, problem, submit, theft

INVESTIGATE = {"purpose": "INVESTIGATE"}
CAMERA = b"Kestrel 9000"


def photo() -> bytes:
    exif, written = Image.Exif(), io.BytesIO()
    exif[ExifTags.Base.Model] = CAMERA.decode()
    Image.new("RGB", (320, 200), "orange").save(written, "JPEG", exif=exif)
    return written.getvalue()


async def announce(world: World, content: bytes, **changes: Any) -> httpx.Response:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    body = {"reportId": report, "kind": "image", "mimeType": "image/jpeg", "sizeBytes": len(content)} | changes
    return await world.reporter.api.post("/api/evidence/uploads", json=body, headers=fresh_key())


async def upload(world: World, content: bytes, **changes: Any) -> dict[str, Any]:
    """The item after the trigger has looked at the upload."""
    permission = (await announce(world, content, **changes)).json()
    async with httpx.AsyncClient(verify=TRUSTED) as storage:
        sent = await storage.put(
            permission["uploadUrl"], content=content, headers=permission["requiredHeaders"], timeout=60
        )
    assert sent.status_code == 201, sent.text
    return await processed(world, permission["evidenceId"])


async def processed(world: World, evidence_id: str, *, within: float = WITHIN) -> dict[str, Any]:
    until = asyncio.get_running_loop().time() + within
    while True:
        answer = await world.investigator.api.get(f"/api/evidence/{evidence_id}", params=INVESTIGATE)
        assert answer.status_code == 200, answer.text
        item: dict[str, Any] = answer.json()
        if item["state"] != "awaiting_upload" or asyncio.get_running_loop().time() > until:
            return item
        await asyncio.sleep(0.2)


async def test_a_photo_comes_back_without_what_its_camera_wrote(world: World) -> None:
    content = photo()
    item = await upload(world, content)
    assert item["state"] == "stored"
    path = f"/api/evidence/{item['id']}/content"
    shown = await world.investigator.api.get(path, params=INVESTIGATE)
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["content-disposition"].startswith("inline")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert CAMERA not in shown.content
    with Image.open(io.BytesIO(shown.content)) as picture:
        assert picture.size == (320, 200)
    original = await world.investigator.api.get(path, params=INVESTIGATE | {"rendition": "false"})
    assert original.content == content
    assert original.headers["content-disposition"].startswith("attachment")


async def test_what_is_refused_says_why(world: World) -> None:
    item = await upload(world, b"<html><script>alert(1)</script></html>")
    assert item["state"] == "refused"
    assert item["refusal"]["code"] == "type_not_accepted"
    gone = await world.investigator.api.get(f"/api/evidence/{item['id']}/content", params=INVESTIGATE)
    assert gone.status_code == 404
    assert "refused" in problem(gone)["detail"]


async def test_content_that_is_too_large_for_an_answer_is_a_problem(world: World) -> None:
    content = pdf(padding=20_000_001)
    item = await upload(world, content, kind="document", mimeType="application/pdf")
    answer = await world.investigator.api.get(
        f"/api/evidence/{item['id']}/content", params=INVESTIGATE | {"rendition": "false"}
    )
    assert problem(answer)["type"] == "urn:reeve:problem:too-large"


async def test_others_do_not_see_it(world: World) -> None:
    item = await upload(world, photo())
    for person, status in ((world.reporter, 403), (world.admin, 403), (world.officer, 404), (world.stranger, 404)):
        answer = await person.api.get(f"/api/evidence/{item['id']}/content", params=INVESTIGATE)
        assert answer.status_code == status
    without_purpose = await world.investigator.api.get(f"/api/evidence/{item['id']}/content")
    assert without_purpose.status_code == 400


async def test_an_announcement_that_makes_no_sense_says_what_to_fix(world: World) -> None:
    answer = await announce(world, photo(), kind="video", sizeBytes=0)
    assert answer.status_code == 400
    assert {each["at"] for each in problem(answer)["errors"]} == {"/sizeBytes"}


async def test_the_items_of_a_report_are_listed_for_its_organisation_only(world: World) -> None:
    item = await upload(world, photo())
    path = f"/api/reports/{item['reportId']}/evidence"
    listed = await world.investigator.api.get(path, params=INVESTIGATE)
    assert [each["id"] for each in listed.json()["evidence"]] == [item["id"]]
    assert (await world.reporter.api.get(path, params=INVESTIGATE)).status_code == 403
    assert (await world.partner_investigator.api.get(path, params=INVESTIGATE)).status_code == 404
