"""Everything that Azure installs is under a licence that lets us use it as we do."""

import re
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PERMISSIVE = re.compile(
    r"MIT.*|HPND|0BSD|Unlicense|CC0-1\.0|Zlib|ISC.*|DFSG approved|PSF-2\.0|Python Software Foundation License"
    r"|CNRI-Python|Apache.*|(New |3-Clause )?BSD.*"
)
WEAK = re.compile(
    r"MPL-2\.0|Mozilla Public License 2\.0 \(MPL 2\.0\)"
    r"|LGPL-(2\.1|3\.0)-only|GNU Lesser General Public License v3 \(LGPLv3\)"
)
"""Copyleft by file or library: used unmodified and replaceable, so there is nothing to publish."""
STRONG = re.compile(r"lib(x264|x265|xvidcore|rubberband|vidstab|postproc|fdk-aac|cdio|smbclient)\b")
"""Libraries under the GPL, or under terms that go with it in no program, that wheels are known to carry. What a
package states about itself does not tell of them."""
KNOWN = {"av": {"libx264", "libx265"}}
"""For the second app only: docs/decisions/2026-11-28-video-without-gpl-codecs.md."""


def installed(requirements: str) -> dict[str, Distribution]:
    """The packages of a file, with all that they need."""
    found: dict[str, Distribution] = {}
    lines = (ROOT / requirements).read_text().splitlines()
    waiting = [line.partition("==")[0] for line in lines if "==" in line]
    while waiting:
        name = canonicalize_name(waiting.pop().partition("[")[0])
        if name not in found:
            found[name] = distribution(name)
            needs = map(Requirement, found[name].requires or [])
            waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


FIRST, SECOND = installed("requirements.txt"), installed("requirements-video.txt")
ALL = FIRST | SECOND


def licences(package: Distribution) -> list[str]:
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return re.split(r" (?:AND|OR) |[()]", expression)
    classifiers = [each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier") or [] if "License ::" in each]
    return classifiers or [metadata.get("License", "").partition("\n")[0] or first_line_of_the_licence(package)]


def first_line_of_the_licence(package: Distribution) -> str:
    files = [file for file in package.files or [] if file.name.upper().startswith("LICENSE")]
    return files[0].read_text().strip().partition("\n")[0] if files else "none stated"


def carried(package: Distribution) -> set[str]:
    """The strong libraries among its files, by name without version."""
    names = {file.name for file in package.files or [] if ".so" in file.name or file.name.endswith((".dylib", ".dll"))}
    return {found[0] for name in names if (found := STRONG.match(name))}


@pytest.mark.parametrize("name", sorted(ALL))
def test_the_licence_is_one_that_we_can_live_with(name: str) -> None:
    stated = [each.strip() for each in licences(ALL[name]) if each.strip()]
    assert stated
    assert [each for each in stated if not (PERMISSIVE.fullmatch(each) or WEAK.fullmatch(each))] == []


@pytest.mark.parametrize("name", sorted(FIRST))
def test_the_app_that_answers_people_carries_no_strong_library(name: str) -> None:
    assert carried(FIRST[name]) == set()


def test_what_the_second_app_carries_is_known_and_decided_on() -> None:
    found = {name: libraries for name, package in SECOND.items() if (libraries := carried(package))}
    assert found == KNOWN
    decision = (ROOT / "docs" / "decisions" / "2026-11-28-video-without-gpl-codecs.md").read_text()
    assert all(library.removeprefix("lib") in decision for library in KNOWN["av"])


def test_no_code_asks_for_a_strong_library() -> None:
    """Codecs are named in one place; these names open what is under the GPL."""
    for path in [*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").glob("*.py")]:
        assert not re.search(r"libx26[45]|[\"']x26[45]|h264_\w+|hevc_\w+", path.read_text()), path
