"""The main story of each role beyond reporting and evidence, on the real stack."""

import asyncio
import json
import re

import httpx
from playwright.async_api import Route, expect

from cli import props, world
from cli.environment import DEVICES, WATCHED
from tests.web.conftest import Visit, Visitor
from tests.web.test_evidence import reported
from tests.web.test_pages import go

AWAY = "urn:reeve:problem:temporarily-unavailable"


async def test_a_possible_match_is_compared_and_confirmed(visit: Visit) -> None:
    ben = await visit("ben.investigator", "/plates/candidates")
    vehicle = world.vehicles()[WATCHED - 1]
    camera = json.loads((ben.stack.data.root / DEVICES).read_text())[0]
    async with httpx.AsyncClient(base_url=ben.stack.base_url, timeout=60) as http:
        path, body = f"/api/plates/{camera['deviceId']}", props.camera_message(vehicle)
        assert (await http.post(path, json=body, auth=("camera", camera["secret"]))).status_code == 200
    page = ben.page
    await go(ben, "/")
    alert = page.get_by_role("list", name="Alerts").get_by_text(re.compile("Possible watchlist match")).first
    await alert.click()
    await expect(page.get_by_role("heading", name="Is it the same vehicle?")).to_be_visible()
    confirm = page.get_by_role("button", name="It is the same: confirm")
    await expect(confirm).to_be_disabled()
    await ben.accessible()
    await ben.photographed("candidate-desktop")
    await page.get_by_label("I have compared the plate and the picture").check()
    await confirm.click()
    await expect(page.get_by_role("heading", name="Plates", level=1)).to_be_visible()
    await page.get_by_role("button", name="Confirmed", exact=True).click()
    await expect(page.get_by_text(vehicle.plate.replace(" ", "")).first).to_be_visible()


async def test_a_plate_is_listed_searched_and_taken_off(visit: Visit) -> None:
    ben = await visit("ben.investigator", "/plates/watchlist")
    page = ben.page
    await page.get_by_role("button", name="Add a vehicle").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Plate").fill("QX19 ABC")
    await dialog.get_by_label("Why it is listed").fill("Used at three thefts of spirits.")
    await dialog.get_by_label("Case").fill("HP-7")
    await dialog.get_by_role("button", name="Add a vehicle").click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_text("QX19ABC").or_(page.get_by_text("QX19 ABC")).first).to_be_visible()
    await page.get_by_role("button", name=re.compile("Take off the list: QX19")).click()
    await expect(page.get_by_role("button", name=re.compile("Take off the list: QX19"))).to_have_count(0)
    await page.get_by_role("tab", name="Search").click()
    await page.get_by_role("textbox", name="Plate", exact=True).fill("QX19 ABC")
    await page.get_by_label("Case").fill("HP-7")
    await page.get_by_role("button", name="Search", exact=True).click()
    await expect(page.get_by_text("This plate was not seen")).to_be_visible()
    await ben.accessible()


