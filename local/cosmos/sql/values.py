"""JSON values as the query language compares and orders them. Undefined, a missing property, is a value of its own."""

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import Any, Final

type Value = Any
"""A JSON value, or :data:`UNDEFINED`."""


class _Undefined:
    __slots__ = ()

    def __repr__(self) -> str:
        return "undefined"

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = _Undefined()


class Kind(IntEnum):
    """The types in their sort order."""

    UNDEFINED = 0
    NULL = 1
    BOOLEAN = 2
    NUMBER = 3
    STRING = 4
    ARRAY = 5
    OBJECT = 6


_KINDS: dict[type, Kind] = {
    _Undefined: Kind.UNDEFINED,
    type(None): Kind.NULL,
    bool: Kind.BOOLEAN,
    int: Kind.NUMBER,
    float: Kind.NUMBER,
    str: Kind.STRING,
    list: Kind.ARRAY,
    dict: Kind.OBJECT,
}


def kind(value: Value) -> Kind:
    return _KINDS[type(value)]


def is_number(value: Value) -> bool:
    return type(value) in {int, float}


def equal(left: Value, right: Value) -> bool:
    of = kind(left)
    if of != kind(right):
        return False
    if of is Kind.ARRAY:
        return len(left) == len(right) and all(map(equal, left, right))
    if of is Kind.OBJECT:
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    return bool(left == right)


def compare(operator: str, left: Value, right: Value) -> Value:
    """True, False, or undefined where the two cannot be compared."""
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    if operator == "=":
        return equal(left, right)
    if operator == "!=":
        return not equal(left, right)
    of = kind(left)
    if of != kind(right) or of > Kind.STRING:
        return UNDEFINED
    if of is Kind.NULL:
        return operator in {"<=", ">="}
    return _ordered(operator, left, right)


def _ordered(operator: str, left: Value, right: Value) -> Value:
    match operator:
        case "<":
            return left < right
        case ">":
            return left > right
        case "<=":
            return left <= right
    return left >= right


def sort_key(value: Value) -> tuple[int, Value]:
    of = kind(value)
    if of <= Kind.NULL:
        return of, 0
    return (of, value) if of <= Kind.STRING else (of, repr(frozen(value)))


def frozen(value: Value) -> Value:
    """Hashable, and equal for equal values only."""
    of = kind(value)
    if of is Kind.OBJECT:
        return of, tuple((key, frozen(value[key])) for key in sorted(value))
    return (of, tuple(map(frozen, value))) if of is Kind.ARRAY else (of, value)


def unique(values: Iterable[Value]) -> Iterable[Value]:
    seen = set()
    for value in values:
        key = frozen(value)
        if key not in seen:
            seen.add(key)
            yield value


def like(pattern: str, escape: str | None) -> re.Pattern[str]:
    """A LIKE pattern: ``%``, ``_`` and ``[class]``."""
    expression, characters = "", iter(pattern)
    for character in characters:
        if character == escape:
            expression += re.escape(next(characters, ""))
        elif character == "[":
            expression += _character_class(characters)
        else:
            expression += {"%": ".*", "_": "."}.get(character) or re.escape(character)
    return re.compile(expression, re.DOTALL)


def _character_class(characters: Iterable[str]) -> str:
    members = ""
    for character in characters:
        if character == "]":
            break
        members += "\\\\" if character == "\\" else character
    return f"[{members}]" if members.strip("^") else "(?!)"
