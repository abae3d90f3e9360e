"""The built-in functions. An argument of the wrong type makes the result undefined, as the service has it."""

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from local import clock
from local.cosmos.sql.values import UNDEFINED, Kind, Value, equal, is_number, kind, sort_key

EARTH_RADIUS = 6_371_008.8
"""Metres. A sphere; the service uses the WGS 84 ellipsoid."""


@dataclass(frozen=True, slots=True)
class Function:
    body: Callable[..., Value]
    least: int
    most: int

    def accepts(self, count: int) -> bool:
        return self.least <= count <= self.most

    def __call__(self, *arguments: Value) -> Value:
        try:
            return self.body(*arguments)
        except (ArithmeticError, ValueError, re.error):
            return UNDEFINED


def _is_string(value: Value) -> bool:
    return isinstance(value, str)


def _is_array(value: Value) -> bool:
    return isinstance(value, list)


def _of(check: Callable[[Value], bool], body: Callable[..., Value]) -> Callable[..., Value]:
    """``body`` where every argument passes ``check``, else undefined."""
    return lambda *arguments: body(*arguments) if all(map(check, arguments)) else UNDEFINED


def _of_strings(body: Callable[[str, str], bool]) -> Callable[..., Value]:
    """A test of two strings, whose third argument asks to ignore case."""

    def test(left: Value, right: Value, ignore_case: Value = False) -> Value:
        if not (_is_string(left) and _is_string(right)):
            return UNDEFINED
        return body(left.lower(), right.lower()) if ignore_case is True else body(left, right)

    return test


def _is_integer(value: Value) -> bool:
    return is_number(value) and value == math.floor(value)


def _substring(text: Value, start: Value, length: Value) -> Value:
    if not (_is_string(text) and is_number(start) and is_number(length)):
        return UNDEFINED
    first = max(0, int(start))
    return text[first : first + max(0, int(length))]


def _right(text: Value, length: Value) -> Value:
    if not (_is_string(text) and is_number(length)):
        return UNDEFINED
    return text[-int(length) :] if length >= 1 else ""


def _regex_match(text: Value, pattern: Value, modifiers: Value = "") -> Value:
    if not (_is_string(text) and _is_string(pattern) and _is_string(modifiers)):
        return UNDEFINED
    flags = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
    chosen = re.RegexFlag(0)
    for modifier in modifiers:
        chosen |= flags.get(modifier, re.RegexFlag(0))
    return bool(re.search(pattern, text, chosen))


def _to_string(value: Value) -> Value:
    if value is UNDEFINED or _is_string(value):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _string_to_number(text: Value) -> Value:
    if is_number(text):
        return text
    if not _is_string(text):
        return UNDEFINED
    return float(text) if re.search(r"[.eE]", text) else int(text)


def _round(value: float) -> int:
    """Halves away from zero."""
    return math.floor(abs(value) + 0.5) * (1 if value >= 0 else -1)


def _array_contains(array: Value, wanted: Value, partial: Value = False) -> Value:
    if not _is_array(array) or wanted is UNDEFINED:
        return UNDEFINED
    if partial is True and isinstance(wanted, dict):
        return any(_includes(element, wanted) for element in array)
    return any(equal(element, wanted) for element in array)


def _includes(element: Value, wanted: dict[str, Any]) -> bool:
    return isinstance(element, dict) and all(
        key in element and equal(element[key], value) for key, value in wanted.items()
    )


def _array_slice(array: Value, start: Value, length: Value = None) -> Value:
    if not _is_array(array) or not is_number(start):
        return UNDEFINED
    rest = array[int(start) :]
    return rest[: int(length)] if is_number(length) else rest


def _array_contains_any(array: Value, *wanted: Value) -> Value:
    return any(_array_contains(array, each) is True for each in wanted) if _is_array(array) else UNDEFINED


def _array_contains_all(array: Value, *wanted: Value) -> Value:
    return all(_array_contains(array, each) is True for each in wanted) if _is_array(array) else UNDEFINED


def _distance(start: Value, end: Value) -> Value:
    try:
        (x1, y1), (x2, y2) = ([math.radians(angle) for angle in point["coordinates"][:2]] for point in (start, end))
    except (KeyError, TypeError, ValueError):
        return UNDEFINED
    haversine = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(haversine))


def _milliseconds() -> int:
    return int(clock.now() * 1000)


def _now() -> str:
    return clock.moment().strftime("%Y-%m-%dT%H:%M:%S.0000000Z")


MANY = 1000

