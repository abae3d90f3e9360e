"""The story of the demo, from an empty stack; and a search of all that it left behind."""

import base64
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli import leaks, world
from tests.support.stack import ROOT, StackUnderTest, running_stack

REPORTS = 40


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


def test_a_second_seeding_only_if_empty_changes_nothing(seeded: StackUnderTest) -> None:
    assert "already" in reeve(seeded, "seed", "--if-empty").stdout


@pytest.mark.timeout(240)
def test_the_story_goes_as_promised(seeded: StackUnderTest) -> None:
    done = reeve(seeded, "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓") == 10


def test_no_file_of_the_stack_holds_anything_personal(seeded: StackUnderTest) -> None:
    """Plates, clothing, marks and sentences of the seeded world, not only what the story itself searches for."""
    told = {vehicle.plate for vehicle in world.vehicles()} | {v.plate.replace(" ", "") for v in world.vehicles()}
    told |= {*world.CLOTHING, *filter(None, world.MARKS), "Left towards", "without looking at prices", "Ana Ferreira"}
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
