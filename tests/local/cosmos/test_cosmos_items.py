"""Single items: reading, writing, conditions, partial updates, expiry and limits."""

import time
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.cosmos import ContainerProxy, CosmosClient
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosHttpResponseError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from tests.local.cosmos.conftest import MakeContainer

UNCHANGED = MatchConditions.IfNotModified


def own(item: dict[str, Any]) -> dict[str, Any]:
    """Without system properties."""
    return {name: value for name, value in item.items() if not name.startswith("_")}


def test_an_item_lives_and_dies(container: ContainerProxy, tenant: str) -> None:
    document = {"id": "a", "tenant": tenant, "text": "Zoë 🚲", "n": 1.5, "none": None, "list": [1, {"x": []}]}
    created = container.create_item(document)
    assert own(created) == document
    assert {"_rid", "_self", "_etag", "_ts", "_attachments"} <= created.keys()
    assert container.read_item("a", tenant) == created
    replaced = container.replace_item("a", document | {"n": 2})
    assert replaced["_etag"] != created["_etag"]
    assert replaced["_rid"] == created["_rid"]
    container.delete_item("a", tenant)
    with pytest.raises(CosmosResourceNotFoundError):
        container.read_item("a", tenant)
    with pytest.raises(CosmosResourceNotFoundError):
        container.delete_item("a", tenant)
    with pytest.raises(CosmosResourceNotFoundError):
        container.replace_item("a", document)


async def test_the_asynchronous_client_does_the_same(
    async_client: AsyncCosmosClient, container: ContainerProxy, tenant: str
) -> None:
    same = async_client.get_database_client("tests").get_container_client(container.id)
    created = await same.create_item({"id": "a", "tenant": tenant, "n": 1})
    assert await same.read_item("a", tenant) == created
    upserted = await same.upsert_item({"id": "a", "tenant": tenant, "n": 2})
    with pytest.raises(CosmosAccessConditionFailedError):
        await same.replace_item("a", upserted, etag=created["_etag"], match_condition=UNCHANGED)
    patched = await same.patch_item("a", tenant, [{"op": "incr", "path": "/n", "value": 40}])
    assert patched["n"] == 42
    found = [item async for item in same.query_items("SELECT VALUE c.n FROM c", partition_key=tenant)]
    assert found == [42]
    results = await same.execute_item_batch(
        [("create", ({"id": "b", "tenant": tenant},)), ("delete", ("a",))], partition_key=tenant
    )
    assert [result["statusCode"] for result in results] == [201, 204]


def test_an_id_is_taken_within_its_partition_only(container: ContainerProxy, tenant: str) -> None:
    container.create_item({"id": "a", "tenant": tenant})
    with pytest.raises(CosmosResourceExistsError) as refused:
        container.create_item({"id": "a", "tenant": tenant})
    assert refused.value.status_code == 409
    container.create_item({"id": "a", "tenant": tenant + "other"})


def test_upsert_creates_then_replaces(container: ContainerProxy, tenant: str) -> None:
    container.upsert_item({"id": "a", "tenant": tenant, "old": True})
    container.upsert_item({"id": "a", "tenant": tenant, "new": True})
    assert own(container.read_item("a", tenant)) == {"id": "a", "tenant": tenant, "new": True}


def test_a_stale_etag_changes_nothing(container: ContainerProxy, tenant: str) -> None:
    first = container.create_item({"id": "a", "tenant": tenant, "n": 1})
    second = container.replace_item("a", first | {"n": 2}, etag=first["_etag"], match_condition=UNCHANGED)
    stale: dict[str, Any] = {"etag": first["_etag"], "match_condition": UNCHANGED}
    for attempt in (
        lambda: container.replace_item("a", first | {"n": 3}, **stale),
        lambda: container.upsert_item(first | {"n": 3}, **stale),
        lambda: container.delete_item("a", tenant, **stale),
        lambda: container.patch_item("a", tenant, [{"op": "set", "path": "/n", "value": 3}], **stale),
    ):
        with pytest.raises(CosmosAccessConditionFailedError) as refused:
            attempt()
        assert refused.value.status_code == 412
    assert container.read_item("a", tenant) == second


