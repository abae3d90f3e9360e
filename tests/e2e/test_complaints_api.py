"""A complaint, and a third party's request: sent by a form without script, answered by the controller alone."""

import dataclasses
import json
import re
import uuid
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from shared.clock import SetClock
from shared.complaints import desk
from shared.complaints.limits import PER_CONTACT_A_DAY
from shared.complaints.models import COMPLAINTS, Incoming
from shared.errors import NotFound
from shared.identity.principals import Role
from shared.organisations import service as organisations
from shared.organisations.models import OrganisationKind
from shared.pages.languages import Language
from shared.retention import service as retention
from tests.e2e.test_public_pages import BROWSER
from tests.e2e.test_reports_api import alerts_about
from tests.support import accessibility
from tests.support.waiting import WITHIN, eventually
from tests.support.world import World, add_person, fresh_key, problem

STORY = "On Friday at the Quayside the guard held my arm, though I had paid for everything."
ANSWER = "You were right. We have spoken to the guard, and the entry about you was deleted."


@pytest.fixture
async def public(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.anonymous(**BROWSER) as client:
        yield client


def complaint(world: World, **changes: Any) -> dict[str, str]:
    return {
        "organisationId": world.home.id,
        "about": "treated",
        "whatHappened": STORY,
        "name": "Imogen Tarrant",
        "contact": f"{uuid.uuid4().hex}@tarrant.example",
    } | changes


async def complained(world: World, **changes: Any) -> dict[str, Any]:
    async with world.anonymous() as client:
        answer = await client.post("/api/public/complaints", json=complaint(world, **changes), headers=fresh_key())
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_controller_of_this_minute_can_be_complained_to(world: World) -> None:
    """The list of organisations is remembered for a minute; who is not in it is looked for."""
    async with world.anonymous() as client:
        assert (await client.get("/api/public/notices")).status_code == 200
        new = await organisations.onboard(world.platform, "Teasel & Rook", OrganisationKind.RETAILER, "GB")
        assert (await complained(world, organisationId=new.id))["reference"].startswith("C-")
        nobody = complaint(world, organisationId=str(uuid.uuid4()))
        refused = await client.post("/api/public/complaints", json=nobody, headers=fresh_key())
        assert [each["at"] for each in problem(refused)["errors"]] == ["/organisationId"]


async def matter_of(world: World, reference: str) -> dict[str, Any]:
    page = await world.privacy_officer.api.get("/api/complaints")
    assert page.status_code == 200, page.text
    [found] = [each for each in page.json()["matters"] if each["reference"] == reference]
    return dict(found)


async def stand(client: httpx.AsyncClient, receipt: dict[str, Any], **changes: str) -> httpx.Response:
    body = {"reference": receipt["reference"], "secret": receipt["secret"]} | changes
    return await client.post("/api/public/complaints/status", json=body, headers={"Accept": "application/json"})


async def form_offering(world: World, public: httpx.AsyncClient, path: str) -> str:
    """The form, once the world's organisation can be chosen in it: another file may have had the list read before."""

    async def offered() -> str | None:
        page = (await public.get(path)).text
        return page if f'<option value="{world.home.id}"' in page else None

    return await eventually(offered, within=organisations.LISTED_CACHED_SECONDS + WITHIN, every=1)


async def test_from_the_form_to_the_answer(world: World, public: httpx.AsyncClient) -> None:
    form = await form_offering(world, public, "/api/public/complaints?lang=de")
    accessibility.check(form, "de")
    assert f'<option value="{world.home.id}">Harbour &amp; Pine</option>' in form
    [key] = re.findall(r'name="idempotencyKey" value="([^"]+)"', form)
    [action] = re.findall(r'action="([^"]+)"', form)

    sent = complaint(world) | {"idempotencyKey": key}
    receipt = await public.post(action, data=sent)
    assert receipt.status_code == 201, receipt.text
    accessibility.check(receipt.text, "de")
    reference, secret = re.findall(r"<code>([^<]+)</code>", receipt.text)
    again = await public.post(action, data=sent)
    assert re.findall(r"<code>([^<]+)</code>", again.text) == [reference, secret], "sent twice is once"

    listed = await matter_of(world, reference)
    assert listed["state"] == "received"
    assert STORY not in json.dumps(listed)
    read = await world.privacy_officer.api.get(f"/api/complaints/{listed['id']}")
    assert read.json()["whatHappened"] == STORY
    assert read.json()["language"] == "de"
    path = f"/api/complaints/{listed['id']}"
    done = await world.privacy_officer.api.post(f"{path}/acknowledgement", headers={"If-Match": read.headers["etag"]})
    assert done.json()["state"] == "acknowledged", done.text
    closing = {"outcome": "upheld", "answer": ANSWER}
    stale = await world.privacy_officer.api.post(
        f"{path}/closing", json=closing, headers={"If-Match": read.headers["etag"]}
    )
    assert stale.status_code == 412
    closed = await world.privacy_officer.api.post(
        f"{path}/closing", json=closing, headers={"If-Match": done.headers["etag"]}
    )
    assert closed.json()["outcome"] == "upheld", closed.text

    shown = await public.post("/api/public/complaints/status", data={"reference": reference.lower(), "secret": secret})
    assert shown.status_code == 200
    accessibility.check(shown.text, "en")
    assert ANSWER in shown.text
    assert STORY not in shown.text


async def test_from_a_notice_to_a_form_with_the_organisation_chosen(world: World, public: httpx.AsyncClient) -> None:
    notice = (await public.get(f"/api/public/notices/{world.home.id}?lang=es")).text
    links = re.findall(r'<a href="(/api/public/[^"]+)"', notice)
    for each in links:
        assert (await public.get(each.replace("&amp;", "&"))).status_code == 200, each
    [link] = [each for each in links if each.startswith("/api/public/complaints?")]
    form = await form_offering(world, public, link.replace("&amp;", "&"))
    accessibility.check(form, "es")
    assert f'<option value="{world.home.id}" selected>' in form


async def test_the_law_sets_a_day_where_it_does(world: World) -> None:
    zone = ZoneInfo(world.site.time_zone)
    before, told, after = datetime.now(zone).date(), await complained(world), datetime.now(zone).date()
    assert date.fromisoformat(told["acknowledgeBy"]) - timedelta(days=30) in {before, after}
    assert date.fromisoformat(told["answerBy"]) - timedelta(days=21) in {before, after}
    assert (await matter_of(world, told["reference"]))["overdue"] is False


async def test_what_is_wrong_is_said_in_the_form(world: World, public: httpx.AsyncClient) -> None:
    sent = complaint(world, whatHappened="short", about="", organisationId=str(uuid.uuid4()), contact="nobody")
    answer = await public.post("/api/public/complaints?lang=fr", data=sent | {"idempotencyKey": "x" * 32})
    assert answer.status_code == 400
    accessibility.check(answer.text, "fr")
    assert "20 caractères au moins." in answer.text
    assert "Cette réponse est obligatoire." in answer.text
    assert "Imogen Tarrant" in answer.text
    unknown = complaint(world, organisationId=str(uuid.uuid4())) | {"idempotencyKey": "y" * 32}
    answer = await public.post("/api/public/complaints", data=unknown)
    assert answer.status_code == 400
    assert "Please choose one of the answers." in answer.text


async def test_nothing_of_it_can_be_read_in_the_store(world: World) -> None:
    told = await complained(world)
    found = world.platform.container(COMPLAINTS).query("SELECT * FROM c")
    dump = json.dumps([each async for each in found])
    assert told["reference"] in dump
    for secret in (STORY, "Imogen", "tarrant.example", told["secret"]):
        assert secret not in dump


async def test_a_wrong_secret_and_a_wrong_reference_are_answered_alike(world: World, public: httpx.AsyncClient) -> None:
    told = await complained(world)
    answers = [
        await stand(public, told, secret="A" * 32),
        await stand(public, told, reference="C-00000-00000"),
        await stand(public, told, reference="C-00000-00000", secret="A" * 32),
    ]
    assert {each.status_code for each in answers} == {404}
    assert len({problem(each)["detail"] for each in answers}) == 1
    assert (await stand(public, told)).status_code == 200


async def test_only_privacy_officers_of_the_organisation_see_it(world: World) -> None:
    told = await complained(world)
    identifier = (await matter_of(world, told["reference"]))["id"]
    for person in (world.admin, world.investigator, world.auditor, world.operator):
        assert (await person.api.get(f"/api/complaints/{identifier}")).status_code == 403
        assert (await person.api.get("/api/complaints")).status_code == 403
    await add_person(world, "partner_privacy_officer", world.partner, Role.PRIVACY_OFFICER)
    other = world.partner_privacy_officer.api
    assert (await other.get(f"/api/complaints/{identifier}")).status_code == 404
    assert told["reference"] not in (await other.get("/api/complaints")).text


async def test_every_use_is_accounted_for_and_the_officers_are_told(world: World, public: httpx.AsyncClient) -> None:
    told = await complained(world)
    identifier = (await matter_of(world, told["reference"]))["id"]
    await world.privacy_officer.api.get(f"/api/complaints/{identifier}")
    await stand(public, told)
    entries = await world.auditor.api.get("/api/audit", params={"subject": identifier})
    seen = {(each["action"], each["actor"] == world.privacy_officer.id) for each in entries.json()["entries"]}
    assert {("complaint:submit", False), ("complaint:read", True), ("complaint:status", False)} <= seen
    assert "complaint" in {each["cause"] for each in await alerts_about(world.privacy_officer, identifier)}


async def test_a_third_party_asks_and_the_controller_refuses(world: World, public: httpx.AsyncClient) -> None:
    accessibility.check((await public.get("/api/public/third-party-requests?lang=es")).text, "es")
    body = {
        "organisationId": world.home.id,
        "sender": "insurer",
        "body": "Dover Mutual",
        "name": "Piers Hallam",
        "contact": f"{uuid.uuid4().hex}@mutual.example",
        "theirReference": "DM/77",
        "legalBasis": "Our policy holder agreed.",
        "whatHappened": "The recording of the car park on 3 March, 14:00 to 14:30.",
    }
    async with world.anonymous() as client:
        sent = await client.post("/api/public/third-party-requests", json=body, headers=fresh_key())
    told = sent.json()
    assert told["acknowledgeBy"] is None, "a third party has no right to an answer that a regime sets a day for"
    found = await matter_of(world, told["reference"])
    path = f"/api/complaints/{found['id']}"
    etag = (await world.privacy_officer.api.get(path)).headers["etag"]
    wrong = await world.privacy_officer.api.post(
        f"{path}/closing", json={"outcome": "upheld", "answer": ANSWER}, headers={"If-Match": etag}
    )
    assert wrong.status_code == 400
    refused = {"outcome": "refused", "answer": "Your legal basis does not let us hand out a recording of others."}
    done = await world.privacy_officer.api.post(f"{path}/closing", json=refused, headers={"If-Match": etag})
    assert done.status_code == 200, done.text
    assert (await stand(public, told)).json()["outcome"] == "refused"


async def test_a_key_cannot_be_used_for_something_else(world: World) -> None:
    key = fresh_key()
    async with world.anonymous() as client:
        one = await client.post("/api/public/complaints", json=complaint(world), headers=key)
        two = await client.post("/api/public/complaints", json=complaint(world), headers=key)
    assert (one.status_code, two.status_code) == (201, 422)


async def test_one_mailbox_cannot_flood_the_officers(world: World) -> None:
    contact = f"{uuid.uuid4().hex}@flood.example"
    async with world.anonymous() as client:
        for _ in range(PER_CONTACT_A_DAY):
            sent = complaint(world, contact=contact)
            assert (await client.post("/api/public/complaints", json=sent, headers=fresh_key())).status_code == 201
        sent = complaint(world, contact=contact.upper())
        answer = await client.post("/api/public/complaints", json=sent, headers=fresh_key())
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_officers_are_reminded_weekly_and_late_ones_daily(world: World) -> None:
    told = await complained(world)
    identifier = (await matter_of(world, told["reference"]))["id"]

    async def stored() -> datetime:
        document = await world.platform.container(COMPLAINTS).read(identifier, world.home.id)
        return datetime.fromisoformat(document["remindAt"])

    first = await stored()
    for moment, pause in ((first, 7), (first + timedelta(days=40), 1)):
        later = dataclasses.replace(world.platform, clock=SetClock(moment))
        assert await desk.remind(later) >= 1
        assert await stored() == moment + timedelta(days=pause)
    assert await desk.remind(dataclasses.replace(world.platform, clock=SetClock(first))) == 0


async def test_forgotten_means_the_reference_leads_nowhere(world: World, public: httpx.AsyncClient) -> None:
    told = await complained(world)
    identifier = (await matter_of(world, told["reference"]))["id"]
    assert await retention.erase(world.platform, world.home.id, "complaint", identifier) == "disposed"
    assert (await stand(public, told)).status_code == 404
    with pytest.raises(NotFound):
        await world.platform.container(COMPLAINTS).read(told["reference"], told["reference"])
    with pytest.raises(NotFound):
        await world.platform.records(Incoming).read(identifier, world.home.id)


@pytest.mark.parametrize("language", list(Language))
async def test_receipts_and_states_are_in_every_language(
    world: World, public: httpx.AsyncClient, language: Language
) -> None:
    sent = complaint(world) | {"idempotencyKey": uuid.uuid4().hex}
    receipt = await public.post(f"/api/public/complaints?lang={language}", data=sent)
    accessibility.check(receipt.text, language.value)
    reference, secret = re.findall(r"<code>([^<]+)</code>", receipt.text)
    shown = await public.post(
        f"/api/public/complaints/status?lang={language}", data={"reference": reference, "secret": secret}
    )
    accessibility.check(shown.text, language.value)
