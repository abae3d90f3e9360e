"""Thousands of random queries over random documents, answered by the stand-in and by a plain evaluation written here.

The generator builds a query as text and as a Python function side by side, so nothing of the stand-in's own parser or
evaluator is asked what is right. Semantics: Microsoft Learn, "Azure Cosmos DB for NoSQL queries": operators, undefined
versus null, subqueries, aggregates; cosmos-dotnet's ordering of types.
"""

import functools
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from azure.cosmos import ContainerProxy

from tests.local.cosmos.conftest import MakeContainer

CASES, DOCUMENTS = 2_400, 60
NOTHING: Any = object()
"""Undefined."""
type Document = dict[str, Any]
type Evaluate = Callable[[dict[str, Any]], Any]
STRINGS = ["", "a", "ab", "abc", "B", "b c", "x%y", "x_y", "Ünï", "true", "1"]
NUMBERS = [0, 1, -1, 2, 2.5, 10, -7.25, 1e6]
PATHS = ["n", "s", "t", "b", "o.k", "o.d.e", "l[0]", "l[1]", "m", "missing"]


@dataclass(frozen=True)
class Part:
    """A piece of a query: its text, and what it gives for the bindings of its aliases."""

    text: str
    of: Evaluate


def document(chance: random.Random, number: int) -> Document:
    fields: dict[str, Callable[[], Any]] = {
        "n": lambda: chance.choice(NUMBERS),
        "s": lambda: chance.choice(STRINGS),
        "t": lambda: chance.choice(["red", "green", "blue"]),
        "b": lambda: chance.choice([True, False]),
        "o": lambda: {"k": chance.choice([1, "a", None, True]), "d": {"e": chance.choice(NUMBERS)}},
        "l": lambda: [chance.choice([*NUMBERS, *STRINGS, None]) for _ in range(chance.randrange(4))],
        "m": lambda: chance.choice([None, True, 3, "a", [1, "a"], {"k": 1}, []]),
        "p": lambda: [
            {"k": chance.choice(["x", "y"]), "n": chance.choice(NUMBERS)} for _ in range(chance.randrange(3))
        ],
    }
    given = {name: make() for name, make in fields.items() if chance.random() < 0.8}
    return {"id": f"{number:03}", "tenant": "a", **given}


def path(text: str, alias: str = "c") -> Part:
    steps = re.findall(r"\w+|\[\d+\]", text)

    def of(bound: dict[str, Any]) -> Any:
        value = bound[alias]
        for step in steps:
            if step.startswith("["):
                index = int(step[1:-1])
                value = value[index] if isinstance(value, list) and index < len(value) else NOTHING
            else:
                value = value.get(step, NOTHING) if isinstance(value, dict) else NOTHING
        return value

    return Part(f"{alias}.{text}", of)


def constant(value: Any) -> Part:
    return Part(json.dumps(value, ensure_ascii=False), lambda _: value)


def kind(value: Any) -> int:
    if value is NOTHING:
        return 0
    types: list[Any] = [type(None), bool, (int, float), str, list, dict]
    return 1 + next(index for index, each in enumerate(types) if isinstance(value, each))


