"""The whole way of a request: three controllers, two of which hold something; what the person gets, and no more."""

import io
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from shared.identity.principals import Role
from shared.ids import new_id
from shared.organisations import service as organisations
from shared.organisations.models import Organisation, Site
from shared.rights import recipients
from shared.rights.answer_models import Ticket
from tests.support import accessibility
from tests.support.post import Post
from tests.support.rights import NAME, Asker, ask_page, case_at, sent
from tests.support.waiting import eventually
from tests.support.world import Person, World, add_person, fresh_key, theft

STRANGER, CLERK = "Bartholomew Quentelle", "Ottoline"
PLATE, THEIR_PLATE = "QX17 VNB", "HH66 RRT"
STORY = (
    f"{NAME} left with two coats, together with {STRANGER} who drove off in {THEIR_PLATE}. "
    f"Our colleague {CLERK} saw Quentelle again the day after."
)
SECRET = "The camera above the second till is not working."


@dataclass
class Controller:
    home: Organisation
    site: Site
    officer: Person
    investigator: Person


@pytest.fixture(scope="module")
async def three(world: World) -> list[Controller]:
    """Three shops in a town of their own, so that nobody else's requests come here."""
    made = []
    for number, home in enumerate((world.home, world.partner, world.outsider)):
        site = await organisations.add_site(
            world.platform,
            Site(
                id=new_id(world.platform.clock.now()),
                organisation_id=home.id,
                name=f"Branch {number}",
                region="GB-NIR",
                time_zone="Europe/London",
                latitude=54.6,
                longitude=-5.9,
            ),
        )
        for role in (Role.PRIVACY_OFFICER, Role.INVESTIGATOR):
            await add_person(world, f"{role.value}_{number}", home, role)
        people = world.people
        made.append(Controller(home, site, people[f"privacy_officer_{number}"], people[f"investigator_{number}"]))
    return made


async def report(controller: Controller, world: World, **changes: Any) -> str:
    body = theft(
        world,
        siteId=controller.site.id,
        occurredAt=(datetime.now(UTC) - timedelta(days=1)).isoformat(),
        whatHappened=STORY,
        people=[
            {"role": "suspect", "ageBand": "adult", "name": NAME, "clothing": "A grey coat"},
            {"role": "suspect", "ageBand": "adult", "name": STRANGER, "clothing": "A yellow cap"},
            {"role": "witness", "ageBand": "adult", "name": f"{CLERK} Marchbanks"},
        ],
        vehicles=[{"plate": PLATE, "colour": "green"}, {"plate": THEIR_PLATE, "colour": "purple"}],
        policeReference="NI/7781/26",
    )
    answer = await controller.investigator.api.post("/api/reports", json=body | changes, headers=fresh_key())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def asked(**changes: Any) -> dict[str, Any]:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    incident = {"region": "GB-NIR", "place": "By the water", "on": yesterday}
    return {"incident": incident, "plates": [PLATE]} | changes


