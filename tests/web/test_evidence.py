"""Evidence: uploaded, checked for bystanders by a person, only then shared; and who can see what, said before."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.support.world import fresh_key
from tests.web.conftest import DESKTOP, PHONE, Visit, Visitor
from tests.web.drawings import photo


async def reported(visitor: Visitor, **changes: Any) -> str:
    """The id of a fresh report, made through the API in the visitor's name."""
    async with visitor.api as http:
        site = (await http.get("/api/me")).json()["sites"][0]["id"]
        form = {
            "type": "theft",
            "occurredAt": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
            "siteId": site,
            "howKnown": "cctv",
            "whatHappened": "Put six bottles into a pram and left through the side door.",
            "items": [{"product": "Gin", "quantity": 6, "value": {"amountMinor": 2450, "currency": "GBP"}}],
            "people": [{"role": "suspect", "ageBand": "adult", "clothing": "Grey hooded top, red cap"}],
        } | changes
        answer = await http.post("/api/reports", json=form, headers=fresh_key())
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


async def uploaded(page: Page) -> None:
    await page.get_by_label("Add files").set_input_files(photo())
    item = page.get_by_role("region", name="Evidence").get_by_role("listitem").first
    await expect(item.get_by_text("Bystanders to be checked")).to_be_visible(timeout=60_000)
    await item.get_by_role("link").click()
    await expect(page.get_by_role("region", name="As it may be shown").get_by_role("img")).to_be_visible()


async def test_a_face_is_made_unrecognisable_before_a_report_is_shared(visit: Visit) -> None:
    ben = await visit("ben.investigator", None)
    ben.expected = ["409"]
    report = await reported(ben)
    await ben.open(f"/reports/{report}")
    page = ben.page
    await uploaded(page)
    await ben.accessible()
    await ben.photographed("evidence-desktop")

    await page.get_by_role("link", name="To the report").click()
    await page.get_by_role("button", name=re.compile("Share with")).click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("They will not see")).to_be_visible()
    await expect(dialog.get_by_text("Marlow Market")).to_be_visible()
    await expect(dialog.get_by_text("What happened")).to_be_visible()
    await ben.accessible()
    await ben.photographed("sharing-desktop")
    await dialog.get_by_role("button", name="Share", exact=True).click()
    await expect(dialog.get_by_role("alert")).to_be_visible()
    await dialog.get_by_role("button", name="Close").click()

    await page.get_by_role("link", name=re.compile("^Picture")).click()
    await page.get_by_role("button", name="Check for bystanders").click()
    face = page.get_by_role("button", name=re.compile("^Region 1: Face, Not decided"))
    await expect(face).to_be_visible()
    await expect(page.get_by_role("button", name="Paint and save")).to_be_disabled()
    await ben.accessible()
    await page.get_by_label("Paint over").first.check()
    await draw(page, (0.05, 0.5), (0.2, 0.7))
    await expect(page.get_by_role("button", name=re.compile("^Region 2"))).to_be_visible()
    await page.get_by_role("button", name="After", exact=True).click()
    await ben.photographed("obscuring-desktop")
    await page.get_by_label("I have looked for number plates").check()
    await page.get_by_role("button", name="Paint and save").click()
    await expect(page.get_by_text("Bystanders checked")).to_be_visible()
    shown = page.get_by_role("region", name="As it may be shown").get_by_role("img")
    await expect(shown).to_be_visible()
    assert black(await colour(page, 0.5, 0.5)), "where the face was, nothing is left"
    assert black(await colour(page, 0.12, 0.6)), "what was drawn is painted, too"

    await page.get_by_role("link", name="To the report").click()
    await page.get_by_role("button", name=re.compile("Share with")).click()
    await page.get_by_role("dialog").get_by_role("button", name="Share", exact=True).click()
    await expect(page.get_by_text("Shared by hand")).to_be_visible()

    milo = await visit("milo.investigator", "/feed")
    first = milo.page.get_by_role("list", name="Feed").get_by_role("link").first
    await expect(first).to_be_visible()
    await first.click()
    await expect(milo.page.get_by_role("region", name="Not shown to you")).to_be_visible()
    assert await milo.page.get_by_text("Grey hooded top").count() == 0
    await milo.accessible()
    await milo.photographed("report-shared-desktop")


