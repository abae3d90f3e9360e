"""Videos: who merely happened to be there is painted over, for as long as they are seen, by a person's decision."""

import re

from playwright.async_api import Page, expect

from tests.support.videos import film, with_a_face
from tests.web.conftest import PHONE, Visit, Visitor
from tests.web.test_evidence import draw, reported

PACKED = {"deadline": "realtime", "cpu-used": "8", "g": "25"}
WORK_MS = 120_000
"""Looking and painting are done by another app, also on a machine that has much to do."""


def recording(seconds: float, **drawn: object) -> dict[str, object]:
    """As a browser plays it."""
    content = film(seconds, size=(640, 480), codec="libvpx-vp9", options=PACKED, **drawn)  # type: ignore[arg-type]
    return {"name": "till.mp4", "mimeType": "video/mp4", "buffer": content}


async def uploaded(ben: Visitor, video: dict[str, object]) -> Page:
    page = ben.page
    await ben.open(f"/reports/{await reported(ben)}")
    await page.get_by_label("Add files").set_input_files(video)  # type: ignore[arg-type]
    item = page.get_by_role("region", name="Evidence").get_by_role("listitem").first
    await expect(item.get_by_text("Waiting for the upload")).to_have_count(0, timeout=60_000)
    await item.get_by_role("link").click()
    await page.get_by_role("button", name="Check for bystanders").click()
    return page


async def test_faces_in_a_video_are_looked_for_decided_on_and_painted(visit: Visit) -> None:
    ben = await visit("ben.investigator", None)
    page = await uploaded(ben, recording(2, drawn=with_a_face, sound=True))
    await page.get_by_role("button", name="Look for faces").click()
    await expect(page.get_by_text("waits for your decision")).to_be_visible(timeout=WORK_MS)
    await expect(page.get_by_text("cannot be shared before you have decided")).to_be_visible()
    face = page.locator(".canvas").get_by_role("button", name=re.compile("^Region 1: Face, Not decided"))
    await expect(face).to_be_visible()
    await expect(page.get_by_text("Voices identify people")).to_be_visible()
    await ben.accessible()

    await page.get_by_label("Place in the video").fill("1")
    await draw(page, (0.7, 0.7), (0.9, 0.9))
    chosen = page.get_by_role("region", name="Region 2")
    await expect(chosen.get_by_label("From (seconds)")).to_have_value("1.0")
    await chosen.get_by_label("To (seconds)").fill("1.6")
    await chosen.get_by_label("To (seconds)").press("Enter")
    await chosen.get_by_label("What").select_option("plate")
    await expect(
        page.get_by_role("button", name=re.compile("^Region 2: Number plate.*from 0:01.0 to 0:01.6"))
    ).to_be_visible()
    await page.get_by_label("Place in the video").fill("0")
    await expect(page.locator(".canvas [data-region]")).to_have_count(1)
    await expect(chosen.get_by_text("not in sight at this moment")).to_be_visible()
    await page.get_by_role("button", name="Next one to decide").click()
    first = page.get_by_role("region", name="Region 1")
    await first.get_by_label("Paint over").check()
    await ben.photographed("video-desktop")
    await page.get_by_label("I have watched it to the end").check()
    await page.get_by_role("button", name="Paint and save").click()
    await expect(page.get_by_text("Painted over as decided")).to_be_visible(timeout=WORK_MS)
    await page.get_by_role("button", name="Load the video").click()
    await page.get_by_role("button", name="As it was saved").click()
    assert max(await brightness(page, 0, 0.11, 0.36)) < 40, "the face is gone from the first picture"
    assert max(await brightness(page, 1.4, 0.8, 0.8)) < 40, "what was drawn is painted while it was to be"
    assert min(await brightness(page, 0.4, 0.8, 0.8)) > 60, "and not before"


async def test_the_keyboard_alone_obscures_a_video_on_a_small_screen(visit: Visit) -> None:
    ben = await visit("ben.investigator", None, PHONE, color_scheme="dark")
    page = await uploaded(ben, recording(2))
    await page.get_by_role("button", name="Load the video").press("Enter")
    await page.get_by_role("button", name="Play").press("Enter")
    await page.get_by_role("button", name="Pause").or_(page.get_by_role("button", name="Play")).first.press("Enter")
    position = page.get_by_label("Place in the video")
    await position.press("Home")
    await page.get_by_role("button", name="Add a region").press("Enter")
    region = page.locator(".canvas").get_by_role("button", name=re.compile("^Region 1"))
    await expect(region).to_be_focused()
    before = await region.evaluate("e => [e.style.left, e.style.width]")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Shift+ArrowRight")
    after = await region.evaluate("e => [e.style.left, e.style.width]")
    assert all(float(new[:-1]) > float(old[:-1]) for old, new in zip(before, after, strict=True))
    await position.press("ArrowRight")
    for _ in range(24):
        await page.keyboard.press("ArrowRight")
    await region.focus()
    await page.keyboard.press("]")
    await expect(page.get_by_role("button", name=re.compile("from 0:00.0 to 0:01.0"))).to_be_visible()
    await page.keyboard.press("Space")
    await expect(page.locator(".canvas").get_by_role("button", name=re.compile("Leave visible$"))).to_be_focused()
    await page.get_by_role("button", name="Undo").press("Enter")
    await ben.fits()
    await ben.accessible()
    await ben.photographed("video-phone-dark")
    await page.get_by_label("I have watched it to the end").press("Space")
    await page.get_by_role("button", name="Paint and save").press("Enter")
    await expect(
        page.get_by_role("button", name="Call it off").or_(page.get_by_text("Painted over as decided"))
    ).to_be_visible()
    await expect(page.get_by_text("Painted over as decided")).to_be_visible(timeout=WORK_MS)


async def brightness(page: Page, seconds: float, x: float, y: float) -> list[int]:
    """Red, green and blue of the saved video, at a moment and a place in shares of the picture."""
    read = """async (video, [seconds, x, y]) => {
      const happens = (what) => new Promise((ready) => video.addEventListener(what, ready, { once: true }));
      if (video.readyState < 2) await happens('loadeddata');
      if (video.currentTime !== seconds) {
        video.currentTime = seconds;
        await happens('seeked');
      }
      const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight).getContext('2d');
      canvas.drawImage(video, 0, 0);
      return [...canvas.getImageData(x * video.videoWidth, y * video.videoHeight, 1, 1).data].slice(0, 3);
    }"""
    found: list[int] = await page.locator("video.media").evaluate(read, [seconds, x, y])
    return found
