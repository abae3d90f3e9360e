"""Faults on demand, as the official SDKs meet them. What each status means to a client: Microsoft Learn, "HTTP status
codes for Azure Cosmos DB", "Key Vault throttling guidance"."""

import time
import uuid
from collections.abc import Iterator

import httpx
import pytest
from azure.cosmos import ContainerProxy, CosmosClient, PartitionKey
from azure.cosmos.exceptions import CosmosHttpResponseError

from local.cosmos.auth import EMULATOR_KEY
from tests.local.identity.processes import Running
from tests.support.faults import Faults


@pytest.fixture
def cosmos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for each test, because some of them kill it."""
    with Running("local.cosmos", "--data", tmp_path_factory.mktemp("cosmos"), "--port", 0) as running:
        yield running


@pytest.fixture
def faults(cosmos: Running) -> Faults:
    return Faults(cosmos.url)


@pytest.fixture
def container(cosmos: Running) -> Iterator[ContainerProxy]:
    with CosmosClient(cosmos.url, EMULATOR_KEY, retry_total=0, retry_throttle_total=2, connection_timeout=2) as client:
        database = client.create_database_if_not_exists("tests")
        yield database.create_container_if_not_exists("things", PartitionKey("/id"))


def item() -> dict[str, str]:
    return {"id": uuid.uuid4().hex}


def test_a_throttled_client_waits_as_long_as_it_is_told(container: ContainerProxy, faults: Faults) -> None:
    faults.set({"action": "status", "status": 429, "retryAfterSeconds": 0.3, "path": "/docs", "times": 2})
    began = time.monotonic()
    container.create_item(item())
    assert time.monotonic() - began >= 0.6
    assert faults.left() == []


@pytest.mark.parametrize("status", [403, 408, 410, 429, 449, 503])
def test_any_status(container: ContainerProxy, faults: Faults, status: int) -> None:
    with faults.happening({"action": "status", "status": status, "times": None, "path": "/docs", "method": "POST"}):
        with pytest.raises(CosmosHttpResponseError) as caught:
            container.create_item(item())
        assert caught.value.status_code == status
    container.create_item(item())


def test_requests_before_the_fault_pass(container: ContainerProxy, faults: Faults) -> None:
    faults.set({"action": "status", "status": 403, "path": "/docs", "after": 2})
    container.create_item(item())
    container.create_item(item())
    with pytest.raises(CosmosHttpResponseError):
        container.create_item(item())


def test_a_delay(container: ContainerProxy, faults: Faults) -> None:
    faults.set({"action": "delay", "seconds": 0.5, "path": "/docs"})
    began = time.monotonic()
    container.create_item(item())
    assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize(("action", "written"), [("dropBefore", False), ("dropAfter", True)])
def test_a_connection_cut_before_or_after_the_write(
    cosmos: Running, container: ContainerProxy, faults: Faults, action: str, written: bool
) -> None:
    """To the client both look the same; only a second look tells."""
    document = item()
    faults.set({"action": action, "path": "/docs", "method": "POST", "times": None})
    with pytest.raises(Exception, match=r"(?i)connection|closed|disconnected"):
        container.create_item(document)
    faults.clear()
    found = list(container.query_items("SELECT VALUE c.id FROM c", enable_cross_partition_query=True))
    assert (document["id"] in found) is written


def test_death_after_the_nth_write_keeps_what_was_written(
    cosmos: Running, container: ContainerProxy, faults: Faults
) -> None:
    documents = [item() for _ in range(3)]
    faults.set({"action": "killAfter", "path": "/docs", "method": "POST", "after": 2})
    for document in documents[:2]:
        container.create_item(document)
    with pytest.raises(Exception, match=r"(?i)connection|closed|disconnected|refused"):
        container.create_item(documents[2])
    assert cosmos.ended() == -9
    cosmos.start()
    with CosmosClient(cosmos.url, EMULATOR_KEY) as client:
        again = client.get_database_client("tests").get_container_client("things")
        assert {each["id"] for each in again.read_all_items()} == {each["id"] for each in documents}


def test_refused_connections(cosmos: Running, faults: Faults) -> None:
    faults.set({"action": "refuse", "seconds": 1.5})
    time.sleep(0.2)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{cosmos.url}/_health", timeout=60)
    time.sleep(1.6)
    assert httpx.get(f"{cosmos.url}/_health", timeout=60).status_code == 200


def test_a_skewed_clock(cosmos: Running, faults: Faults) -> None:
    """What would have expired by then has expired."""
    with CosmosClient(cosmos.url, EMULATOR_KEY) as client:
        brief = client.create_database_if_not_exists("tests").create_container(
            "brief", PartitionKey("/id"), default_ttl=60
        )
        brief.create_item({"id": "1"})
        assert len(list(brief.read_all_items())) == 1
        faults.skew(61)
        assert list(brief.read_all_items()) == []
        faults.clear()
        assert len(list(brief.read_all_items())) == 1


@pytest.mark.parametrize(
    "body", [{"action": "explode"}, {"action": "status", "status": 99}, {"action": "status", "colour": "red"}, "x"]
)
def test_a_fault_that_is_none(cosmos: Running, body: object) -> None:
    answer = httpx.post(f"{cosmos.url}/_faults", json=body)
    assert answer.status_code == 400
    assert "no fault" in answer.json()["message"]


def test_no_web_page_sets_faults(cosmos: Running) -> None:
    fault = {"action": "status"}
    foreign = httpx.post(f"{cosmos.url}/_faults", json=fault, headers={"origin": "https://example.com"})
    rebound = httpx.post(f"{cosmos.url}/_faults", json=fault, headers={"host": "example.com:80"})
    assert (foreign.status_code, rebound.status_code) == (403, 403)
