"""Every page of every role: nothing serious for axe, nothing wider than its screen, nothing said on the console."""

import pytest
from playwright.async_api import expect

from tests.web.conftest import DESKTOP, PHONE, Visit, Visitor

PAGES = {
    "ben.investigator": [
        ("/search", "Search"),
        ("/plates/candidates", "Plates"),
        ("/plates/watchlist", "Plates"),
        ("/plates/search", "Plates"),
        ("/cases", "Cases"),
        ("/disclosures", "Disclosures"),
        ("/insights", "Insights"),
    ],
    "pia.privacy": [
        ("/privacy/retention", "Privacy office"),
        ("/privacy/holds", "Privacy office"),
        ("/privacy/certificates", "Privacy office"),
        ("/audit", "Audit log"),
    ],
    "dora.admin": [
        ("/administration/users", "Administration"),
        ("/administration/sites", "Administration"),
        ("/administration/devices", "Administration"),
        ("/administration/communities", "Administration"),
        ("/administration/telling", "Administration"),
        ("/administration/webhooks", "Administration"),
        ("/administration/organisation", "Administration"),
        ("/telling", "How you are told"),
        ("/insights", "Insights"),
    ],
    "ines.auditor": [("/audit", "Audit log"), ("/privacy/retention", "Privacy office")],
    "cleo.officer": [("/feed", "Feed"), ("/plates/watchlist", "Plates"), ("/disclosures", "Disclosures")],
    "ana.reporter": [("/reports", "Reports"), ("/nowhere", "This page does not exist")],
}


async def go(visitor: Visitor, path: str) -> None:
    """As a link would, so that the session stays."""
    await visitor.page.evaluate(
        "to => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')) }", path
    )


async def settled(visitor: Visitor, heading: str) -> None:
    page = visitor.page
    await expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    await expect(page.locator(".loading")).to_have_count(0)
    assert await page.locator(".notice.bad").count() == 0, await page.locator(".notice.bad").all_inner_texts()


@pytest.mark.parametrize("sub", PAGES)
async def test_every_page_is_accessible_and_fits(visit: Visit, sub: str) -> None:
    visitor = await visit(sub)
    for path, heading in PAGES[sub]:
        await go(visitor, path)
        await settled(visitor, heading)
        await visitor.photographed(f"{sub.partition('.')[0]}{path.replace('/', '-')}")
        await visitor.accessible()
        await visitor.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        await visitor.fits()
        await visitor.page.emulate_media(color_scheme="dark")
        await visitor.accessible()
        await visitor.page.emulate_media(color_scheme="light")
        await visitor.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


async def test_a_role_is_shown_its_places_only(visit: Visit) -> None:
    ana = await visit("ana.reporter")
    places = ana.page.get_by_role("navigation").get_by_role("link")
    assert await places.all_inner_texts() == ["Alerts", "Reports"]
    ana.expected = ["403"]
    await go(ana, "/cases")
    await expect(ana.page.get_by_text("Your role does not allow this", exact=True)).to_be_visible()
    await ana.accessible()
