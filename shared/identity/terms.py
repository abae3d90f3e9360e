"""The terms of use in force: versioned words that everybody accepts before the first record is shown to them."""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("terms.toml")


@dataclass(frozen=True)
class TermsOfUse:
    version: str
    title: str
    points: tuple[str, ...]


@functools.cache
def in_force() -> TermsOfUse:
    newest = max(tomllib.loads(FILE.read_text())["terms"], key=lambda each: each["in_force"])
    return TermsOfUse(newest["version"], newest["title"], tuple(newest["points"]))
