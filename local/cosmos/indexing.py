"""What the indexing policy of a container allows a query to be ordered by."""

from typing import Any, NamedTuple

from local.cosmos.jsonpath import segments

_ALWAYS_INDEXED = (["id"], ["_ts"])


class Order(NamedTuple):
    path: list[str]
    descending: bool


def is_indexed(policy: dict[str, Any], path: list[str]) -> bool:
    """The longest matching path of the policy decides; the service has ``id`` and ``_ts`` indexed in any case."""
    included = max((_precision(entry["path"], path) for entry in policy.get("includedPaths", [])), default=-1)
    excluded = max((_precision(entry["path"], path) for entry in policy.get("excludedPaths", [])), default=-1)
    return path in _ALWAYS_INDEXED or included > excluded


def has_composite(policy: dict[str, Any], wanted: list[Order]) -> bool:
    """An index in the same order or in the very opposite one."""
    opposite = [Order(path, not descending) for path, descending in wanted]
    return any(_composite(entry) in (wanted, opposite) for entry in policy.get("compositeIndexes", []))


def _composite(entry: list[dict[str, Any]]) -> list[Order]:
    return [Order(segments(each["path"]), each.get("order", "ascending").lower() == "descending") for each in entry]


def _precision(pattern: str, path: list[str]) -> int:
    """How much of ``path`` the pattern names, -1 if it is about others. ``/a/?`` is about ``a`` alone."""
    *keys, ending = segments(pattern)
    if ending == "?":
        return len(keys) + 1 if keys == path else -1
    if ending != "*":
        return -1
    return len(keys) if path[: len(keys)] == keys else -1
