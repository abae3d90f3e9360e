"""Reporting: in minutes, with a thumb, with the keyboard alone, and without a connection; and who hears of it."""

import io
import re

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.support.waiting import eventually
from tests.web.conftest import PHONE, Visit, Visitor

STORY = "Filled a rucksack with razor blades and walked past the tills."
FOCUSED = "(e => (e?.labels?.[0]?.innerText || e?.innerText || '').trim().slice(0, 80))(document.activeElement)"
NO_CONNECTION = r"ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to fetch"


def picture() -> dict[str, object]:
    written = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(written, "JPEG")
    return {"name": "till.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}


async def begin(ana: Visitor) -> Page:
    page = ana.page
    await page.get_by_role("link", name="Report something").click()
    await expect(page.get_by_role("heading", name="The event")).to_be_visible()
    return page


async def fill_in(ana: Visitor, story: str = STORY) -> None:
    page = ana.page
    await page.get_by_text("Theft", exact=True).click()
    await page.get_by_text("I saw it").click()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_label("Tell it in your own words").fill(story)
    await page.get_by_text("Concealed goods").click()
    await page.get_by_role("button", name="Add goods").click()
    await page.get_by_label("Product").fill("Razor blades")
    await page.get_by_label("How many").fill("12")
    await page.get_by_label("Price of one").fill("18.99")
    await expect(page.get_by_text("Together £227.88")).to_be_visible()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("button", name="Describe a person").click()
    await page.get_by_label("Clothing").fill("Green waxed jacket, white trainers")
    await page.get_by_role("button", name="Next").click()


async def send(ana: Visitor) -> None:
    await ana.page.get_by_role("button", name="Send the report").click()


async def test_a_report_on_a_phone_reaches_the_investigator_at_once(visit: Visit) -> None:
    ben = await visit("ben.investigator")
    ana = await visit("ana.reporter", "/", PHONE)
    page = await begin(ana)
    await ana.accessible()
    await ana.photographed("new-report-1-phone")
    await fill_in(ana)
    await page.get_by_label("Take or choose photos").set_input_files(picture())
    await expect(page.get_by_role("img", name="till.jpg")).to_be_visible()
    await ana.accessible()
    await ana.fits()
    await ana.photographed("new-report-4-phone")
    await send(ana)
    await expect(page.get_by_role("heading", name="The report has arrived")).to_be_visible()
    assert await kept(page) == {"drafts": 0, "photos": 0}, "nothing of it stays on the phone"

    alerts = ben.page.get_by_role("list", name="Alerts").get_by_role("listitem")
    await expect(alerts.first).to_contain_text("Theft reported at Quayside")
    await ben.photographed("alerts-told-desktop")
    await alerts.first.get_by_text("Why am I told this?").click()
    report = await alerts.first.get_by_role("link").get_attribute("href")
    await alerts.first.get_by_role("link").click()
    await expect(ben.page.get_by_text(STORY)).to_be_visible()
    await ben.page.go_back()
    mine = alerts.filter(has=ben.page.locator(f'a[href="{report}"]'))
    await mine.get_by_role("button", name=re.compile("Mark as dealt with")).click()
    await expect(mine).to_have_count(0)


async def test_what_may_not_be_said_about_people_is_explained_while_typing(visit: Visit) -> None:
    ana = await visit("ana.reporter", "/reports/new")
    await ana.page.get_by_role("button", name="Next").click()
    await ana.page.get_by_label("Tell it in your own words").fill("A Muslim woman took perfume from the shelf.")
    told = ana.page.get_by_role("status").filter(has_text="Please put this differently")
    await expect(told).to_contain_text("Muslim")
    await ana.accessible()
    await ana.photographed("new-report-screened-desktop")


async def test_a_refused_text_leads_back_to_its_field(visit: Visit) -> None:
    ana = await visit("ana.reporter", "/")
    ana.expected = ["400"]
    await begin(ana)
    await fill_in(ana, "A Muslim woman took perfume from the shelf.")
    await send(ana)
    await expect(ana.page.get_by_role("heading", name="What happened")).to_be_visible()
    field = ana.page.get_by_label("Tell it in your own words")
    assert await field.get_attribute("aria-invalid") == "true"
    await field.fill(STORY)
    await ana.page.get_by_role("button", name="Next").click()
    await ana.page.get_by_role("button", name="Next").click()
    await send(ana)
    await expect(ana.page.get_by_role("heading", name="The report has arrived")).to_be_visible()


async def keeps(page: Page, **wanted: int) -> bool:
    return await kept(page) == wanted


async def test_without_a_connection_a_report_waits_survives_a_reload_and_is_sent_once(visit: Visit) -> None:
    ana = await visit("ana.reporter", "/")
    ana.expected = [NO_CONNECTION]
    page = await begin(ana)
    await fill_in(ana, "Two people emptied a shelf of razor blades into a pram.")
    await page.get_by_label("Take or choose photos").set_input_files(picture())
    await expect(page.get_by_role("img", name="till.jpg")).to_be_visible()
    await ana.context.set_offline(True)
    await send(ana)
    await expect(page.get_by_role("heading", name="The report waits on this device")).to_be_visible()
    assert await kept(page) == {"drafts": 1, "photos": 1}
    assert "razor" not in await stored_text(page), "what waits is sealed"
    await ana.context.set_offline(False)

    await page.goto(ana.stack.base_url)
    await expect(page.get_by_text("1 report is kept on this device")).to_be_visible()
    await ana.open("/reports")
    await expect(page.get_by_role("list", name="Reports")).to_contain_text("Two people emptied a shelf")
    assert await page.get_by_text("Two people emptied a shelf").count() == 1
    await eventually(lambda: keeps(page, drafts=0, photos=0), what="the photo, which goes after the report, to be sent")


async def test_a_reload_in_the_middle_loses_nothing(visit: Visit) -> None:
    ana = await visit("ana.reporter", "/reports/new")
    await ana.page.get_by_role("button", name="Next").click()
    await ana.page.get_by_label("Tell it in your own words").fill("Began to write this and was called away.")
    await ana.page.wait_for_timeout(3_000)  # nothing outside tells that the words are in the draft: it is sealed
    await ana.open("/reports/new")
    await ana.page.get_by_role("button", name="Go on").click()
    await ana.page.get_by_role("button", name="Next").click()
    await expect(ana.page.get_by_label("Tell it in your own words")).to_have_value(
        "Began to write this and was called away."
    )


async def test_the_pages_open_without_a_connection_and_say_so(visit: Visit) -> None:
    ana = await visit("ana.reporter", "/", keeps_files=True)
    ana.expected = [NO_CONNECTION]
    await ana.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await ana.context.set_offline(True)
    await ana.page.reload()
    await ana.page.get_by_role("button", name="Sign in").click()
    await expect(ana.page.get_by_text("The sign-in service cannot be reached")).to_be_visible()
    await ana.context.set_offline(False)


async def test_the_keyboard_alone_completes_a_report(visit: Visit) -> None:
    ana = await visit("ana.reporter", "/reports/new")
    page = ana.page
    await expect(page.get_by_role("heading", name="The event")).to_be_visible()

    async def reach(name: str) -> None:
        for _ in range(60):
            await page.keyboard.press("Tab")
            label = await page.evaluate(FOCUSED)
            if name in label:
                return
        pytest.fail(f"{name} cannot be reached with the Tab key")

    await reach("Next")
    await page.keyboard.press("Enter")
    await reach("Tell it in your own words")
    await page.keyboard.type("Somebody ran off with two bottles from the end of the aisle.")
    await reach("Next")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="People and vehicles")).to_be_focused()
    await reach("Next")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Photos and sending")).to_be_focused()
    await reach("Send the report")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="The report has arrived")).to_be_visible()


async def kept(page: Page) -> dict[str, int]:
    count = """() => new Promise((resolve) => {
      const open = indexedDB.open('reeve-drafts');
      open.onsuccess = async () => {
        const found = {};
        for (const store of ['drafts', 'photos'])
          found[store] = await new Promise((done) => {
            const asked = open.result.transaction(store).objectStore(store).count();
            asked.onsuccess = () => done(asked.result);
          });
        open.result.close();
        resolve(found);
      };
    })"""
    found: dict[str, int] = await page.evaluate(count)
    return found


async def stored_text(page: Page) -> str:
    everything = """() => new Promise((resolve) => {
      const open = indexedDB.open('reeve-drafts');
      open.onsuccess = () => {
        const asked = open.result.transaction('drafts').objectStore('drafts').getAll();
        asked.onsuccess = () => {
          open.result.close();
          const text = (row) => JSON.stringify(row) + new TextDecoder('latin1').decode(row.content);
          resolve(asked.result.map(text).join());
        };
      };
    })"""
    return str(await page.evaluate(everything))
