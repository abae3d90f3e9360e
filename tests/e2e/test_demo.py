"""The story of the demo, from an empty stack; and a search of all that it left behind."""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from cli import leaks, narratives, world
from cli.environment import DEVICES
from tests.support.stack import ROOT, StackUnderTest, running_stack

REPORTS = 40
USERS_FILE = ROOT / "cli" / "demo_users.json"


def reeve(stack: StackUnderTest, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "--stack", str(stack.data.root), *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | {"COLUMNS": "200"}, capture_output=True, text=True, timeout=200, check=False
    )


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    with running_stack(ROOT, tmp_path_factory.mktemp("demo"), "--quiet") as stack:
        done = reeve(stack, "seed", "--reports", str(REPORTS))
        assert done.returncode == 0, done.stderr
        assert f"30 sites and {REPORTS} reports" in done.stdout
        yield stack


def test_the_cameras_secrets_are_for_their_owner_only(seeded: StackUnderTest) -> None:
    devices = seeded.data.root / DEVICES
    assert devices.stat().st_mode & 0o777 == 0o600
    assert len({each["secret"] for each in json.loads(devices.read_text())}) == 2


@pytest.mark.parametrize(("arguments", "status"), [(["seed"], 1), (["seed", "--if-empty"], 0)])
def test_a_second_seeding_changes_nothing(seeded: StackUnderTest, arguments: list[str], status: int) -> None:
    before = _organisations(seeded)
    done = reeve(seeded, *arguments)
    assert done.returncode == status, done.stderr
    assert "already" in done.stdout
    assert _organisations(seeded) == before


def _organisations(stack: StackUnderTest) -> set[str]:
    """By what each demo user is told of their own."""
    found = set()
    for person in json.loads(USERS_FILE.read_text()):
        headers = {"Authorization": f"Bearer {stack.token(person['sub'])}"}
        me = httpx.get(f"{stack.base_url}/api/me", headers=headers, timeout=30).json()
        assert me["organisation"]["name"] == person["organisation"]
        assert me["roles"] == [person["role"]]
        found.add(me["organisation"]["id"])
    return found


def test_the_commands_to_try_work_as_they_are_printed(seeded: StackUnderTest) -> None:
    _, *lines = (ROOT / "cli" / "try.txt").read_text().splitlines()
    script = "\n".join(lines).replace("http://127.0.0.1:7071", seeded.base_url)
    script = script.replace("./reeve ", f"./reeve --stack '{seeded.data.root}' ").replace("curl ", "curl --fail -sS ")
    done = subprocess.run(
        ["sh", "-ec", script.replace("\n", "; echo\n")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    reports, report, alerts = (json.loads(line) for line in done.stdout.splitlines() if line)
    assert len(reports["reports"]) == 3
    assert report["status"] == "open"
    assert "alerts" in alerts


@pytest.mark.timeout(240)
def test_the_story_goes_as_promised(seeded: StackUnderTest) -> None:
    done = reeve(seeded, "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓") == done.stdout.count("as promised") == 12


def test_a_story_that_goes_wrong_says_so(seeded: StackUnderTest) -> None:
    """Whatever was told before, the camera's secret is wrong now."""
    devices = seeded.data.root / DEVICES
    kept = devices.read_text()
    devices.write_text(json.dumps([each | {"secret": "wrong"} for each in json.loads(kept)]))
    try:
        done = reeve(seeded, "demo")
    finally:
        devices.write_text(kept)
    assert done.returncode == 1
    assert done.stdout.count("✓") == 6
    assert done.stdout.count("✗") == done.stdout.count("failed") == 1
    assert done.stdout.count("not played") == 5


def test_there_is_no_story_before_the_seeding_is_complete(tmp_path: Path) -> None:
    (tmp_path / "environment.json").write_text("{}")
    done = subprocess.run(
        [sys.executable, "-m", "cli", "--stack", str(tmp_path), "demo"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "The demo data is not there yet. Wait until 'make run' says that everything runs.\n"


def test_no_file_of_the_stack_holds_anything_personal(seeded: StackUnderTest) -> None:
    """Plates, clothing, marks and sentences of the seeded world, not only what the story itself searches for."""
    told = {vehicle.plate for vehicle in world.vehicles()} | {v.plate.replace(" ", "") for v in world.vehicles()}
    told |= {*world.CLOTHING, *world.MARKS, *filter(None, world.BEHAVIOUR)}
    told |= {max(re.split(r"\{\w+\}", template), key=len).strip() for template in narratives.templates()}
    told |= {person["name"] for person in json.loads(USERS_FILE.read_text())}
    found = [leak for leak in leaks.search(seeded.data.root, told) if leak.file.name != "users.json"]
    assert found == []


def _base64(text: str) -> bytes:
    return base64.b64encode(f"{text} and more".encode())


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "clear": str.encode,
    "UTF-16": lambda text: text.encode("utf-16-le"),
    "base64": _base64,
    "base64, shifted": lambda text: _base64("ab" + text),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_search_finds_what_is_there(tmp_path: Path, encoding: str) -> None:
    secret = "Mustard yellow raincoat"
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file.db").write_bytes(b"\x00" * 100 + ENCODINGS[encoding](secret) + b"\xff" * 100)
    assert leaks.search(tmp_path, [secret])
    assert not leaks.search(tmp_path, ["Something else entirely"])
