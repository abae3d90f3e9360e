"""The frame of the console: getting in, finding one's way, and what the server says about the pages it hands out."""

import re

import httpx
import pytest
from playwright.async_api import expect

from tests.support.stack import StackUnderTest
from tests.support.trust import TRUSTED
from tests.web.conftest import DESKTOP, PHONE, Visit


async def test_the_policy_allows_nothing_unsafe_and_names_every_place(stack: StackUnderTest) -> None:
    async with httpx.AsyncClient(base_url=stack.base_url, verify=TRUSTED, timeout=60) as http:
        for path in ("/", "/reports/some-report", "/settings.json"):
            answer = await http.get(path)
            assert answer.status_code == 200, path
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "%" not in policy
            assert "*" not in policy
            assert policy.startswith("default-src 'none'")
        assert (await http.get("/settings.json")).json()["issuer"] == stack.issuer


@pytest.mark.parametrize(
    "path",
    [
        "/staticwebapp.config.json",
        "/.vite/manifest.json",
        "/../pyproject.toml",
        "/assets/none.js",
        "/%2e%2e/%2e%2e/host.json",
    ],
)
async def test_files_beside_the_site_are_not_handed_out(stack: StackUnderTest, path: str) -> None:
    async with httpx.AsyncClient(base_url=stack.base_url, verify=TRUSTED, timeout=60) as http:
        answer = await http.get(path)
    assert answer.status_code == 404 or '<div id="root">' in answer.text


async def test_somebody_signs_in_and_returns_to_where_they_wanted_to_go(visit: Visit) -> None:
    ben = await visit("ben.investigator", None)
    await ben.sign_in("/reports")
    await expect(ben.page.get_by_role("heading", name="Reports", level=1)).to_be_visible()
    assert ben.page.url.endswith("/reports")
    kept = await ben.page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])")
    assert "eyJ" not in kept, "no token is stored anywhere"
    await ben.accessible()


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
async def test_alerts_feed_and_reports_are_accessible(visit: Visit, size: tuple[int, int], scheme: str) -> None:
    ben = await visit("ben.investigator", "/", size, color_scheme=scheme)
    for path, heading in (("/", "Alerts"), ("/feed", "Feed"), ("/reports", "Reports")):
        if size == PHONE:
            await ben.page.get_by_role("button", name="Menu").click()
        await ben.page.get_by_role("navigation").get_by_role("link", name=heading, exact=True).click()
        await expect(ben.page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        await expect(ben.page.get_by_role("status").filter(has_text="Loading")).to_have_count(0)
        await ben.accessible()
        await ben.fits()
        await ben.photographed(f"{heading.lower()}-{'phone' if size == PHONE else 'desktop'}-{scheme}")
        assert ben.page.url.endswith(path)


async def test_a_report_is_read_from_the_list(visit: Visit) -> None:
    ben = await visit("ben.investigator", "/reports")
    await ben.page.get_by_role("list", name="Reports").get_by_role("link").first.click()
    await expect(ben.page.get_by_role("heading", name="What happened", level=2)).to_be_visible()
    assert re.search(r"/reports/[0-9a-f-]{36}$", ben.page.url)
    await ben.accessible()
    await ben.photographed("report-desktop-light")


async def test_german_is_complete_and_stays_while_one_moves(visit: Visit) -> None:
    ana = await visit("ana.reporter", None, locale="de-DE")
    await ana.sign_in(button="Anmelden")
    await expect(ana.page.get_by_role("heading", name="Hinweise", level=1)).to_be_visible()
    assert await ana.page.evaluate("document.documentElement.lang") == "de"
    await ana.page.get_by_role("link", name="Meldungen", exact=True).click()
    await expect(ana.page.get_by_role("heading", name="Meldungen", level=1)).to_be_visible()
    await ana.accessible()
