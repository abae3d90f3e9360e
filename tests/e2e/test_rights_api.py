"""Requests of persons over HTTP: sent in, confirmed, routed to those who may hold something, run by the clock."""

import re
from typing import Any

import httpx
import pytest

from shared.rights.models import Request
from shared.sealing.roots import PLATFORM
from tests.support import accessibility
from tests.support.post import Post
from tests.support.rights import NAME, Asker, ask, ask_page, asked, case_at, sent
from tests.support.waiting import eventually
from tests.support.world import World, problem

NOWHERE = {"region": "AU-TAS", "place": "A jetty", "on": "2026-11-01"}


async def change(world: World, path: str, body: Any, before: httpx.Response) -> httpx.Response:
    api = world.privacy_officer.api
    return await api.post(
        f"/api/rights/cases/{before.json()['id']}/{path}", json=body, headers={"If-Match": before.headers["etag"]}
    )


async def opened(world: World, **changes: Any) -> tuple[Any, httpx.Response]:
    asker = await sent(world, **changes)
    case = await case_at(world.privacy_officer.api, asker)
    return asker, await world.privacy_officer.api.get(f"/api/rights/cases/{case['id']}")


async def test_nothing_is_sent_before_the_contact_is_proven(world: World) -> None:
    asker = await asked(world)
    assert (await asker.status())["state"] == "unconfirmed"
    wrong = await asker.api.post(f"{asker.path}/confirmation", json={"code": "00000000"})
    assert problem(wrong)["errors"][0]["code"] == "wrong_code"
    code = await Post(world.stack).code(asker.contact)
    right = await asker.api.post(f"{asker.path}/confirmation", json={"code": code})
    assert right.json()["state"] == "sent"
    again = await asker.api.post(f"{asker.path}/confirmation", json={"code": code})
    assert (again.status_code, again.json()["state"]) == (200, "sent")


async def test_five_wrong_codes_need_a_new_one_and_three_codes_a_new_request(world: World) -> None:
    asker = await asked(world)
    first = await Post(world.stack).code(asker.contact)
    for _ in range(5):
        await asker.api.post(f"{asker.path}/confirmation", json={"code": "00000000"})
    assert (await asker.api.post(f"{asker.path}/confirmation", json={"code": first})).status_code == 409
    assert (await asker.api.post(f"{asker.path}/code")).status_code == 200
    await Post(world.stack).wait_for(asker.contact, 2)  # letters may overtake each other
    assert (await asker.api.post(f"{asker.path}/code")).status_code == 200
    assert (await asker.api.post(f"{asker.path}/code")).status_code == 409
    await Post(world.stack).wait_for(asker.contact, 3)
    newest = await Post(world.stack).code(asker.contact)
    assert (await asker.api.post(f"{asker.path}/confirmation", json={"code": first})).status_code == 400
    assert (await asker.api.post(f"{asker.path}/confirmation", json={"code": newest})).status_code == 200


async def test_only_the_secret_opens_a_request_and_all_failures_are_one(world: World) -> None:
    asker, other = await asked(world), await asked(world)
    told = []
    for path, secret in [
        (asker.path, other.secret),
        (asker.path, ""),
        ("/api/public/requests/2222-2222-2222", asker.secret),
        ("/api/public/requests/nonsense", asker.secret),
    ]:
        async with world.anonymous(**{"X-Request-Secret": secret}) as api:
            answer = await api.get(path)
        found = problem(answer)
        told.append((answer.status_code, found["type"], found["title"], found["detail"]))
    assert len(set(told)) == 1
    assert told[0][0] == 404


async def test_the_controllers_get_a_case_each_and_the_platform_forgets_the_facts(world: World) -> None:
    asker, case = await opened(world)
    found = case.json()
    assert found["facts"]["fullName"] == NAME
    assert found["clock"]["regime"] == "UK"
    assert found["clock"]["overdue"] is False

    async def forgotten() -> Request | None:
        request = await world.platform.records(Request).read(asker.reference, [PLATFORM, asker.reference])
        return request if request.routed else None

    request = await eventually(forgotten)
    assert request.facts is None
    assert world.home.id in {each.organisation_id for each in request.cases}
    dump = await world.platform.container("rights").read(found["id"], [world.home.id, found["id"]])
    assert NAME not in str(dump)
    assert (await asker.status())["answers"] == []


async def test_where_nobody_is_the_answer_is_that_nobody_has_it(world: World) -> None:
    asker = await sent(world, incident=NOWHERE)

    async def closed() -> bool:
        return bool((await asker.status())["state"] == "closed")

    assert await eventually(closed)


