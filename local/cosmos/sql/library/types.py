"""Tests of types, and choices."""

import math

from local.cosmos.sql.library.definition import MANY, Function, is_array, is_integer, is_string
from local.cosmos.sql.values import UNDEFINED, Kind, Value, is_number, kind


def _choose(index: Value, *options: Value) -> Value:
    """Counted from one."""
    if not is_integer(index) or not 1 <= index <= len(options):
        return UNDEFINED
    return options[int(index) - 1]


FUNCTIONS: dict[str, Function] = {
    "IS_DEFINED": Function(lambda value: value is not UNDEFINED, 1, 1),
    "IS_NULL": Function(lambda value: value is None, 1, 1),
    "IS_STRING": Function(is_string, 1, 1),
    "IS_NUMBER": Function(is_number, 1, 1),
    "IS_FINITE_NUMBER": Function(lambda value: is_number(value) and math.isfinite(value), 1, 1),
    "IS_BOOL": Function(lambda value: isinstance(value, bool), 1, 1),
    "IS_ARRAY": Function(is_array, 1, 1),
    "IS_OBJECT": Function(lambda value: isinstance(value, dict), 1, 1),
    "IS_INTEGER": Function(is_integer, 1, 1),
    "IS_PRIMITIVE": Function(lambda value: Kind.NULL <= kind(value) <= Kind.STRING, 1, 1),
    "IIF": Function(lambda condition, then, otherwise: then if condition is True else otherwise, 3, 3),
    "CHOOSE": Function(_choose, 2, MANY),
}
