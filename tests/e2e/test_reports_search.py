"""Reports are found by what, when, where and how, and by plate for a case; nobody finds what is not theirs to see."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.reports import facets
from tests.support.world import Person, World, problem, submit, theft

ASKED = {"purpose": "INVESTIGATE"}
CASE = {"caseReference": "WM/4471/26"}
NOW = datetime.now(UTC)


async def ask(person: Person, **form: Any) -> httpx.Response:
    return await person.api.post("/api/search", json=form, params=ASKED)


async def found(person: Person, made: dict[str, str], **form: Any) -> set[str]:
    """Names of the ``made`` reports that the search finds. The world is shared, so each search names the product."""
    answer = await ask(person, **({"product": made["product"]} | form))
    assert answer.status_code == 200, answer.text
    ids = {each["id"] for each in answer.json()["reports"]}
    return {name for name, each in made.items() if each in ids}


@pytest.fixture(scope="module")
async def made(world: World) -> dict[str, str]:
    """Three reports of a product that nobody else in the world reports: dear, cheap, and at the other site."""
    product = f"Olive press {uuid.uuid4().hex[:8]}"

    def item(minor: int) -> list[dict[str, Any]]:
        return [{"product": product, "quantity": 1, "value": {"amountMinor": minor, "currency": "GBP"}}]

    dear = theft(
        world,
        items=item(90_000),
        methods=["group", "push_out"],
        vehicles=[{"plate": "KD05 OBS"}],
        occurredAt=(NOW - timedelta(hours=3)).isoformat(),
    )
    cheap = theft(
        world,
        type="robbery",
        items=item(500),
        methods=["force"],
        vehicles=[{"plate": "KD05 0B5"}],
        weaponSeen=True,
        howKnown="cctv",
        occurredAt=(NOW - timedelta(days=9)).isoformat(),
    )
    away = theft(world, items=item(700), methods=["group"], vehicles=[], siteId=world.other_site.id)
    ids = {
        "dear": (await submit(world.reporter, dear)).json()["id"],
        "cheap": (await submit(world.reporter, cheap)).json()["id"],
        "away": (await submit(world.elsewhere, away)).json()["id"],
    }
    return ids | {"product": product}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, {"dear", "cheap", "away"}),
        ({"types": ["robbery", "fraud"]}, {"cheap"}),
        ({"methods": ["group"]}, {"dear", "away"}),
        ({"methods": ["group", "push_out"]}, {"dear"}),
        ({"howKnown": ["cctv"]}, {"cheap"}),
        ({"weaponSeen": True}, {"cheap"}),
        ({"weaponSeen": False}, {"dear", "away"}),
        ({"minLossMinor": 600, "maxLossMinor": 800}, {"away"}),
        ({"until": (NOW - timedelta(days=1)).isoformat()}, {"cheap"}),
        ({"since": (NOW - timedelta(days=1)).isoformat(), "types": ["theft"]}, {"dear", "away"}),
        ({"status": "closed"}, set()),
        ({"region": "GB"}, {"dear", "cheap", "away"}),
        ({"region": "GB-SCT"}, set()),
        ({"near": {"latitude": 51.05, "longitude": -1.0, "km": 6}}, {"dear", "cheap", "away"}),
        ({"near": {"latitude": 51.05, "longitude": -1.0, "km": 5}}, set()),
        ({"product": "no such product"}, set()),
        (CASE | {"plate": "kd05-obs"}, {"dear"}),
        (CASE | {"plate": "kd05-obs", "like": True}, {"dear", "cheap"}),
    ],
)
async def test_each_filter_narrows_it(
    world: World, made: dict[str, str], form: dict[str, Any], expected: set[str]
) -> None:
    assert await found(world.investigator, made, **form) == expected


async def test_a_product_is_found_by_a_part_of_its_name_in_any_case(world: World, made: dict[str, str]) -> None:
    assert await found(world.investigator, made, product=made["product"][3:].upper()) == {"dear", "cheap", "away"}


async def test_sites_narrow_it_by_name_and_by_distance(world: World, made: dict[str, str]) -> None:
    assert await found(world.investigator, made, siteIds=[world.other_site.id]) == {"away"}
    around = {"siteId": world.site.id, "km": 1}
    assert await found(world.investigator, made, near=around) == {"dear", "cheap", "away"}
    elsewhere = await ask(world.investigator, near={"siteId": str(uuid.uuid4()), "km": 1})
    assert elsewhere.status_code == 400
    assert problem(elsewhere)["errors"][0]["at"] == "/near/siteId"


async def test_it_pages_through_everything_once_newest_first(world: World, made: dict[str, str]) -> None:
    form: dict[str, Any] = {"product": made["product"], "limit": 1}
    seen: list[str] = []
    while True:
        page = (await ask(world.investigator, **form)).json()
        seen += [each["id"] for each in page["reports"]]
        if not page["nextCursor"]:
            break
        form["cursor"] = page["nextCursor"]
    assert seen == [made["away"], made["dear"], made["cheap"]]


async def test_facets_count_what_this_person_finds_and_say_when_there_is_more(
    world: World, made: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"product": made["product"], "facets": True, "limit": 1}
    page = (await ask(world.investigator, **asked)).json()
    counted = {name: {each["value"]: each["reports"] for each in page["facets"][name]} for name in ("types", "sites")}
    assert counted == {"types": {"theft": 2, "robbery": 1}, "sites": {world.site.id: 2, world.other_site.id: 1}}
    assert page["facets"]["methods"][0] == {"value": "group", "reports": 2}
    assert page["facets"]["products"] == [{"value": made["product"].casefold(), "reports": 3}]
    assert sum(each["reports"] for each in page["facets"]["months"]) == page["facets"]["counted"] == 3
    assert page["facets"]["atLeast"] is False
    entries = await world.auditor.api.get("/api/audit", params={"action": "report:search"})
    assert '"facets":true' in entries.json()["entries"][0]["sought"]["text"]

    later = (await ask(world.investigator, **(asked | {"facets": False, "cursor": page["nextCursor"]}))).json()
    assert later["facets"] is None
    assert [each["id"] for each in later["reports"]] == [made["dear"]]

    stranger = (await ask(world.stranger, **asked)).json()
    assert stranger["facets"]["counted"] == 0

    monkeypatch.setattr(facets, "MOST_COUNTED", 2)
    where, parameters = "CONTAINS(c.items[0].product, @product)", {"product": made["product"]}
    bounded = await facets.counted(world.platform, where, parameters, [world.home.id], {"siteId", "items"})
    assert (bounded.counted, bounded.at_least) == (2, True)
    assert sum(each.reports for each in bounded.types) == 2
    assert (bounded.sites, bounded.products) == (None, None)


async def test_a_cursor_belongs_to_its_search(world: World, made: dict[str, str]) -> None:
    page = (await ask(world.investigator, product=made["product"], limit=1)).json()
    other = await ask(world.investigator, product="Olive", limit=1, cursor=page["nextCursor"])
    assert other.status_code == 400


async def test_who_may_not_search_finds_nothing(world: World, made: dict[str, str]) -> None:
    assert await found(world.stranger, made) == set()
    assert await found(world.partner_investigator, made) == set()
    for person in (world.reporter, world.admin, world.auditor, world.operator, world.officer):
        assert (await ask(person, product=made["product"])).status_code == 403


async def test_a_plate_is_searched_for_a_case_only_and_by_investigators_only(
    world: World, made: dict[str, str]
) -> None:
    assert (await ask(world.investigator, plate="KD05 OBS")).status_code == 400
    assert (await ask(world.investigator, plate="KD05 OBS", reportId=str(uuid.uuid4()))).status_code == 404
    assert (await ask(world.privacy_officer, plate="KD05 OBS", **CASE)).status_code == 403
    assert await found(world.investigator, made, plate="KD05 OBS", reportId=made["away"]) == {"dear"}


async def test_research_is_no_purpose_for_looking_at_reports(world: World) -> None:
    answer = await world.investigator.api.post("/api/search", json={}, params={"purpose": "RESEARCH"})
    assert answer.status_code == 403


async def test_the_search_is_on_record_sealed(world: World, made: dict[str, str]) -> None:
    await ask(world.investigator, product=made["product"])
    await ask(world.investigator, plate="KD05 OBS", **CASE)
    for action, what in (("report:search", made["product"]), ("plate:search", "KD05 OBS")):
        asked = {"action": action, "actor": world.investigator.id}
        entries = (await world.auditor.api.get("/api/audit", params=asked)).json()["entries"]
        entry = next(each for each in entries if each["subjects"])  # other kinds that were searched stand by themselves
        assert what in entry["sought"]["text"]
        assert made["dear"] in entry["subjects"]
    stored = world.platform.container("audit").query("SELECT * FROM c")
    dump = str([each async for each in stored])
    assert made["product"] not in dump
    assert "KD05" not in dump


async def test_clothing_and_marks_are_found_by_their_words(world: World) -> None:
    suspect = {"role": "suspect", "clothing": "A purple anorak, white trainers", "marks": "Scar on the left cheek"}
    mine = (await submit(world.reporter, theft(world, people=[suspect]))).json()["id"]
    for sought, found in (
        ({"worn": "purple anorak"}, True),
        ({"worn": "white trainers and a purple anorak", "marks": "scar, cheek"}, True),
        ({"worn": "green anorak"}, False),
    ):
        answer = await world.investigator.api.post("/api/search", json=sought, params={"purpose": "INVESTIGATE"})
        assert (mine in {each["id"] for each in answer.json()["reports"]}) is found, sought
    nothing = await world.investigator.api.post(
        "/api/search", json={"worn": "a tall man"}, params={"purpose": "INVESTIGATE"}
    )
    assert problem(nothing)["errors"][0]["code"] == "unknown_words"
