"""Functions on arrays and objects."""

import statistics
from collections.abc import Callable
from typing import Any

from local.cosmos.sql.library.definition import MANY, Function, is_array, is_string, of
from local.cosmos.sql.values import UNDEFINED, Kind, Value, equal, is_number, kind, sort_key, unique


def _contains(array: Value, wanted: Value, partial: Value = False) -> Value:
    """Undefined for what is no array. Source: azure-cosmos-dotnet-v3, SqlObjectsExtensions' builtin evaluator."""
    if not is_array(array) or wanted is UNDEFINED:
        return UNDEFINED
    if partial is True and isinstance(wanted, dict):
        return any(_includes(element, wanted) for element in array)
    return any(equal(element, wanted) for element in array)


def _includes(element: Value, wanted: dict[str, Any]) -> bool:
    return isinstance(element, dict) and all(
        key in element and equal(element[key], value) for key, value in wanted.items()
    )


def _contains_any(array: Value, *wanted: Value) -> Value:
    return any(_contains(array, each) is True for each in wanted) if is_array(array) else UNDEFINED


def _contains_all(array: Value, *wanted: Value) -> Value:
    return all(_contains(array, each) is True for each in wanted) if is_array(array) else UNDEFINED


def _slice(array: Value, start: Value, length: Value = None) -> Value:
    if not is_array(array) or not is_number(start):
        return UNDEFINED
    rest = array[int(start) :]
    return rest[: int(length)] if is_number(length) else rest


def _intersection(left: list[Value], right: list[Value]) -> Value:
    return list(unique(each for each in left if _contains(right, each) is True))


def _difference(left: list[Value], right: list[Value]) -> Value:
    return list(unique(each for each in left if _contains(right, each) is False))


def _of_numbers(body: Callable[[list[Any]], Value]) -> Callable[[Value], Value]:
    def apply(array: Value) -> Value:
        if not is_array(array) or not array or not all(map(is_number, array)):
            return UNDEFINED
        return body(array)

    return apply


def _extreme(choose: Callable[..., Value]) -> Callable[[Value], Value]:
    def apply(array: Value) -> Value:
        scalars = [each for each in array if kind(each) <= Kind.STRING] if is_array(array) else []
        return choose(scalars, key=sort_key) if scalars else UNDEFINED

    return apply


def _to_array(value: Value, key: Value = "k", content: Value = "v") -> Value:
    if not isinstance(value, dict) or not (is_string(key) and is_string(content)):
        return UNDEFINED
    return [{key: name, content: each} for name, each in value.items()]


FUNCTIONS: dict[str, Function] = {
    "ARRAY_CONTAINS": Function(_contains, 2, 3),
    "ARRAY_CONTAINS_ANY": Function(_contains_any, 2, MANY),
    "ARRAY_CONTAINS_ALL": Function(_contains_all, 2, MANY),
    "ARRAY_LENGTH": Function(of(is_array, len), 1, 1),
    "ARRAY_CONCAT": Function(of(is_array, lambda *arrays: [each for array in arrays for each in array]), 2, MANY),
    "ARRAY_SLICE": Function(_slice, 2, 3),
    "ARRAY_SUM": Function(_of_numbers(sum), 1, 1),
    "ARRAY_AVG": Function(_of_numbers(statistics.fmean), 1, 1),
    "ARRAY_MEDIAN": Function(_of_numbers(statistics.median), 1, 1),
    "ARRAY_MIN": Function(_extreme(min), 1, 1),
    "ARRAY_MAX": Function(_extreme(max), 1, 1),
    "SETINTERSECT": Function(of(is_array, _intersection), 2, 2),
    "SETUNION": Function(of(is_array, lambda left, right: list(unique([*left, *right]))), 2, 2),
    "SETDIFFERENCE": Function(of(is_array, _difference), 2, 2),
    "OBJECTTOARRAY": Function(_to_array, 1, 3),
}