def test_an_unchanged_item_is_not_sent_again(container: ContainerProxy, tenant: str, client: CosmosClient) -> None:
    item = container.create_item({"id": "a", "tenant": tenant})
    modified = MatchConditions.IfModified
    assert container.read_item("a", tenant, etag=item["_etag"], match_condition=modified) == {}
    assert client.client_connection.last_response_headers["etag"] == item["_etag"]
    assert container.read_item("a", tenant, etag='"another"', match_condition=modified) == item


def test_a_patch_does_all_its_operations(container: ContainerProxy, tenant: str) -> None:
    container.create_item({"id": "a", "tenant": tenant, "n": 1, "tags": ["x", "z"], "o": {"gone": 1, "from": "here"}})
    patched = container.patch_item(
        "a",
        tenant,
        [
            {"op": "add", "path": "/tags/1", "value": "y"},
            {"op": "add", "path": "/tags/-", "value": "end"},
            {"op": "set", "path": "/o/new", "value": {"deep": True}},
            {"op": "replace", "path": "/tags/0", "value": "X"},
            {"op": "remove", "path": "/o/gone"},
            {"op": "incr", "path": "/n", "value": -3},
            {"op": "incr", "path": "/fresh", "value": 7},
            {"op": "move", "from": "/o/from", "path": "/moved"},
        ],
    )
    assert own(patched) == {
        **{"id": "a", "tenant": tenant, "n": -2, "fresh": 7, "moved": "here"},
        **{"tags": ["X", "y", "z", "end"], "o": {"new": {"deep": True}}},
    }
    assert container.read_item("a", tenant) == patched


def test_a_patch_holds_only_if_its_predicate_does(container: ContainerProxy, tenant: str) -> None:
    container.create_item({"id": "a", "tenant": tenant, "state": "open", "n": 1})
    increment = [{"op": "incr", "path": "/n", "value": 1}]
    container.patch_item("a", tenant, increment, filter_predicate="from c where c.state = 'open'")
    with pytest.raises(CosmosAccessConditionFailedError) as refused:
        container.patch_item("a", tenant, increment, filter_predicate="from c where c.state = 'closed'")
    assert refused.value.sub_status == 1110
    assert container.read_item("a", tenant)["n"] == 2


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "replace", "path": "/missing", "value": 1}],
        [{"op": "remove", "path": "/missing"}],
        [{"op": "incr", "path": "/text", "value": 1}],
        [{"op": "set", "path": "/tenant", "value": "other"}],
        [{"op": "set", "path": "/id", "value": "other"}],
        [{"op": "set", "path": "/_ts", "value": 1}],
        [{"op": "set", "path": "/list/9", "value": 1}],
        [{"op": "set", "path": "/a/b/c", "value": 1}],
        [{"op": "nonsense", "path": "/n", "value": 1}],
        [{"op": "set", "path": "/n", "value": 1}] * 11,
        [],
    ],
)
def test_an_impossible_patch_is_refused(
    container: ContainerProxy, tenant: str, operations: list[dict[str, Any]]
) -> None:
    item = container.create_item({"id": "a", "tenant": tenant, "text": "x", "list": [1]})
    with pytest.raises(CosmosHttpResponseError) as refused:
        container.patch_item("a", tenant, operations)
    assert refused.value.status_code == 400
    assert container.read_item("a", tenant) == item


