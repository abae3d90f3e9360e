"""A session ends while somebody writes: nothing is lost for them, and nothing is seen by whoever comes next."""

from functools import partial
from types import SimpleNamespace
from typing import cast

from playwright.async_api import Page, Route, expect

from cli.world import REGIONS
from tests.support import rights
from tests.support.world import World
from tests.web.conftest import Visit, Visitor
from tests.web.test_answering import LONG_AGO
from tests.web.test_evidence import reported
from tests.web.test_office import anonymous

QUESTION, NOTE, PRIVATE = "Which of our shops was it?", "Name and plate agree.", "The neighbour may know more."
TOKENS = "**/token"


async def session_ends(page: Page, at: str) -> None:
    """The token and its renewal are refused, from the next request to ``at``."""

    async def refuse(route: Route) -> None:
        await route.fulfill(status=401, json={"title": "", "status": 401})

    await page.route(TOKENS, lambda route: route.fulfill(status=400, json={"error": "invalid_grant"}))
    await page.route(at, refuse)


async def signed_in_beside(visitor: Visitor, at: str, sub: str) -> None:
    page = visitor.page
    await page.unroute(TOKENS)
    await page.unroute(at)
    async with visitor.context.expect_page() as opened:
        await page.get_by_role("dialog", name="Your session has ended").get_by_role("button", name="Sign in").click()
    beside = await opened.value
    await beside.locator(f'button[name="sub"][value="{sub}"]').click()
    if not beside.is_closed():
        await beside.wait_for_event("close")


async def test_what_was_written_waits_for_its_writer_and_nobody_else(visit: Visit) -> None:
    pia = await visit("pia.privacy", None)
    pia.expected = ["400", "401"]
    public = SimpleNamespace(stack=pia.stack, anonymous=partial(anonymous, pia.stack.base_url))
    incident = {"region": REGIONS[0], "place": "By the water", "on": LONG_AGO}
    asker = await rights.sent(cast("World", public), incident=incident)
    await asker.api.aclose()
    async with pia.api as http:
        case = await rights.case_at(http, asker)
    await pia.open(f"/privacy/requests/{case['id']}")
    page, ended = pia.page, pia.page.get_by_role("dialog", name="Your session has ended")

    # The same person: what was about to be sent is sent, once, and what stands beside it is still there.
    await page.get_by_label("Identity confirmed").check()
    await page.get_by_label("What was seen").fill(NOTE)
    await page.get_by_role("textbox", name="Message").fill(QUESTION)
    await session_ends(page, "**/questions")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(ended).to_be_visible()
    await expect(page.get_by_label("What was seen")).to_be_hidden()
    await expect(page.get_by_text(rights.NAME).first).to_be_hidden()
    await pia.accessible()
    await pia.photographed("session-ended-desktop")
    await signed_in_beside(pia, "**/questions", "pia.privacy")
    await expect(ended).to_have_count(0)
    await expect(page.get_by_role("region", name="Messages").get_by_text(QUESTION)).to_have_count(1)
    await expect(page.get_by_label("What was seen")).to_have_value(NOTE)

    # Somebody else: a page of their own, and nothing of the first is anywhere.
    await page.get_by_role("textbox", name="Message").fill(PRIVATE)
    await session_ends(page, "**/questions")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(ended).to_be_visible()
    await signed_in_beside(pia, "**/questions", "ben.investigator")
    await page.locator('button[name="sub"][value="ben.investigator"]').click()
    await pia.arrived()
    await expect(page.get_by_role("heading", name="Alerts", level=1)).to_be_visible()
    left = await page.evaluate(
        """async () => JSON.stringify([
            {...sessionStorage}, {...localStorage}, await indexedDB.databases(), document.body.innerText, location.href
        ])"""
    )
    assert PRIVATE not in left
    assert rights.NAME not in left
    await page.go_back()
    await expect(page.get_by_text(rights.NAME)).to_have_count(0)
    await expect(page.get_by_text(PRIVATE)).to_have_count(0)
    async with pia.api as http:
        now = (await http.get(f"/api/rights/cases/{case['id']}")).json()
    assert [each["text"] for each in now["messages"]] == [QUESTION]


async def test_a_dialog_that_was_open_goes_on_where_it_was(visit: Visit) -> None:
    ben = await visit("ben.investigator", None)
    ben.expected = ["400", "401"]
    report = await reported(ben)
    await ben.open(f"/reports/{report}")
    page = ben.page
    await page.get_by_role("button", name="Correct or close").click()
    correcting = page.get_by_role("dialog", name="Correct this report")
    await correcting.get_by_label("Police reference").fill("WM/4471")
    await session_ends(page, f"**/api/reports/{report}?*")
    await correcting.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog", name="Your session has ended")).to_be_visible()
    await expect(correcting).to_be_hidden()
    await signed_in_beside(ben, f"**/api/reports/{report}?*", "ben.investigator")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_text("WM/4471")).to_be_visible()
