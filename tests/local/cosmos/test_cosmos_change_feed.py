"""The change feed in its latest-version mode."""

from typing import Any

from azure.cosmos import ContainerProxy
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient

from tests.local.cosmos.conftest import MakeContainer


def changed(container: ContainerProxy, **options: Any) -> list[str]:
    return [item["id"] for item in container.query_items_change_feed(**options)]


def continuation(container: ContainerProxy) -> str:
    headers = container.client_connection.last_response_headers
    return str(headers["etag"])


def test_every_item_comes_once_in_the_order_of_its_last_change(make_container: MakeContainer) -> None:
    container = make_container("/tenant")
    for identifier in ("a", "b", "c"):
        container.create_item({"id": identifier, "tenant": "t"})
    container.upsert_item({"id": "a", "tenant": "t", "again": True})
    container.delete_item("b", "t")
    assert changed(container, start_time="Beginning") == ["c", "a"]


def test_reading_goes_on_where_it_ended(make_container: MakeContainer) -> None:
    container = make_container("/tenant")
    container.create_item({"id": "a", "tenant": "t"})
    assert changed(container, start_time="Beginning") == ["a"]
    mark = continuation(container)
    assert changed(container, continuation=mark) == []
    container.create_item({"id": "b", "tenant": "t"})
    assert changed(container, continuation=mark) == ["b"]


def test_a_feed_from_now_on_has_nothing_of_before(make_container: MakeContainer) -> None:
    container = make_container("/tenant")
    container.create_item({"id": "a", "tenant": "t"})
    assert changed(container) == []
    mark = continuation(container)
    container.create_item({"id": "b", "tenant": "t"})
    assert changed(container, continuation=mark) == ["b"]


async def test_one_partition_key_has_a_feed_of_its_own(
    make_container: MakeContainer, async_client: AsyncCosmosClient
) -> None:
    container = make_container("/tenant", offer_throughput=12_000)
    for number in range(12):
        container.create_item({"id": str(number), "tenant": f"t{number % 3}"})
    expected = ["1", "4", "7", "10"]
    assert changed(container, start_time="Beginning", partition_key="t1") == expected
    same = async_client.get_database_client("tests").get_container_client(container.id)
    feed = same.query_items_change_feed(start_time="Beginning", partition_key="t1")
    assert [item["id"] async for item in feed] == expected
    assert sorted(map(int, changed(container, start_time="Beginning"))) == list(range(12))
