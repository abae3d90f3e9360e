"""What the documents say of places in the repository is there: links, anchors, pictures, files, and targets of make."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
QUOTED_PATH = re.compile(r"`((?:shared|functions|local|cli|infra|scripts|tests|web|docs)/[\w./-]*\w)`")
TARGET = re.compile(r"`make (\w+)`|^make (\w+)", re.MULTILINE)


@pytest.mark.parametrize("name", FILES)
def test_every_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    wrong = []
    for link in LINK.findall(BLOCK.sub("", page.read_text())):
        path, _, anchor = link.partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    assert not wrong


@pytest.mark.parametrize("name", [each for each in FILES if each != "CHANGELOG.md"])
def test_every_file_that_is_named_exists(name: str) -> None:
    named = QUOTED_PATH.findall((ROOT / name).read_text())
    assert [each for each in named if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("name", FILES)
def test_every_target_of_make_exists(name: str) -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {first or second for first, second in TARGET.findall((ROOT / name).read_text())} <= targets


@cache
def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings: words in small letters, joined by hyphens, without marks."""
    headings = HEADING.findall(BLOCK.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
