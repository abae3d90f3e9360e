"""What an investigator puts together: suggestions with reasons, groups as a network, profiles of who comes back."""

import re
from uuid import uuid4

from playwright.async_api import Locator, expect

from tests.support.world import fresh_key
from tests.web.conftest import DESKTOP, PHONE, Visit, Visitor
from tests.web.test_evidence import reported
from tests.web.test_pages import go, settled

WHY = "The same car and the same torn sleeve in both recordings."


async def series(ben: Visitor, count: int) -> tuple[str, list[str]]:
    """So many visits of the same car for the same goods, and the name of the goods, which nobody else has."""
    mark = uuid4().hex[:4]
    letters = "".join("ABCDEFGHJKLMNPRS"[int(each, 16)] for each in mark)
    alike = {
        "items": [{"product": f"Cask {mark}", "quantity": 2, "value": {"amountMinor": 4900, "currency": "GBP"}}],
        "people": [{"role": "suspect", "ageBand": "adult", "clothing": "Pink anorak", "marks": "Tattoo on the chin"}],
        "vehicles": [{"plate": f"QX21 {letters[:3]}", "country": "GB", "make": "Kia"}],
        "methods": ["push_out"],
    }
    return f"Cask {mark}", [await reported(ben, **alike) for _ in range(count)]


async def linked(ben: Visitor, one: str, two: str) -> None:
    async with ben.api as http:
        body = {"otherId": two, "reason": WHY, "confidence": "certain"}
        path = f"/api/reports/{one}/links?purpose=INVESTIGATE"
        answer = await http.post(path, json=body, headers=fresh_key())
        assert answer.status_code == 201, answer.text


async def pressed(button: Locator) -> None:
    """As somebody without a mouse does."""
    await button.focus()
    await button.press("Enter")


async def narrow_and_dark(visitor: Visitor) -> None:
    await visitor.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await visitor.page.emulate_media(color_scheme="dark")
    await visitor.fits()
    await visitor.accessible()


async def wide_and_light(visitor: Visitor) -> None:
    await visitor.page.emulate_media(color_scheme="light")
    await visitor.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


async def test_a_suggestion_is_accepted_and_the_group_leads_to_the_other_report(visit: Visit) -> None:
    ben = await visit("ben.investigator", None)
    product, (first, second, third) = await series(ben, 3)
    await linked(ben, first, second)
    await ben.open("/search")
    page = ben.page
    await page.get_by_label("Product").fill(product)
    await pressed(page.get_by_role("button", name="Search", exact=True))
    found = page.get_by_role("list", name="Found").get_by_role("link")
    await expect(found).to_have_count(3)
    await go(ben, f"/reports/{third}")

    await pressed(page.get_by_role("button", name="Compare with other reports"))
    suggested = page.get_by_role("list", name="What may belong to it").get_by_role("listitem")
    suggested = suggested.filter(has_text="Held against a group of 2 reports.")
    await expect(suggested.get_by_text("The same number plate was noted.")).to_be_visible()
    assert not re.search(r"\d\s*%|score", await suggested.inner_text()), "nobody is given a number"
    await suggested.evaluate("each => each.scrollIntoView({block: 'center'})")
    await ben.photographed("suggestions-desktop")
    await narrow_and_dark(ben)
    await wide_and_light(ben)
    await pressed(suggested.get_by_role("button", name=re.compile("^They belong together")))
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Why do they belong together?").fill(WHY)
    await dialog.get_by_label("Probable").press("Space")
    await ben.accessible()
    await pressed(dialog.get_by_role("button", name="Link the two reports"))

    belongs = page.get_by_role("region", name="What belongs together")
    await expect(belongs.get_by_text("Suggested, and confirmed by a person")).to_be_visible()
    await pressed(belongs.get_by_role("link", name="See the group of 3 records"))
    await expect(page.get_by_role("heading", name="3 reports that belong together")).to_be_visible()
    network = page.get_by_role("group", name=re.compile("^Network of records"))
    marks = network.get_by_role("button")
    await expect(marks).to_have_count(3)
    await marks.first.press("ArrowRight")
    await expect(marks.nth(1)).to_be_focused()
    await page.keyboard.press("Enter")
    behind = page.get_by_role("region", name="What is behind it")
    await expect(behind.get_by_text(WHY).first).to_be_visible()
    await pressed(page.get_by_role("region", name="Network").get_by_text("2 links", exact=True))
    await pressed(page.get_by_role("button", name=re.compile("^Theft")).filter(has_text="Probable").first)
    await expect(behind.get_by_text("Suggested, and confirmed by a person")).to_be_visible()
    await ben.accessible()
    await narrow_and_dark(ben)
    await wide_and_light(ben)
    await pressed(behind.get_by_role("link").first)
    await expect(page.get_by_role("heading", name="What happened", level=2)).to_be_visible()
    assert page.url.rpartition("/")[2] in {first, second, third}


