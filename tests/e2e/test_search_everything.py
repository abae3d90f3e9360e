"""One search over all kinds of records: each by what it has, each for those who may see it, with a list of its own."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.world import Person, World, fresh_key, problem, submit, theft

ASKED = {"purpose": "INVESTIGATE"}
LISTS = {"people": "profiles", "vehicles": "profiles", "cases": "cases", "evidence": "evidence"}
MADE_UP = uuid.uuid4().hex[:6]
NAME, TITLE, REFERENCE = f"Erika Zz{MADE_UP}", f"Trolleys of Yy{MADE_UP}", f"WM/{MADE_UP}/26"
PLATE = f"QX{MADE_UP[:5]}".upper()


async def ask(person: Person, **form: Any) -> httpx.Response:
    return await person.api.post("/api/search", json=form, params=ASKED)


def hits(answer: httpx.Response) -> dict[str, set[str]]:
    """Ids by the list they stand in, of the lists that are there."""
    assert answer.status_code == 200, answer.text
    found = {"reports": {each["id"] for each in answer.json()["reports"]}}
    for name, inner in LISTS.items():
        if answer.json()[name] is not None:
            found[name] = {each["id"] for each in answer.json()[name][inner]}
    return found


async def made_by(person: Person, path: str, body: Any) -> dict[str, Any]:
    answer = await person.api.post(path, json=body, params=ASKED, headers=fresh_key())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def profile(world: World, report: str, **changes: Any) -> str:
    whole = {
        "subject": "person",
        "label": "Somebody who comes back",
        "reason": "Third time this month.",
        "reviewAt": (datetime.now(UTC) + timedelta(days=60)).isoformat(),
        "reports": [{"reportId": report, "reason": "Same coat.", "confidence": "probable"}],
    }
    return str((await made_by(world.investigator, "/api/profiles", whole | changes))["id"])


@pytest.fixture(scope="module")
async def made(world: World) -> dict[str, str]:
    report = (await submit(world.reporter, theft(world, vehicles=[{"plate": PLATE}]))).json()["id"]
    elsewhere = (await submit(world.elsewhere, theft(world, siteId=world.other_site.id, vehicles=[]))).json()["id"]
    case = {"title": TITLE, "reason": "They work together.", "policeReference": REFERENCE}
    items = []
    for person, each in ((world.reporter, report), (world.elsewhere, elsewhere)):
        body = {"reportId": each, "kind": "image", "mimeType": "image/jpeg", "sizeBytes": 999}
        answer = await person.api.post("/api/evidence/uploads", json=body, headers=fresh_key())
        items.append(answer.json()["evidenceId"])
    return {
        "report": report,
        "person": await profile(world, report, names=[NAME], clothing="Red cap", marks="Tattoo on the neck"),
        "vehicle": await profile(world, report, subject="vehicle", vehicle={"plate": PLATE}),
        "case": (await made_by(world.investigator, "/api/cases", case))["id"],
        "picture": items[0],
        "away": items[1],
    }


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"name": f"zz{MADE_UP} ERIKA"}, {"people": {"person"}}),
        ({"name": f"Zz{MADE_UP} Erik"}, {"people": set()}),
        ({"title": f"yy{MADE_UP}"}, {"cases": {"case"}}),
        ({"title": f"yy{MADE_UP}", "caseStatuses": ["closed"]}, {"cases": set()}),
        ({"policeReference": REFERENCE.lower().replace("/", " ")}, {"cases": {"case"}}),
        ({"plate": PLATE.lower(), "caseReference": "WM/1"}, {"reports": {"report"}, "vehicles": {"vehicle"}}),
        ({"plate": PLATE[:-1], "caseReference": "WM/1"}, {"vehicles": set()}),
    ],
)
async def test_each_kind_is_found_by_what_it_has(
    world: World, made: dict[str, str], form: dict[str, Any], expected: dict[str, set[str]]
) -> None:
    found = hits(await ask(world.investigator, **form))
    assert set(found) == {"reports", *expected}
    named = {id_: name for name, id_ in made.items()}
    assert {kind: {named[each] for each in ids} for kind, ids in found.items()} == {"reports": set()} | expected


async def test_looks_sites_media_and_colleagues_narrow_it(world: World, made: dict[str, str]) -> None:
    since = {"since": (datetime.now(UTC) - timedelta(days=1)).isoformat()}
    worn = hits(await ask(world.investigator, worn="red cap", marks="tattoo on the neck", **since))
    assert made["person"] in worn["people"]
    assert set(worn) == {"reports", "people"}
    assert made["person"] not in hits(await ask(world.investigator, worn="blue cap"))["people"]
    nothing = await ask(world.investigator, kinds=["person"], worn="something nice")
    assert problem(nothing)["errors"][0]["code"] == "unknown_words"

    here = {"kinds": ["evidence"], "siteIds": [world.site.id], "states": ["awaiting_upload"], "media": ["image"]}
    pictures = hits(await ask(world.investigator, **here, limit=50))["evidence"]
    assert made["picture"] in pictures
    assert made["away"] not in pictures
    assert hits(await ask(world.investigator, ofReport=made["report"]))["evidence"] == {made["picture"]}
    mine = hits(await ask(world.investigator, assigneeId=world.investigator.id, limit=50))
    assert made["case"] in mine["cases"]
    assert hits(await ask(world.investigator, assigneeId=world.admin.id))["cases"] == set()


async def test_nobody_is_shown_a_kind_or_a_site_that_is_not_theirs(world: World, made: dict[str, str]) -> None:
    every = (await ask(world.privacy_officer)).json()
    assert every["searched"] == ["report", "person", "vehicle", "case", "evidence"]
    assert (await ask(world.privacy_officer, plate=PLATE, caseReference="WM/1")).status_code == 403
    assert (await ask(world.reporter, kinds=["person"])).status_code == 403
    assert (await ask(world.reporter)).status_code == 403
    for form in ({"name": NAME}, {"title": TITLE}, {"plate": PLATE, "caseReference": "WM/1"}, {}):
        theirs = hits(await ask(world.stranger, **form))
        assert not set(made.values()) & {each for ids in theirs.values() for each in ids}


async def test_what_cannot_be_searched_together_is_said(world: World) -> None:
    for form, words in (
        ({"name": NAME, "title": TITLE}, "No kind of record"),
        ({"kinds": ["case"], "product": "Gin"}, "case cannot be searched by product"),
        ({"kinds": ["case", "person"], "cursor": "abc"}, "next page is of one kind"),
    ):
        assert words in str(problem(await ask(world.investigator, **form))["errors"])


async def test_a_list_goes_on_with_its_own_cursor(world: World, made: dict[str, str]) -> None:
    report = made["report"]
    names = [f"Xx{MADE_UP}"]
    three = {await profile(world, report, names=names) for _ in range(3)}
    seen, page = set(), {"name": names[0], "limit": 2}
    first = (await ask(world.investigator, **page)).json()
    seen |= {each["id"] for each in first["people"]["profiles"]}
    again = {"kinds": ["person"], "cursor": first["people"]["nextCursor"]}
    second = (await ask(world.investigator, **page, **again)).json()
    assert (seen | {each["id"] for each in second["people"]["profiles"]}) >= three
    elsewhere = await ask(world.investigator, **page | {"name": TITLE}, **again)
    assert elsewhere.status_code == 400


async def test_it_is_on_record_and_stored_as_tokens(world: World, made: dict[str, str]) -> None:
    await ask(world.investigator, title=TITLE)
    asked = {"action": "case:search", "actor": world.investigator.id}
    entry = (await world.auditor.api.get("/api/audit", params=asked)).json()["entries"][0]
    assert made["case"] in entry["subjects"]
    assert TITLE in entry["sought"]["text"]
    row = await world.platform.container("cases").read(made["case"], [world.home.id, made["case"]])
    assert len(row["referenceTokens"][0]) == 5
    assert {len(each) for each in row["titleTokens"]} == {2}
    changed = await world.investigator.api.patch(
        f"/api/cases/{made['case']}",
        json={"title": "Closed business"},
        params=ASKED,
        headers={"If-Match": row["_etag"]},
    )
    assert changed.status_code == 200, changed.text
    assert hits(await ask(world.investigator, title=TITLE))["cases"] == set()
    assert made["case"] in hits(await ask(world.investigator, title="closed business"))["cases"]