async def do(person: Person, case: dict[str, Any], method: str, path: str, body: Any) -> httpx.Response:
    now = await person.api.get(f"/api/rights/cases/{case['id']}")
    headers = {"If-Match": now.headers["etag"]}
    answer = await person.api.request(method, f"/api/rights/cases/{case['id']}{path}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


async def confirmed(person: Person, asker: Asker) -> dict[str, Any]:
    case = await case_at(person.api, asker)
    proof = {"result": "confirmed", "how": "facts_match", "note": "Name, day and plate agree."}
    await do(person, case, "POST", "/identity", proof)
    return case


async def found(person: Person, case: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await person.api.get(f"/api/rights/cases/{case['id']}/records")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["records"])


async def others_are_not_theirs(person: Person, case: dict[str, Any], *but: str) -> None:
    for each in await found(person, case):
        if each["id"] not in but:
            body = {"kind": each["kind"], "disclose": "not_theirs"}
            await do(person, case, "PUT", f"/records/{each['id']}", body)


async def fetched(asker: Asker, case_id: str, wanted: str) -> httpx.Response:
    link = await asker.api.post(f"{asker.path}/answers/{case_id}/link", json={"format": wanted})
    assert link.status_code == 200, link.text
    return await asker.api.get(link.json()["path"])


class Forms(HTMLParser):
    """The forms of a page as a browser without script has them: where each goes, and what stands in it already."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert given["method"] == "post", "a secret would stand in an address"
            self.found.append((given["action"], {}))
        elif tag == "input" and self.found:
            self.found[-1][1][given["name"]] = given.get("value", "")

    def to(self, path: str) -> list[tuple[str, dict[str, str]]]:
        return [each for each in self.found if each[0].partition("?")[0] == path]


def text_of(document: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages).split())


async def test_two_of_three_hold_something_and_the_person_gets_all_and_only_what_was_decided(
    world: World, three: list[Controller]
) -> None:
    gives, withholds, has_nothing = three
    given = await report(gives, world)
    kept = await report(withholds, world, whatHappened=f"{NAME} came in. {SECRET}", people=[
        {"role": "suspect", "ageBand": "adult", "name": NAME}
    ])  # fmt: skip
    asker = await sent(world, **await asked())
    cases = {each.home.id: await confirmed(each.officer, asker) for each in three}
    assert (await asker.status())["answers"] == []

    records = {each["id"]: each for each in await found(gives.officer, cases[gives.home.id])}
    assert records[given]["whyFound"] == "plate"
    assert records[given]["suggested"]["mine"] == ["/people/0", "/vehicles/0"]
    decision = {
        "kind": "report",
        "disclose": "give",
        "mine": records[given]["suggested"]["mine"],
        "redact": ["saw Quentelle again the day after"],
        "leaveOut": ["policeReference"],
    }
    preview = await do(gives.officer, cases[gives.home.id], "POST", f"/records/{given}/preview", decision)
    assert (preview.json()["withheld"], preview.json()["done"]) == (None, None)
    draft = await do(gives.officer, cases[gives.home.id], "POST", "/draft?form=json", {})
    assert draft.json()["records"] == [], "nothing is decided by looking"
    await do(gives.officer, cases[gives.home.id], "PUT", f"/records/{given}", decision)
    draft = await do(gives.officer, cases[gives.home.id], "POST", "/draft?form=json", {})
    assert draft.json()["records"] == [preview.json()["given"]]
    await others_are_not_theirs(gives.officer, cases[gives.home.id], given)
    refusal = {
        "kind": "report",
        "disclose": "withhold",
        "exemption": "crime",
        "reason": "An investigation is open that would be harmed.",
    }
    await do(withholds.officer, cases[withholds.home.id], "PUT", f"/records/{kept}", refusal)
    await others_are_not_theirs(withholds.officer, cases[withholds.home.id], kept)
    await others_are_not_theirs(has_nothing.officer, cases[has_nothing.home.id])

    for each in three:
        await do(each.officer, cases[each.home.id], "POST", "/answer", {})
    status = await asker.status()
    assert {each["organisation"] for each in status["answers"]} == {each.home.name for each in three}
    assert status["state"] == "closed"

    said = {}
    for each in three:
        case = cases[each.home.id]["id"]
        pdf, machine = await fetched(asker, case, "pdf"), await fetched(asker, case, "json")
        assert pdf.headers["content-type"] == "application/pdf"
        said[each.home.id] = (text_of(pdf.content), json.dumps(machine.json(), ensure_ascii=False), machine.json())

    for words in said[gives.home.id][:2]:
        assert "A grey coat" in words
        assert PLATE in words
        assert "left with two coats" in words
        for nobody_elses in (STRANGER, "Quentelle", "Bartholomew", CLERK, "Marchbanks", THEIR_PLATE, "yellow", "purple",
                             "NI/7781", SECRET):  # fmt: skip
            assert nobody_elses not in words, nobody_elses
    assert said[gives.home.id][2]["outcome"] == "given"
    assert said[gives.home.id][2]["records"] == draft.json()["records"]
    assert said[gives.home.id][2]["records"][0]["removed"] >= 6
    for words in said[withholds.home.id][:2]:
        assert "An investigation is open that would be harmed." in words
        assert "Sch 2 para 2" in words
        for held_back in (SECRET, "grey coat", "came in", PLATE):
            assert held_back not in words, held_back
    assert said[has_nothing.home.id][2]["outcome"] == "nothing"
    for words, _, _ in said.values():
        assert "ico.org.uk/make-a-complaint" in words
        assert "right" in words.lower()
        assert asker.reference in words
    for identifier in (given, kept, *(each.id for each in (gives.site, withholds.site))):
        assert all(identifier not in text for words in said.values() for text in words[:2])


async def test_a_link_works_once_and_for_whoever_has_the_secret(world: World, three: list[Controller]) -> None:
    asker = await sent(world, **await asked(plates=[]))
    case = await confirmed(three[2].officer, asker)
    await others_are_not_theirs(three[2].officer, case)
    await do(three[2].officer, case, "POST", "/answer", {"note": "Thank you for asking."})
    async with world.anonymous(**{"X-Request-Secret": "x" * 43}) as api:
        refused = await api.post(f"{asker.path}/answers/{case['id']}/link", json={})
    assert refused.status_code == 404
    link = (await asker.api.post(f"{asker.path}/answers/{case['id']}/link", json={"format": "json"})).json()["path"]
    async with world.anonymous() as api:
        first, second = await api.get(link), await api.get(link)
        made_up = await api.get(f"/api/public/answers/{'y' * 43}")
    assert (first.status_code, second.status_code, made_up.status_code) == (200, 410, 410)
    assert first.json()["note"] == "Thank you for asking."
    log = await three[2].officer.api.get("/api/audit", params={"subject": case["id"], "limit": 50})
    assert "rights:fetch:json" in {each["action"] for each in log.json()["entries"]}, log.text


async def test_without_script_somebody_asks_follows_and_fetches_both_files(
    world: World, three: list[Controller]
) -> None:
    one = three[2]
    async with world.anonymous(Accept="text/html,application/xhtml+xml") as browser:
        body = ask_page(region="GB-NIR", place="By the water", phone="+44 28 9018 0000")
        receipt = await browser.post("/api/public/my-data", data=body)
        [(address, fields)] = Forms(receipt.text).to("/api/public/my-data/confirmation")
        fields["code"] = await Post(world.stack).code(body["contact"])
        assert (await browser.post(address, data=fields)).status_code == 200
        asker = Asker(browser, fields["reference"], fields["secret"], body["contact"])
        mine = {"reference": asker.reference, "secret": asker.secret}
        before = await browser.post("/api/public/my-data/status", data=mine)
        assert Forms(before.text).to("/api/public/my-data/answer") == []

        case = await confirmed(one.officer, asker)
        assert case["facts"]["phone"] == body["phone"], "the officer may call"
        await others_are_not_theirs(one.officer, case)
        await do(one.officer, case, "POST", "/answer", {"note": "Thank you for asking."})

        after = await browser.post("/api/public/my-data/status", data=mine)
        accessibility.check(after.text, "en")
        buttons = Forms(after.text).to("/api/public/my-data/answer")
        got = [await browser.post(where, data=what) for where, what in buttons]
        secret = {"X-Request-Secret": asker.secret}
        unused = await browser.post(f"{asker.path}/answers/{case['id']}/link", json={}, headers=secret)
        stranger = await browser.post(buttons[0][0], data=buttons[0][1] | {"secret": "x" * 43})
    pdf, machine = got
    assert (pdf.status_code, machine.status_code, stranger.status_code) == (200, 200, 404)
    assert pdf.headers["content-type"] == "application/pdf"
    assert machine.headers["content-type"].startswith("application/json")
    for each, ending in ((pdf, "pdf"), (machine, "json")):
        named = f'attachment; filename="answer-{asker.reference}.{ending}"'
        assert each.headers["content-disposition"] == named
        assert each.headers["cache-control"] == "no-store"
    assert "Thank you for asking." in text_of(pdf.content)
    assert machine.json()["note"] == "Thank you for asking."
    log = await one.officer.api.get("/api/audit", params={"subject": case["id"], "limit": 50})
    fetches = sorted(each["action"] for each in log.json()["entries"] if each["action"].startswith("rights:fetch"))
    assert fetches == ["rights:fetch:json", "rights:fetch:pdf"]
    tickets = world.platform.container(Ticket.container).query(
        "SELECT c.id FROM c WHERE c.caseId = @case AND c.kind = @kind",
        {"case": case["id"], "kind": Ticket.model_fields["kind"].default},
    )
    assert unused.status_code == 200
    assert len([each async for each in tickets]) == 1, "of the links of the buttons none is left to be used again"


async def test_a_complaint_is_found_by_the_mailbox_it_came_from(world: World, three: list[Controller]) -> None:
    one, mailbox = three[2], f"{uuid.uuid4().hex}@mail.example"
    story = f"The guard at the door held my arm, and {CLERK} of your staff laughed."
    for sender, what in ((mailbox.upper(), story), (f"not-{mailbox}", SECRET)):
        complaint = {
            "organisationId": one.home.id,
            "about": "treated",
            "whatHappened": what,
            "name": NAME,
            "contact": sender,
        }
        async with world.anonymous() as api:
            made = await api.post("/api/public/complaints", json=complaint, headers=fresh_key())
        assert made.status_code == 201, made.text
    asker = await sent(world, contact=mailbox, incident={"region": "AU-TAS", "place": "A jetty", "on": "2026-11-01"})
    case = await confirmed(one.officer, asker)
    [record] = await found(one.officer, case)
    assert (record["kind"], record["whyFound"]) == ("complaint", "contact")
    assert "secretCommitment" not in record["content"]
    decision = {"kind": "complaint", "disclose": "give", "redact": [CLERK], "act": "erase"}
    await do(one.officer, case, "PUT", f"/records/{record['id']}", decision)
    await do(one.officer, case, "POST", "/answer", {})
    pdf, machine = await fetched(asker, case["id"], "pdf"), await fetched(asker, case["id"], "json")
    [given] = machine.json()["records"]
    assert given["content"]["whatHappened"].startswith("The guard at the door held my arm")
    for words in (text_of(pdf.content), machine.text):
        assert "held my arm" in words
        assert CLERK not in words
        assert SECRET not in words
    assert "how somebody was treated" in text_of(pdf.content)
    assert machine.json()["results"][0]["result"] == "erased"
    gone = await one.officer.api.get(f"/api/complaints/{record['id']}")
    assert gone.status_code == 404


async def test_nothing_is_sent_while_something_is_undecided_or_nobody_is_identified(
    world: World, three: list[Controller]
) -> None:
    await report(three[0], world)
    asker = await sent(world, **await asked())
    case = await case_at(three[0].officer.api, asker)
    for proof in (None, {"result": "confirmed", "how": "facts_match", "note": "They agree."}):
        if proof:
            await do(three[0].officer, case, "POST", "/identity", proof)
        now = await three[0].officer.api.get(f"/api/rights/cases/{case['id']}")
        headers = {"If-Match": now.headers["etag"]}
        refused = await three[0].officer.api.post(f"{now.url.path}/answer", json={}, headers=headers)
        assert refused.status_code == 409, refused.text
    [first, *_] = await found(three[0].officer, case)
    await do(three[0].officer, case, "PUT", f"/records/{first['id']}", {"kind": "report", "disclose": "not_theirs"})
    unknown = {"result": "not_confirmed", "note": "No answer to our calls."}
    now = await do(three[0].officer, case, "POST", "/identity", unknown)
    assert now.json()["decisions"] == [], "what was decided falls with the identity"
    await do(three[0].officer, case, "POST", "/answer", {})
    package = (await fetched(asker, case["id"], "json")).json()
    assert package["outcome"] == "not_identified"
    assert package["records"] == package["withheld"] == []


async def test_a_correction_keeps_what_stood_there_and_is_told_to_whoever_received_it(
    world: World, three: list[Controller]
) -> None:
    one = three[0]
    wrong = await report(one, world, vehicles=[])
    form = {"recipientId": world.police.id, "purpose": "NOTIFY_LE", "caseNumber": "NI/1", "note": "As agreed."}
    told = await one.investigator.api.post(f"/api/reports/{wrong}/disclosures", json=form, headers=fresh_key())
    assert told.status_code == 201, told.text

    async def shared() -> bool:
        return "Westmere Watch" in await recipients.of_report(world.platform, one.home.id, wrong)

    assert await eventually(shared)
    asker = await sent(world, **await asked(kinds=["correction"], plates=[]))
    case = await confirmed(one.officer, asker)
    decision = {
        "kind": "report",
        "disclose": "give",
        "mine": ["/people/0"],
        "act": "correct",
        "corrections": {"/people/0/clothing": "A blue coat"},
    }
    await do(one.officer, case, "PUT", f"/records/{wrong}", decision)
    await others_are_not_theirs(one.officer, case, wrong)
    await do(one.officer, case, "POST", "/answer", {})
    now = await one.investigator.api.get(f"/api/reports/{wrong}", params={"purpose": "INVESTIGATE"})
    assert now.json()["people"][0]["clothing"] == "A blue coat"
    assert now.json()["people"][1]["name"] == STRANGER

    async def heard() -> bool:
        alerts = (await world.officer.api.get("/api/alerts")).json()["alerts"]
        return any(each["cause"] == "corrected" for each in alerts)

    assert await eventually(heard)
    package = (await fetched(asker, case["id"], "json")).json()
    # Other tests may have brought the organisation into more communities.
    assert {world.police.name, "Westmere Watch"} <= set(package["results"][0]["told"])
    assert package["records"][0]["recipients"] == package["results"][0]["told"]


async def test_a_restriction_freezes_use_and_a_statement_goes_with_the_report(
    world: World, three: list[Controller]
) -> None:
    one = three[0]
    frozen, disputed = await report(one, world), await report(one, world)
    asker = await sent(world, **await asked(kinds=["restriction", "objection"]))
    case = await confirmed(one.officer, asker)
    base = {"kind": "report", "disclose": "give", "mine": ["/people/0"]}
    await do(one.officer, case, "PUT", f"/records/{frozen}", base | {"act": "restrict"})
    said = {"act": "statement", "statement": "I paid for both coats at the other till."}
    await do(one.officer, case, "PUT", f"/records/{disputed}", base | said)
    await others_are_not_theirs(one.officer, case, frozen, disputed)
    await do(one.officer, case, "POST", "/answer", {})
    api, asked_for = one.investigator.api, {"purpose": "INVESTIGATE"}
    assert (await api.get(f"/api/reports/{frozen}", params=asked_for)).status_code == 404
    legal = await api.get(f"/api/reports/{frozen}", params={"purpose": "LEGAL_ACTION"})
    assert legal.status_code == 200
    listed = (await api.get("/api/reports", params=asked_for | {"limit": 50})).json()["reports"]
    assert frozen not in {each["id"] for each in listed}
    seen = (await api.get(f"/api/reports/{disputed}", params=asked_for)).json()
    assert seen["statements"] == ["I paid for both coats at the other till."]


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"exemption": "maintenance_of_law", "reason": "Known in New Zealand only."}, "/exemption"),
        ({"neither": True, "exemption": "crime", "reason": "Not allowed here."}, "/neither"),
    ],
)
async def test_an_exemption_is_one_that_the_law_of_the_place_knows(
    world: World, three: list[Controller], wrong: dict[str, Any], at: str
) -> None:
    one = three[0]
    mine = await report(one, world)
    case = await confirmed(one.officer, await sent(world, **await asked()))
    now = await one.officer.api.get(f"/api/rights/cases/{case['id']}")
    body = {"kind": "report", "disclose": "withhold"} | wrong
    path, headers = f"{now.url.path}/records/{mine}", {"If-Match": now.headers["etag"]}
    refused = await one.officer.api.put(path, json=body, headers=headers)
    assert refused.json()["errors"][0]["at"] == at
    unknown = await one.officer.api.put(f"{now.url.path}/records/{uuid.uuid4()}", json=body, headers=headers)
    assert unknown.status_code == 404