async def test_the_keyboard_alone_obscures_a_face(visit: Visit) -> None:
    ben = await visit("ben.investigator", None)
    report = await reported(ben)
    await ben.open(f"/reports/{report}")
    page = ben.page
    await uploaded(page)
    await page.get_by_role("button", name="Check for bystanders").focus()
    await page.keyboard.press("Enter")
    region = page.get_by_role("button", name=re.compile("^Region 1"))
    await expect(region).to_be_visible()
    await region.focus()
    before = await region.evaluate("e => [e.style.left, e.style.width]")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Shift+ArrowRight")
    after = await region.evaluate("e => [e.style.left, e.style.width]")
    assert all(float(new[:-1]) > float(old[:-1]) for old, new in zip(before, after, strict=True))
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name=re.compile("^Region 1: Face, Paint over"))).to_be_visible()
    await page.get_by_label("I have looked for number plates").focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Paint and save")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Bystanders checked")).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_a_report_with_everything_fits_and_is_accessible(visit: Visit, size: tuple[int, int]) -> None:
    ben = await visit("ben.investigator", None, size)
    report = await reported(ben, vehicles=[{"plate": "ZX71 QLM", "colour": "silver"}])
    await ben.open(f"/reports/{report}")
    await expect(ben.page.get_by_text("ZX71")).to_be_visible()
    await expect(ben.page.get_by_role("region", name="Who can see this").get_by_role("listitem").first).to_be_visible()
    await ben.accessible()
    await ben.fits()
    await ben.page.get_by_role("button", name="Hand to the police").click()
    await expect(ben.page.get_by_role("dialog")).to_be_visible()
    await ben.accessible()
    await ben.page.keyboard.press("Escape")
    await expect(ben.page.get_by_role("dialog")).to_have_count(0)


async def test_two_who_correct_at_once_are_told(visit: Visit) -> None:
    ben = await visit("ben.investigator", None)
    ben.expected = ["412"]
    report = await reported(ben)
    await ben.open(f"/reports/{report}")
    await ben.page.get_by_role("button", name="Correct or close").click()
    async with ben.api as http:
        read = await http.get(f"/api/reports/{report}", params={"purpose": "INVESTIGATE"})
        changed = await http.patch(
            f"/api/reports/{report}",
            params={"purpose": "INVESTIGATE"},
            json={"policeReference": "WM/1/26"},
            headers={"If-Match": read.headers["etag"]},
        )
        assert changed.status_code == 200, changed.text
    await ben.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(ben.page.get_by_text("Somebody changed this while you were looking at it")).to_be_visible()
    await ben.page.get_by_role("button", name="Look at it as it is now").click()
    await expect(ben.page.get_by_text("WM/1/26").first).to_be_visible()


async def draw(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """With the pointer, in shares of the picture."""
    canvas = page.locator(".canvas")
    await canvas.scroll_into_view_if_needed()
    box = await canvas.bounding_box()
    assert box
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
    await page.mouse.move(*places[0])
    await page.mouse.down()
    await page.mouse.move(*places[1], steps=4)
    await page.mouse.up()


async def colour(page: Page, x: float, y: float) -> tuple[int, int, int]:
    """Of the picture that is shown, at a place in shares of its size."""
    read = """(image, [x, y]) => {
      const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext('2d');
      canvas.drawImage(image, 0, 0);
      return [...canvas.getImageData(x * image.naturalWidth, y * image.naturalHeight, 1, 1).data];
    }"""
    red, green, blue, _ = await page.locator("img.media").evaluate(read, [x, y])
    return red, green, blue


def black(found: tuple[int, int, int]) -> bool:
    """As JPEG has it, and with who looks at it written across."""
    return max(found) < 100
