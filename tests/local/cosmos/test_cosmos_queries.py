"""Queries with known answers, in pages, in one partition and across several."""

from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.local.cosmos.conftest import MakeContainer

COMPOSITE = [[{"path": "/colour", "order": "ascending"}, {"path": "/price", "order": "descending"}]]
BIKES: list[dict[str, Any]] = [
    {"id": "1", "colour": "red", "price": 300, "tags": ["city", "new"], "owner": {"name": "Ann", "age": 30}},
    {"id": "2", "colour": "blue", "price": 120.5, "tags": ["city"], "owner": {"name": "Bob", "age": 41}},
    {"id": "3", "colour": "red", "price": 80, "tags": [], "owner": None, "stolen": True},
    {"id": "4", "colour": "green", "price": "unknown", "tags": ["race", "new"], "stolen": False},
    {"id": "5", "colour": "Blue", "price": 999, "tags": ["race"], "parts": [{"kind": "bell", "n": 1}]},
    {"id": "6", "colour": None, "price": -5, "tags": "city", "parts": [{"kind": "bell", "n": 2}, {"kind": "lock"}]},
]

QUERIES: list[tuple[str, dict[str, Any], list[Any]]] = [
    ("SELECT VALUE c.id FROM c", {}, ["1", "2", "3", "4", "5", "6"]),
    ("SELECT c.id, c.owner.name FROM c WHERE c.owner.age > @age", {"age": 35}, [{"id": "2", "name": "Bob"}]),
    ("SELECT VALUE c.id FROM c WHERE c.colour = @colour", {"colour": "red"}, ["1", "3"]),
    ("SELECT VALUE c.id FROM c WHERE c.colour != 'red'", {}, ["2", "4", "5", "6"]),
    ("SELECT VALUE c.id FROM c WHERE c.colour = null", {}, ["6"]),
    ("SELECT VALUE c.id FROM c WHERE c.stolen = false", {}, ["4"]),
    ("SELECT VALUE c.id FROM c WHERE NOT c.stolen", {}, ["4"]),
    ("SELECT VALUE c.id FROM c WHERE c.stolen OR c.price > 500", {}, ["3", "5"]),
    ("SELECT VALUE c.id FROM c WHERE c.price >= 80 AND c.price <= 300", {}, ["1", "2", "3"]),
    ("SELECT VALUE c.id FROM c WHERE c.price BETWEEN @low AND @high", {"low": 100, "high": 300}, ["1", "2"]),
    ("SELECT VALUE c.id FROM c WHERE c.price NOT BETWEEN 100 AND 300", {}, ["3", "5", "6"]),
    ("SELECT VALUE c.id FROM c WHERE c.price > 'a'", {}, ["4"]),
    ("SELECT VALUE c.id FROM c WHERE c.colour IN ('blue', 'green', null)", {}, ["2", "4", "6"]),
    ("SELECT VALUE c.id FROM c WHERE c.colour NOT IN ('red', 'blue')", {}, ["4", "5", "6"]),
    ("SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(c.tags, @tag)", {"tag": "city"}, ["1", "2"]),
    ("SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(c.parts, {kind: 'bell'}, true)", {}, ["5", "6"]),
    ("SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(c.parts, {kind: 'lock'})", {}, ["6"]),
    ("SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(@wanted, c.id)", {"wanted": ["2", "4", "x"]}, ["2", "4"]),
    ("SELECT VALUE c.id FROM c WHERE ARRAY_LENGTH(c.tags) = 2", {}, ["1", "4"]),
    ("SELECT VALUE c.id FROM c WHERE EXISTS(SELECT VALUE p FROM p IN c.parts WHERE p.n > 1)", {}, ["6"]),
    ("SELECT VALUE c.id FROM c WHERE IS_DEFINED(c.stolen)", {}, ["3", "4"]),
    ("SELECT VALUE c.id FROM c WHERE NOT IS_DEFINED(c.owner)", {}, ["4", "5", "6"]),
    ("SELECT VALUE c.id FROM c WHERE IS_NULL(c.owner)", {}, ["3"]),
    ("SELECT VALUE c.id FROM c WHERE IS_NUMBER(c.price) AND NOT IS_ARRAY(c.tags)", {}, ["6"]),
    ("SELECT VALUE c.id FROM c WHERE STARTSWITH(c.colour, 'b')", {}, ["2"]),
    ("SELECT VALUE c.id FROM c WHERE STARTSWITH(c.colour, 'b', true)", {}, ["2", "5"]),
    ("SELECT VALUE c.id FROM c WHERE CONTAINS(c.colour, 'e') AND ENDSWITH(c.colour, 'n')", {}, ["4"]),
    ("SELECT VALUE c.id FROM c WHERE c.colour LIKE '%lu_'", {}, ["2", "5"]),
    ("SELECT VALUE c.id FROM c WHERE c.colour NOT LIKE 'r%'", {}, ["2", "4", "5"]),
    ("SELECT VALUE c.id FROM c WHERE REGEXMATCH(c.colour, '^BLUE$', 'i')", {}, ["2", "5"]),
    ("SELECT VALUE c.id FROM c WHERE LOWER(c.colour) = 'blue'", {}, ["2", "5"]),
    ("SELECT VALUE c.id FROM c WHERE c.owner = @owner", {"owner": {"age": 41, "name": "Bob"}}, ["2"]),
    ("SELECT VALUE c.id FROM c WHERE c['owner']['name'] = \"Ann\" AND c.tags[0] = 'city'", {}, ["1"]),
    ("SELECT VALUE c.price * 2 + 1 FROM c WHERE c.price < 0", {}, [-9]),
    ("SELECT VALUE c.owner.name ?? 'nobody' FROM c", {}, ["Ann", "Bob", *["nobody"] * 4]),
    ("SELECT VALUE c.price > 200 ? 'dear' : 'cheap' FROM c WHERE c.colour = 'red'", {}, ["dear", "cheap"]),
    ("SELECT VALUE c.id || '-' || c.colour FROM c WHERE c.id = '4'", {}, ["4-green"]),
    ("SELECT VALUE {no: c.id, t: [c.tags[0], c.tags[1]]} FROM c WHERE c.id = '2'", {}, [{"no": "2", "t": ["city"]}]),
    ("SELECT TOP 2 VALUE c.id FROM c WHERE true", {}, ["1", "2"]),
    ("SELECT VALUE c.id FROM c ORDER BY c.price", {}, ["6", "3", "2", "1", "5", "4"]),
    ("SELECT VALUE c.id FROM c ORDER BY c.price DESC OFFSET 1 LIMIT 2", {}, ["5", "1"]),
    ("SELECT VALUE c.id FROM c ORDER BY c.id DESC OFFSET @skip LIMIT @take", {"skip": 4, "take": 10}, ["2", "1"]),
    ("SELECT VALUE c.id FROM c ORDER BY c.colour, c.price DESC", {}, ["6", "5", "2", "4", "1", "3"]),
    ("SELECT VALUE c.id FROM c ORDER BY c.colour DESC, c.price ASC", {}, ["3", "1", "4", "2", "5", "6"]),
    ("SELECT DISTINCT VALUE c.colour FROM c WHERE IS_STRING(c.colour)", {}, ["red", "blue", "green", "Blue"]),
    ("SELECT VALUE COUNT(1) FROM c", {}, [6]),
    ("SELECT VALUE COUNT(1) FROM c WHERE c.colour = 'nothing'", {}, [0]),
    ("SELECT VALUE COUNT(c.stolen) FROM c", {}, [2]),
    ("SELECT VALUE SUM(c.price) FROM c WHERE IS_NUMBER(c.price)", {}, [1494.5]),
    ("SELECT VALUE SUM(c.price) FROM c", {}, []),
    ("SELECT VALUE AVG(c.price) FROM c WHERE c.colour = 'red'", {}, [190]),
    ("SELECT MIN(c.price) AS least, MAX(c.owner.age) AS oldest FROM c", {}, [{"least": -5, "oldest": 41}]),
    (
        "SELECT c.colour, COUNT(1) AS n FROM c WHERE c.price < 400 GROUP BY c.colour",
        {},
        [{"colour": "red", "n": 2}, {"colour": "blue", "n": 1}, {"colour": None, "n": 1}],
    ),
    ("SELECT c.id, t FROM c JOIN t IN c.tags WHERE t = 'new'", {}, [{"id": "1", "t": "new"}, {"id": "4", "t": "new"}]),
    ("SELECT VALUE p.kind FROM p IN c.parts", {}, ["bell", "bell", "lock"]),
    ("SELECT VALUE ARRAY(SELECT VALUE t FROM t IN c.tags WHERE t != 'new') FROM c WHERE c.id = '1'", {}, [["city"]]),
    ("SELECT VALUE c.missing FROM c", {}, []),
    ("SELECT c.missing FROM c WHERE c.id = '1'", {}, [{}]),
]  # fmt: skip
SPREAD: list[dict[str, Any]] = [
    {
        "id": f"{number:03}",
        "tenant": f"t{number % 20}",
        "price": number * 7 % 101,
        "colour": ("red", "blue", "green")[number % 3],
    }
    for number in range(100)
]


