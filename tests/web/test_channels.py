"""Being told outside the app: by proved mail, in a browser that allowed it, by a webhook whose secret is shown once."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from playwright.async_api import expect

from shared.alerts.models import Cause
from shared.delivery.models import Channel, Delivery, Notice, State
from shared.ids import new_id
from shared.platform import assemble
from shared.settings import load
from tests.support.post import Post
from tests.support.settings import settings_of
from tests.web.conftest import PHONE, Visit, Visitor

SUBSCRIBES = """() => {
  // The maker's push service is out of reach of a test; keys, worker and what is shown are the browser's own.
  let made;
  const url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  PushManager.prototype.getSubscription = async () => made ?? null;
  PushManager.prototype.subscribe = async () => {
    const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
    const keys = {
      p256dh: url(await crypto.subtle.exportKey('raw', pair.publicKey)),
      auth: url(crypto.getRandomValues(new Uint8Array(16))),
    };
    const endpoint = 'http://127.0.0.1:9/' + crypto.randomUUID();
    const unsubscribe = async () => { made = undefined; return true; };
    made = { toJSON: () => ({ endpoint, expirationTime: null, keys }), unsubscribe };
    return made;
  };
}"""


async def test_somebody_chooses_how_they_are_told(visit: Visit) -> None:
    cleo = await visit("cleo.officer", None, PHONE, color_scheme="dark", keeps_files=True)
    await chosen_nothing(cleo)
    await cleo.open("/")
    page, address = cleo.page, f"desk-{uuid4().hex[:8]}@example.org"
    cleo.expected = ["400"]
    await cleo.context.grant_permissions(["notifications"], origin=cleo.stack.base_url)
    await page.evaluate(SUBSCRIBES)
    await page.get_by_role("link", name="How you are told").click()
    mail = page.get_by_role("region", name="By mail")
    await mail.get_by_label("Mail address").fill(address)
    await mail.get_by_role("button", name="Send a code there").click()
    await mail.get_by_label("Code from the message").fill("00000000")
    await mail.get_by_role("button", name="Prove it").click()
    await expect(mail.get_by_role("alert")).to_contain_text("The code is wrong")
    await mail.get_by_label("Code from the message").fill(await Post(cleo.stack).code(address))
    await mail.get_by_role("button", name="Prove it").click()
    await expect(mail.get_by_text("Proved", exact=True)).to_be_visible()

    here = page.get_by_role("region", name="In this browser")
    await here.get_by_role("button", name="Tell me in this browser").click()
    await expect(here.get_by_role("list", name="Browsers in which you are told").get_by_role("listitem")).to_have_count(
        1
    )
    await cleo.accessible()
    await cleo.fits()
    await cleo.photographed("telling-phone-dark")
    assert await shown_by_worker(cleo, {"id": "d1", "headline": "Robbery reported", "count": 3}) == [
        "Reeve: Robbery reported (+2)"
    ]
    await here.get_by_role("button", name="Stop it here").click()
    await expect(here.get_by_text("You are told in no browser")).to_be_visible()

    await page.get_by_text("My own", exact=True).first.click()
    await page.get_by_role("button", name="Add a rule").click()
    rule = page.get_by_role("group", name="Rule 1")
    await rule.get_by_text("Only some of it").click()
    await rule.get_by_text("Robbery", exact=True).click()
    await rule.get_by_label("Urgent only").check()
    await rule.get_by_text("Together, every hour").click()
    await expect(rule.get_by_text("Robbery; Urgent only")).to_be_visible()
    times = page.get_by_role("region", name="Quiet hours and digests")
    await times.get_by_text("My own", exact=True).click()
    await times.get_by_label("Until").fill("07:15")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    async with cleo.api as http:
        stored = (await http.get("/api/me/alert-preferences")).json()["preferences"]
    assert stored["quietHours"] == {"begins": "22:00", "ends": "07:15", "urgentAnyway": True}
    assert [(each["pace"], each["tells"]["reportTypes"]) for each in stored["rules"]] == [("hourly", ["robbery"])]
    await cleo.accessible()
    await page.get_by_text("My organisation's", exact=True).click()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Urgent alerts", exact=True)).to_be_visible()
    await mail.get_by_role("button", name="Remove", exact=True).click()
    await expect(mail.get_by_role("button", name="Send a code there")).to_be_visible()


async def chosen_nothing(visitor: Visitor) -> None:
    async with visitor.api as http:
        await http.delete("/api/me/mail")
        version = (await http.get("/api/me/alert-preferences")).json()["etag"]
        await http.put("/api/me/alert-preferences", json={}, headers={"If-Match": version})


async def shown_by_worker(visitor: Visitor, message: dict[str, object]) -> list[str]:
    """What the service worker shows for a message that the browser hands to it."""
    session = await visitor.context.new_cdp_session(visitor.page)
    known: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def registered(event: dict[str, list[dict[str, str]]]) -> None:
        for each in event["registrations"]:
            if each["scopeURL"].startswith(visitor.stack.base_url) and not known.done():
                known.set_result(each["registrationId"])

    session.on("ServiceWorker.workerRegistrationUpdated", registered)
    await session.send("ServiceWorker.enable")
    await session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": visitor.stack.base_url, "registrationId": await known, "data": json.dumps(message)},
    )
    read = """async () => {
      const worker = await navigator.serviceWorker.ready;
      for (;;) {
        const shown = await worker.getNotifications();
        if (shown.length) return shown.map(({ title, body }) => `${title}: ${body}`);
        await new Promise((later) => setTimeout(later, 50));
      }
    }"""
    shown: list[str] = await visitor.page.evaluate(read)
    return shown


@asynccontextmanager
async def receiver(status: list[int]) -> AsyncIterator[tuple[str, asyncio.Queue[bytes]]]:
    """A system that is told: answers with the statuses in turn, the last one from then on."""
    told: asyncio.Queue[bytes] = asyncio.Queue()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int((re.search(rb"(?i)content-length: (\d+)", head) or [b"", b"0"])[1])
        told.put_nowait(head + await reader.readexactly(length))
        code = status.pop(0) if len(status) > 1 else status[0]
        writer.write(f"HTTP/1.1 {code} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", told


async def test_an_administrator_has_a_system_told_and_sees_what_it_answers(visit: Visit) -> None:
    dora = await visit("dora.admin", "/administration/webhooks")
    page, mark = dora.page, uuid4().hex[:6]
    name, headline = f"Control room {mark}", f"Theft at {mark}"
    async with receiver([500, 204]) as (url, told):
        await page.get_by_role("button", name="Add a webhook").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name").fill(name)
        await dialog.get_by_label("Address").fill(url)
        await dialog.get_by_text("Only some of it").click()
        await dialog.get_by_label("Urgent only").check()
        await dora.accessible()
        await dialog.get_by_role("button", name="Add a webhook").click()
        await expect(dialog.get_by_text(re.compile("^whsec_"))).to_be_visible()
        await dora.photographed("webhook-secret-desktop")
        await dialog.get_by_role("button", name="Close").click()
        hook = page.get_by_role("article", name=name)
        await hook.get_by_role("button", name="Call it now").click()
        await expect(hook.get_by_text("It did not take the call")).to_be_visible()
        await hook.get_by_role("button", name="Call it now").click()
        await expect(hook.get_by_text("It answered, in")).to_be_visible()
        assert b"webhook-signature: v1," in (await told.get()).lower()
        await told.get()
        await hook.get_by_role("button", name="New secret").click()
        await dialog.get_by_role("button", name="New secret").click()
        await expect(dialog.get_by_text("The old one signs too until")).to_be_visible()
        await dialog.get_by_role("button", name="Close").click()
        await expect(hook.get_by_text("Two secrets sign")).to_be_visible()
        await dora.accessible()
        await dora.photographed("webhooks-desktop")
        await given_up(dora, headline)
        await page.get_by_role("button", name="Look again").click()
        lost = page.get_by_role("list", name="What was told outside Reeve").get_by_role("listitem")
        await expect(lost.filter(has_text=headline)).to_be_visible()
        await lost.get_by_role("button", name=f"Try again: {headline}").click()
        await expect(page.get_by_text("It is being tried again")).to_be_visible()
        assert headline.encode() in await told.get()
        await page.get_by_role("button", name="All", exact=True).click()
        again = lost.filter(has_text=headline)
        while not await again.get_by_text("Told", exact=True).is_visible():
            await page.get_by_role("button", name="Look again").click()
            await expect(page.get_by_role("button", name="Look again")).to_be_enabled()
        await hook.get_by_role("button", name="Pause").click()
        await expect(hook.get_by_text("Paused", exact=True)).to_be_visible()
        await hook.get_by_role("button", name="Remove").click()
        await dialog.get_by_role("button", name="Remove").click()
        await expect(hook).to_have_count(0)


async def given_up(dora: Visitor, headline: str) -> None:
    """A delivery to the newest webhook that was given up: by itself that takes a day."""
    async with dora.api as http:
        home = (await http.get("/api/me")).json()["organisation"]["id"]
        hook = (await http.get("/api/webhooks")).json()["webhooks"][-1]["id"]
    with settings_of(dora.stack.environment):
        platform = assemble(load(dora.stack.environment))
        now = platform.clock.now()
        notice = Notice(
            cause=Cause.REPORT,
            cause_id=new_id(now),
            cause_organisation_id=home,
            relation="own",
            site_id=new_id(now),
            headline=headline,
            urgent=True,
            created_at=now,
        )
        dead = Delivery(
            id=new_id(now),
            organisation_id=home,
            channel=Channel.WEBHOOK,
            target_id=hook,
            notices=[notice],
            state=State.DEAD,
            due_at=now,
            give_up_at=now,
            created_at=now,
            settled_at=now,
            ttl=600,
        )
        await platform.records(Delivery).create(dead)
        await platform.close()
