"""A privacy officer has the documents made: from what is in force, for programs and on paper."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from shared.accountability.models import Pack
from shared.retention import schedule
from tests.support.world import World, problem


@pytest.mark.parametrize("pack", list(Pack))
async def test_each_as_json_and_on_paper(world: World, pack: Pack) -> None:
    path = f"/api/accountability/{pack.value}"
    answer = await world.privacy_officer.api.get(path)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["organisation"] == "Harbour & Pine"
    assert told["rules"]["retention"] == schedule.version()
    printed = await world.auditor.api.get(path, params={"form": "pdf"})
    assert printed.headers["content-type"] == "application/pdf"
    text = " ".join("\n".join(page.extract_text() for page in PdfReader(BytesIO(printed.content)).pages).split())
    assert told["title"] in text
    assert told["version"] in text, "the same content has the same version"
    for section in told["sections"][:3]:
        assert " ".join(section["title"].split()) in text


async def test_the_record_names_the_fields_that_are_sealed(world: World) -> None:
    told = (await world.privacy_officer.api.get("/api/accountability/record-of-processing")).json()
    titles = [each["title"] for each in told["sections"]]
    assert "Stored, and not described yet" not in titles
    reports = next(each for each in told["sections"] if each["title"].startswith("Reports"))
    facts = {each["name"]: each["value"] for each in reports["facts"]}
    assert "Report: whatHappened, people, vehicles, policeReference" in facts["Sealed fields"]
    assert "24 months from the event" in facts["Kept for"]
    groups = next(each for each in told["sections"] if each["title"] == "Recipients and transfers")["points"]
    assert "A closed group with 1 law_enforcement, 1 retailer: shares robbery, theft, violence" in groups
    assert not [each for each in groups if world.partner.name in each]


async def test_what_there_is_not_is_said(world: World) -> None:
    answer = await world.privacy_officer.api.get("/api/accountability/excuses")
    assert answer.status_code == 404
    assert "record-of-processing" in problem(answer)["detail"]


async def test_not_for_everybody(world: World) -> None:
    for person in (world.reporter, world.investigator, world.operator, world.officer):
        assert (await person.api.get("/api/accountability/access-matrix")).status_code == 403


async def test_that_it_was_made_is_accounted_for(world: World) -> None:
    await world.admin.api.get("/api/accountability/sub-processors")
    entries = await world.auditor.api.get("/api/audit", params={"action": "accountability:read"})
    assert world.admin.id in {each["actor"] for each in entries.json()["entries"]}
