"""What the law of each place knows, from law.toml: kinds of requests, authorities, exemptions with sources."""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("law.toml")


@dataclass(frozen=True)
class Exemption:
    """Why one record, or a part of it, may be kept back."""

    code: str
    says: str
    source: str
    neither: bool
    """Whether the answer may neither confirm nor deny that there is such a record."""


@functools.cache
def table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text())


def version() -> str:
    return str(table()["version"])


def regime(name: str) -> dict[str, Any]:
    found: dict[str, Any] = table()[name]
    return found


def exemptions(name: str) -> dict[str, Exemption]:
    rows: dict[str, dict[str, Any]] = regime(name)["exemptions"]
    return {
        code: Exemption(code, row["says"], row["source"], bool(row.get("neither", False))) for code, row in rows.items()
    }
