"""How long each category is kept. The table is data that a privacy officer can read; this module only applies it."""

import functools
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

TABLE = Path(__file__).parent / "rules.toml"


@functools.cache
def _days() -> dict[str, int]:
    table = tomllib.loads(TABLE.read_text())
    return {category: int(rule["days"]) for category, rule in table["category"].items()}


def dispose_at(category: str, from_: datetime) -> datetime:
    """When a record of ``category`` must be gone; ``from_`` is the moment at which the table says the clock starts."""
    return from_ + timedelta(days=_days()[category])


def seconds(category: str) -> int:
    """The same as a Cosmos TTL, for records whose loss on deletion does no harm."""
    return _days()[category] * 86_400
