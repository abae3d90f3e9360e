"""A compiled query: what it reads, and the values it makes of the documents it is given."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from local.cosmos.sql import syntax
from local.cosmos.sql.compiler import AGGREGATES, Compiler, Evaluate, Row, Run, projection
from local.cosmos.sql.errors import QueryError
from local.cosmos.sql.functions import aggregate, partial_aggregate
from local.cosmos.sql.values import UNDEFINED, Value, frozen, sort_key, unique

_NO_SOURCE = "$root"


class Plan:
    """``run`` makes the results. The rows of the outermost query hold the document under ``root``."""

    def __init__(
        self, query: syntax.Query, parameters: Mapping[str, Value], outer: frozenset[str] = frozenset()
    ) -> None:
        self.query = query
        self._parameters = parameters
        self._compiler = Compiler(parameters, outer, self._nested)
        self.root = _NO_SOURCE
        self._joins = [join for join in self._inputs(is_outermost=not outer) if join]
        self._where = self._compiler.compile(query.where) if query.where else None
        self._group = self._compiler.many(query.group)
        self._select = self._projection()
        self._order = [(self._compiler.compile(each.expression), each.descending) for each in query.order]
        self.aggregates = [function for function, _ in self._compiler.aggregates]
        self.offset = self._number(query.offset)
        self.limit = self._number(query.limit)
        self.top = self._number(query.top)

    @property
    def is_merged(self) -> bool:
        """Whether the answers of several physical partitions cannot just be strung together."""
        windowed = not (self.offset is None and self.limit is None and self.top is None)
        return bool(self._order or self.aggregates or self._group or self.query.distinct or windowed)

    @property
    def is_streaming(self) -> bool:
        """Whether each document gives at most one result, whatever the others are."""
        return not (self.is_merged or self._joins)

    @property
    def is_count(self) -> bool:
        """Whether this is ``SELECT VALUE COUNT(1)`` of the documents themselves."""
        counts = self.query.items and self.query.items[0].expression == syntax.Aggregate("COUNT", syntax.Constant(1))
        return bool(self.query.select_value and counts) and not (self._group or self._joins or self._order)

    @property
    def order(self) -> list[tuple[list[str | int], bool]]:
        """The paths to order by, and whether downwards; empty if the results are not ordered documents."""
        if self._joins or self._group or self.aggregates:
            return []
        found = [(syntax.path(each.expression, self.root), each.descending) for each in self.query.order]
        return [(keys, down) for keys, down in found if keys] if all(keys for keys, _ in found) else []

    def one(self, document: Value) -> Value:
        """The result that a streaming query makes of one document, or undefined."""
        row = {self.root: document}
        return self._select(row) if self._where is None or self._where(row) is True else UNDEFINED

    def over(self, documents: Iterable[Value], *, in_order: bool = False) -> Iterator[Value]:
        """``in_order``: the documents come as the query orders them, so that no more are read than are wanted."""
        return self.run(({self.root: document} for document in documents), in_order=in_order)

    def run(self, rows: Iterable[Row], *, in_order: bool = False) -> Iterator[Value]:
        matching = self._matching(rows)
        results = self._selected(matching if in_order else self._ordered(self._grouped(matching)))
        if self.query.distinct:
            results = unique(results)
        start, count = self.offset or 0, self._count()
        return islice(results, start, None if count is None else start + count)

    def over_partition(self, documents: Iterable[Value], *, in_order: bool = False) -> Iterator[Value]:
        """As one physical partition answers, for the client to merge: see :mod:`local.cosmos.query_plan`."""
        matching = self._matching({self.root: document} for document in documents)
        if self.aggregates:
            return iter([self._partial_aggregates(list(matching))])
        ordered = matching if in_order else self._ordered(matching)
        results = self._with_order(ordered) if self._order else self._selected(ordered)
        if self.query.distinct:  # the client drops what several partitions have before it counts
            return iter(results) if self._order else iter(unique(results))
        count = self._count()
        return islice(results, None if count is None else count + (self.offset or 0))

    def _count(self) -> int | None:
        return self.limit if self.top is None else self.top

    def _matching(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            for joined in self._joined(row):
                if self._where is None or self._where(joined) is True:
                    yield joined

    def _joined(self, row: Row) -> list[Row]:
        rows = [row]
        for alias, values in self._joins:
            rows = [{**each, alias: value} for each in rows for value in values(each)]
        return rows

    def _grouped(self, rows: Iterable[Row]) -> Iterable[Row]:
        if not (self._group or self.aggregates):
            return rows
        groups: dict[tuple[Value, ...], list[Row]] = {} if self._group else {(): []}
        for row in rows:
            groups.setdefault(tuple(frozen(key(row)) for key in self._group), []).append(row)
        return (self._with_aggregates(members) for members in groups.values())

    def _with_aggregates(self, members: list[Row]) -> Row:
        first = members[0] if members else {self.root: UNDEFINED}
        results = [aggregate(function, _defined(of, members)) for function, of in self._compiler.aggregates]
        return {**first, AGGREGATES: results}

    def _partial_aggregates(self, rows: list[Row]) -> list[dict[str, Value]]:
        results = [partial_aggregate(function, _defined(of, rows)) for function, of in self._compiler.aggregates]
        return [{} if result is UNDEFINED else {"item": result} for result in results]

    def _ordered(self, rows: Iterable[Row]) -> Iterable[Row]:
        if not self._order:
            return rows
        ordered = list(rows)
        for key, descending in reversed(self._order):
            ordered.sort(key=_sorting_by(key), reverse=descending)
        return ordered

    def _selected(self, rows: Iterable[Row]) -> Iterable[Value]:
        return (value for row in rows if (value := self._select(row)) is not UNDEFINED)

    def _with_order(self, rows: Iterable[Row]) -> Iterator[Value]:
        for row in rows:
            if (payload := self._select(row)) is not UNDEFINED:
                keys = [key(row) for key, _ in self._order]
                items = [{} if key is UNDEFINED else {"item": key} for key in keys]
                yield {"_rid": row[self.root].get("_rid"), "orderByItems": items, "payload": payload}

    def _inputs(self, *, is_outermost: bool) -> Iterator[tuple[str, Evaluate] | None]:
        """The inputs that each row is joined with, as the arrays of their values. The container itself is none."""
        source = self.query.source
        if source and is_outermost:
            base = _base(source.expression)
            if isinstance(base, syntax.Name):  # whatever it is called, it is the container
                whole = base == source.expression and not source.iterate
                self.root = (whole and source.alias) or base.name
                self._compiler.aliases.add(self.root)
                if whole:
                    source = None
        for each in (source, *self.query.joins):
            yield self._join(each) if each else None

    def _join(self, source: syntax.Source) -> tuple[str, Evaluate]:
        expression, alias = source.expression, source.alias or f"${len(self._compiler.aliases)}"
        if isinstance(expression, syntax.Subquery):
            run = self._compiler.subquery(expression.query)
            values = _results(run)
        else:
            values = _elements(self._compiler.compile(expression), iterate=source.iterate)
        self._compiler.aliases.add(alias)
        return alias, values

    def _projection(self) -> Evaluate:
        if self.query.select_all:
            if self.query.joins:
                raise QueryError("'SELECT *' is only valid with a single input set.")
            return self._compiler.compile(syntax.Name(self._joins[0][0] if self._joins else self.root))
        if self.query.select_value:
            return self._compiler.compile(self.query.items[0].expression)
        members: dict[str, Evaluate] = {}
        for item in self.query.items:
            name = item.name or f"${1 + sum(key.startswith('$') for key in members)}"
            if name in members:
                raise QueryError("Cannot define duplicate property name in a projection.")
            members[name] = self._compiler.compile(item.expression)
        return projection(list(members.items()))

    def _number(self, expression: syntax.Expression | None) -> int | None:
        if expression is None:
            return None
        value = Compiler(self._parameters, (), self._nested).compile(expression)({})
        if type(value) is not int or value < 0:
            raise QueryError("TOP, OFFSET and LIMIT take a non-negative integer.")
        return value

    def _nested(self, query: syntax.Query, aliases: frozenset[str]) -> Run:
        return Plan(query, self._parameters, aliases).run


def _base(expression: syntax.Expression) -> syntax.Expression:
    while isinstance(expression, syntax.Member | syntax.Index):
        expression = expression.base
    return expression


def _sorting_by(key: Evaluate) -> Callable[[Row], tuple[int, Value]]:
    return lambda row: sort_key(key(row))


def _results(run: Run) -> Evaluate:
    return lambda row: list(run([row]))


def _elements(of: Evaluate, *, iterate: bool) -> Evaluate:
    def evaluate(row: Row) -> Value:
        value = of(row)
        if iterate:
            return value if isinstance(value, list) else []
        return [] if value is UNDEFINED else [value]

    return evaluate


def _defined(of: Evaluate, rows: Iterable[Row]) -> list[Value]:
    return [value for row in rows if (value := of(row)) is not UNDEFINED]