FUNCTIONS: dict[str, Function] = {
    "IS_DEFINED": Function(lambda value: value is not UNDEFINED, 1, 1),
    "IS_NULL": Function(lambda value: value is None, 1, 1),
    "IS_STRING": Function(_is_string, 1, 1),
    "IS_NUMBER": Function(is_number, 1, 1),
    "IS_BOOL": Function(lambda value: isinstance(value, bool), 1, 1),
    "IS_ARRAY": Function(_is_array, 1, 1),
    "IS_OBJECT": Function(lambda value: isinstance(value, dict), 1, 1),
    "IS_INTEGER": Function(_is_integer, 1, 1),
    "IS_PRIMITIVE": Function(lambda value: Kind.NULL <= kind(value) <= Kind.STRING, 1, 1),
    "CONTAINS": Function(_of_strings(lambda text, part: part in text), 2, 3),
    "STARTSWITH": Function(_of_strings(str.startswith), 2, 3),
    "ENDSWITH": Function(_of_strings(str.endswith), 2, 3),
    "STRINGEQUALS": Function(_of_strings(str.__eq__), 2, 3),
    "LOWER": Function(_of(_is_string, str.lower), 1, 1),
    "UPPER": Function(_of(_is_string, str.upper), 1, 1),
    "LENGTH": Function(_of(_is_string, len), 1, 1),
    "TRIM": Function(_of(_is_string, str.strip), 1, 2),
    "LTRIM": Function(_of(_is_string, str.lstrip), 1, 2),
    "RTRIM": Function(_of(_is_string, str.rstrip), 1, 2),
    "REVERSE": Function(_of(_is_string, lambda text: text[::-1]), 1, 1),
    "SUBSTRING": Function(_substring, 3, 3),
    "LEFT": Function(lambda text, length: _substring(text, 0, length), 2, 2),
    "RIGHT": Function(_right, 2, 2),
    "CONCAT": Function(_of(_is_string, lambda *texts: "".join(texts)), 2, MANY),
    "REPLACE": Function(_of(_is_string, str.replace), 3, 3),
    "INDEX_OF": Function(_of(_is_string, str.find), 2, 2),
    "TOSTRING": Function(_to_string, 1, 1),
    "STRINGTONUMBER": Function(_string_to_number, 1, 1),
    "REGEXMATCH": Function(_regex_match, 2, 3),
    "ABS": Function(_of(is_number, abs), 1, 1),
    "FLOOR": Function(_of(is_number, math.floor), 1, 1),
    "CEILING": Function(_of(is_number, math.ceil), 1, 1),
    "ROUND": Function(_of(is_number, _round), 1, 1),
    "SQRT": Function(_of(is_number, math.sqrt), 1, 1),
    "POWER": Function(_of(is_number, math.pow), 2, 2),
    "ARRAY_CONTAINS": Function(_array_contains, 2, 3),
    "ARRAY_CONTAINS_ANY": Function(_array_contains_any, 2, MANY),
    "ARRAY_CONTAINS_ALL": Function(_array_contains_all, 2, MANY),
    "ARRAY_LENGTH": Function(_of(_is_array, len), 1, 1),
    "ARRAY_CONCAT": Function(_of(_is_array, lambda *arrays: [each for array in arrays for each in array]), 2, MANY),
    "ARRAY_SLICE": Function(_array_slice, 2, 3),
    "IIF": Function(lambda condition, then, otherwise: then if condition is True else otherwise, 3, 3),
    "GETCURRENTTIMESTAMP": Function(_milliseconds, 0, 0),
    "GETCURRENTDATETIME": Function(_now, 0, 0),
    "ST_DISTANCE": Function(_distance, 2, 2),
}

ARITHMETIC: dict[str, Function] = {
    "||": FUNCTIONS["CONCAT"],
    "+": Function(_of(is_number, lambda left, right: left + right), 2, 2),
    "-": Function(_of(is_number, lambda left, right: left - right), 2, 2),
    "*": Function(_of(is_number, lambda left, right: left * right), 2, 2),
    "/": Function(_of(is_number, lambda left, right: left / right), 2, 2),
    "%": Function(_of(is_number, math.fmod), 2, 2),
    "|": Function(_of(is_number, lambda left, right: int(left) | int(right)), 2, 2),
    "&": Function(_of(is_number, lambda left, right: int(left) & int(right)), 2, 2),
    "^": Function(_of(is_number, lambda left, right: int(left) ^ int(right)), 2, 2),
}


def aggregate(function: str, values: Sequence[Value]) -> Value:
    """The result of one aggregate over the defined values of its argument."""
    if function == "COUNT":
        return len(values)
    if function in {"MIN", "MAX"}:
        scalars = [value for value in values if kind(value) <= Kind.STRING]
        choose = min if function == "MIN" else max
        return choose(scalars, key=sort_key) if scalars else UNDEFINED
    if not all(map(is_number, values)):
        return UNDEFINED
    if function == "SUM":
        return sum(values)
    return sum(values) / len(values) if values else UNDEFINED


def partial_aggregate(function: str, values: Sequence[Value]) -> Value:
    """What one physical partition contributes. Averages travel as a sum and a count, for others to merge."""
    if function != "AVG":
        return aggregate(function, values)
    if not values or not all(map(is_number, values)):
        return UNDEFINED
    return {"sum": sum(values), "count": len(values)}
