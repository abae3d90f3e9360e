"""Functions on strings, and those that read other types from them."""

import json
import re
from collections.abc import Callable

from local.cosmos.sql.library.definition import MANY, Function, is_array, is_integer, is_string, of
from local.cosmos.sql.values import UNDEFINED, Value, is_number

LONGEST = 10_000
"""Of what REPLICATE makes. Source: Microsoft Learn, "REPLICATE"."""
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


def _test(body: Callable[[str, str], bool]) -> Callable[..., Value]:
    """A test of two strings, whose third argument asks to ignore case."""

    def test(left: Value, right: Value, ignore_case: Value = False) -> Value:
        if not (is_string(left) and is_string(right)):
            return UNDEFINED
        return body(left.lower(), right.lower()) if ignore_case is True else body(left, right)

    return test


def _substring(text: Value, start: Value, length: Value) -> Value:
    if not (is_string(text) and is_number(start) and is_number(length)):
        return UNDEFINED
    first = max(0, int(start))
    return text[first : first + max(0, int(length))]


def _right(text: Value, length: Value) -> Value:
    if not (is_string(text) and is_number(length)):
        return UNDEFINED
    return text[-int(length) :] if length >= 1 else ""


def _index_of(text: Value, part: Value, start: Value = 0) -> Value:
    if not (is_string(text) and is_string(part) and is_integer(start)):
        return UNDEFINED
    return text.find(part, int(start))


def _replicate(text: Value, times: Value) -> Value:
    if not (is_string(text) and is_integer(times)) or times < 0 or len(text) * times > LONGEST:
        return UNDEFINED
    return text * int(times)


def _regex_match(text: Value, pattern: Value, modifiers: Value = "") -> Value:
    if not (is_string(text) and is_string(pattern) and is_string(modifiers)):
        return UNDEFINED
    chosen = re.RegexFlag(0)
    for modifier in modifiers:
        chosen |= FLAGS.get(modifier, re.RegexFlag(0))
    return bool(re.search(pattern, text, chosen))


def _to_string(value: Value) -> Value:
    if value is UNDEFINED or is_string(value):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _to_number(text: Value) -> Value:
    if is_number(text):
        return text
    if not is_string(text):
        return UNDEFINED
    return float(text) if re.search(r"[.eE]", text) else int(text)


def _parsed(*types: type) -> Callable[[Value], Value]:
    """Reads JSON of the wanted type; anything else is undefined."""

    def read(text: Value) -> Value:
        if not is_string(text):
            return UNDEFINED
        value = json.loads(text)
        return value if type(value) in types else UNDEFINED

    return read


def _join(texts: Value, separator: Value) -> Value:
    if not (is_array(texts) and is_string(separator) and all(map(is_string, texts))):
        return UNDEFINED
    return separator.join(texts)


def _split(text: Value, separator: Value) -> Value:
    if not (is_string(text) and is_string(separator)):
        return UNDEFINED
    return text.split(separator) if separator else [text]


FUNCTIONS: dict[str, Function] = {
    "CONTAINS": Function(_test(lambda text, part: part in text), 2, 3),
    "STARTSWITH": Function(_test(str.startswith), 2, 3),
    "ENDSWITH": Function(_test(str.endswith), 2, 3),
    "STRINGEQUALS": Function(_test(str.__eq__), 2, 3),
    "LOWER": Function(of(is_string, str.lower), 1, 1),
    "UPPER": Function(of(is_string, str.upper), 1, 1),
    "LENGTH": Function(of(is_string, len), 1, 1),
    "TRIM": Function(of(is_string, str.strip), 1, 2),
    "LTRIM": Function(of(is_string, str.lstrip), 1, 2),
    "RTRIM": Function(of(is_string, str.rstrip), 1, 2),
    "REVERSE": Function(of(is_string, lambda text: text[::-1]), 1, 1),
    "SUBSTRING": Function(_substring, 3, 3),
    "LEFT": Function(lambda text, length: _substring(text, 0, length), 2, 2),
    "RIGHT": Function(_right, 2, 2),
    "CONCAT": Function(of(is_string, lambda *texts: "".join(texts)), 2, MANY),
    "REPLACE": Function(of(is_string, str.replace), 3, 3),
    "REPLICATE": Function(_replicate, 2, 2),
    "INDEX_OF": Function(_index_of, 2, 3),
    "STRINGJOIN": Function(_join, 2, 2),
    "STRINGSPLIT": Function(_split, 2, 2),
    "TOSTRING": Function(_to_string, 1, 1),
    "STRINGTONUMBER": Function(_to_number, 1, 1),
    "STRINGTOBOOLEAN": Function(_parsed(bool), 1, 1),
    "STRINGTONULL": Function(_parsed(type(None)), 1, 1),
    "STRINGTOARRAY": Function(_parsed(list), 1, 1),
    "STRINGTOOBJECT": Function(_parsed(dict), 1, 1),
    "REGEXMATCH": Function(_regex_match, 2, 3),
}
