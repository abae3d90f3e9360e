"""Elements of arrays are found by an index where the policy names them, and a query is charged for what it loads."""

import pytest
from azure.cosmos import ContainerProxy, CosmosClient, DatabaseProxy, PartitionKey

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
