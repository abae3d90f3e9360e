"""The pages for everybody, as a browser asks for them: no script, no cookie, nothing from elsewhere."""

import re

import pytest

import function_app
from shared.http.door import ENDPOINTS
from shared.pages import directory
from shared.pages.languages import Language
from tests.support import accessibility
from tests.support.world import World

assert function_app.app
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGES = ["/api/public", *(each.path for each in directory.PAGES)]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", list(Language))
async def test_every_page_in_every_language(world: World, path: str, language: Language) -> None:
    async with world.anonymous(**BROWSER) as public:
        answer = await public.get(path, params={"lang": language.value})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers
    accessibility.check(answer.text, language.value)


async def test_the_first_page_leads_to_all_others(world: World) -> None:
    async with world.anonymous(**BROWSER) as public:
        answer = await public.get("/api/public", headers={"Accept-Language": "fr-FR, en;q=0.5"})
        assert "Vos données et vos droits" in answer.text
        links = set(re.findall(r'href="(/api/public/[\w/-]+)\?', answer.text))
        assert links == {each.path for each in directory.PAGES}
        style = await public.get("/api/public/style.css")
    assert style.headers["content-type"].startswith("text/css")


def test_every_page_that_needs_no_link_is_listed() -> None:
    found = {
        each.path
        for each in ENDPOINTS.values()
        if each.access == "public" and each.method == "GET" and "text/html" in each.media
        and each.path.startswith("/api/public/") and "{" not in each.path
    }  # fmt: skip
    assert found == {each.path for each in directory.PAGES}


async def test_an_address_that_makes_no_sense_is_answered_with_a_page(world: World) -> None:
    async with world.anonymous(**BROWSER) as public:
        answer = await public.get("/api/public", params={"lang": "klingon"})
    assert answer.status_code == 400
    accessibility.check(answer.text, "en")