def bound(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": f"@{name}", "value": value} for name, value in parameters.items()]


def fill(container: ContainerProxy, tenant: str) -> None:
    for bike in BIKES:
        container.create_item(bike | {"tenant": tenant})


@pytest.fixture(scope="module")
def bikes(make_container: MakeContainer) -> ContainerProxy:
    container = make_container("/tenant", indexing_policy={"compositeIndexes": COMPOSITE})
    fill(container, "a")
    container.create_item({"id": "of another", "tenant": "b", "colour": "red", "price": 300})
    return container


@pytest.fixture(scope="module")
def spread(make_container: MakeContainer) -> ContainerProxy:
    """Three physical partitions with a hundred items in twenty logical ones."""
    container = make_container("/tenant", offer_throughput=18_000, indexing_policy={"compositeIndexes": COMPOSITE})
    for item in SPREAD:
        container.create_item(item)
    return container


@pytest.mark.parametrize(("text", "parameters", "expected"), QUERIES)
def test_a_query_has_its_answer(
    bikes: ContainerProxy, text: str, parameters: dict[str, Any], expected: list[Any]
) -> None:
    assert list(bikes.query_items(text, bound(parameters), partition_key="a")) == expected


def test_a_whole_item_comes_back_as_it_is_read(bikes: ContainerProxy) -> None:
    (found,) = bikes.query_items("SELECT * FROM c WHERE c.id = '5'", partition_key="a")
    assert found == bikes.read_item("5", "a")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT",
        "SELECT * FROM c WHERE",
        "SELECT * FROM c WHERE c.id = 'open",
        "SELECT * FROM c ORDER c.id",
        "SELECT * FROM c LIMIT 5",
        "SELECT VALUE d.id FROM c",
        "SELECT VALUE NOSUCH(c.id) FROM c",
        "SELECT VALUE LENGTH(c.id, 2, 3) FROM c",
        "SELECT * FROM c WHERE c.id = @unbound",
        "SELECT c.id, c.x AS id FROM c",
        "SELECT TOP 'x' * FROM c",
        "SELECT * FROM c JOIN t IN c.tags",
        "SELECT * FROM c WHERE c.id = 'a'; DROP TABLE docs_1",
        "SELECT * FROM c WHERE " + "(" * 5000,
    ],
)
def test_a_wrong_query_is_an_error_of_the_caller(bikes: ContainerProxy, text: str) -> None:
    with pytest.raises(CosmosHttpResponseError) as refused:
        list(bikes.query_items(text, partition_key="a"))
    assert refused.value.status_code == 400


