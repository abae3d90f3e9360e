"""Transactional batches: all operations or none."""

from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError

from tests.local.cosmos.conftest import MakeContainer


def test_a_batch_does_everything_in_order(container: ContainerProxy, tenant: str) -> None:
    container.create_item({"id": "old", "tenant": tenant, "n": 1})
    kept = container.create_item({"id": "kept", "tenant": tenant, "n": 1})
    results = container.execute_item_batch(
        [
            ("create", ({"id": "new", "tenant": tenant},)),
            ("upsert", ({"id": "new", "tenant": tenant, "n": 5},)),
            ("read", ("new",)),
            ("replace", ("kept", {"id": "kept", "tenant": tenant, "n": 2}), {"if_match_etag": kept["_etag"]}),
            ("patch", ("kept", [{"op": "incr", "path": "/n", "value": 10}])),
            ("delete", ("old",)),
        ],
        partition_key=tenant,
    )
    assert [result["statusCode"] for result in results] == [201, 200, 200, 200, 200, 204]
    assert results[2]["resourceBody"]["n"] == 5
    assert results[4]["resourceBody"]["n"] == 12
    assert results[4]["eTag"] == container.read_item("kept", tenant)["_etag"]
    found = container.query_items("SELECT VALUE c.id FROM c ORDER BY c.id", partition_key=tenant)
    assert list(found) == ["kept", "new"]


@pytest.mark.parametrize(
    ("failing", "status"),
    [
        (("create", ({"id": "there"},)), 409),
        (("replace", ("missing", {"id": "missing"})), 404),
        (("delete", ("missing",)), 404),
        (("replace", ("there", {"id": "there"}), {"if_match_etag": '"stale"'}), 412),
        (
            (
                "patch",
                ("there", [{"op": "add", "path": "/x", "value": 1}]),
                {"filter_predicate": "from c where c.x > 1"},
            ),
            412,
        ),
        (("create", ({"id": "elsewhere", "tenant": "another"},)), 400),
    ],
)
def test_one_failure_takes_everything_back(
    container: ContainerProxy, tenant: str, failing: tuple[Any, ...], status: int
) -> None:
    before = container.create_item({"id": "there", "tenant": tenant})
    verb, arguments, *options = failing
    if isinstance(arguments[-1], dict):
        arguments = (*arguments[:-1], {"tenant": tenant} | arguments[-1])
    batch = [
        ("create", ({"id": "first", "tenant": tenant},)),
        (verb, arguments, *options),
        ("upsert", ({"id": "third", "tenant": tenant},)),
    ]
    with pytest.raises(CosmosBatchOperationError) as refused:
        container.execute_item_batch(batch, partition_key=tenant)
    assert refused.value.error_index == 1
    assert [each["statusCode"] for each in refused.value.operation_responses] == [424, status, 424]
    assert list(container.query_items("SELECT * FROM c", partition_key=tenant)) == [before]


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_has_1_to_100_operations(container: ContainerProxy, tenant: str, count: int) -> None:
    batch = [("upsert", ({"id": str(number), "tenant": tenant},)) for number in range(count)]
    with pytest.raises(CosmosHttpResponseError) as refused:
        container.execute_item_batch(batch, partition_key=tenant)
    assert refused.value.status_code == 400


def test_a_batch_of_more_than_2_mb_is_too_large(container: ContainerProxy, tenant: str) -> None:
    batch = [("create", ({"id": str(number), "tenant": tenant, "text": "x" * 300_000},)) for number in range(8)]
    with pytest.raises(CosmosHttpResponseError) as refused:
        container.execute_item_batch(batch, partition_key=tenant)
    assert refused.value.status_code == 413


def test_a_batch_names_the_whole_hierarchical_key(make_container: MakeContainer) -> None:
    container = make_container("/tenant", "/user")
    batch = [("create", ({"id": "1", "tenant": "a", "user": "b"},))]
    with pytest.raises(CosmosHttpResponseError) as refused:
        container.execute_item_batch(batch, partition_key=["a"])
    assert refused.value.status_code == 400
    container.execute_item_batch(batch, partition_key=["a", "b"])
    assert container.read_item("1", ["a", "b"])


def test_a_batch_is_one_entry_of_the_change_feed(make_container: MakeContainer) -> None:
    container = make_container("/tenant")
    batch = [("create", ({"id": f"{number:02}", "tenant": "a"},)) for number in range(20)]
    container.execute_item_batch(batch, partition_key="a")
    container.create_item({"id": "later", "tenant": "a"})
    changes = list(container.query_items_change_feed(start_time="Beginning", max_item_count=5))
    assert [change["id"] for change in changes] == [*(f"{number:02}" for number in range(20)), "later"]
    assert len({change["_lsn"] for change in changes[:-1]}) == 1