async def test_a_case_ends_in_a_bundle_for_the_police(visit: Visit) -> None:
    ben = await visit("ben.investigator", None)
    report = await reported(ben)
    await ben.open("/cases")
    page = ben.page
    await page.get_by_role("button", name="Open a case").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Title").fill("Spirits through the side door")
    await dialog.get_by_label("Why is it opened?").fill("The same pram was seen three times.")
    await dialog.get_by_role("button", name="Open a case").click()
    await expect(page.get_by_role("heading", name="Spirits through the side door", level=1)).to_be_visible()
    await page.get_by_text("Add a record").first.click()
    await page.get_by_label("Its address").fill(f"{ben.stack.base_url}/reports/{report}")
    await page.get_by_label("Why does it belong here?").fill("The first of the three.")
    await page.get_by_role("button", name="Add a record").click()
    belongs = page.get_by_role("region", name="What belongs to it").get_by_role("listitem")
    await expect(belongs.get_by_text("The first of the three.")).to_be_visible()
    async with ben.api as api:
        profile = (await api.get("/api/profiles", params={"purpose": "INVESTIGATE"})).json()["profiles"][0]
    await page.get_by_label("Kind", exact=True).select_option("profile")
    await page.get_by_label("Its address").fill(f"{ben.stack.base_url}/profiles/{profile['id']}")
    await page.get_by_label("Why does it belong here?").fill("Seen at all three.")
    await page.get_by_role("button", name="Add a record").click()
    await expect(belongs.filter(has_text="Seen at all three.").get_by_role("link")).to_have_attribute(
        "href", f"/profiles/{profile['id']}"
    )
    await page.get_by_label("New task").fill("Ask the till for its recording.")
    await page.get_by_role("button", name="Add the task").click()
    await page.get_by_label("Ask the till for its recording.").click()
    await expect(page.get_by_label("Ask the till for its recording.")).to_be_checked()
    await page.get_by_role("button", name="Build a bundle").click()
    await dialog.get_by_label("Office and person").fill("Westmere Police, retail crime team")
    await dialog.get_by_label("The recipient's number").fill("WM/4471/26")
    await expect(dialog.get_by_role("checkbox", name=re.compile("Seen at all three"))).not_to_be_checked()
    await ben.accessible()
    await ben.photographed("bundle-desktop")
    await dialog.get_by_role("button", name="Build a bundle").click()
    await expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=60_000)
    await page.get_by_role("button", name="Fetch").click()
    await expect(page.get_by_role("link", name=re.compile("^Save"))).to_be_visible()
    await ben.accessible()
    await ben.photographed("case-desktop")


async def test_reports_are_found_by_how_it_was_done(visit: Visit) -> None:
    ben = await visit("ben.investigator", "/search")
    await ben.page.get_by_text("Concealed goods").click()
    await ben.page.get_by_role("button", name="Search", exact=True).click()
    found = ben.page.get_by_role("list", name="Found").get_by_role("listitem")
    await expect(found.first).to_be_visible()
    await ben.accessible()
    await ben.photographed("search-found-desktop")


async def test_an_auditor_proves_an_entry_in_the_browser(visit: Visit) -> None:
    ines = await visit("ines.auditor", "/audit")
    async with httpx.AsyncClient(base_url=ines.stack.base_url, timeout=60) as http:
        ran = await http.post("/admin/functions/audit_seal", json={}, headers={"x-functions-key": "master"})
        assert ran.status_code == 202, ran.text
    await ines.page.get_by_label("Since").fill("2026-01-01")
    await ines.page.get_by_role("button", name="Apply").click()
    check = ines.page.get_by_role("button", name=re.compile("^Check: ")).first
    await expect(check).to_be_visible(timeout=60_000)
    await check.click()
    await expect(ines.page.get_by_text(re.compile("^Proven: entry"))).to_be_visible()
    await ines.accessible()
    await ines.photographed("audit-proven-desktop")


async def test_a_privacy_officer_sees_what_would_go_and_holds_a_report(visit: Visit) -> None:
    ben = await visit("ben.investigator", None)
    report = await reported(ben)
    pia = await visit("pia.privacy", "/privacy/retention")
    page = pia.page
    await page.get_by_label("Within how many days").fill("700")
    await page.get_by_role("button", name="Count", exact=True).click()
    await expect(page.get_by_text(re.compile("records would be deleted"))).to_be_visible()
    await pia.photographed("retention-desktop")
    await page.get_by_role("tab", name="Legal holds").click()
    await page.get_by_role("button", name="Hold records").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Its address").fill(report)
    await dialog.get_by_label("Reason").fill("Needed as evidence at the hearing.")
    await dialog.get_by_label("Case").last.fill("WM/4471/26")
    await dialog.get_by_role("button", name="Hold records").click()
    await expect(page.get_by_text("Needed as evidence at the hearing.")).to_be_visible()
    await pia.accessible()
    await page.get_by_role("button", name=re.compile("^Release: WM.4471.26")).first.click()
    await page.get_by_role("tab", name="Breaches").click()
    await page.get_by_text("Ask without entering anything").click()
    await page.get_by_role("button", name="Who must be told?").click()
    await expect(page.get_by_role("listitem").filter(has_text="Information Commissioner").first).to_be_visible()
    await pia.accessible()


