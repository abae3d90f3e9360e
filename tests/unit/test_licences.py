"""Everything that Azure installs is under a licence that lets us use it as we do."""

import re
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"
PERMISSIVE = re.compile(
    r"MIT.*|HPND|0BSD|Unlicense|CC0-1\.0|Zlib|ISC.*|DFSG approved|PSF-2\.0|Python Software Foundation License"
    r"|CNRI-Python|Apache.*|(New |3-Clause )?BSD.*"
)
WEAK = re.compile(
    r"MPL-2\.0|Mozilla Public License 2\.0 \(MPL 2\.0\)"
    r"|LGPL-(2\.1|3\.0)-only|GNU Lesser General Public License v3 \(LGPLv3\)"
)
"""Copyleft by file or library: used unmodified and replaceable, so there is nothing to publish."""


def installed() -> dict[str, Distribution]:
    """The packages of requirements.txt, with all that they need."""
    found: dict[str, Distribution] = {}
    waiting = [line.partition("==")[0] for line in REQUIREMENTS.read_text().splitlines() if "==" in line]
    while waiting:
        name = canonicalize_name(waiting.pop().partition("[")[0])
        if name not in found:
            found[name] = distribution(name)
            needs = map(Requirement, found[name].requires or [])
            waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


def licences(package: Distribution) -> list[str]:
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return re.split(r" (?:AND|OR) |[()]", expression)
    classifiers = [each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier") or [] if "License ::" in each]
    return classifiers or [metadata.get("License", "").partition("\n")[0] or first_line_of_the_licence(package)]


def first_line_of_the_licence(package: Distribution) -> str:
    files = [file for file in package.files or [] if file.name.upper().startswith("LICENSE")]
    return files[0].read_text().strip().partition("\n")[0] if files else "none stated"


@pytest.mark.parametrize("name", sorted(installed()))
def test_the_licence_is_one_that_we_can_live_with(name: str) -> None:
    stated = [each.strip() for each in licences(installed()[name]) if each.strip()]
    assert stated
    assert [each for each in stated if not (PERMISSIVE.fullmatch(each) or WEAK.fullmatch(each))] == []