def same(left: Any, right: Any) -> bool:
    if kind(left) != kind(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


def order(left: Any, right: Any) -> int:
    if kind(left) != kind(right):
        return kind(left) - kind(right)
    return 0 if kind(left) < 2 else (left > right) - (left < right)


def compared(operator: str, left: Any, right: Any) -> Any:
    if left is NOTHING or right is NOTHING:
        return NOTHING
    if operator in {"=", "!="}:
        return same(left, right) is (operator == "=")
    if kind(left) != kind(right) or kind(left) > 4:
        return NOTHING
    position = order(left, right)
    return {"<": position < 0, "<=": position <= 0, ">": position > 0, ">=": position >= 0}[operator]


class Generator:
    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def scalar(self, depth: int = 1) -> Part:
        pick = self.chance.random()
        if pick < 0.55 or depth == 0:
            return path(self.chance.choice(PATHS))
        if pick < 0.75:
            return self.literal()
        if pick < 0.85:
            return self.sum(depth)
        return self.chosen(depth) if pick < 0.93 else self.fallback(depth)

    def literal(self) -> Part:
        return constant(self.chance.choice([*NUMBERS, *STRINGS, "red", None, True, False]))

    def sum(self, depth: int) -> Part:
        left, right, sign = self.scalar(depth - 1), self.scalar(depth - 1), self.chance.choice("+-*")

        def of(bound: dict[str, Any]) -> Any:
            one, other = left.of(bound), right.of(bound)
            if kind(one) != 3 or kind(other) != 3:
                return NOTHING
            return {"+": one + other, "-": one - other, "*": one * other}[sign]

        return Part(f"({left.text} {sign} {right.text})", of)

    def chosen(self, depth: int) -> Part:
        test, yes, no = self.condition(depth - 1), self.scalar(depth - 1), self.scalar(depth - 1)
        return Part(
            f"({test.text} ? {yes.text} : {no.text})",
            lambda bound: yes.of(bound) if test.of(bound) is True else no.of(bound),
        )

    def fallback(self, depth: int) -> Part:
        first, second = self.scalar(depth - 1), self.scalar(depth - 1)

        def of(bound: dict[str, Any]) -> Any:
            found = first.of(bound)
            return second.of(bound) if found is NOTHING else found

        return Part(f"({first.text} ?? {second.text})", of)

    def condition(self, depth: int = 2) -> Part:
        makers = [self.comparison, self.test, self.text_test, self.membership, self.between, self.like, self.contains]
        if depth > 0 and self.chance.random() < 0.45:
            return self.joined(depth)
        if depth > 0 and self.chance.random() < 0.1:
            return self.exists()
        return self.chance.choice(makers)()

    def joined(self, depth: int) -> Part:
        if self.chance.random() < 0.25:
            inner = self.condition(depth - 1)
            return Part(f"(NOT {inner.text})", lambda bound: _negated(inner.of(bound)))
        left, right, word = self.condition(depth - 1), self.condition(depth - 1), self.chance.choice(["AND", "OR"])
        decide = _and if word == "AND" else _or
        return Part(f"({left.text} {word} {right.text})", lambda bound: decide(left.of(bound), right.of(bound)))

    def comparison(self) -> Part:
        left, right = self.scalar(), self.literal() if self.chance.random() < 0.7 else self.scalar()
        operator = self.chance.choice(["=", "!=", "<", "<=", ">", ">="])
        text = f"({left.text} {operator} {right.text})"
        return Part(text, lambda bound: compared(operator, left.of(bound), right.of(bound)))

    def test(self) -> Part:
        inner = path(self.chance.choice(PATHS))
        name, check = self.chance.choice(
            [
                ("IS_DEFINED", lambda value: value is not NOTHING),
                ("IS_NULL", lambda value: value is None),
                ("IS_NUMBER", lambda value: kind(value) == 3),
                ("IS_STRING", lambda value: kind(value) == 4),
                ("IS_BOOL", lambda value: kind(value) == 2),
                ("IS_ARRAY", lambda value: kind(value) == 5),
                ("IS_OBJECT", lambda value: kind(value) == 6),
            ]
        )
        return Part(f"{name}({inner.text})", lambda bound: check(inner.of(bound)))

    def text_test(self) -> Part:
        inner, wanted = path(self.chance.choice(PATHS)), self.chance.choice(STRINGS)
        name, check = self.chance.choice(
            [("STARTSWITH", str.startswith), ("ENDSWITH", str.endswith), ("CONTAINS", str.__contains__)]
        )

        def of(bound: dict[str, Any]) -> Any:
            value = inner.of(bound)
            return check(value, wanted) if isinstance(value, str) else NOTHING

        return Part(f"{name}({inner.text}, {json.dumps(wanted, ensure_ascii=False)})", of)

    def membership(self) -> Part:
        inner, options = path(self.chance.choice(PATHS)), [self.literal() for _ in range(3)]
        negated = self.chance.random() < 0.3

        def of(bound: dict[str, Any]) -> Any:
            value = inner.of(bound)
            if value is NOTHING:
                return NOTHING
            return any(same(value, each.of(bound)) for each in options) is not negated

        return Part(f"({inner.text} {'NOT ' * negated}IN ({', '.join(each.text for each in options)}))", of)

    def between(self) -> Part:
        inner, low, high = path(self.chance.choice(PATHS)), self.literal(), self.literal()

        def of(bound: dict[str, Any]) -> Any:
            value = inner.of(bound)
            return _and(compared(">=", value, low.of(bound)), compared("<=", value, high.of(bound)))

        return Part(f"({inner.text} BETWEEN {low.text} AND {high.text})", of)

    def like(self) -> Part:
        inner, pattern = (
            path(self.chance.choice(["s", "t", "m"])),
            self.chance.choice(["a%", "%b%", "_", "r_d", "%", ""]),
        )
        expression = re.compile(
            "".join({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in pattern), re.DOTALL
        )

        def of(bound: dict[str, Any]) -> Any:
            value = inner.of(bound)
            return expression.fullmatch(value) is not None if isinstance(value, str) else NOTHING

        return Part(f"({inner.text} LIKE {json.dumps(pattern)})", of)

    def contains(self) -> Part:
        inner, wanted = path(self.chance.choice(["l", "m", "p"])), self.literal()

        def of(bound: dict[str, Any]) -> Any:
            value = inner.of(bound)
            return any(same(each, wanted.of(bound)) for each in value) if isinstance(value, list) else NOTHING

        return Part(f"ARRAY_CONTAINS({inner.text}, {wanted.text})", of)

    def exists(self) -> Part:
        low = self.chance.choice(NUMBERS)

        def of(bound: dict[str, Any]) -> Any:
            parts = bound["c"].get("p", [])
            return any(compared(">", each["n"], low) is True for each in parts)

        return Part(f"EXISTS(SELECT VALUE p FROM p IN c.p WHERE p.n > {low})", of)

    def query(self, documents: list[Document]) -> tuple[str, list[Any]]:
        where = self.condition()
        rows = [{"c": each} for each in documents if where.of({"c": each}) is True]
        shape = self.chance.choice(
            [self.values, self.ordered, self.top, self.joined_rows, self.distinct, self.aggregate]
        )
        return shape(where.text, rows)

    def values(self, where: str, rows: list[dict[str, Any]]) -> tuple[str, list[Any]]:
        what = self.scalar()
        found = [value for row in rows if (value := what.of(row)) is not NOTHING]
        return f"SELECT VALUE {what.text} FROM c WHERE {where}", found

    def ordered(self, where: str, rows: list[dict[str, Any]]) -> tuple[str, list[Any]]:
        by, down = path(self.chance.choice(["n", "s", "t", "b"])), self.chance.random() < 0.5
        skip, take = self.chance.randrange(4), self.chance.randrange(1, 30)
        ascending = sorted(rows, key=functools.cmp_to_key(lambda one, other: order(by.of(one), by.of(other))))
        expected = [by.of(row) for row in (reversed(ascending) if down else ascending)][skip : skip + take]
        text = f"SELECT VALUE {{k: {by.text}}} FROM c WHERE {where} ORDER BY {by.text} {'DESC' if down else 'ASC'}"
        return f"{text} OFFSET {skip} LIMIT {take}", [{} if each is NOTHING else {"k": each} for each in expected]

    def top(self, where: str, rows: list[dict[str, Any]]) -> tuple[str, list[Any]]:
        count = self.chance.randrange(1, 8)
        return f"SELECT TOP {count} VALUE c.id FROM c WHERE {where}", [row["c"]["id"] for row in rows][:count]

    def joined_rows(self, where: str, rows: list[dict[str, Any]]) -> tuple[str, list[Any]]:
        low = self.chance.choice(NUMBERS)
        found = [
            {"id": row["c"]["id"], "k": each["k"]}
            for row in rows
            for each in row["c"].get("p", [])
            if compared(">=", each["n"], low) is True
        ]
        return f"SELECT c.id, p.k FROM c JOIN p IN c.p WHERE {where} AND p.n >= {low}", found

    def distinct(self, where: str, rows: list[dict[str, Any]]) -> tuple[str, list[Any]]:
        what = path(self.chance.choice(["t", "n", "m", "o"]))
        found: list[Any] = []
        for row in rows:
            value = what.of(row)
            if value is not NOTHING and not any(same(value, each) for each in found):
                found.append(value)
        return f"SELECT DISTINCT VALUE {what.text} FROM c WHERE {where}", found

    def aggregate(self, where: str, rows: list[dict[str, Any]]) -> tuple[str, list[Any]]:
        if self.chance.random() < 0.4:
            counts: dict[str, int] = {}
            for row in rows:
                counts[row["c"].get("t", "")] = counts.get(row["c"].get("t", ""), 0) + 1
            found = [{"n": count} | ({"t": name} if name else {}) for name, count in counts.items()]
            return f"SELECT c.t, COUNT(1) AS n FROM c WHERE {where} GROUP BY c.t", found
        values = [row["c"].get("n", NOTHING) for row in rows]
        known = [value for value in values if value is not NOTHING]
        name = self.chance.choice(["COUNT", "SUM", "MIN", "MAX", "AVG"])
        results = {
            "COUNT": lambda: [len(known)],
            "SUM": lambda: [sum(known)],
            "AVG": lambda: [sum(known) / len(known)] if known else [],
            "MIN": lambda: [min(known)] if known else [],
            "MAX": lambda: [max(known)] if known else [],
        }
        return f"SELECT VALUE {name}(c.n) FROM c WHERE {where}", results[name]()


def _negated(value: Any) -> Any:
    return not value if isinstance(value, bool) else NOTHING


def _and(left: Any, right: Any) -> Any:
    if left is False or right is False:
        return False
    return True if left is True and right is True else NOTHING


def _or(left: Any, right: Any) -> Any:
    if left is True or right is True:
        return True
    return False if left is False and right is False else NOTHING


def comparable(values: list[Any], *, in_order: bool) -> Any:
    """Rounded, because sums may be added up in another order; sorted where the query promises none."""
    texts = [json.dumps(each, sort_keys=True) for each in values]
    rounded = [re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):g}", text) for text in texts]
    return rounded if in_order else sorted(rounded)


@pytest.fixture(scope="module")
def documents(make_container: MakeContainer) -> tuple[ContainerProxy, list[Document]]:
    chance = random.Random(20261123)
    container = make_container("/tenant")
    found = [document(chance, number) for number in range(DOCUMENTS)]
    for each in found:
        container.create_item(each)
    return container, found


@pytest.mark.parametrize("batch", range(24))
def test_random_queries(documents: tuple[ContainerProxy, list[Document]], batch: int) -> None:
    container, known = documents
    wrong = []
    for case in range(CASES // 24):
        text, expected = Generator(batch * 1_000 + case).query(known)
        in_order = "ORDER BY" in text or "TOP" in text
        found = list(container.query_items(text, partition_key="a"))
        if comparable(found, in_order=in_order) != comparable(expected, in_order=in_order):
            wrong.append(f"{text}\n   found    {found}\n   expected {expected}")
    assert not wrong, f"{len(wrong)} of {CASES // 24}:\n" + "\n".join(wrong[:5])
