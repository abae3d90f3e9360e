"""A person asks without script for their data, an officer answers in the console, the person reads the answer."""

import io
import re
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator, Page, expect
from pypdf import PdfReader

from cli.world import REGIONS
from tests.support.pictures import painted, uploaded
from tests.support.post import Post
from tests.support.rights import NAME, Asker, case_at
from tests.web.conftest import PHONE, Visit, Visitor
from tests.web.test_evidence import reported
from tests.web.test_pages import go

STRANGER, CLERK = "Bartholomew Quentelle", "the tall clerk"
LONG_AGO = (datetime.now(UTC) - timedelta(days=900)).date().isoformat()
"""A day of which no report is kept, so that only the plate leads to records."""


async def tab_to(page: Page, wanted: Locator) -> None:
    """With the keyboard, as somebody does who has no mouse."""
    for _ in range(120):
        if await wanted.evaluate("each => each === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not get there")


async def asked(person: Visitor, plate: str) -> dict[str, str]:
    """The form of the public pages, the code of the mail; what the person keeps."""
    page, contact = person.page, f"annelise.{uuid.uuid4().hex[:8]}@mail.example"
    await page.goto(f"{person.stack.base_url}/api/public/my-data")
    await page.get_by_label("What is held about me").check()
    await page.get_by_label("Delete it").check()
    await page.get_by_label("Your full name").fill(NAME)
    await page.get_by_label("Your date of birth").fill("1991-04-17")
    await page.get_by_label("Where was it?").select_option(REGIONS[0])
    await page.get_by_label("Which shop, street and town?").fill("By the water")
    await page.get_by_label("On which day?").fill(LONG_AGO)
    await page.get_by_label("Number plates").fill(plate)
    await page.get_by_label("Your e-mail address").fill(contact)
    await person.fits()
    await person.photographed("person-asks-phone")
    await page.get_by_role("button", name="Send the request").click()
    await page.get_by_label("Code").fill(await Post(person.stack).code(contact))
    mine = {name: await page.locator(f"input[name={name}]").first.input_value() for name in ("reference", "secret")}
    await page.get_by_role("button", name="Send it off").click()
    await expect(page.get_by_text("Your request is with those who may hold something")).to_be_visible()
    return mine | {"contact": contact}


async def fetched(person: Visitor, mine: dict[str, str], directory: Path) -> tuple[str, str]:
    """The answer as text, by the pages alone; and what the link says when it is used again."""
    page = person.page
    await page.goto(f"{person.stack.base_url}/api/public/my-data/status")
    await page.get_by_label("Reference").fill(mine["reference"])
    await page.get_by_label("Secret").fill(mine["secret"])
    await page.get_by_role("button", name="Show it").click()
    await person.photographed("person-answer-phone")
    async with page.expect_download() as download:
        await page.get_by_role("button", name=re.compile("Fetch the answer of Harbour & Pine.*PDF")).click()
    path = directory / "answer.pdf"
    await (await download.value).save_as(path)
    written = PdfReader(io.BytesIO(path.read_bytes()))
    return " ".join(" ".join(each.extract_text() for each in written.pages).split()), page.url


