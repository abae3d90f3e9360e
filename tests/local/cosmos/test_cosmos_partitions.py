"""Hierarchical partition keys, and keys that are not there."""

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError, CosmosResourceNotFoundError
from azure.cosmos.partition_key import NonePartitionKeyValue

from tests.local.cosmos.conftest import MakeContainer

ITEMS = [(f"t{number % 2}", f"u{number % 3}", number % 5) for number in range(30)]


@pytest.fixture(scope="module", params=[400, 12_000], ids=["one partition", "two partitions"])
def nested(request: pytest.FixtureRequest, make_container: MakeContainer) -> ContainerProxy:
    container = make_container("/tenant", "/user", "/day", offer_throughput=request.param)
    for number, (tenant, user, day) in enumerate(ITEMS):
        container.create_item({"id": str(number), "tenant": tenant, "user": user, "day": day, "n": number})
    return container


def test_the_whole_key_leads_to_one_item(nested: ContainerProxy) -> None:
    for number, key in enumerate(ITEMS[:10]):
        assert nested.read_item(str(number), list(key))["n"] == number
    with pytest.raises(CosmosResourceNotFoundError):
        nested.read_item("0", ["t0", "u0", 4])


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_prefix_finds_everything_below_it(nested: ContainerProxy, length: int) -> None:
    for prefix in sorted({key[:length] for key in ITEMS})[:8]:
        expected = [number for number, key in enumerate(ITEMS) if key[:length] == prefix]
        assert sorted(nested.query_items("SELECT VALUE c.n FROM c", partition_key=list(prefix))) == expected


def test_a_prefix_is_not_the_beginning_of_a_word(make_container: MakeContainer) -> None:
    container = make_container("/tenant", "/user")
    for tenant in ("a", "ab", 'a"', "a,"):
        container.create_item({"id": "1", "tenant": tenant, "user": "x"})
    found = container.query_items("SELECT VALUE c.tenant FROM c", partition_key=["a"])
    assert list(found) == ["a"]


def test_a_prefix_query_may_order_and_count(nested: ContainerProxy) -> None:
    text = "SELECT VALUE c.n FROM c ORDER BY c.n DESC OFFSET 0 LIMIT 3"
    assert list(nested.query_items(text, partition_key=["t1"])) == [29, 27, 25]
    assert sum(nested.query_items("SELECT VALUE COUNT(1) FROM c", partition_key=["t1"])) == 15


def test_a_point_operation_takes_the_whole_key(nested: ContainerProxy) -> None:
    with pytest.raises(CosmosHttpResponseError) as refused:
        nested.read_item("0", ["t0"])
    assert refused.value.status_code == 400


def test_an_item_belongs_where_its_key_says(container: ContainerProxy, tenant: str) -> None:
    container.create_item({"id": "a", "tenant": tenant})
    with pytest.raises(CosmosResourceNotFoundError):
        container.read_item("a", tenant + "x")
    with pytest.raises(CosmosResourceNotFoundError):  # it is another item, in another partition
        container.replace_item("a", {"id": "a", "tenant": tenant + "x"})


@pytest.mark.parametrize("value", [1, 1.5, -1, True, False, None, "", "1", "ünï"])
def test_keys_of_all_types_are_kept_apart(container: ContainerProxy, value: object) -> None:
    container.create_item({"id": "same", "tenant": value, "was": repr(value)})
    assert container.read_item("same", value)["was"] == repr(value)


def test_an_item_without_a_key_has_a_place_too(container: ContainerProxy) -> None:
    container.create_item({"id": "keyless"})
    assert container.read_item("keyless", NonePartitionKeyValue)["id"] == "keyless"
    container.delete_item("keyless", NonePartitionKeyValue)


def test_whole_numbers_are_the_same_key_however_written(container: ContainerProxy) -> None:
    container.create_item({"id": "number", "tenant": 7.0})
    assert container.read_item("number", 7)["id"] == "number"
