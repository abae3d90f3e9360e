"""Expressions to closures, which take the rows in scope by alias and return a value."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, singledispatchmethod
from re import error as PatternError  # noqa: N812
from typing import Any

from local.cosmos.sql import syntax
from local.cosmos.sql.errors import QueryError
from local.cosmos.sql.functions import ARITHMETIC, FUNCTIONS
from local.cosmos.sql.syntax import Expression
from local.cosmos.sql.values import UNDEFINED, Value, compare, equal, is_number, like

type Row = dict[str, Value]
"""A value by alias; aggregates of a group under :data:`AGGREGATES`, which no alias can be called."""
type Evaluate = Callable[[Row], Value]
type Run = Callable[[Iterable[Row]], Iterator[Value]]
type Nested = Callable[[syntax.Query, frozenset[str]], Run]
"""Compiles a subquery that may use these aliases."""

AGGREGATES = "$aggregates"


class Compiler:
    """Compiles the expressions of one SELECT, and collects the aggregates that they need."""

    def __init__(self, parameters: Mapping[str, Value], aliases: Iterable[str], nested: Nested) -> None:
        self._parameters, self._nested = parameters, nested
        self.aliases = set(aliases)
        self.aggregates: list[tuple[str, Evaluate]] = []

    def many(self, expressions: Iterable[Expression]) -> list[Evaluate]:
        return [self.compile(each) for each in expressions]

    def subquery(self, query: syntax.Query) -> Run:
        return self._nested(query, frozenset(self.aliases))

    @singledispatchmethod
    def compile(self, expression: Any) -> Evaluate:
        raise TypeError(f"no such expression: {expression!r}")

    @compile.register
    def _(self, expression: syntax.Constant) -> Evaluate:
        value = expression.value
        return lambda row: value

    @compile.register
    def _(self, expression: syntax.Parameter) -> Evaluate:
        if expression.name not in self._parameters:
            raise QueryError(f"Failed to bind parameter '{expression.name}'.")
        value = self._parameters[expression.name]
        return lambda row: value

    @compile.register
    def _(self, expression: syntax.Name) -> Evaluate:
        name = expression.name
        if name not in self.aliases:
            raise QueryError(f"Identifier '{name}' could not be resolved.")
        return lambda row: row[name]

    @compile.register
    def _(self, expression: syntax.Member) -> Evaluate:
        base, key = self.compile(expression.base), expression.key
        if isinstance(key, str):
            return lambda row: value.get(key, UNDEFINED) if isinstance(value := base(row), dict) else UNDEFINED
        return lambda row: _element(base(row), key)

    @compile.register
    def _(self, expression: syntax.Index) -> Evaluate:
        base, key = self.compile(expression.base), self.compile(expression.key)

        def evaluate(row: Row) -> Value:
            value, at = base(row), key(row)
            if isinstance(value, dict) and isinstance(at, str):
                return value.get(at, UNDEFINED)
            return _element(value, at)

        return evaluate

    @compile.register
    def _(self, expression: syntax.Comparison) -> Evaluate:
        operator, left, right = expression.operator, self.compile(expression.left), self.compile(expression.right)
        return lambda row: compare(operator, left(row), right(row))

    @compile.register
    def _(self, expression: syntax.Membership) -> Evaluate:
        value, options = self.compile(expression.value), self.many(expression.options)

        def evaluate(row: Row) -> Value:
            found = value(row)
            return UNDEFINED if found is UNDEFINED else any(equal(found, option(row)) for option in options)

        return evaluate

    @compile.register
    def _(self, expression: syntax.And) -> Evaluate:
        return _junction(self.many(expression.parts), decisive=False)

    @compile.register
    def _(self, expression: syntax.Or) -> Evaluate:
        return _junction(self.many(expression.parts), decisive=True)

    @compile.register
    def _(self, expression: syntax.Not) -> Evaluate:
        operand = self.compile(expression.operand)
        return lambda row: not value if isinstance(value := operand(row), bool) else UNDEFINED

    @compile.register
    def _(self, expression: syntax.Like) -> Evaluate:
        value, pattern = self.compile(expression.value), self.compile(expression.pattern)
        escape = self.compile(expression.escape or syntax.Constant(None))
        return lambda row: _matches(value(row), pattern(row), escape(row))

    @compile.register
    def _(self, expression: syntax.Arithmetic) -> Evaluate:
        apply = ARITHMETIC[expression.operator]
        left, right = self.compile(expression.left), self.compile(expression.right)
        return lambda row: apply(left(row), right(row))

    @compile.register
    def _(self, expression: syntax.Negation) -> Evaluate:
        operand = self.compile(expression.operand)
        return lambda row: -value if is_number(value := operand(row)) else UNDEFINED

    @compile.register
    def _(self, expression: syntax.Coalesce) -> Evaluate:
        value, otherwise = self.compile(expression.value), self.compile(expression.otherwise)
        return lambda row: otherwise(row) if (found := value(row)) is UNDEFINED else found

    @compile.register
    def _(self, expression: syntax.Conditional) -> Evaluate:
        condition = self.compile(expression.condition)
        then, otherwise = self.compile(expression.then), self.compile(expression.otherwise)
        return lambda row: then(row) if condition(row) is True else otherwise(row)

    @compile.register
    def _(self, expression: syntax.Call) -> Evaluate:
        function = FUNCTIONS.get(expression.function)
        if function is None:
            raise QueryError(f"'{expression.function}' is not a recognized built-in function name.")
        arguments = self.many(expression.arguments)
        if not function.accepts(len(arguments)):
            raise QueryError(f"The {expression.function} function does not take {len(arguments)} arguments.")
        return lambda row: function(*(argument(row) for argument in arguments))

    @compile.register
    def _(self, expression: syntax.Aggregate) -> Evaluate:
        position = len(self.aggregates)
        self.aggregates.append((expression.function, self.compile(expression.argument)))
        return lambda row: row[AGGREGATES][position]

    @compile.register
    def _(self, expression: syntax.ArrayLiteral) -> Evaluate:
        items = self.many(expression.items)
        return lambda row: [value for item in items if (value := item(row)) is not UNDEFINED]

    @compile.register
    def _(self, expression: syntax.ObjectLiteral) -> Evaluate:
        return projection([(key, self.compile(value)) for key, value in expression.members])

    @compile.register
    def _(self, expression: syntax.Subquery) -> Evaluate:
        run = self.subquery(expression.query)
        match expression.kind:
            case "scalar":
                return lambda row: next(run([row]), UNDEFINED)
            case "array":
                return lambda row: list(run([row]))
        return lambda row: any(True for _ in run([row]))


def projection(members: Sequence[tuple[str, Evaluate]]) -> Evaluate:
    """An object of the members that are defined."""
    return lambda row: {key: value for key, of in members if (value := of(row)) is not UNDEFINED}


def _junction(parts: Sequence[Evaluate], *, decisive: bool) -> Evaluate:
    """AND, which one false part decides, or OR, which one true part decides; undefined parts leave it undefined."""

    def evaluate(row: Row) -> Value:
        result: Value = not decisive
        for part in parts:
            value = part(row)
            if value is decisive:
                return decisive
            if not isinstance(value, bool):
                result = UNDEFINED
        return result

    return evaluate


def _element(value: Value, at: Value) -> Value:
    within = isinstance(value, list) and isinstance(at, int) and 0 <= at < len(value)
    return value[at] if within else UNDEFINED


_pattern = lru_cache(64)(like)


def _matches(value: Value, pattern: Value, escape: Value) -> Value:
    if not (isinstance(value, str) and isinstance(pattern, str)):
        return UNDEFINED
    try:
        return bool(_pattern(pattern, escape).fullmatch(value))
    except PatternError:
        return False