def test_ordering_by_two_properties_takes_a_composite_index(bikes: ContainerProxy) -> None:
    with pytest.raises(CosmosHttpResponseError, match="composite index"):
        list(bikes.query_items("SELECT * FROM c ORDER BY c.colour, c.price ASC", partition_key="a"))


def test_ordering_takes_an_index(make_container: MakeContainer) -> None:
    policy = {"includedPaths": [{"path": "/price/?"}], "excludedPaths": [{"path": "/*"}]}
    container = make_container("/tenant", indexing_policy=policy)
    fill(container, "a")
    for indexed in ("price", "id", "_ts"):
        found = container.query_items(f"SELECT * FROM c ORDER BY c.{indexed}", partition_key="a")
        assert len(list(found)) == len(BIKES)
    with pytest.raises(CosmosHttpResponseError, match="order-by item is excluded"):
        list(container.query_items("SELECT * FROM c ORDER BY c.colour", partition_key="a"))


@pytest.mark.parametrize(
    "text", ["SELECT * FROM c", "SELECT c.id FROM c ORDER BY c.price", "SELECT DISTINCT c.id FROM c"]
)
@pytest.mark.parametrize("size", [1, 4, 6])
def test_pages_are_continued_where_they_ended(bikes: ContainerProxy, text: str, size: int) -> None:
    whole = list(bikes.query_items(text, partition_key="a"))
    found: list[Any] = []
    token, pages = None, 0
    while pages == 0 or token:
        by_page = bikes.query_items(text, partition_key="a", max_item_count=size).by_page(token)
        page = list(next(by_page))
        assert len(page) <= size
        found, token, pages = found + page, by_page.continuation_token, pages + 1
    assert found == whole
    assert pages == -(-len(BIKES) // size)


def test_items_written_meanwhile_do_not_disturb_the_next_page(make_container: MakeContainer) -> None:
    container = make_container("/tenant")
    fill(container, "a")
    pages = container.query_items("SELECT VALUE c.id FROM c", partition_key="a", max_item_count=3).by_page()
    assert list(next(pages)) == ["1", "2", "3"]
    container.delete_item("1", "a")
    assert list(next(pages)) == ["4", "5", "6"]


def test_a_made_up_continuation_is_refused(bikes: ContainerProxy) -> None:
    with pytest.raises(CosmosHttpResponseError) as refused:
        list(next(bikes.query_items("SELECT * FROM c", partition_key="a").by_page('"x"')))
    assert refused.value.status_code == 400


def test_all_partitions_are_asked_only_on_request(bikes: ContainerProxy) -> None:
    with pytest.raises(CosmosHttpResponseError, match="Cross partition query is required"):
        list(bikes.query_items("SELECT * FROM c"))
    assert len(list(bikes.query_items("SELECT * FROM c", enable_cross_partition_query=True))) == 7
    assert len(list(bikes.query_items("SELECT * FROM c WHERE c.tenant = 'a'"))) == 6


def prices(**wanted: str) -> list[int]:
    return [item["price"] for item in SPREAD if wanted.items() <= item.items()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT VALUE COUNT(1) FROM c", [100]),
        ("SELECT VALUE SUM(c.price) FROM c WHERE c.colour = 'red'", [sum(prices(colour="red"))]),
        ("SELECT VALUE AVG(c.price) FROM c WHERE c.colour = 'blue'", [sum(prices(colour="blue")) / 33]),
        ("SELECT VALUE MAX(c.price) FROM c WHERE c.colour = 'green'", [max(prices(colour="green"))]),
        ("SELECT VALUE c.id FROM c ORDER BY c.id OFFSET 95 LIMIT 3", ["095", "096", "097"]),
        ("SELECT TOP 3 VALUE c.price FROM c ORDER BY c.price DESC", [100, 99, 98]),
        ("SELECT TOP 3 VALUE c.price FROM c ORDER BY c.colour, c.price DESC", sorted(prices(colour="blue"))[:-4:-1]),
        ("SELECT DISTINCT VALUE c.colour FROM c ORDER BY c.colour", ["blue", "green", "red"]),
        ("SELECT VALUE c.id FROM c WHERE c.price = 14 ORDER BY c.id", ["002"]),
    ],
)
async def test_the_client_merges_physical_partitions(
    spread: ContainerProxy, async_client: AsyncCosmosClient, text: str, expected: list[Any]
) -> None:
    assert list(spread.query_items(text, enable_cross_partition_query=True)) == expected
    same = async_client.get_database_client("tests").get_container_client(spread.id)
    assert [item async for item in same.query_items(text)] == expected


def test_a_scan_of_all_partitions_is_paged_partition_by_partition(spread: ContainerProxy) -> None:
    pages = spread.query_items("SELECT VALUE c.id FROM c", enable_cross_partition_query=True).by_page()
    found = [list(page) for page in pages]
    assert len(found) == 3
    assert sorted(identifier for page in found for identifier in page) == [f"{number:03}" for number in range(100)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT c.colour, COUNT(1) AS n FROM c GROUP BY c.colour",
        "SELECT COUNT(1) AS n FROM c",
    ],
)
def test_what_the_client_cannot_merge_is_refused(spread: ContainerProxy, text: str) -> None:
    with pytest.raises((CosmosHttpResponseError, ValueError)):
        list(spread.query_items(text, enable_cross_partition_query=True))


def test_all_items_are_read_in_pages(spread: ContainerProxy) -> None:
    assert len({item["id"] for item in spread.read_all_items(max_item_count=7)}) == 100
