"""A bundle over HTTP: asked for, built by the message, fetched in parts, verified by the program inside it."""

import asyncio
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx

from tests.e2e.test_cases_api import INVESTIGATE, opened, send
from tests.support.waiting import eventually
from tests.support.world import World, fresh_key, problem, submit, theft

LEGAL = {"purpose": "LEGAL_ACTION"}


async def test_from_the_case_to_the_court(world: World, tmp_path: Path) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    case = await opened(world)
    path = case.headers["location"]
    await send(world, "POST", f"{path}/records", {"kind": "report", "id": report, "reason": "The event itself"}, case)
    form = {
        "recipient": {"kind": "court", "name": "Crown Court"},
        "purpose": "LEGAL_ACTION",
        "caseNumber": "T2026/0042",
        "reports": [report],
    }
    asked = await world.investigator.api.post(f"{path}/bundle", json=form, headers=fresh_key())
    assert asked.status_code == 202, asked.text
    place = asked.headers["location"]

    async def built() -> httpx.Response | None:
        found = await world.investigator.api.get(place, params=LEGAL)
        return found if found.json()["state"] == "ready" else None

    ready = await eventually(built, what="the bundle is ready")

    content, total = b"", ready.json()["sizeBytes"]
    while len(content) < total:
        wanted = {"Range": f"bytes={len(content)}-{len(content) + 9_999}"}
        part = await world.investigator.api.get(f"{place}/content", params=LEGAL, headers=wanted)
        assert part.status_code == 206
        assert part.headers["content-range"].startswith(f"bytes {len(content)}-")
        content += part.content
    whole = await world.investigator.api.get(f"{place}/content", params=LEGAL)
    assert (whole.status_code, whole.content) == (200, content)
    beyond = await world.investigator.api.get(f"{place}/content", params=LEGAL, headers={"Range": f"bytes={total}-"})
    assert problem(beyond)["type"] == "urn:reeve:problem:range-not-satisfiable"

    archive = tmp_path / "bundle.zip"
    archive.write_bytes(content)
    with zipfile.ZipFile(io.BytesIO(content)) as inside:
        (tmp_path / "verify.py").write_bytes(inside.read("verify.py"))
    command = [sys.executable, "-I", str(tmp_path / "verify.py"), str(archive)]
    checked = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stdout

    listed = await world.investigator.api.get(f"{path}/bundles", params=INVESTIGATE)
    [mine] = listed.json()["bundles"]
    assert mine["recipient"] == "Crown Court"
    gone = await world.investigator.api.post(f"{place}/withdrawal", headers={"If-Match": mine["etag"]})
    assert gone.json()["state"] == "withdrawn"
    after = await world.investigator.api.get(f"{place}/content", params=LEGAL)
    assert problem(after)["type"] == "urn:reeve:problem:no-longer-there"


async def test_what_is_missing_is_said_in_words(world: World) -> None:
    case = await opened(world)
    form = {"recipient": {"kind": "insurer", "name": "Any"}, "purpose": "RESEARCH", "caseNumber": "x", "reports": []}
    answer = await world.investigator.api.post(f"{case.headers['location']}/bundle", json=form, headers=fresh_key())
    places = {each["at"] for each in problem(answer)["errors"]}
    assert {"/recipient/kind", "/purpose", "/caseNumber", "/reports"} <= places