def test_items_expire_where_the_container_lets_them(
    container: ContainerProxy, make_container: MakeContainer, tenant: str
) -> None:
    forever = make_container("/tenant")
    forever.create_item({"id": "short", "tenant": tenant, "ttl": 1})
    container.create_item({"id": "short", "tenant": tenant, "ttl": 1})
    container.create_item({"id": "kept", "tenant": tenant})
    assert list(container.query_items("SELECT VALUE c.id FROM c", partition_key=tenant)) == ["short", "kept"]
    time.sleep(2)
    with pytest.raises(CosmosResourceNotFoundError):
        container.read_item("short", tenant)
    assert list(container.query_items("SELECT VALUE c.id FROM c", partition_key=tenant)) == ["kept"]
    assert list(container.query_items("SELECT VALUE COUNT(1) FROM c", partition_key=tenant)) == [1]
    container.create_item({"id": "short", "tenant": tenant, "again": True})
    assert container.read_item("short", tenant)["again"]
    assert forever.read_item("short", tenant)["ttl"] == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"ttl": 0}, 400),
        ({"ttl": "soon"}, 400),
        ({"ttl": None}, 400),
        ({"ttl": -2}, 400),
        ({"id": ""}, 400),
        ({"id": 5}, 400),
        ({"id": "x" * 1024}, 400),
        ({"id": "a/b"}, 400),
        ({"text": "x" * 2 * 1024 * 1024}, 413),
        ({"text": "x" * 5 * 1024 * 1024}, 413),
    ],
)
def test_what_the_service_refuses_is_refused(
    container: ContainerProxy, tenant: str, fields: dict[str, Any], status: int
) -> None:
    with pytest.raises((CosmosHttpResponseError, ValueError, TypeError)) as refused:
        container.create_item({"id": "a", "tenant": tenant} | fields)
    assert getattr(refused.value, "status_code", status) == status


def test_deep_nesting_is_refused(container: ContainerProxy, tenant: str) -> None:
    deep: list[Any] = []
    for _ in range(200):
        deep = [deep]
    with pytest.raises(CosmosHttpResponseError) as refused:
        container.create_item({"id": "a", "tenant": tenant, "deep": deep})
    assert refused.value.status_code == 400


def test_unique_keys_are_unique_within_a_partition(make_container: MakeContainer) -> None:
    container = make_container("/tenant", unique_key_policy={"uniqueKeys": [{"paths": ["/email"]}]})
    container.create_item({"id": "1", "tenant": "a", "email": "x@example.org"})
    container.create_item({"id": "1", "tenant": "b", "email": "x@example.org"})
    container.create_item({"id": "2", "tenant": "a", "email": "y@example.org"})
    with pytest.raises(CosmosResourceExistsError):
        container.create_item({"id": "3", "tenant": "a", "email": "x@example.org"})
    with pytest.raises(CosmosResourceExistsError):
        container.replace_item("2", {"id": "2", "tenant": "a", "email": "x@example.org"})
    assert container.read_item("2", "a")["email"] == "y@example.org"


def test_ids_of_all_kinds_are_found_again(container: ContainerProxy, tenant: str) -> None:
    for identifier in ("with space", "100%", "a+b&c=d", "quote'\"", "Ünïcode-✓", "a%2Fb", "dot.", "~tilde"):
        item = container.create_item({"id": identifier, "tenant": tenant})
        assert container.read_item(identifier, tenant) == item


def test_a_whole_partition_can_be_deleted(container: ContainerProxy, tenant: str) -> None:
    for number in range(3):
        container.create_item({"id": str(number), "tenant": tenant})
    container.create_item({"id": "other", "tenant": tenant + "2"})
    container.delete_all_items_by_partition_key(tenant)
    assert list(container.query_items("SELECT * FROM c", partition_key=tenant)) == []
    assert container.read_item("other", tenant + "2")


def test_reads_and_writes_are_charged_by_size(container: ContainerProxy, tenant: str, client: CosmosClient) -> None:
    def charge() -> float:
        headers = client.client_connection.last_response_headers
        return float(headers["x-ms-request-charge"])

    container.create_item({"id": "small", "tenant": tenant})
    small = charge()
    container.create_item({"id": "large", "tenant": tenant, "text": "x" * 100_000})
    assert charge() > 5 * small > 20
    container.read_item("small", tenant)
    assert charge() == 1
    container.read_item("large", tenant)
    assert 4.76 < charge() < 9.95
