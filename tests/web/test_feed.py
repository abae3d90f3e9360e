"""A long feed: all of it can be reached, and only what is in sight exists. And alerts that a colleague takes over."""

import json
import re
from uuid import uuid4

from playwright.async_api import Route, expect

from tests.web.conftest import PHONE, Visit
from tests.web.test_evidence import reported
from tests.web.test_pages import go

MANY, A_PAGE = 500, 25
IN_SIGHT = 60
"""Items that a screen of this size may hold, with those just beyond its edges."""

FRAMES = """() => {
  globalThis.frames = [];
  let last = performance.now();
  const next = (now) => { frames.push(now - last); last = now; requestAnimationFrame(next); };
  requestAnimationFrame(next);
}"""


async def test_a_feed_of_five_hundred_holds_only_what_is_in_sight(visit: Visit) -> None:
    """The same reports under other ids, as many as no demo shares."""
    ben = await visit("ben.investigator")
    page = ben.page
    async with ben.api as http:
        known = (await http.get("/api/reports", params={"purpose": "INVESTIGATE"})).json()["reports"]

    async def many(route: Route) -> None:
        cursor = route.request.url.partition("cursor=")[2].partition("&")[0]
        begin = int(cursor or 0)
        reports = [known[n % len(known)] | {"id": str(uuid4())} for n in range(begin, begin + A_PAGE)]
        following = str(begin + A_PAGE) if begin + A_PAGE < MANY else None
        await route.fulfill(json={"reports": reports, "nextCursor": following})

    await page.route("**/api/communities/*/feed?*", many)
    await go(ben, "/feed")
    items = page.get_by_role("list", name="Feed").get_by_role("listitem")
    await expect(items.first).to_be_visible()
    await page.evaluate(FRAMES)
    reached: set[int] = set()
    most = 0
    while MANY not in reached:
        places = await items.evaluate_all("all => all.map(each => Number(each.getAttribute('aria-posinset')))")
        reached |= set(places)
        most = max(most, len(places))
        await page.mouse.wheel(0, 900)
    assert reached == set(range(1, MANY + 1)), "nothing was skipped"
    assert most <= IN_SIGHT
    await expect(page.get_by_text("That is all")).to_be_visible()
    frames = sorted(await page.evaluate("frames"))
    figures = {"frames": len(frames), "median": frames[len(frames) // 2], "slowest": frames[-1], "most items": most}
    print("500 items scrolled, in ms a frame:", json.dumps({name: round(value) for name, value in figures.items()}))


async def test_an_alert_is_handed_to_a_colleague_with_the_reason(visit: Visit) -> None:
    ben, ana = await visit("ben.investigator"), await visit("ana.reporter", "/", PHONE)
    report = await reported(ana)
    told = ben.page.get_by_role("listitem").filter(has=ben.page.locator(f'a[href="/reports/{report}"]'))
    await expect(told).to_be_visible()
    await expect(ben.page.get_by_text(re.compile("[0-9]+ unread"))).to_be_visible()
    await told.get_by_role("button", name=re.compile("^Hand over")).click()
    dialog = ben.page.get_by_role("dialog")
    await dialog.get_by_label("To whom").select_option(label="Ana Ferreira")
    await ben.accessible()
    await ben.photographed("hand-over-desktop")
    await dialog.get_by_role("button", name="Hand over").click()
    await expect(told).to_have_count(0)
    await ben.page.get_by_role("button", name="Dealt with", exact=True).click()
    await expect(told.get_by_text("You handed this to a colleague")).to_be_visible()
    hers = ana.page.get_by_role("listitem").filter(has=ana.page.locator(f'a[href="/reports/{report}"]'))
    await expect(hers.get_by_text("A colleague handed this to you")).to_be_visible()
    await hers.get_by_role("button", name=re.compile("^Mark as dealt with")).click()
    await expect(hers).to_have_count(0)