async def test_a_case_from_receipt_to_a_confirmed_identity(world: World) -> None:
    asker, case = await opened(world, language="de")
    acknowledged = await change(world, "acknowledgement", {"message": "We have your request."}, case)
    assert acknowledged.status_code == 200, acknowledged.text
    asked_for = await change(
        world, "questions", {"reason": "identity", "message": "Please call us on the number of the shop."}, acknowledged
    )
    assert asked_for.json()["clock"]["paused"] is True
    heard = await asker.status()
    assert [each["topic"] for each in heard["messages"]] == ["acknowledged", "identity"]
    mails = await Post(world.stack).wait_for(asker.contact, 3)
    assert [each["subject"][:14] for each in mails] == ["Eine Nachricht", "Eine Nachricht", "Ihr Code für d"]
    assert all(NAME not in str(each) for each in mails)
    said = await asker.api.post(f"{asker.path}/messages/{case.json()['id']}", json={"message": "I called today."})
    assert said.status_code == 200, said.text
    now = await world.privacy_officer.api.get(case.url.path)
    assert now.json()["messages"][-1]["text"] == "I called today."
    assert now.json()["clock"]["paused"] is False
    proven = await change(
        world, "identity", {"result": "confirmed", "how": "shown_on_a_call", "note": "Face and date of birth."}, now
    )
    assert proven.json()["proof"]["result"] == "confirmed"


async def test_more_time_needs_a_ground_and_the_person_is_told(world: World) -> None:
    asker, case = await opened(world)
    clock = case.json()["clock"]
    body = {"ground": "complexity", "until": clock["latestOn"], "message": "Several records have to be read."}
    refused = await change(world, "extension", body | {"ground": "holidays"}, case)
    assert refused.status_code == 409
    longer = await change(world, "extension", body, case)
    assert longer.json()["clock"]["dueOn"] == clock["latestOn"] > clock["dueOn"]
    assert (await asker.status())["messages"][0]["text"] == body["message"]


async def test_the_board_shows_the_most_urgent_first(world: World) -> None:
    await opened(world)
    board = (await world.privacy_officer.api.get("/api/rights/board")).json()
    due = [each["clock"]["dueOn"] for each in board["cases"]]
    assert due == sorted(due)
    assert board["open"] == len(due) >= 1


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"dateOfBirth": "1491-04-17"}, "/dateOfBirth"),
        ({"incident": NOWHERE | {"on": "2099-01-01"}}, "/incident/on"),
        ({"incident": NOWHERE | {"on": "2001-01-01"}}, "/incident/on"),
        ({"contact": "nowhere"}, "/contact"),
        ({"kinds": []}, "/kinds"),
        ({"fullName": "x" * 121}, "/fullName"),
    ],
)
async def test_what_is_wrong_is_pointed_at_and_never_repeated(world: World, wrong: dict[str, Any], at: str) -> None:
    async with world.anonymous() as api:
        answer = await api.post("/api/public/requests", json=ask(**wrong))
    assert answer.status_code == 400
    assert [each["at"] for each in problem(answer)["errors"]] == [at]
    assert NAME not in answer.text


async def test_one_mailbox_makes_five_requests_a_day(world: World) -> None:
    body = ask()
    async with world.anonymous() as api:
        answers = [(await api.post("/api/public/requests", json=body)).status_code for _ in range(6)]
    assert answers == [201] * 5 + [429]


@pytest.mark.parametrize("language", ["en", "en-NZ", "fr", "de", "es"])
async def test_without_script_from_the_form_to_the_answer(world: World, language: str) -> None:
    asked_for, sent_by = {"lang": language}, {"Accept": "text/html"}
    async with world.anonymous(**sent_by) as api:
        form = await api.get("/api/public/my-data", params=asked_for)
        assert form.status_code == 200
        accessibility.check(form.text, language)
        body = ask_page(kinds=["access", "correction"], plates="AB12 CDE, XY34 ZZZ", about="15:30")
        receipt = await api.post("/api/public/my-data", params=asked_for, data=body)
        assert receipt.status_code == 201, receipt.text
        accessibility.check(receipt.text, language)
        reference, secret = re.findall(r"<code>([^<]+)</code>", receipt.text)
        given = {"reference": reference, "secret": secret}
        wrong = await api.post("/api/public/my-data/confirmation", params=asked_for, data=given | {"code": "00000000"})
        assert wrong.status_code == 400
        code = await Post(world.stack).code(body["contact"])
        sent_off = await api.post("/api/public/my-data/confirmation", params=asked_for, data=given | {"code": code})
        assert sent_off.status_code == 200, sent_off.text
        asker = Asker(api, reference, secret, body["contact"])
        case = await case_at(world.privacy_officer.api, asker)
        read = await world.privacy_officer.api.get(f"/api/rights/cases/{case['id']}")
        assert read.json()["language"] == language
        await change(world, "questions", {"reason": "clarification", "message": "Which of our shops was it?"}, read)
        status = await api.post("/api/public/my-data/status", params=asked_for, data=given)
        accessibility.check(status.text, language)
        assert "Which of our shops was it?" in status.text
        reply = given | {"caseId": case["id"], "message": "The one by the bridge."}
        replied = await api.post("/api/public/my-data/reply", params=asked_for, data=reply)
        assert "The one by the bridge." in replied.text
        nothing = await api.post("/api/public/my-data/answer", data=given | {"caseId": case["id"], "format": "pdf"})
        assert nothing.status_code == 404
