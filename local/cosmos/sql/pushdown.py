"""WHERE to a SQLite condition that every match meets.

SQL's NULL plays undefined. What SQLite cannot tell apart (true from 1, an array from its text) it lets through, and the
condition is then not ``exact``: the compiled query has the last word.

What the indexing policy of the container has an index for is kept apart from the rest. The service finds items by the
former alone; the rest it can only look at in items that it has loaded, and loading is what a query is charged for.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from local.cosmos.jsonpath import extracted, is_plain, quoted_path, rank_of, type_of
from local.cosmos.sql import syntax
from local.cosmos.sql.syntax import Expression
from local.cosmos.sql.values import UNDEFINED, Kind, Value, is_number, kind

MOST_ALTERNATIVES = 200
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_LARGEST_EXACT = 2**53


type Keys = Sequence[str | int]


class Indexes(Protocol):
    """What the service would have indexed, and where the stand-in keeps the elements of arrays."""

    def serves(self, keys: Keys) -> bool: ...

    def elements(self, keys: Keys) -> tuple[str, str] | None:
        """The table of (value, seq) of the array at ``keys``, if there is one, and that of the items."""


class Lookup(NamedTuple):
    """The items with this element in an array, as a table has them."""

    table: str
    value: Value


class Filter(NamedTuple):
    condition: str
    arguments: list[Value]
    exact: bool
    """Whether only matches meet it."""
    served: bool = True
    """Whether the service answers it from its index, without loading an item."""
    pinned: frozenset[str] = frozenset()
    """Ranks (see :func:`local.cosmos.jsonpath.rank_of`) of which it leaves one alone."""
    lookups: tuple[Lookup, ...] = ()
    """The union of these is what meets it."""
    about: tuple[str | int, ...] = ()
    """The one path that it is about, if an index of that path finds what meets it."""


EVERYTHING = Filter("1", [], exact=True)


class Pushed(NamedTuple):
    """A WHERE in two parts, both of which have to hold."""

    served: Filter
    looked_at: Filter
    lookups: list[tuple[Lookup, ...]]
    """Of each part of ``served`` that is one of elements of arrays."""
    single: list[Filter]
    """Each part of ``served`` that is about one path."""

    @property
    def exact(self) -> bool:
        return self.served.exact and self.looked_at.exact

    @property
    def condition(self) -> str:
        return f"({self.served.condition}) AND ({self.looked_at.condition})"

    @property
    def arguments(self) -> list[Value]:
        return [*self.served.arguments, *self.looked_at.arguments]


def filter_of(
    where: Expression | None, root: str, parameters: Mapping[str, Value], indexes: Indexes | None = None
) -> Pushed | None:
    """None where SQLite cannot help. Without ``indexes``, everything is taken for indexed."""
    if where is None:
        return Pushed(EVERYTHING, EVERYTHING, [], [])
    pushdown, parts = _Pushdown(root, parameters, indexes), list(_conjuncts(where))
    found = [each for part in parts[:MOST_ALTERNATIVES] if (each := pushdown.of(part))]
    if not found:
        return None
    whole = len(found) == len(parts)
    served, rest = ([each for each in found if each.served is wanted] for wanted in (True, False))
    return Pushed(
        _joined(" AND ", served, exact=True) if served else EVERYTHING,
        _joined(" AND ", rest, exact=whole) if rest else EVERYTHING._replace(exact=whole),
        [each.lookups for each in served if each.lookups],
        [each for each in served if each.about],
    )


def _conjuncts(expression: Expression) -> Iterable[Expression]:
    if not isinstance(expression, syntax.And):
        return [expression]
    return [each for part in expression.parts for each in _conjuncts(part)]


class _Pushdown:
    def __init__(self, root: str, parameters: Mapping[str, Value], indexes: Indexes | None) -> None:
        self._root, self._parameters, self._indexes = root, parameters, indexes

    def of(self, expression: Expression) -> Filter | None:
        match expression:
            case syntax.And(parts):
                return self._and(parts)
            case syntax.Or(parts):
                return self._or(parts)
            case syntax.Not(syntax.Call("IS_DEFINED", (operand,))):
                absent = self._path(operand)
                return Filter(f"{type_of(absent)} IS NULL", [], True, self._serves(absent)) if absent else None
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
        if len(found) != len(parts):
            return None
        lookups = tuple(lookup for each in found for lookup in each.lookups) if all(f.lookups for f in found) else ()
        return _joined(" OR ", found, exact=True)._replace(pinned=frozenset(), lookups=lookups)

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
            found = Filter(f"{type_of(keys)}='{name}'", [], True, self._serves(keys))
            return found if operator == "=" else None
        if not _is_comparable(value):
            return None
        rank = rank_of(keys)
        condition = f"({rank})={kind(value)} AND {extracted(keys)}{operator}?"
        return Filter(condition, [value], True, self._serves(keys), frozenset({rank}), about=tuple(keys))

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
        condition = f"{typed} AND {extracted(keys)} IN ({marks})"
        return Filter(condition, values, len(ranks) == 1, self._serves(keys), about=tuple(keys))

    def _call(self, function: str, keys: list[str | int], arguments: list[Value]) -> Filter | None:
        match function, arguments:
            case "IS_DEFINED", []:
                return Filter(f"{type_of(keys)} IS NOT NULL", [], True, self._serves(keys))
            case "IS_NULL", []:
                return Filter(f"{type_of(keys)}='null'", [], True, self._serves(keys))
            case "STARTSWITH", [str(prefix)] if prefix and _is_comparable(prefix):
                column = extracted(keys)
                condition = f"({rank_of(keys)})={int(Kind.STRING)} AND {column}>=? AND {column}<?"
                return Filter(condition, [prefix, prefix + "\U0010ffff"], False, self._serves(keys))
            case "ARRAY_CONTAINS", [wanted] if _is_comparable(wanted):
                return self._element(keys, wanted)
        return None

    def _element(self, keys: list[str | int], wanted: Value) -> Filter:
        tables = self._indexes.elements(keys) if self._indexes else None
        if tables:
            elements, items = tables
            condition = f"EXISTS(SELECT 1 FROM {elements} WHERE value=? AND seq={items}.seq)"
            return Filter(condition, [wanted], True, True, lookups=(Lookup(elements, wanted),))
        types = "'text'" if isinstance(wanted, str) else "'integer','real'"
        within = f"SELECT 1 FROM json_each(doc,{quoted_path(keys)}) WHERE value=? AND type IN ({types})"
        condition = f"{type_of(keys)}='array' AND EXISTS({within})"
        return Filter(condition, [wanted], True, self._serves([*keys, "[]"]))

    def _serves(self, keys: Keys) -> bool:
        return self._indexes is None or self._indexes.serves(keys)

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
    return Filter(
        condition,
        [argument for each in filters for argument in each.arguments],
        exact and all(each.exact for each in filters),
        all(each.served for each in filters),
        frozenset().union(*(each.pinned for each in filters)),
    )