async def test_an_administrator_invites_changes_and_suspends_and_whom_it_concerns_is_told(visit: Visit) -> None:
    dora = await visit("dora.admin", "/administration/users")
    page = dora.page
    await page.get_by_role("button", name="Invite somebody").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("Rae Holm")
    await dialog.get_by_role("button", name="Invite somebody").click()
    await expect(dialog.get_by_text("Shown once")).to_be_visible()
    await dora.accessible()
    await dialog.get_by_role("button", name="Close").click()

    ines = await visit("ines.auditor", None)
    ines.expected = ["401", "403"]
    await ines.open("/")
    try:
        await page.get_by_role("button", name="Change: Ines Halloran").click()
        await dialog.get_by_label("Auditor").uncheck()
        await dialog.get_by_label("Reporter").check()
        await dialog.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("row", name=re.compile("Ines Halloran Reporter"))).to_be_visible()
        await go(ines, "/audit")
        await expect(ines.page.get_by_text("Your role does not allow this", exact=True)).to_be_visible()
        await expect(ines.page.get_by_role("link", name="Audit log")).to_have_count(0)
        await page.get_by_role("button", name="Change: Ines Halloran").click()
        await dialog.get_by_role("button", name="Suspend").click()
        await expect(page.get_by_role("row", name=re.compile("Ines Halloran")).get_by_text("Suspended")).to_be_visible()
        # She goes on working; who only looks is told when the page asks for news, at the latest after half a minute.
        await go(ines, "/reports")
        await expect(ines.page.get_by_role("heading", name="You no longer have access")).to_be_visible(timeout=90_000)
        await ines.accessible()
        await page.get_by_role("button", name="Change: Ines Halloran").click()
        await dialog.get_by_role("button", name="Reinstate").click()
        active = page.get_by_role("row", name=re.compile("Ines Halloran")).get_by_text("Active", exact=True)
        await expect(active).to_be_visible()
    finally:
        await as_before(dora, "Ines Halloran", "auditor")


async def as_before(dora: Visitor, name: str, role: str) -> None:
    """Other tests need this person as the demo world has them."""
    async with dora.api as http:
        [user] = [each for each in (await http.get("/api/organisation/users")).json()["users"] if each["name"] == name]
        change, version = {"state": "active", "roles": [role]}, {"If-Match": user["etag"]}
        answer = await http.patch(f"/api/organisation/users/{user['id']}", json=change, headers=version)
    assert answer.status_code == 200, answer.text


async def test_a_slow_network_and_a_failing_service_are_told(visit: Visit) -> None:
    ben = await visit("ben.investigator", "/")
    ben.expected = ["503"]
    problem = {"type": AWAY, "title": "Away", "status": 503, "detail": "Away."}
    answering = asyncio.Event()

    async def late(route: Route) -> None:
        await answering.wait()
        await route.fulfill(status=503, json=problem)

    await ben.page.route("**/api/communities", late)
    await ben.page.clock.install()
    await go(ben, "/feed")
    await expect(ben.page.get_by_role("status").filter(has_text="Loading")).to_be_visible()
    await ben.page.clock.run_for(5_000)
    await expect(ben.page.get_by_text("This takes longer than usual")).to_be_visible()
    answering.set()
    again = ben.page.get_by_role("button", name="Try again")
    while not await again.is_visible():
        await ben.page.clock.run_for(1_000)
    await ben.page.clock.resume()
    await ben.accessible()
    await ben.page.unroute("**/api/communities")
    await again.click()
    await expect(ben.page.get_by_label("Community")).to_be_visible()
