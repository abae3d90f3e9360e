"""A table becomes watchlist entries, all or none; what is wrong is named line by line."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.world import Person, World, fresh_key, problem

HEAD = "plate,reason,caseReference,reportId,expiresAt,make,colour\n"
SOON = (datetime.now(UTC) + timedelta(days=30)).isoformat()


async def take_over(person: Person, lines: str, *, dry_run: bool = False, head: str = HEAD, **headers: str) -> Any:
    body = {"csv": head + lines, "dryRun": dry_run}
    return await person.api.post("/api/watchlists/imports", json=body, headers=headers or fresh_key())


async def plates(world: World) -> list[str]:
    answer = await world.investigator.api.get("/api/watchlists/entries", params={"purpose": "INVESTIGATE", "limit": 50})
    return [each["plate"] for each in answer.json()["entries"]]


def line(plate: str, reason: str = "Seen at thefts.", case: str = "HP-1", ends: str = SOON) -> str:
    return f'{plate},"{reason}",{case},,{ends},Ford,white\n'


async def test_a_look_adds_nothing_and_an_import_does_once(world: World) -> None:
    lines, key = line("IM01 ABC") + line("IM02 ABC"), fresh_key()
    looked = await take_over(world.investigator, lines, dry_run=True)
    assert looked.json() == {"rows": 2, "added": 0}
    assert "IM01 ABC" not in await plates(world)
    for _ in range(2):
        answer = await take_over(world.investigator, lines, **key)
        assert answer.json() == {"rows": 2, "added": 2}, answer.text
    assert sorted(each for each in await plates(world) if each.startswith("IM0")) == ["IM01 ABC", "IM02 ABC"]


async def test_one_wrong_line_keeps_all_of_them_out(world: World) -> None:
    wrong = line("IM11 ABC") + line("IM12 ABC", case="") + line("X") + line("IM14 ABC", ends="2020-01-01T00:00:00Z")
    answer = await take_over(world.investigator, wrong + line("IM15 ABC", reason="The Asian man drives it."))
    found = {(each["at"].split("#")[0], each["code"]) for each in problem(answer)["errors"]}
    assert ("/csv/3/plate", "string_too_short") in found
    assert ("/csv/4/expiresAt", "expiry") in found
    assert ("/csv/5/reason", "protected_attribute") in found
    assert any(at.startswith("/csv/2") for at, _ in found)
    assert not any(at.startswith("/csv/1") for at, _ in found)
    assert not [each for each in await plates(world) if each.startswith("IM1")]


@pytest.mark.parametrize("head", ["name,reason\n", "", "plate;reason;caseReference\n", "plate,reason,race\n"])
async def test_the_first_line_names_the_columns(world: World, head: str) -> None:
    answer = await take_over(world.investigator, "a,b,c\n", head=head)
    assert problem(answer)["errors"][0]["at"] == "/csv/0"


async def test_a_table_has_an_end(world: World) -> None:
    answer = await take_over(world.investigator, line("IM21 ABC") * 501)
    assert problem(answer)["errors"][0]["code"] == "too_long"


async def test_a_table_of_a_spreadsheet_is_read(world: World) -> None:
    """With a byte order mark, blanks around the names, and the line ends of Windows."""
    head = "\ufeffplate, reason ,caseReference,expiresAt\r\n"
    answer = await take_over(world.investigator, f"IM31 ABC,Seen at thefts.,HP-1,{SOON}\r\n", head=head, dry_run=True)
    assert answer.json() == {"rows": 1, "added": 0}, answer.text


async def test_only_investigators_keep_lists(world: World) -> None:
    assert (await take_over(world.reporter, line("IM41 ABC"))).status_code == 403


async def test_the_same_key_makes_one_entry(world: World) -> None:
    key, ends = fresh_key(), (datetime.now(UTC) + timedelta(days=1)).isoformat()
    form = {"plate": "AB12 CDE", "reason": "Seen at a theft.", "caseReference": "HP-1", "expiresAt": ends}
    bodies = (form, form, form | {"reason": "Another."})
    made, again, other = [
        await world.investigator.api.post("/api/watchlists/entries", json=body, headers=key) for body in bodies
    ]
    assert made.json()["id"] == again.json()["id"]
    assert problem(other)["type"] == "urn:reeve:problem:idempotency-key-reused"
