"""A browser on the real stack with the demo world. Every page that a test opens is watched: nothing may leave the
origin and what it is configured to reach, and nothing may be said on the browser's console."""

import base64
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright, expect

from tests.support.stack import StackUnderTest, running_stack
from tests.support.trust import TRUSTED

ROOT = Path(__file__).parents[2]
AXE = (ROOT / "web/node_modules/axe-core/axe.min.js").read_text()
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
WAIT_MS = 60_000
"""However slow the machine is, what a page shows comes within this time."""
GRAVE = {"error", "warning"}
DESKTOP, PHONE = (1280, 860), (390, 844)
REPORTS = 120
SEED_SECONDS = 180


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """The real app with demo data, as ``make run`` starts it, with fewer reports."""
    if not (ROOT / "web/dist/index.html").exists():
        pytest.fail("The console has not been built: run `make setup`.")
    with running_stack(ROOT, tmp_path_factory.mktemp("stack"), "--quiet") as running:
        command = [sys.executable, "-m", "cli", "--stack", str(running.data.root), "seed", "--reports", str(REPORTS)]
        subprocess.run(command, cwd=ROOT, check=True, timeout=SEED_SECONDS)
        yield running


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("The browser tests need Chromium: sudo apt install chromium")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        await launched.close()


@dataclass
class Visitor:
    """Somebody in front of a browser of their own."""

    stack: StackUnderTest
    context: BrowserContext
    page: Page
    sub: str = ""
    outside: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Patterns of what the browser's console may say in this test: a refused request is said there, too."""

    @property
    def api(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.stack.token(self.sub)}"}
        return httpx.AsyncClient(base_url=self.stack.base_url, headers=headers, verify=TRUSTED, timeout=60)

    async def open(self, path: str = "/") -> None:
        """Goes somewhere by the address bar, which signs in anew: tokens are kept in memory only.

        The console is loaded as it comes back from the issuer, with what it left in its storage when it went there.
        That it goes there by its button is what :meth:`sign_in` tries; here it would load everything twice.
        """
        verifier, state, nonce = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        returns = f"{self.stack.base_url}/signed-in"
        settings = await _settings(self.stack.base_url)
        asked = {"client_id": settings["clientId"], "redirect_uri": returns, "scope": settings["scope"]}
        asked |= {"response_type": "code", "code_challenge": challenge, "code_challenge_method": "S256"}
        asked |= {"state": state, "nonce": nonce}
        async with httpx.AsyncClient(verify=TRUSTED, timeout=60) as http:
            chosen = await http.post(f"{self.stack.issuer}/authorize?{urlencode(asked)}", data={"sub": self.sub})
        left = {"state": state, "nonce": nonce, "verifier": verifier, "returnTo": path}
        await self.page.add_init_script(
            f"if (location.search.includes({json.dumps(state)}))"
            f" sessionStorage.setItem('reeve.signin', {json.dumps(json.dumps(left))})"
        )
        await self.page.goto(chosen.headers["location"])
        await self.arrived()

    async def sign_in(self, path: str = "/", button: str = "Sign in") -> None:
        """As everybody does: the button, the issuer's page, and back."""
        await self.page.goto(self.stack.base_url + path)
        await self.page.get_by_role("button", name=button).click()
        await self.page.locator(f'button[name="sub"][value="{self.sub}"]').click()
        await self.arrived()

    async def arrived(self) -> None:
        await expect(self.page.locator(".frame")).to_be_visible()

    async def accessible(self) -> None:
        """axe finds nothing serious on the page as it is now."""
        if not await self.page.evaluate("'axe' in globalThis"):
            await self.page.evaluate(AXE + "; undefined")
        found: list[dict[str, Any]] = await self.page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
        )
        grave = [each for each in found if each["impact"] in {"serious", "critical"}]
        told = [f"{each['id']}: {[node['html'][:160] for node in each['nodes'][:4]]}" for each in grave]
        assert not told, f"{self.page.url}: " + "\n".join(told)

    async def fits(self) -> None:
        """Nothing makes the page scroll sideways."""
        wider = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{self.page.url} is {wider} px wider than the screen"

    async def photographed(self, name: str) -> None:
        """For docs/tour.md, when the pictures are wanted: ``TOUR=docs/tour pytest tests/web``."""
        if directory := os.environ.get("TOUR"):
            path = Path(directory) / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            await self.page.screenshot(path=path, animations="disabled")

    def check(self) -> None:
        assert self.outside == [], "requests left the origin and what is configured"
        unexpected = [text for text in self.said if not any(re.search(each, text) for each in self.expected)]
        assert unexpected == [], "the browser's console is silent"


type Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def visit(stack: StackUnderTest, browser: Browser) -> AsyncIterator[Visit]:
    """``await visit("ben.investigator")``: Ben at his desk; ``size=PHONE``: with his phone."""
    everybody: list[Visitor] = []
    environment = stack.environment
    reached = {stack.base_url, stack.issuer, _blobs(environment)}

    async def arrive(sub: str, path: str | None = "/", size: tuple[int, int] = DESKTOP, **options: Any) -> Visitor:
        width, height = size
        context = await browser.new_context(
            # Keeping the console's files for later costs each of many browsers a second; who needs it asks for it.
            service_workers="allow" if options.pop("keeps_files", False) else "block",
            viewport={"width": width, "height": height},
            locale=options.pop("locale", "en-GB"),
            reduced_motion="reduce",
            timezone_id="Europe/London",
            **options,
        )
        context.set_default_timeout(WAIT_MS)
        page = await context.new_page()
        visitor = Visitor(stack, context, page, sub)

        def requested(request: Request) -> None:
            parts = urlsplit(request.url)
            if parts.scheme in {"http", "https"} and f"{parts.scheme}://{parts.netloc}" not in reached:
                visitor.outside.append(request.url)

        page.on("request", requested)
        page.on("console", lambda message: visitor.said.append(message.text) if _grave(message) else None)
        page.on("pageerror", lambda error: visitor.said.append(str(error)))
        everybody.append(visitor)
        if path is not None:
            await visitor.open(path)
        return visitor

    expect.set_options(timeout=WAIT_MS)
    yield arrive
    for visitor in everybody:
        await visitor.context.close()
    for visitor in everybody:
        visitor.check()


def _grave(message: ConsoleMessage) -> bool:
    return message.type in GRAVE and "Service Worker registration blocked by Playwright" not in message.text


async def _settings(base_url: str) -> dict[str, str]:
    """What the console knows of its issuer."""
    async with httpx.AsyncClient(base_url=base_url, verify=TRUSTED, timeout=60) as http:
        found: dict[str, str] = (await http.get("/settings.json")).json()
        return found


def _blobs(environment: dict[str, str]) -> str:
    parts = dict(part.split("=", 1) for part in environment["EVIDENCE_STORAGE"].split(";") if part)
    found = urlsplit(parts["BlobEndpoint"])
    return f"{found.scheme}://{found.netloc}"
