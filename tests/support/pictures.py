"""A picture on its way into the locker, through the API, and painted over there."""

import io

import httpx
from PIL import ExifTags, Image

from tests.support.trust import TRUSTED
from tests.support.waiting import eventually
from tests.support.world import fresh_key

CAMERA = b"Kestrel 9000"
LEGAL = {"purpose": "LEGAL_ACTION"}


def photo() -> bytes:
    """Orange all over, from a camera that writes its name."""
    exif, written = Image.Exif(), io.BytesIO()
    exif[ExifTags.Base.Model] = CAMERA.decode()
    Image.new("RGB", (320, 200), "orange").save(written, "JPEG", exif=exif)
    return written.getvalue()


async def uploaded(api: httpx.AsyncClient, report_id: str) -> str:
    """The id of the item, once it has been examined."""
    content = photo()
    body = {"reportId": report_id, "kind": "image", "mimeType": "image/jpeg", "sizeBytes": len(content)}
    permission = (await api.post("/api/evidence/uploads", json=body, headers=fresh_key())).json()
    async with httpx.AsyncClient(verify=TRUSTED) as storage:
        await storage.put(permission["uploadUrl"], content=content, headers=permission["requiredHeaders"], timeout=60)
    item = str(permission["evidenceId"])

    async def there() -> bool:
        answer = await api.get(f"/api/evidence/{item}", params=LEGAL)
        return bool(answer.json()["state"] == "stored")

    assert await eventually(there, what="the picture is examined")
    return item


async def painted(api: httpx.AsyncClient, item: str) -> None:
    """Its right half is painted over."""
    path = f"/api/evidence/{item}/regions"
    now = await api.get(path, params=LEGAL)
    others = {"x": 0.5, "y": 0.1, "width": 0.4, "height": 0.8, "obscured": True}
    body = {"regions": [others], "checkedPlatesAndScreens": True}
    done = await api.put(path, json=body, params=LEGAL, headers={"If-Match": now.json()["etag"]})
    assert done.status_code == 200, done.text
