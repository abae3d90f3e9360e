"""WHERE to a SQLite condition that every match meets.

SQL's NULL plays undefined. What SQLite cannot tell apart (true from 1, an array from its text) it lets through, and the
condition is then not ``exact``: the compiled query has the last word.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from local.cosmos.jsonpath import extracted, is_plain, quoted_path, rank_of, type_of
from local.cosmos.sql import syntax
from local.cosmos.sql.syntax import Expression
from local.cosmos.sql.values import UNDEFINED, Kind, Value, is_number, kind

MOST_ALTERNATIVES = 200
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_LARGEST_EXACT = 2**53


class Filter(NamedTuple):
    condition: str
    arguments: list[Value]
    exact: bool
    """Whether only matches meet it."""


EVERYTHING = Filter("1", [], exact=True)


def filter_of(where: Expression | None, root: str, parameters: Mapping[str, Value]) -> Filter | None:
    """None where SQLite cannot help."""
    return EVERYTHING if where is None else _Pushdown(root, parameters).of(where)


class _Pushdown:
    def __init__(self, root: str, parameters: Mapping[str, Value]) -> None:
        self._root, self._parameters = root, parameters

    def of(self, expression: Expression) -> Filter | None:
        match expression:
            case syntax.And(parts):
                return self._and(parts)
            case syntax.Or(parts):
                return self._or(parts)
            case syntax.Comparison(operator, left, right):
                return self._comparison(operator, left, right)
            case syntax.Membership(value, options):
                return self._membership(value, options)
            case syntax.Call("ARRAY_CONTAINS", (syntax.Constant() | syntax.Parameter() as array, value)):
                return self._contained(value, self._constant(array))
            case syntax.Call(function, (first, *rest)):
                keys = self._path(first)
                return self._call(function, keys, [self._constant(each) for each in rest]) if keys else None
        return None

    def _and(self, parts: Sequence[Expression]) -> Filter | None:
        """The parts that SQLite understands are enough for a superset."""
        found = [each for part in parts[:MOST_ALTERNATIVES] if (each := self.of(part))]
        return _joined(" AND ", found, exact=len(found) == len(parts)) if found else None

    def _or(self, parts: Sequence[Expression]) -> Filter | None:
        if len(parts) > MOST_ALTERNATIVES:
            return None
        found = [each for part in parts if (each := self.of(part))]
        return _joined(" OR ", found, exact=True) if len(found) == len(parts) else None

    def _comparison(self, operator: str, left: Expression, right: Expression) -> Filter | None:
        keys = self._path(left)
        if keys is None:
            left, right, operator = right, left, _MIRRORED.get(operator, operator)
            keys = self._path(left)
        value = self._constant(right)
        if not keys or value is UNDEFINED or operator == "!=":
            return None
        if value is None or isinstance(value, bool):
            name = {True: "true", False: "false", None: "null"}[value]
            return Filter(f"{type_of(keys)}='{name}'", [], exact=True) if operator == "=" else None
        if not _is_comparable(value):
            return None
        return Filter(f"({rank_of(keys)})={kind(value)} AND {extracted(keys)}{operator}?", [value], exact=True)

    def _membership(self, value: Expression, options: Sequence[Expression]) -> Filter | None:
        return self._contained(value, [self._constant(option) for option in options])

    def _contained(self, value: Expression, values: Value) -> Filter | None:
        keys = self._path(value)
        if not keys or not isinstance(values, list) or len(values) > MOST_ALTERNATIVES:
            return None
        if not all(map(_is_comparable, values)):
            return None
        ranks = sorted({int(kind(each)) for each in values})
        marks = ",".join("?" * len(values))
        typed = f"({rank_of(keys)}) IN ({','.join(map(str, ranks))})"
        return Filter(f"{typed} AND {extracted(keys)} IN ({marks})", values, exact=len(ranks) == 1)

    def _call(self, function: str, keys: list[str | int], arguments: list[Value]) -> Filter | None:
        match function, arguments:
            case "IS_DEFINED", []:
                return Filter(f"{type_of(keys)} IS NOT NULL", [], exact=True)
            case "IS_NULL", []:
                return Filter(f"{type_of(keys)}='null'", [], exact=True)
            case "STARTSWITH", [str(prefix)] if prefix and _is_comparable(prefix):
                column = extracted(keys)
                typed = f"({rank_of(keys)})={int(Kind.STRING)}"
                return Filter(f"{typed} AND {column}>=? AND {column}<?", [prefix, prefix + "\U0010ffff"], exact=False)
            case "ARRAY_CONTAINS", [wanted] if _is_comparable(wanted):
                elements = f"json_each(doc,{quoted_path(keys)})"
                return Filter(f"EXISTS(SELECT 1 FROM {elements} WHERE value=?)", [wanted], exact=False)
        return None

    def _path(self, expression: Expression) -> list[str | int] | None:
        keys = syntax.path(expression, self._root)
        return keys if keys and is_plain(keys) else None

    def _constant(self, expression: Expression) -> Value:
        match expression:
            case syntax.Constant(value):
                return value
            case syntax.Parameter(name):
                return self._parameters.get(name, UNDEFINED)
            case syntax.Negation(operand):
                value = self._constant(operand)
                return -value if is_number(value) else UNDEFINED
        return UNDEFINED


def _is_comparable(value: Value) -> bool:
    """Whether SQLite compares it with what json_extract gives as the query language does."""
    if isinstance(value, str):
        return "\0" not in value
    return is_number(value) and abs(value) < _LARGEST_EXACT


def _joined(operator: str, filters: Sequence[Filter], *, exact: bool) -> Filter:
    condition = operator.join(f"({each.condition})" for each in filters)
    arguments = [argument for each in filters for argument in each.arguments]
    return Filter(condition, arguments, exact and all(each.exact for each in filters))