async def test_a_rejected_suggestion_stays_away(visit: Visit) -> None:
    ben = await visit("ben.investigator", None)
    _, (_, second) = await series(ben, 2)
    await ben.open(f"/reports/{second}")
    page = ben.page
    await page.get_by_role("button", name="Compare with other reports").click()
    suggestions = page.get_by_role("region", name="What may belong to it")
    plate = suggestions.get_by_role("listitem").filter(has_text="The same number plate was noted.")
    await plate.get_by_role("button", name=re.compile("^They do not")).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Why do they not belong together?").fill("Another driver; the plate was stolen.")
    await dialog.get_by_role("button", name="Reject the suggestion").click()
    await expect(plate).to_have_count(0)
    await expect(page.get_by_text("Nobody has linked this report with anything yet.")).to_be_visible()


async def test_a_profile_is_opened_corrected_disputed_split_and_merged(visit: Visit) -> None:
    ben = await visit("ben.investigator", None)
    product, (first, second) = await series(ben, 2)
    await ben.open(f"/reports/{first}")
    page = ben.page
    await page.get_by_role("button", name="Open a profile").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("What colleagues call it").fill(f"Pink anorak, {product}")
    await dialog.get_by_label("Why is a profile needed").fill("Staff need to know what to look for.")
    await expect(dialog.get_by_label("Clothing")).to_have_value("Pink anorak")
    await dialog.get_by_label("Why is it the same").fill("Seen on the recording of the till.")
    await dialog.get_by_label("Certain").check()
    await ben.accessible()
    await dialog.get_by_role("button", name="Open a profile").click()
    await expect(page.get_by_role("heading", name=f"Pink anorak, {product}", level=1)).to_be_visible()

    await page.get_by_text("Link something").click()
    await page.get_by_label("Its address").fill(f"{ben.stack.base_url}/reports/{second}")
    await page.get_by_label("Why do they belong together?").fill(WHY)
    await page.get_by_label("Possible").check()
    await page.get_by_role("button", name="Link them").click()
    rests = page.get_by_role("region", name="What it rests on").get_by_role("listitem")
    await expect(rests).to_have_count(2)

    history = page.get_by_role("region", name="History").get_by_role("listitem")
    await page.get_by_role("button", name="Correct", exact=True).click()
    await dialog.get_by_label("Marks").fill("Tattoo on the neck")
    await dialog.get_by_label("Why is it corrected?").fill("The picture shows it clearly.")
    await dialog.get_by_role("button", name="Save").click()
    await expect(history.first.get_by_text("Changed: Marks", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Somebody disputes it").click()
    await dialog.get_by_label("What do they say?").fill("Was abroad on that day.")
    await dialog.get_by_role("button", name="Somebody disputes it").click()
    await expect(page.get_by_text("Somebody says that this profile is wrong.")).to_be_visible()
    await expect(page.get_by_role("button", name="Merge")).to_have_count(0)
    await ben.photographed("profile-disputed-desktop")
    await narrow_and_dark(ben)
    await wide_and_light(ben)
    await page.get_by_role("button", name="Settle the dispute").click()
    await dialog.get_by_label("How was it settled?").fill("The stamp in the passport is of another year.")
    await dialog.get_by_role("button", name="Settle the dispute").click()
    await expect(history.first.get_by_text("Dispute settled")).to_be_visible()

    await page.get_by_role("button", name="Split").click()
    await dialog.get_by_label("What colleagues call it").fill(f"The other, {product}")
    await dialog.locator('input[type="checkbox"]').first.check()
    await dialog.get_by_label("How do you know that there are two?").fill("Both are in one picture.")
    await dialog.get_by_role("button", name="Split").click()
    await expect(page.get_by_role("heading", name=f"The other, {product}", level=1)).to_be_visible()
    await expect(rests).to_have_count(1)
    await page.get_by_role("button", name="Merge").click()
    await dialog.get_by_label("The other profile").select_option(label=f"Pink anorak, {product}")
    await dialog.get_by_label("How do you know that both are the same?").fill("It was a mirror, not a second person.")
    await dialog.get_by_role("button", name="Merge").click()
    await expect(rests).to_have_count(2)
    await ben.accessible()
    await ben.photographed("profile-desktop")


async def test_the_demo_has_groups_and_profiles_to_look_at(visit: Visit) -> None:
    ben = await visit("ben.investigator", "/groups")
    groups = ben.page.get_by_role("list", name="Groups").get_by_role("link")
    await expect(groups.first).to_be_visible()
    await ben.accessible()
    await ben.photographed("groups-desktop")
    largest = ben.page.get_by_role("list", name="Groups").get_by_role("listitem").filter(has_text="1 vehicle").last
    await largest.get_by_role("link").click()
    map_of_sites = ben.page.get_by_role("img", name=re.compile("^Map of sites"))
    await expect(map_of_sites).to_be_visible()
    await ben.page.get_by_role("group", name=re.compile("^Network of records")).get_by_role("button").nth(2).click()
    await ben.photographed("group-desktop")
    await map_of_sites.evaluate("each => each.scrollIntoView({block: 'end'})")
    await ben.photographed("group-map-desktop")
    await go(ben, "/profiles")
    await settled(ben, "People and vehicles")
    await expect(ben.page.get_by_role("list", name="People and vehicles").get_by_role("link").first).to_be_visible()
    await ben.photographed("profiles-desktop")
    await narrow_and_dark(ben)
