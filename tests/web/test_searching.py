"""Searching and totals: what is found is counted, narrowed down and seen on a map; what tells too much is not told."""

import re
import uuid

from playwright.async_api import expect

from tests.web.conftest import Visit
from tests.web.test_investigating import narrow_and_dark, wide_and_light
from tests.web.test_pages import go, settled


async def test_a_search_is_narrowed_down_seen_on_a_map_and_still_there_after_a_report(visit: Visit) -> None:
    ben = await visit("ben.investigator", "/search")
    page = ben.page
    await page.get_by_role("button", name="Search", exact=True).click()
    facets = page.get_by_role("complementary", name="Narrow it down")
    attempted = facets.get_by_role("button", name=re.compile(r"^Attempted theft \d+$"))
    count = int((await attempted.inner_text()).split()[-1])
    await attempted.click()
    await expect(facets.get_by_text(f"{count} reports fit.")).to_be_visible()
    await expect(attempted).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_role("list", name="Found").get_by_role("listitem")).to_have_count(min(count, 25))
    await ben.accessible()
    await ben.photographed("search-facets-desktop")
    await page.get_by_role("tab", name="On the map").click()
    await expect(page.get_by_role("img", name=re.compile(r"^Map of sites, north at the top: .*report"))).to_be_visible()
    await ben.photographed("search-map-desktop")
    await narrow_and_dark(ben)
    await wide_and_light(ben)
    site = page.get_by_role("list", name="By site").get_by_role("button").first
    name = (await site.inner_text()).rsplit(maxsplit=1)[0]
    await site.click()
    await page.get_by_role("list", name="Found").get_by_role("link").first.click()
    await expect(page.get_by_role("heading", name=f"Attempted theft at {name}")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_label("Site", exact=True).locator("option:checked")).to_have_text(name)
    await expect(page.get_by_role("list", name="Found").get_by_role("link").first).to_be_visible()

    await page.get_by_label("People", exact=True).check()
    await expect(page.get_by_label("Plate", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="Search", exact=True).click()
    people = page.get_by_role("list", name="Found").get_by_role("link")
    await expect(people.first).to_have_attribute("href", re.compile("^/profiles/"))
    await expect(facets).to_have_count(0)


async def test_a_search_is_kept_asked_again_and_forgotten(visit: Visit) -> None:
    ben = await visit("ben.investigator", "/search")
    page = ben.page
    await page.get_by_label("Clothing worn").fill("denim jacket")
    await page.get_by_role("button", name="Search", exact=True).click()
    await page.get_by_text("Keep this search").first.click()
    label = f"Denim {uuid.uuid4().hex[:6]}"
    await page.get_by_label("By what do you recognise it?").fill(label)
    await page.get_by_label("Tell me of new reports").check()
    await ben.accessible()
    await ben.photographed("search-keep-desktop")
    await page.get_by_role("button", name="Keep this search").click()
    kept = page.get_by_role("region", name="Searches that you keep").get_by_role("listitem").filter(has_text=label)
    await expect(kept).to_contain_text("Tells you")
    await page.get_by_role("button", name="Clear").click()
    await kept.get_by_role("button", name=f"Search: {label}").click()
    await expect(page.get_by_role("list", name="Found").get_by_role("link").first).to_be_visible()
    await narrow_and_dark(ben)
    await wide_and_light(ben)
    await kept.get_by_role("button", name=f"Forget: {label}").click()
    await expect(kept).to_have_count(0)


async def test_the_week_seasons_and_sites_say_what_they_do_not_tell(visit: Visit) -> None:
    ben = await visit("ben.investigator", "/insights")
    page = ben.page
    for tab, table, rows in (("The week", "Weekdays by hour", 8), ("Seasons", "Beside what is usual", 13)):
        await page.get_by_role("tab", name=tab).click()
        await expect(page.get_by_role("region", name=table).get_by_role("row")).to_have_count(rows)
        await expect(page.get_by_text("Cells of fewer than 5 events are left out").first).to_be_visible()
        await narrow_and_dark(ben)
        await wide_and_light(ben)
        await ben.photographed(f"insights-{tab.split()[-1].lower()}-desktop")
    await page.get_by_role("tab", name="Sites").click()
    untold = page.get_by_role("region", name="Each site beside itself").get_by_title("Not told")
    await expect(untold.first).to_be_visible()
    await ben.accessible()
    await go(ben, "/groups")
    await settled(ben, "Groups")
