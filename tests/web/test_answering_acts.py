"""What an officer does with records because a person asked: each act through its own form, and what comes of it."""

import secrets
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from playwright.async_api import expect

from cli.world import REGIONS
from tests.support import rights
from tests.support.world import World
from tests.web.conftest import PHONE, Visit
from tests.web.test_answering import LONG_AGO, fetched
from tests.web.test_evidence import reported
from tests.web.test_office import anonymous, both_sizes
from tests.web.test_pages import go

ACTS = {"correct": "Correct it", "restrict": "Restrict its use", "statement": "Attach what the person says"}
ACTS |= {"refuse": "Refuse what they ask"}
WRONG, RIGHT = "Ran out with a red bag.", "Walked out with a red bag that was paid for."
SAYS = "I paid for both coats at the other till."
REFUSED = "The receipt that you name is of another day."
LONGER = "Two of our shops have to look at their records first."


async def test_each_act_has_its_form_and_does_what_it_says(visit: Visit, tmp_path: Path) -> None:
    ben, pia = await visit("ben.investigator", None), await visit("pia.privacy", None)
    # Refused: what is restricted, read for an ordinary purpose.
    ben.expected = ["404"]
    plate = f"QY{secrets.randbelow(90) + 10} {''.join(secrets.choice('ABCDEFGHJKLMNP') for _ in range(3))}"
    people = [{"role": "suspect", "ageBand": "adult", "name": rights.NAME, "clothing": "A grey coat"}]
    vehicles = [{"plate": plate, "colour": "green"}]
    made = {act: await reported(ben, whatHappened=WRONG, people=people, vehicles=vehicles) for act in ACTS}
    public = SimpleNamespace(stack=pia.stack, anonymous=partial(anonymous, pia.stack.base_url))
    asker = await rights.sent(
        cast("World", public),
        kinds=["correction", "restriction", "objection"],
        incident={"region": REGIONS[0], "place": "By the water", "on": LONG_AGO},
        plates=[plate],
    )
    async with pia.api as http:
        case = await rights.case_at(http, asker)
        path = f"/api/rights/cases/{case['id']}"
        proof = {"result": "confirmed", "how": "facts_match", "note": "Name, day of birth and plate agree."}
        etag = (await http.get(path)).headers["etag"]
        assert (await http.post(f"{path}/identity", json=proof, headers={"If-Match": etag})).status_code == 200

    await pia.open(f"/privacy/requests/{case['id']}")
    page = pia.page
    await page.get_by_text("Take more time").click()
    longer = page.get_by_role("region", name="More time")
    await longer.get_by_label("Reason", exact=True).select_option(label="It is complex")
    await longer.get_by_label("The reason, as the person is told").fill(LONGER)
    await both_sizes(pia, "more-time")
    await longer.get_by_role("button", name="Take the time, and tell them").click()
    await expect(page.get_by_role("region", name="Messages").get_by_text(LONGER)).to_be_visible()
    await expect(longer).to_have_count(0)
    await expect(page.get_by_text("Longer until")).to_be_visible()
    [told] = [each for each in (await asker.status())["messages"] if each["topic"] == "extension"]
    assert LONGER in told["text"]

    for act, name in ACTS.items():
        await go(pia, f"/privacy/requests/{case['id']}/records/{made[act]}")
        await page.get_by_label("Give it").check()
        await page.get_by_label("What is done with the record?").select_option(label=name)
        if act == "correct":
            corrections = page.get_by_role("group", name="What is corrected to what")
            await corrections.get_by_label("What happened").fill(RIGHT)
        elif act == "restrict":
            await expect(page.get_by_text("it can be read for legal claims only")).to_be_visible()
        elif act == "statement":
            await page.get_by_role("textbox", name="What the person says").fill(SAYS)
        else:
            await page.get_by_role("textbox", name="Why, as the person will read it").fill(REFUSED)
        await page.get_by_role("button", name="What would they get?").click()
        await expect(page.get_by_role("region", name="What they would get")).to_be_visible()
        await both_sizes(pia, f"act-{act}")
        await page.get_by_role("button", name="Decide").click()
        left = len(ACTS) - 1 - list(ACTS).index(act)
        told = {0: "Nothing is left to decide.", 1: "Decided. One is left."}.get(left, f"Decided. {left} are left.")
        await expect(page.locator(".announcer").get_by_text(told)).to_be_visible()
    await expect(page.get_by_text("4 of 4 decided")).to_be_visible()
    await page.get_by_role("button", name="Look at the answer").click()
    letter = page.get_by_role("article", name="As the person will read it")
    for words in ("Is corrected.", "Its use is restricted.", "What the person says is attached.", REFUSED):
        await expect(letter.get_by_text(words)).to_be_visible()
    await page.get_by_role("button", name="Send the answer").click()
    await page.get_by_role("button", name="Send it now").click()
    sent = page.get_by_role("region", name="The answer was sent")
    await expect(sent.get_by_text("It was corrected.")).to_be_visible()
    await both_sizes(pia, "answered-acts")

    person = await visit("", None, PHONE, java_script_enabled=False)
    words, _ = await fetched(person, {"reference": asker.reference, "secret": asker.secret}, tmp_path)
    for part in ("Corrected as you asked", "Its use is restricted", "Your statement was attached", REFUSED):
        assert part in words, part
    status = " ".join((await person.page.locator("main").inner_text()).split())
    assert LONGER in status

    async with ben.api as http:
        usual = {"purpose": "INVESTIGATE"}
        assert (await http.get(f"/api/reports/{made['restrict']}", params=usual)).status_code == 404
        legal = await http.get(f"/api/reports/{made['restrict']}", params={"purpose": "LEGAL_ACTION"})
        assert legal.json()["whatHappened"] == WRONG
        assert (await http.get(f"/api/reports/{made['correct']}", params=usual)).json()["whatHappened"] == RIGHT
        assert (await http.get(f"/api/reports/{made['refuse']}", params=usual)).json()["whatHappened"] == WRONG
    await ben.open(f"/reports/{made['statement']}")
    says = ben.page.get_by_role("region", name="What somebody described here says")
    await expect(says.get_by_text(SAYS)).to_be_visible()
    await both_sizes(ben, "report-statement")
    await asker.api.aclose()
