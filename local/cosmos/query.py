"""Runs queries, a page at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from local.cosmos import query_plan, ru
from local.cosmos.access import way
from local.cosmos.containers import Container
from local.cosmos.documents import Condition, Documents
from local.cosmos.indexing import Order, has_composite, is_indexed
from local.cosmos.jsonpath import extracted, is_plain, rank_of, segments
from local.cosmos.narrowing import describe_state, of_range, part_of
from local.cosmos.sql import syntax
from local.cosmos.sql.parser import parse
from local.cosmos.sql.plan import Plan
from local.cosmos.sql.pushdown import Indexes, Pushed, filter_of
from local.cosmos.sql.values import UNDEFINED
from local.cosmos.wire import CROSS_PARTITION_QUERY, Answer, Exchange, Fault, feed, parsed

MOST_PER_PAGE = 1000
MOST_PAGE_BYTES = 4 * 1024 * 1024


_ENABLED = "x-ms-documentdb-query-enablecrosspartition"


@dataclass(frozen=True)
class Statement:
    text: str
    parameters: dict[str, Any]

    @classmethod
    def of(cls, exchange: Exchange) -> "Statement":
        body = exchange.object()
        if not isinstance(body.get("query"), str):
            raise Fault(400, "The request body must contain a query.")
        try:
            parameters = {each["name"]: each.get("value", UNDEFINED) for each in body.get("parameters") or []}
        except (KeyError, TypeError, AttributeError):
            raise Fault(400, "The parameters of a query are a list of names and values.") from None
        return cls(body["query"], parameters)

    @cached_property
    def plan(self) -> Plan:
        return Plan(parse(self.text), self.parameters)

    @property
    def is_partial(self) -> bool:
        return self.text.startswith(query_plan.PARTIAL_MARK)

    def filter(self, indexes: Indexes) -> Pushed | None:
        return filter_of(self.plan.query.where, self.plan.root, self.parameters, indexes)


@dataclass
class Page:
    size: int
    results: list[bytes] = field(default_factory=list)
    scanned: int = 0
    """Bytes read from the store."""
    is_indexed: bool = False
    used: int = 0
    continuation: dict[str, int] | None = None

    @property
    def is_full(self) -> bool:
        return len(self.results) >= self.size or self.used > MOST_PAGE_BYTES

    def add(self, result: bytes) -> None:
        self.results.append(result)
        self.used += len(result)


def answer(exchange: Exchange, documents: Documents) -> Answer:
    statement, container = Statement.of(exchange), documents.container
    if exchange.flag("x-ms-cosmos-is-query-plan-request"):
        query_plan.check_features(statement.plan, exchange.headers.get("x-ms-cosmos-supported-query-features", ""))
        return Answer(200, query_plan.describe(statement.plan, statement.text))
    part = part_of(exchange, container)
    if part.is_whole:
        _check_across(exchange, statement, container)
    _check_order(statement.plan, container)
    token = _token(exchange)
    conditions = list(part.conditions)
    hop = token.get("range", 0) if part.is_whole and statement.plan.is_streaming else None
    if hop is not None:
        conditions += of_range(container.ranges[min(hop, len(container.ranges) - 1)])
    page = Page(exchange.number("x-ms-max-item-count", MOST_PER_PAGE))
    _fill(page, statement, documents, conditions, token)
    if hop is not None:
        page.continuation = _next_hop(page, hop, len(container.ranges))
    return _described(exchange, documents, page)


def _fill(
    page: Page, statement: Statement, documents: Documents, conditions: list[Condition], token: dict[str, int]
) -> None:
    """In the cheapest of three ways."""
    plan, pushed = statement.plan, statement.filter(documents.indexes)
    source = Source(page, documents, conditions, pushed, plan)
    page.is_indexed = pushed is not None
    if plan.is_count and pushed and pushed.exact:
        count = source.count()
        page.add(orjson.dumps([{"item": count}] if statement.is_partial else count))
    elif plan.is_streaming:
        is_whole_document = plan.query.select_all and pushed is not None and pushed.exact
        _stream(page, source, None if is_whole_document else plan, token)
    else:
        _collect(page, source, statement, token)


class Source:
    """The items that a query has to look at. What indexes leave is loaded, and the page is charged with it."""

    def __init__(
        self, page: Page, documents: Documents, part: list[Condition], pushed: Pushed | None, plan: Plan
    ) -> None:
        self._page, self._documents, self.pushed = page, documents, pushed
        found = way(documents, part, pushed, plan)
        self._via, self._rest = found.via, Condition("1")
        self._conditions = [*part, *found.more]
        if pushed:
            self._conditions.append(Condition(pushed.served.condition, pushed.served.arguments))
            self._rest = Condition(pushed.looked_at.condition, pushed.looked_at.arguments)

    def rows(self, order: str, *more: Condition) -> Iterator[tuple[int, str]]:
        """(sequence, text) of those that meet what SQLite understands of the condition."""
        text, arguments = self._rest
        columns = Condition("seq, doc, 0")
        if text != "1":
            columns = Condition(f"seq, iif({text}, doc, NULL), length(CAST(doc AS BLOB))", arguments)
        for sequence, found, size in self._documents.select([*self._conditions, *more], columns, order, via=self._via):
            self._page.scanned += size or len(found)
            if found is not None:
                yield sequence, found

    def count(self) -> int:
        """Without loading any, where indexes alone can tell."""
        text, arguments = self._rest
        loaded = "0" if text == "1" else "length(CAST(doc AS BLOB))"
        columns = Condition(f"count(*) FILTER (WHERE {text}), coalesce(sum({loaded}), 0)", arguments)
        ((count, scanned),) = self._documents.select(self._conditions, columns, "1", via=self._via)
        self._page.scanned += scanned
        return int(count)


def _stream(page: Page, source: Source, plan: Plan | None, token: dict[str, int]) -> None:
    """Each item gives a result or none. Without a plan, its text is the result."""
    last = token.get("after", 0)
    for sequence, text in source.rows("seq", Condition("seq>?", [last])):
        if page.is_full:
            page.continuation = {"after": last}
            return
        last = sequence
        result = text if plan is None else plan.one(orjson.loads(text))
        if result is not UNDEFINED:
            page.add(result.encode() if plan is None else orjson.dumps(result))


def _collect(page: Page, source: Source, statement: Statement, token: dict[str, int]) -> None:
    """The results need all items at once, so that each page makes them anew and skips those of earlier pages."""
    order = _order_of(statement.plan, source.pushed)
    documents = (orjson.loads(text) for _, text in source.rows(order or "seq"))
    plan, skipped = statement.plan, token.get("skip", 0)
    over = plan.over_partition if statement.is_partial else plan.over
    results = over(documents, in_order=order is not None)
    for position, result in enumerate(results):
        if page.is_full:
            page.continuation = {"skip": position}
            return
        if position >= skipped:
            page.add(orjson.dumps(result))


def _order_of(plan: Plan, pushed: Pushed | None) -> str | None:
    """ORDER BY as SQLite sorts or finds in an index; what is equal stays in the order of its making.

    Where the condition leaves a path one type, its rank is left out: SQLite then takes the index also for the order.
    """
    if not plan.order or not all(is_plain(keys) for keys, _ in plan.order):
        return None
    pinned = pushed.served.pinned | pushed.looked_at.pinned if pushed else frozenset[str]()
    terms = []
    for keys, down in plan.order:
        if rank_of(keys) not in pinned:
            terms.append((rank_of(keys), down))
        terms.append((extracted(keys), down))
    return ",".join([f"{text} {'DESC' if down else 'ASC'}" for text, down in terms] + ["seq"])


def _next_hop(page: Page, hop: int, ranges: int) -> dict[str, int] | None:
    """The service streams one physical partition after the other."""
    if page.continuation:
        return page.continuation | {"range": hop}
    return {"range": hop + 1} if hop + 1 < ranges else None


def _described(exchange: Exchange, documents: Documents, page: Page) -> Answer:
    count = len(page.results)
    exchange.charge = ru.query(page.scanned, count, indexed=page.is_indexed)
    exchange.answered["x-ms-item-count"] = str(count)
    if page.continuation:
        exchange.answered["x-ms-continuation"] = orjson.dumps(page.continuation).decode()
    if exchange.flag("x-ms-documentdb-populatequerymetrics"):
        exchange.answered["x-ms-documentdb-query-metrics"] = (
            f"totalExecutionTimeInMs=1.0;retrievedDocumentCount={count};retrievedDocumentSize={page.scanned};"
            f"outputDocumentCount={count};indexUtilizationRatio=1.00"
        )
    describe_state(exchange, documents)
    return Answer(200, feed(documents.container.rid, "Documents", page.results))


def _token(exchange: Exchange) -> dict[str, int]:
    """A continuation that this module gave out earlier."""
    text = exchange.headers.get("x-ms-continuation")
    token = parsed(text) if text else {}
    if not isinstance(token, dict) or not all(type(each) is int and each >= 0 for each in token.values()):
        raise Fault(400, "Invalid continuation token.")
    return token


def _check_across(exchange: Exchange, statement: Statement, container: Container) -> None:
    plan, is_enabled = statement.plan, exchange.flag(_ENABLED)
    is_pinned = _pinned(plan, container)
    if not is_pinned and not is_enabled:
        raise Fault(
            400,
            f"Cross partition query is required but disabled. Please set {_ENABLED} to true, specify"
            " x-ms-documentdb-partitionkey, or revise your query to avoid this exception.",
        )
    if plan.is_merged and (is_enabled or not is_pinned):
        fault = Fault(
            400,
            "The provided cross partition query can not be directly served by the gateway. This is a first chance"
            " (internal) exception that all newer clients will know how to handle gracefully.",
            CROSS_PARTITION_QUERY,
        )
        fault.details["additionalErrorInfo"] = orjson.dumps(query_plan.describe(plan, statement.text)).decode()
        raise fault


def _pinned(plan: Plan, container: Container) -> bool:
    """Whether WHERE names a value for every path of the partition key."""
    where = plan.query.where
    parts = where.parts if isinstance(where, syntax.And) else (where,)
    named = [
        syntax.path(side, plan.root)
        for part in parts
        if isinstance(part, syntax.Comparison) and part.operator == "="
        for side in (part.left, part.right)
    ]
    return all(segments(path) in named for path in container.key_paths)


def _check_order(plan: Plan, container: Container) -> None:
    """The service orders by what is indexed, and by several properties only with a composite index for them."""
    policy = container.body["indexingPolicy"]
    order = [
        Order([str(key) for key in syntax.path(each.expression, plan.root) or []], each.descending)
        for each in plan.query.order
    ]
    if len(order) == 1 and not is_indexed(policy, order[0].path):
        raise Fault(400, "The index path corresponding to the specified order-by item is excluded.")
    if len(order) > 1 and not has_composite(policy, order):
        message = "The order by query does not have a corresponding composite index that it can be served from."
        raise Fault(400, message)
