"""One running account for all tests, official clients of both kinds, and containers of each test's own."""

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from azure.cosmos import ContainerProxy, CosmosClient, DatabaseProxy, PartitionKey
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient

from local.cosmos.auth import EMULATOR_KEY
from tests.local.identity.processes import Running


class MakeContainer(Protocol):
    def __call__(self, *paths: str, **options: Any) -> ContainerProxy: ...


@pytest.fixture(scope="session")
def cosmos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data: Path = tmp_path_factory.mktemp("cosmos")
    with Running("local.cosmos", "--data", data, "--port", 0, "--synchronous", "off") as running:
        yield running


@pytest.fixture(scope="session")
def client(cosmos: Running) -> Iterator[CosmosClient]:
    with CosmosClient(cosmos.url, EMULATOR_KEY) as opened:
        yield opened


@pytest.fixture(scope="session")
async def async_client(cosmos: Running) -> AsyncIterator[AsyncCosmosClient]:
    async with AsyncCosmosClient(cosmos.url, EMULATOR_KEY) as opened:
        yield opened


@pytest.fixture(scope="session")
def database(client: CosmosClient) -> DatabaseProxy:
    return client.create_database("tests")


@pytest.fixture(scope="session")
def make_container(database: DatabaseProxy) -> MakeContainer:
    """A new container, partitioned by these paths."""

    def make(*paths: str, **options: Any) -> ContainerProxy:
        key = PartitionKey(path=paths[0]) if len(paths) == 1 else PartitionKey(path=list(paths), kind="MultiHash")
        return database.create_container(uuid.uuid4().hex, partition_key=key, **options)

    return make


@pytest.fixture(scope="module")
def container(make_container: MakeContainer) -> ContainerProxy:
    """Partitioned by /tenant; items may expire."""
    return make_container("/tenant", default_ttl=-1)


@pytest.fixture
def tenant() -> str:
    """A partition key that no other test uses."""
    return uuid.uuid4().hex
