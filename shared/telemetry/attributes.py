"""The only things a trace or a metric can say. Whatever is not listed here, or does not look as listed, is not said.

A personal string cannot pass: every value is a number, a name from the code, or an id that derives from nothing.
"""

import re
from collections.abc import Mapping
from typing import TypeGuard

type Value = str | int | float | bool

WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,79}", re.ASCII)
"""Names from the code: functions, containers, queues, error types."""
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

WORDS = frozenset(
    {
        "reeve.function",
        "reeve.problem",
        "reeve.cause",
        "reeve.kind",
        "reeve.outcome",
        "http.request.method",
        "db.operation.name",
        "db.collection.name",
        "db.system.name",
        "messaging.system",
        "messaging.destination.name",
        "error.type",
    }
)
NUMBERS = frozenset(
    {
        "http.response.status_code",
        "db.response.status_code",
        "azure.cosmosdb.operation.request_charge",
        "reeve.cosmos.calls",
        "reeve.cosmos.request_units",
        "reeve.count",
        "reeve.delivery",
    }
)
IDS = frozenset({"messaging.message.id", "reeve.correlation_id"})
"""Random, or derived from random ones; see :mod:`shared.ids`."""


def safe(attributes: Mapping[str, object]) -> dict[str, Value]:
    """The attributes that may leave the process."""
    return {name: value for name, value in attributes.items() if _may_pass(value, name)}


def _may_pass(value: object, name: str) -> TypeGuard[Value]:
    if name in NUMBERS:
        return isinstance(value, int | float)
    if not isinstance(value, str):
        return False
    if name in IDS:
        return bool(ID.fullmatch(value))
    return name in WORDS and bool(WORD.fullmatch(value)) and not ID.fullmatch(value)
