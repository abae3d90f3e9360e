"""What SQLite filters for a query: every match gets through, and only matches where it says so."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cosmos import tables
from local.cosmos.containers import Container
from local.cosmos.indexing import Served
from local.cosmos.sql.parser import parse
from local.cosmos.sql.plan import Plan
from local.cosmos.sql.pushdown import filter_of

SCALARS: list[Any] = [None, True, False, 0, 1, -1, 2.5, 1e3, "", "a", "ab", "1", "true", "null", "[1]", '{"a":1}', "Ü"]
VALUES: list[Any] = [*SCALARS, [], [1], ["a", None], {}, {"a": 1}]
DOCUMENTS = [
    *({"id": f"x{number}", "x": value} for number, value in enumerate(VALUES)),
    *({"id": f"y{number}", "y": {"z": value}} for number, value in enumerate(VALUES)),
    *({"id": f"t{number}", "x": number, "t": [value, "end"]} for number, value in enumerate(VALUES)),
]
PATHS = st.sampled_from(["c.x", "c.y.z", "c.t", "c.t[0]", "c['x']", "c.missing"])
LITERALS = st.sampled_from([orjson.dumps(value).decode() for value in SCALARS])
COMPARISONS = st.builds(
    "{} {} {}".format, PATHS | LITERALS, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), PATHS | LITERALS
)
TESTS = (
    st.builds("{} IN ({}, {})".format, PATHS, LITERALS, LITERALS)
    | st.builds("{}({})".format, st.sampled_from(["IS_DEFINED", "IS_NULL", "IS_STRING"]), PATHS)
    | st.builds("STARTSWITH({}, {})".format, PATHS, LITERALS)
    | st.builds("ARRAY_CONTAINS({}, {})".format, PATHS, LITERALS)
    | st.builds("ARRAY_CONTAINS(@list, {})".format, PATHS)
    | st.builds("{} BETWEEN {} AND {}".format, PATHS, LITERALS, LITERALS)
)
CONDITIONS = st.recursive(
    COMPARISONS | TESTS,
    lambda inner: (
        st.builds("({} AND {})".format, inner, inner)
        | st.builds("({} OR {})".format, inner, inner)
        | st.builds("NOT ({})".format, inner)
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def stored() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE items(id TEXT, doc TEXT)")
    rows = [(document["id"], orjson.dumps(document).decode()) for document in DOCUMENTS]
    connection.executemany("INSERT INTO items VALUES(?, ?)", rows)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def indexed() -> Iterator[tuple[sqlite3.Connection, Served]]:
    """The same documents, with the elements of two arrays in tables of their own."""
    connection = sqlite3.connect(":memory:")
    policy = {"includedPaths": [{"path": path} for path in ("/x/?", "/x/[]/?", "/t/[]/?")], "excludedPaths": []}
    body = {"indexingPolicy": policy, "partitionKey": {"paths": ["/id"]}, "uniqueKeyPolicy": {"uniqueKeys": []}}
    tables.create(connection, Container(1, 1, body, 1))
    rows = [(document["id"], orjson.dumps(document).decode()) for document in DOCUMENTS]
    connection.executemany("INSERT INTO docs_1(pk,id,epk,lsn,ts,etag,doc) VALUES('[]',?,'',1,1,'',?)", rows)
    yield connection, Served(policy, "docs_1")
    connection.close()


@settings(max_examples=200, deadline=None)
@given(condition=CONDITIONS)
def test_every_match_gets_through_the_indexes_too(indexed: tuple[sqlite3.Connection, Served], condition: str) -> None:
    connection, served = indexed
    plan = Plan(parse(f"SELECT VALUE c.id FROM c WHERE {condition}"), {"@list": ["a", 1, "[1]"]})
    matches = set(plan.over(DOCUMENTS))
    pushed = filter_of(plan.query.where, plan.root, {"@list": ["a", 1, "[1]"]}, served)
    if pushed is None:
        return
    passed = {
        name for (name,) in connection.execute(f"SELECT id FROM docs_1 WHERE {pushed.condition}", pushed.arguments)
    }
    assert matches <= passed
    assert matches == passed or not pushed.exact
    for lookups in pushed.lookups:
        held = "SELECT id FROM docs_1 JOIN {} USING (seq) WHERE value=?"
        found = {name for each in lookups for (name,) in connection.execute(held.format(each.table), [each.value])}
        assert matches <= found


def test_what_no_index_serves_is_kept_apart(indexed: tuple[sqlite3.Connection, Served]) -> None:
    where = parse(
        "SELECT * FROM c WHERE c.x > 1 AND c.y = 2 AND (ARRAY_CONTAINS(c.t, 1) OR ARRAY_CONTAINS(c.t, 2))"
    ).where
    pushed = filter_of(where, "c", {}, indexed[1])
    assert pushed
    assert "'$.\"y\"'" in pushed.looked_at.condition
    assert "'$.\"y\"'" not in pushed.served.condition
    assert [[each.value for each in lookups] for lookups in pushed.lookups] == [[1, 2]]


@settings(max_examples=200, deadline=None)
@given(condition=CONDITIONS)
def test_every_match_gets_through(stored: sqlite3.Connection, condition: str) -> None:
    parameters = {"@list": ["a", 1, "[1]"]}
    plan = Plan(parse(f"SELECT VALUE c.id FROM c WHERE {condition}"), parameters)
    matches = set(plan.over(DOCUMENTS))
    pushed = filter_of(plan.query.where, plan.root, parameters)
    if pushed is None:
        return
    passed = {name for (name,) in stored.execute(f"SELECT id FROM items WHERE {pushed.condition}", pushed.arguments)}
    assert matches <= passed
    if pushed.exact:
        assert matches == passed


@pytest.mark.parametrize("key", ["a'b", 'a"b', "a\\b", "a.b", "$", "[0]", "ü", "a b", ""])
def test_a_strange_key_is_found_or_left_to_the_query(stored: sqlite3.Connection, key: str) -> None:
    document = {"id": "strange", key: {"x": 1}}
    where = parse(f"SELECT * FROM c WHERE c[{orjson.dumps(key).decode()}].x = 1").where
    pushed = filter_of(where, "c", {})
    if pushed:
        text = f"SELECT 1 FROM (SELECT ? AS doc) WHERE {pushed.condition}"
        assert stored.execute(text, [orjson.dumps(document).decode(), *pushed.arguments]).fetchall() == [(1,)]


def test_a_chain_of_any_length_is_left_to_the_query_where_sqlite_cannot(stored: sqlite3.Connection) -> None:
    for operator in ("AND", "OR"):
        chain = f" {operator} ".join("c.x != 5 OR c.x = 1" if operator == "OR" else "c.x = 1" for _ in range(1500))
        plan = Plan(parse(f"SELECT VALUE c.id FROM c WHERE {chain}"), {})
        pushed = filter_of(plan.query.where, plan.root, {})
        condition, arguments = (pushed.condition, pushed.arguments) if pushed else ("1", [])
        passed = {name for (name,) in stored.execute(f"SELECT id FROM items WHERE {condition}", arguments)}
        assert set(plan.over(DOCUMENTS)) <= passed