async def test_a_person_asks_without_script_and_gets_what_the_officer_decided(visit: Visit, tmp_path: Path) -> None:
    person = await visit("", None, PHONE, java_script_enabled=False)
    ben = await visit("ben.investigator", None)
    plate = f"QX{secrets.randbelow(90) + 10} {''.join(secrets.choice('ABCDEFGHJKLMNP') for _ in range(3))}"
    people = [
        {"role": "suspect", "ageBand": "adult", "name": NAME, "clothing": "A grey coat"},
        {"role": "suspect", "ageBand": "adult", "name": STRANGER, "clothing": "A yellow cap"},
    ]
    story = f"{NAME} left with two coats together with {STRANGER}. Later {CLERK} saw both again."
    given = await reported(ben, whatHappened=story, people=people, vehicles=[{"plate": plate, "colour": "green"}])
    kept = await reported(ben, whatHappened="An inquiry goes on.", people=people[:1], vehicles=[{"plate": plate}])
    async with ben.api as http:
        await painted(http, await uploaded(http, given))
    mine = await asked(person, plate)

    pia = await visit("pia.privacy", None)
    pia.expected = ["400"]
    async with pia.api as http:
        case = await case_at(http, Asker(http, mine["reference"], mine["secret"], mine["contact"]))
    await pia.open("/privacy/requests")
    page = pia.page
    await expect(page.get_by_role("link", name=re.compile(mine["reference"]))).to_be_visible()
    await pia.photographed("requests-desktop")
    await page.get_by_role("link", name=re.compile(mine["reference"])).click()
    await expect(page.get_by_text("0 of 3 decided")).to_be_visible()
    await expect(page.get_by_text("Say whether the person is who they say.")).to_be_visible()
    await expect(page.get_by_role("button", name="Send the answer")).to_be_disabled()
    await pia.accessible()
    await pia.photographed("request-desktop")
    await page.get_by_role("button", name="Acknowledge").click()
    await expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    await page.get_by_role("textbox", name="Message").fill("Which of the two shops do you mean?")
    await page.get_by_role("button", name="Send", exact=True).click()
    said = page.get_by_role("region", name="Messages").get_by_role("listitem")
    await expect(said.filter(has_text="Asked what is meant").get_by_text("Which of the two shops")).to_be_visible()
    await page.get_by_label("Identity confirmed").check()
    await page.get_by_label("What was seen").fill("Name, day of birth and plate agree.")
    await page.get_by_role("button", name="Record it").click()
    await expect(page.get_by_text("Identity confirmed: What they told fits the record")).to_be_visible()

    await go(pia, f"/privacy/requests/{case['id']}/records/{given}")
    await expect(page.get_by_role("heading", name="Report", level=1)).to_be_visible()
    people_shown = page.get_by_role("group", name="People")
    await expect(people_shown.get_by_role("checkbox").first).to_be_checked()
    await expect(people_shown.get_by_role("checkbox").last).not_to_be_checked()
    await page.get_by_label("Give it").check()
    await page.get_by_role("textbox", name="Words").fill("the short clerk")
    await page.get_by_role("button", name="Take these out").click()
    await expect(page.get_by_text("The record has no such words")).to_be_visible()
    await page.get_by_role("textbox", name="Words").fill(CLERK)
    await page.keyboard.press("Enter")
    await expect(page.locator("del").get_by_text(CLERK)).to_be_visible()
    await page.get_by_label("What is done with the record?").select_option("erase_person")
    await page.get_by_role("button", name="What would they get?").click()
    shown = page.get_by_role("region", name="What they would get")
    await expect(shown.get_by_text("A grey coat")).to_be_visible()
    for others in (STRANGER, CLERK, "yellow"):
        await expect(shown.get_by_text(others)).to_have_count(0)
    await pia.accessible()
    await pia.photographed("record-desktop")
    await page.emulate_media(color_scheme="dark")
    await pia.accessible()
    await pia.photographed("record-desktop-dark")
    await page.emulate_media(color_scheme="light")
    await page.get_by_role("button", name="Decide").click()

    # The other record, by the keyboard alone.
    await expect(page.get_by_text("An inquiry goes on.")).to_be_visible()
    await tab_to(page, page.get_by_label("Give it"))
    await page.keyboard.press("ArrowDown")
    await tab_to(page, page.get_by_label("On which ground"))
    await page.keyboard.type("Prevention or detection")
    await page.keyboard.press("Tab")
    await page.keyboard.type("An investigation is open that would be harmed.")
    await tab_to(page, page.get_by_role("button", name="Decide"))
    await page.keyboard.press("Enter")

    # The picture that hangs on the first: looked at, and given with the officer's word.
    await expect(page.get_by_role("heading", name="Picture or film", level=1)).to_be_visible()
    await expect(page.get_by_role("img", name="Picture")).to_be_visible()
    await page.get_by_label("Give it").check()
    await page.get_by_role("button", name="What would they get?").click()
    await expect(page.get_by_text("confirm that nobody but the person can be recognised")).to_be_visible()
    await page.get_by_label("nobody but the person can be recognised").check()
    await page.get_by_role("button", name="What would they get?").click()
    await expect(shown.get_by_text("image-1.jpg")).to_be_visible()
    await pia.accessible()
    await pia.photographed("record-picture-desktop")
    await page.get_by_role("button", name="Decide").click()
    await expect(page.get_by_text("3 of 3 decided")).to_be_visible()
    await page.get_by_label("What else you want to tell them").fill("Thank you for asking.")
    await page.get_by_role("button", name="Look at the answer").click()
    letter = page.get_by_role("article", name="As the person will read it")
    await expect(letter.get_by_text("An investigation is open that would be harmed.")).to_be_visible()
    await expect(letter.get_by_text("What describes the person is deleted.")).to_be_visible()
    await pia.accessible()
    await letter.scroll_into_view_if_needed()
    await pia.photographed("answer-desktop")
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await pia.fits()
    await pia.photographed("answer-phone")
    await tab_to(page, page.get_by_role("button", name="Send the answer"))
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Send the answer?")
    await expect(dialog.get_by_text("1 record is kept back")).to_be_visible()
    await pia.accessible()
    await pia.photographed("answer-sending-phone")
    await tab_to(page, dialog.get_by_role("button", name="Send it now"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="The answer was sent")).to_be_visible()
    await pia.accessible()

    words, address = await fetched(person, mine, tmp_path)
    async with person.page.expect_download() as download:
        await person.page.get_by_role("button", name=re.compile("Fetch image-1.jpg of Harbour & Pine")).click()
    await (await download.value).save_as(tmp_path / "image.jpg")
    with Image.open(tmp_path / "image.jpg") as picture:
        assert picture.size == (320, 200)
        assert max(picture.convert("RGB").getpixel((220, 100))) < 10  # type: ignore[arg-type]
    for told in ("A grey coat", "left with two coats", "An investigation is open", "Thank you for asking."):
        assert told in words, told
    for nobody_elses in ("Quentelle", "yellow", CLERK, "An inquiry goes on."):
        assert nobody_elses not in words, nobody_elses
    assert mine["secret"] not in address
    async with ben.api as http:
        after = (await http.get(f"/api/reports/{given}", params={"purpose": "INVESTIGATE"})).json()
        assert NAME not in str(after)
        assert (await http.get(f"/api/reports/{kept}", params={"purpose": "INVESTIGATE"})).status_code == 200
