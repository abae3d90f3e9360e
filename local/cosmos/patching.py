"""Partial updates: the operations of PATCH on a document."""

from collections.abc import Callable, Mapping
from typing import Any

from local.cosmos.containers import Document
from local.cosmos.sql.parser import parse
from local.cosmos.sql.plan import Plan
from local.cosmos.sql.values import is_number
from local.cosmos.wire import PATCH_CONDITION_FALSE, Fault

MOST_OPERATIONS = 10
_SYSTEM_PROPERTIES = {"_rid", "_ts", "_etag", "_self", "_attachments"}

type Operation = Mapping[str, Any]


def patched(document: Document, specification: Mapping[str, Any]) -> Document:
    """Changes ``document`` in place, which nobody else may hold."""
    operations = specification.get("operations")
    if not isinstance(operations, list) or not 1 <= len(operations) <= MOST_OPERATIONS:
        raise Fault(400, f"The number of patch operations must be between 1 and {MOST_OPERATIONS}.")
    if condition := specification.get("condition"):
        _check(document, str(condition))
    for operation in operations:
        apply = _OPERATIONS.get(str(operation.get("op")).lower())
        if apply is None:
            raise Fault(400, f"The patch operation '{operation.get('op')}' is not known.")
        apply(document, operation)
    return document


def _check(document: Document, condition: str) -> None:
    plan = Plan(parse(f"SELECT * {condition}"), {})
    if not list(plan.over([document])):
        message = "Operation cannot be performed because one of the specified precondition is not met."
        raise Fault(412, message, PATCH_CONDITION_FALSE)


class _Target:
    """The place that a path names: a member of an object, or a position of an array."""

    def __init__(self, document: Document, operation: Operation, path: str) -> None:
        self._operation = operation
        *parents, last = self._keys(path)
        holder: Any = document
        for key in parents:
            holder = self._step(holder, key)
        if not isinstance(holder, dict | list):
            raise self.unusable()
        self.holder = holder
        self.key: Any = self._position(last) if isinstance(holder, list) else last

    @property
    def exists(self) -> bool:
        return self.key < len(self.holder) if isinstance(self.holder, list) else self.key in self.holder

    @property
    def value(self) -> Any:
        return self.holder[self.key]

    def set(self, value: Any) -> None:
        if isinstance(self.holder, list) and not self.exists:
            self.holder.append(value)
        else:
            self.holder[self.key] = value

    def insert(self, value: Any) -> None:
        if isinstance(self.holder, list):
            self.holder.insert(self.key, value)
        else:
            self.holder[self.key] = value

    def remove(self) -> Any:
        if not self.exists:
            raise self.unusable()
        return self.holder.pop(self.key)

    def unusable(self) -> Fault:
        name, path = self._operation.get("op"), self._operation.get("path")
        return Fault(400, f"For Operation({name}): Node({path}) to be changed was not found or the path is invalid.")

    def _keys(self, path: Any) -> list[str]:
        if not isinstance(path, str) or not path.startswith("/") or path == "/":
            raise self.unusable()
        keys = [key.replace("~1", "/").replace("~0", "~") for key in path[1:].split("/")]
        if keys[0] in _SYSTEM_PROPERTIES:
            raise self.unusable()
        return keys

    def _step(self, holder: Any, key: str) -> Any:
        if isinstance(holder, list) and key.isdecimal() and int(key) < len(holder):
            return holder[int(key)]
        return holder.get(key) if isinstance(holder, dict) else None

    def _position(self, key: str) -> int:
        """``-`` is behind the last element."""
        length = len(self.holder)
        if key == "-":
            return length
        if not key.isdecimal() or int(key) > length:
            raise self.unusable()
        return int(key)


def _target(document: Document, operation: Operation, member: str = "path") -> _Target:
    return _Target(document, operation, str(operation.get(member, "")))


def _add(document: Document, operation: Operation) -> None:
    _target(document, operation).insert(_value(operation))


def _set(document: Document, operation: Operation) -> None:
    _target(document, operation).set(_value(operation))


def _replace(document: Document, operation: Operation) -> None:
    target = _target(document, operation)
    if not target.exists:
        raise target.unusable()
    target.set(_value(operation))


def _remove(document: Document, operation: Operation) -> None:
    _target(document, operation).remove()


def _increment(document: Document, operation: Operation) -> None:
    target, step = _target(document, operation), _value(operation)
    value = target.value if target.exists else 0
    if not (is_number(value) and is_number(step)):
        raise target.unusable()
    target.set(value + step)


def _move(document: Document, operation: Operation) -> None:
    value = _target(document, operation, "from").remove()
    _target(document, operation).insert(value)


def _value(operation: Operation) -> Any:
    if "value" not in operation:
        raise Fault(400, f"For Operation({operation.get('op')}): the value is missing.")
    return operation["value"]


_OPERATIONS: dict[str, Callable[[Document, Operation], None]] = {
    "add": _add,
    "set": _set,
    "replace": _replace,
    "remove": _remove,
    "incr": _increment,
    "increment": _increment,
    "move": _move,
}
