"""Elements of arrays are found by an index where the policy names them, and a query is charged for what it loads."""

import contextlib
import sqlite3
from collections.abc import Callable

import pytest
from azure.cosmos import ContainerProxy, CosmosClient, DatabaseProxy, PartitionKey

from local.cosmos import access
from local.cosmos.definitions import complete
from local.cosmos.query import Page, Statement, _fill
from local.cosmos.resources import Resources
from tests.local.cosmos.conftest import MakeContainer

WHERE = "ARRAY_CONTAINS(c.tokens, @a) OR ARRAY_CONTAINS(c.tokens, @b)"
POLICY = {
    "includedPaths": [{"path": "/tokens/[]/?"}, {"path": "/at/?"}],
    "excludedPaths": [{"path": "/*"}],
    "compositeIndexes": [[{"path": "/at"}, {"path": "/id"}]],
}


def ids(container: ContainerProxy, first: object, second: object = "none", where: str = WHERE) -> list[str]:
    asked: list[dict[str, object]] = [{"name": "@a", "value": first}, {"name": "@b", "value": second}]
    text = f"SELECT VALUE c.id FROM c WHERE {where} ORDER BY c.at DESC, c.id DESC"
    return list(container.query_items(text, parameters=asked, partition_key="t"))


@pytest.fixture(scope="module")
def indexed(make_container: MakeContainer) -> ContainerProxy:
    return make_container("/tenant", indexing_policy=POLICY)


def test_the_index_follows_every_kind_of_write(indexed: ContainerProxy, database: DatabaseProxy) -> None:
    for number, tokens in enumerate([["a", "a", 1], ["b"], "a", [["a"], None], [1.0, "1"]]):
        indexed.create_item({"id": f"{number}", "tenant": "t", "at": number, "tokens": tokens})
    assert ids(indexed, "a", "b") == ["1", "0"]
    assert ids(indexed, 1) == ["4", "0"]
    indexed.replace_item("1", {"id": "1", "tenant": "t", "at": 1, "tokens": ["c"]})
    indexed.patch_item("4", "t", [{"op": "add", "path": "/tokens/-", "value": "b"}])
    indexed.upsert_item({"id": "2", "tenant": "t", "at": 9, "tokens": ["b", "a"]})
    indexed.execute_item_batch(
        [("delete", ("0",)), ("create", ({"id": "7", "tenant": "t", "at": 0, "tokens": ["b"]},))], "t"
    )
    assert ids(indexed, "a", "b") == ["2", "4", "7"]
    assert ids(indexed, "c") == ["1"]

    bare = {
        "includedPaths": [{"path": "/at/?"}],
        "excludedPaths": [{"path": "/*"}],
        "compositeIndexes": POLICY["compositeIndexes"],
    }
    for policy in (bare, POLICY):  # dropped, and made anew of what is there
        database.replace_container(indexed, PartitionKey("/tenant"), indexing_policy=policy)
        assert ids(indexed, "a", "b") == ["2", "4", "7"]


def test_a_query_pays_for_what_its_indexes_leave(make_container: MakeContainer, client: CosmosClient) -> None:
    container = make_container("/tenant", indexing_policy=POLICY)
    for number in range(40):
        document = {"id": f"{number}", "tenant": "t", "at": number, "tokens": [f"{number}"], "kind": number}
        container.create_item(document | {"text": "x" * 20_000})

    def charge(where: str) -> float:
        found = ids(container, "7", where=where)
        assert found == ["7"]
        return float(client.client_connection.last_response_headers["x-ms-request-charge"])

    assert charge(WHERE) < 4
    assert charge(f"({WHERE}) AND c.kind = 7") < 4
    assert charge("c.at = 7") < 4
    assert charge("c.kind = 7") > 35, "nothing but loading all of them tells which it is"
    assert charge("EXISTS(SELECT VALUE t FROM t IN c.tokens WHERE t = @a)") > 35


def test_each_way_to_the_items_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether what few items meet is where it begins, or the order that is wanted."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        made = Resources(connection)
        paths = {"paths": ["/tenant", "/id"], "kind": "MultiHash", "version": 2}
        body = complete({"id": "c", "partitionKey": paths, "indexingPolicy": POLICY})
        made.create_container(made.create_database({"id": "d"}, None), body, None)
        documents = made.container("d", "c")
        assert documents
        with documents.transaction():
            for number in range(60):
                tokens = [number % 7, number % 5]
                each = {"id": f"{number}", "tenant": f"t{number % 2}", "at": number // 3, "tokens": tokens}
                documents.insert(documents.container.key_of(each), each)
        ways = set()
        for where, matches in WHERES.items():
            expected = [n for n in sorted(range(60), key=lambda n: (n // 3, f"{n}"), reverse=True) if matches(n)]
            for few in (1, 5, 3000):
                monkeypatch.setattr(access, "FEW", few)
                for order in (" ORDER BY c.at DESC, c.id DESC", ""):
                    statement = Statement(f"SELECT VALUE StringToNumber(c.id) FROM c WHERE {where}{order}", {})
                    ways.add(access.way(documents, [], statement.filter(documents.indexes), statement.plan).via)
                    page = Page(1000)
                    _fill(page, statement, documents, [], {})
                    found = [int(each) for each in page.results]
                    assert found == (expected if order else sorted(expected)), (where, few)
        assert len(ways) == 4, ways


WHERES: dict[str, Callable[[int], bool]] = {
    "c.at = 3": lambda n: n // 3 == 3,
    "c.at >= 18 AND ARRAY_CONTAINS(c.tokens, 2)": lambda n: n // 3 >= 18 and 2 in {n % 7, n % 5},
    "ARRAY_CONTAINS(c.tokens, 6) OR ARRAY_CONTAINS(c.tokens, 5)": lambda n: n % 7 in {5, 6},
    "c.tenant = 't1' AND c.at < 4": lambda n: n % 2 == 1 and n // 3 < 4,
    "c.at IN (1, 2, 99) AND NOT IS_DEFINED(c.gone)": lambda n: n // 3 in {1, 2},
    "c.tenant = 't0'": lambda n: n % 2 == 0,
    "c.id IN ('7', '31', 'none') AND c.at > 2": lambda n: n == 31,
}
