"""Databases, containers, throughput, and their provisioning from a definition."""

import json
from pathlib import Path
from typing import Any

import pytest
from azure.cosmos import CosmosClient, DatabaseProxy, PartitionKey, ThroughputProperties
from azure.cosmos.exceptions import CosmosHttpResponseError, CosmosResourceExistsError, CosmosResourceNotFoundError

from local.cosmos.auth import EMULATOR_KEY
from local.cosmos.provision import KeyChangedError, provision
from tests.local.cosmos.conftest import MakeContainer
from tests.local.identity.processes import Running

DEFINITION = Path(__file__).parents[3] / "infra" / "cosmos.json"


def test_databases_are_created_listed_and_deleted(client: CosmosClient) -> None:
    client.create_database("one")
    with pytest.raises(CosmosResourceExistsError):
        client.create_database("one")
    assert "one" in [database["id"] for database in client.list_databases()]
    assert [found["id"] for found in client.query_databases("SELECT * FROM r WHERE r.id = 'one'")] == ["one"]
    client.delete_database("one")
    with pytest.raises(CosmosResourceNotFoundError):
        client.get_database_client("one").read()


def test_a_container_is_filled_in_with_the_defaults(make_container: MakeContainer) -> None:
    properties = make_container("/tenant").read()
    assert properties["partitionKey"] == {"paths": ["/tenant"], "kind": "Hash", "version": 2}
    assert properties["indexingPolicy"] == {
        "indexingMode": "consistent",
        "automatic": True,
        "includedPaths": [{"path": "/*"}],
        "excludedPaths": [{"path": '/"_etag"/?'}],
    }


def test_a_recreated_container_is_empty_for_a_client_that_knew_the_old_one(database: DatabaseProxy) -> None:
    container = database.create_container("recreated", PartitionKey(path="/tenant"))
    container.create_item({"id": "a", "tenant": "t"})
    database.delete_container("recreated")
    with pytest.raises(CosmosResourceNotFoundError):
        container.read_item("a", "t")
    database.create_container("recreated", PartitionKey(path="/tenant"))
    with pytest.raises(CosmosResourceNotFoundError):
        container.read_item("a", "t")
    container.create_item({"id": "a", "tenant": "t"})


def test_a_new_default_ttl_counts_for_old_items(database: DatabaseProxy, make_container: MakeContainer) -> None:
    container = make_container("/tenant")
    container.create_item({"id": "a", "tenant": "t", "ttl": 3600})
    container.create_item({"id": "b", "tenant": "t"})
    key = PartitionKey(path="/tenant")
    database.replace_container(container, key, default_ttl=1800)
    assert container.read()["defaultTtl"] == 1800
    assert {item["id"] for item in container.read_all_items()} == {"a", "b"}
    database.replace_container(container, key)
    assert "defaultTtl" not in container.read()


def test_a_partition_key_cannot_be_changed(database: DatabaseProxy, make_container: MakeContainer) -> None:
    container = make_container("/tenant")
    with pytest.raises(CosmosHttpResponseError) as refused:
        database.replace_container(container, PartitionKey(path="/other"))
    assert refused.value.status_code == 400


def test_throughput_is_read_and_replaced(make_container: MakeContainer) -> None:
    container = make_container("/tenant", offer_throughput=1000)
    assert container.get_throughput().offer_throughput == 1000
    container.replace_throughput(2000)
    assert container.get_throughput().offer_throughput == 2000
    others = [make_container("/tenant", offer_throughput=400) for _ in range(60)]  # ids must differ in lower case, too
    others[0].replace_throughput(500)
    assert [each.get_throughput().offer_throughput for each in others[1:]] == [400] * 59
    automatic = make_container("/tenant", offer_throughput=ThroughputProperties(auto_scale_max_throughput=12_000))
    assert automatic.get_throughput().auto_scale_max_throughput == 12_000
    assert len(list(automatic.read_feed_ranges())) == 2


def test_the_definition_of_the_app_is_provisioned_and_again(cosmos: Running, client: CosmosClient) -> None:
    definition = json.loads(DEFINITION.read_text())
    provision(cosmos.url, EMULATOR_KEY, definition)
    first = containers(client, definition["database"])
    provision(cosmos.url, EMULATOR_KEY, definition)
    assert containers(client, definition["database"]) == first
    assert first.keys() == {each["id"] for each in definition["containers"]}
    for each in definition["containers"]:
        assert first[each["id"]]["partitionKey"]["paths"] == each["partitionKey"]
        assert first[each["id"]].get("defaultTtl") == each.get("defaultTtl")


def test_a_changed_definition_is_applied_and_the_items_stay(cosmos: Running, client: CosmosClient) -> None:
    before: dict[str, Any] = {"id": "things", "partitionKey": ["/a", "/b"], "indexed": ["/x/?", "/tags/[]/?"]}
    after = before | {"indexed": ["/y/?"], "composite": [["/y", "/id"]], "defaultTtl": -1}
    provision(cosmos.url, EMULATOR_KEY, {"database": "changing", "containers": [before]})
    things = client.get_database_client("changing").get_container_client("things")
    things.create_item({"id": "1", "a": "a", "b": "b", "y": 5})
    provision(cosmos.url, EMULATOR_KEY, {"database": "changing", "containers": [after]})
    properties = containers(client, "changing")["things"]
    assert properties["defaultTtl"] == -1
    assert properties["indexingPolicy"]["includedPaths"] == [{"path": "/y/?"}]
    assert properties["indexingPolicy"]["excludedPaths"] == [{"path": "/*"}, {"path": '/"_etag"/?'}]
    ordered = "SELECT VALUE c.id FROM c ORDER BY c.y DESC, c.id DESC"
    assert list(things.query_items(ordered, partition_key=["a", "b"])) == ["1"]
    with pytest.raises(KeyChangedError, match="things"):
        provision(cosmos.url, EMULATOR_KEY, {"database": "changing", "containers": [after | {"partitionKey": ["/a"]}]})


def containers(client: CosmosClient, database: str) -> dict[str, dict[str, Any]]:
    return {found["id"]: found for found in client.get_database_client(database).list_containers()}
