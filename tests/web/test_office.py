"""The other desks of the privacy office: complaints, requests of third parties, breaches, and what has to be shown."""

import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import httpx
from playwright.async_api import expect
from pypdf import PdfReader

from cli.world import REGIONS
from tests.support import rights
from tests.support.world import World
from tests.web.conftest import DESKTOP, PHONE, Visit, Visitor
from tests.web.test_answering import LONG_AGO
from tests.web.test_pages import go


async def sent(person: Visitor, form: str, button: str, choice: str, **fields: str) -> dict[str, str]:
    """One of the forms of the public pages; the reference and the secret that its sender keeps."""
    page = person.page
    await page.goto(f"{person.stack.base_url}/api/public/{form}")
    await page.get_by_label("To which organisation?").select_option(label="Harbour & Pine")
    await page.get_by_label(choice).check()
    for name, text in fields.items():
        await page.locator(f"[name={name}]").fill(text)
    await page.get_by_role("button", name=button).click()
    words = await page.locator("main").inner_text()
    reference, secret = re.search(r"\b[CT]-\w{5}-\w{5}\b", words), re.search(r"(?<![\w-])[\w-]{32}(?![\w-])", words)
    assert reference
    assert secret
    return {"reference": reference[0], "secret": secret[0]}


async def followed(person: Visitor, mine: dict[str, str]) -> str:
    page = person.page
    await page.goto(f"{person.stack.base_url}/api/public/complaints/status")
    for name, text in mine.items():
        await page.locator(f"[name={name}]").fill(text)
    await page.locator("main button[type=submit]").click()
    return await page.locator("main").inner_text()


async def both_sizes(visitor: Visitor, name: str) -> None:
    """Looked at by axe in light and dark, on the desk and on a phone."""
    page = visitor.page
    await visitor.accessible()
    await visitor.photographed(f"{name}-desktop")
    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await visitor.accessible()
    await visitor.fits()
    await visitor.photographed(f"{name}-phone-dark")
    await page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    await page.emulate_media(color_scheme="light")


async def test_what_the_public_writes_is_confirmed_and_answered(visit: Visit) -> None:
    person = await visit("", None, PHONE, java_script_enabled=False)
    who = {"name": "Ottoline Marchbanks", "contact": "ottoline@mail.example"}
    complaint = await sent(
        person, "complaints", "Send the complaint", "How I was treated",
        whatHappened="I was held at the door although I had paid for both coats.", wanted="An apology.", **who,
    )  # fmt: skip
    asked = await sent(
        person, "third-party-requests", "Send the request", "Insurer",
        body="Northshore Insurance", legalBasis="A claim of our client.", theirReference="NS-4471",
        whatHappened="Please send the recording of the car park of that day.", **who,
    )  # fmt: skip
    pia = await visit("pia.privacy", "/privacy/complaints")
    page = pia.page
    await expect(page.get_by_role("link", name=re.compile(complaint["reference"]))).to_be_visible()
    await both_sizes(pia, "complaints")
    await page.get_by_role("link", name=re.compile(complaint["reference"])).click()
    await expect(page.get_by_text("I was held at the door")).to_be_visible()
    await page.get_by_role("button", name="Acknowledge").click()
    await expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    await page.get_by_label("Not upheld").check()
    await page.get_by_role("textbox", name="The answer").fill(
        "We looked at it: the guard followed the rule of the house."
    )
    await both_sizes(pia, "complaint")
    await page.get_by_role("button", name="Answer, and close it").click()
    await expect(page.get_by_role("region", name="The answer")).to_be_visible()
    assert "the guard followed the rule of the house" in await followed(person, complaint)

    await go(pia, "/privacy/third-parties")
    await page.get_by_role("link", name=re.compile(asked["reference"])).click()
    await expect(page.get_by_text("A claim of our client.")).to_be_visible()
    await page.get_by_label("Disclosed").check()
    await expect(page.get_by_text("Make the disclosure at its report first")).to_be_visible()
    await page.get_by_label("Refused").check()
    await page.get_by_role("textbox", name="The answer").fill("An insurer has no right to recordings of others.")
    await both_sizes(pia, "third-party")
    await page.get_by_role("button", name="Answer, and close it").click()
    await expect(page.get_by_text("Refused")).to_be_visible()
    assert "no right to recordings" in await followed(person, asked)


