"""What the indexing policy of a container allows a query to be ordered by, and what it finds without loading items."""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from local.cosmos.jsonpath import is_plain, segments

_ALWAYS_INDEXED = (["id"], ["_ts"])


class Order(NamedTuple):
    path: list[str]
    descending: bool


class Served:
    """What an index answers of the conditions on a container, whose items are in ``table``."""

    def __init__(self, policy: dict[str, Any], table: str) -> None:
        self._policy, self._table = policy, table
        self._elements: dict[tuple[str | int, ...], str] = {
            tuple(keys): name for name, keys in element_tables(policy, table).items()
        }
        self._known: dict[tuple[str | int, ...], bool] = {}

    def serves(self, keys: Sequence[str | int]) -> bool:
        """An element of an array has ``[]`` in its path, whichever it is."""
        wanted = tuple(keys)
        if wanted not in self._known:
            path = ["[]" if isinstance(key, int) else key for key in wanted]
            self._known[wanted] = is_indexed(self._policy, path)
        return self._known[wanted]

    def elements(self, keys: Sequence[str | int]) -> tuple[str, str] | None:
        name = self._elements.get(tuple(keys))
        return (name, self._table) if name else None


def element_tables(policy: dict[str, Any], table: str) -> dict[str, list[str]]:
    """The paths of arrays whose elements the policy indexes (``/tokens/[]/?``), by the names of their tables."""
    paths = [segments(entry["path"]) for entry in policy.get("includedPaths", [])]
    arrays = [keys[:-2] for keys in paths if keys[-2:] == ["[]", "?"]]
    return {f"{table}_elements_{digest('/'.join(keys))}": keys for keys in arrays if keys and is_plain(keys)}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


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