async def test_a_breach_is_entered_told_and_closed(visit: Visit) -> None:
    pia = await visit("pia.privacy", "/privacy/breaches")
    page = pia.page
    await page.get_by_role("button", name="Enter a breach").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("In a few words").fill("Laptop of a store left on a train")
    await dialog.get_by_label("What happened").fill("A laptop with three reports was left on a train.")
    await dialog.get_by_label("Where the affected people are").fill("GB-ENG, US-TX")
    await dialog.get_by_label("Likely", exact=True).check()
    await dialog.get_by_label("How many people").fill("3")
    await pia.accessible()
    await pia.photographed("breach-entering-desktop")
    await dialog.get_by_role("button", name="Enter it").click()
    await expect(page.get_by_role("heading", name="Laptop of a store left on a train", level=1)).to_be_visible()
    await expect(page.get_by_text("The table has no duties for US-TX")).to_be_visible()
    duty = page.get_by_role("region", name="Who must be told").get_by_role("listitem")
    await expect(duty.get_by_text(re.compile("7[0-2] hours left"))).to_be_visible()
    await both_sizes(pia, "breach")
    await expect(page.get_by_role("button", name="Close it")).to_be_disabled()
    await duty.get_by_role("button", name="Note that this is done").click()
    await dialog.get_by_label("How and by whom").fill("By the form of the authority, reference 4471.")
    await dialog.get_by_role("button", name="Record it").click()
    await expect(duty.get_by_text("By the form of the authority")).to_be_visible()
    await page.get_by_role("button", name="Correct or add").click()
    await dialog.get_by_label("What it did").fill("Nobody is known to have read it.")
    await dialog.get_by_label("What was done about it").fill("It was wiped from afar an hour later.")
    await dialog.get_by_role("button", name="Keep it").click()
    await expect(dialog).to_have_count(0)
    await page.get_by_role("button", name="Count", exact=True).click()
    await expect(page.get_by_text(re.compile("records? w(as|ere) seen or changed"))).to_be_visible()
    await page.get_by_role("button", name="Close it").click()
    await expect(page.get_by_role("button", name="Open it again")).to_be_visible()
    await go(pia, "/privacy/breaches")
    line = page.get_by_role("list", name="Register of breaches").get_by_role("listitem")
    await expect(line.filter(has_text="Laptop of a store").get_by_text("Closed").first).to_be_visible()


async def test_an_auditor_reads_what_has_to_be_shown_and_saves_it(visit: Visit, tmp_path: Path) -> None:
    ines = await visit("ines.auditor", "/privacy/packs")
    page = ines.page
    await expect(page.get_by_role("tab", name="Complaints")).to_have_count(0)
    await page.get_by_role("button", name="Read: Retention schedule").click()
    shown = page.get_by_role("region", name="Retention schedule")
    await expect(shown.get_by_role("table").first).to_be_visible()
    await both_sizes(ines, "packs")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Save as PDF: Record of processing").click()
    path = tmp_path / "pack.pdf"
    await (await download.value).save_as(path)
    assert "Harbour & Pine" in PdfReader(path).pages[0].extract_text()


async def test_a_request_that_is_open_when_things_go_wrong(visit: Visit) -> None:
    """A colleague was faster, the service is away, the session ends, the role is taken away."""
    pia = await visit("pia.privacy", None)
    pia.expected = ["401", "400", "403", "412", "503"]
    public = SimpleNamespace(stack=pia.stack, anonymous=partial(anonymous, pia.stack.base_url))
    incident = {"region": REGIONS[0], "place": "By the water", "on": LONG_AGO}
    asker = await rights.sent(cast("World", public), incident=incident)
    await asker.api.aclose()
    async with pia.api as http:
        case = await rights.case_at(http, asker)
        path = f"/api/rights/cases/{case['id']}"
        await pia.open(f"/privacy/requests/{case['id']}")
        page = pia.page
        await expect(page.get_by_text("Nothing was found")).to_be_visible()
        await pia.accessible()
        etag = (await http.get(path)).headers["etag"]
        question = {"reason": "clarification", "message": "Which of our shops was it?"}
        colleague = await http.post(f"{path}/questions", json=question, headers={"If-Match": etag})
        assert colleague.status_code == 200, colleague.text
    await page.get_by_role("button", name="Acknowledge").click()
    await expect(page.get_by_text("Somebody changed this while you were looking at it")).to_be_visible()
    await pia.accessible()
    await pia.photographed("request-changed-desktop")
    await page.get_by_role("button", name="Look at it as it is now").click()
    await expect(page.get_by_text("Which of our shops was it?")).to_be_visible()

    away = {"type": "urn:reeve:problem:temporarily-unavailable", "title": "Away", "status": 503, "detail": "Away."}
    await page.route("**/draft?*", lambda route: route.fulfill(status=503, json=away))
    await page.get_by_role("button", name="Look at the answer").click()
    await expect(page.get_by_role("alert").get_by_text("Away.")).to_be_visible()
    await page.unroute("**/draft?*")
    await page.get_by_role("button", name="Look at the answer").click()
    await expect(page.get_by_text("They could not be identified.")).to_be_visible()

    dora = await visit("dora.admin", None)
    async with dora.api as http:
        before = await changed(http, "Pia Castellan", ["auditor"])
        try:
            await page.get_by_role("button", name="Look at the answer").click()
            await expect(page.get_by_text("Your role does not allow this", exact=True).first).to_be_visible()
            await expect(page.get_by_text(rights.NAME)).to_have_count(0)
            await pia.accessible()
            await pia.photographed("request-refused-desktop")
        finally:
            await changed(http, "Pia Castellan", before)

    await pia.open("/privacy/complaints")
    await page.route("**/token", lambda route: route.fulfill(status=400, json={"error": "invalid_grant"}))
    await page.route("**/api/complaints?*", lambda route: route.fulfill(status=401, json={"title": "", "status": 401}))
    await go(pia, "/privacy/third-parties")
    await expect(page.get_by_role("dialog", name="Your session has ended")).to_be_visible()


def anonymous(base_url: str, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=base_url, headers=headers, timeout=60)


async def changed(http: httpx.AsyncClient, name: str, roles: list[str]) -> list[str]:
    """Gives somebody other roles; those that they had."""
    found = (await http.get("/api/organisation/users")).json()["users"]
    [user] = [each for each in found if each["name"] == name]
    path, headers = f"/api/organisation/users/{user['id']}", {"If-Match": user["etag"]}
    answer = await http.patch(path, json={"roles": roles}, headers=headers)
    assert answer.status_code == 200, answer.text
    return list(user["roles"])
