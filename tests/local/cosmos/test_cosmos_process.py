"""The account as a process: who may come in, what survives a kill, how it starts and stops."""

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.core.pipeline import PipelineResponse
from azure.cosmos import ContainerProxy, CosmosClient, DatabaseProxy, PartitionKey
from azure.cosmos.exceptions import CosmosHttpResponseError

from local.cosmos.auth import EMULATOR_KEY
from tests.local.identity.processes import Running, run_to_end

WRONG_KEY = "d3Jvbmcta2V5LXdyb25nLWtleS13cm9uZy1rZXktd3Jvbmcta2V5LXdyb25nLWtleS13cm9uZw=="


def port_of(running: Running) -> str:
    return running.url.rsplit(":", 1)[1]


def container_of(client: CosmosClient, **options: int) -> ContainerProxy:
    database = client.create_database_if_not_exists("process")
    return database.create_container_if_not_exists("items", PartitionKey(path="/tenant"), **options)


def test_a_wrong_key_opens_nothing(cosmos: Running) -> None:
    with pytest.raises(CosmosHttpResponseError) as refused:
        CosmosClient(cosmos.url, WRONG_KEY)
    assert refused.value.status_code == 401


@pytest.mark.parametrize("authorization", [None, "", "type=aad&ver=1.0&sig=anything", "type=master&ver=1.0&sig=ü"])
def test_without_a_signature_nothing_is_told(cosmos: Running, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization.encode()}
    with httpx.Client(base_url=cosmos.url, timeout=60, headers=headers) as http:
        for path in ("/", "/dbs", "/dbs/tests/colls", "/offers", "/nonsense"):
            assert http.get(path).status_code == 401


def test_health_is_told_to_everybody_on_this_machine(cosmos: Running) -> None:
    answer = httpx.get(f"{cosmos.url}/_health", timeout=60)
    assert (answer.status_code, answer.json()) == (200, {"status": "healthy"})
    foreign = httpx.get(f"{cosmos.url}/_health", headers={"host": "attacker.example"})
    assert foreign.status_code == 403


def test_both_names_of_this_machine_work(cosmos: Running, database: DatabaseProxy) -> None:
    with CosmosClient(f"http://localhost:{port_of(cosmos)}", EMULATOR_KEY) as client:
        assert "localhost" in client.get_database_account().WritableLocations[0]["databaseAccountEndpoint"]
        assert client.get_database_client(database.id).read()["id"] == database.id


def test_acknowledged_writes_survive_a_kill(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    with Running("local.cosmos", "--data", tmp_path, "--port", 0) as cosmos:
        with CosmosClient(cosmos.url, EMULATOR_KEY, retry_total=1, retry_connect=1) as client:
            container = container_of(client)

            def write() -> None:
                for number in range(100_000):
                    try:
                        container.create_item({"id": str(number), "tenant": "t"})
                    except Exception:  # whatever the client makes of a dead server
                        return
                    acknowledged.append(str(number))

            writer = threading.Thread(target=write)
            writer.start()
            while len(acknowledged) < 50:
                time.sleep(0.01)
            cosmos.kill()
            writer.join(30)
        with (
            Running("local.cosmos", "--data", tmp_path, "--port", port_of(cosmos)) as again,
            CosmosClient(again.url, EMULATOR_KEY) as client,
        ):
            found = container_of(client).query_items("SELECT VALUE c.id FROM c", partition_key="t")
            assert set(acknowledged) <= set(found)


def test_a_taken_port_is_said_in_one_line(cosmos: Running, tmp_path: Path) -> None:
    second = run_to_end("local.cosmos", "--data", tmp_path, "--port", port_of(cosmos))
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert port_of(cosmos) in second.stderr


def test_it_stops_cleanly_throttles_and_splits_as_told(tmp_path: Path) -> None:
    running = Running("local.cosmos", "--data", tmp_path / "made", "--port", 0, "--ru", 15, "--partitions", 3)
    try:
        with CosmosClient(running.url, EMULATOR_KEY) as client:
            container = container_of(client)
            assert len(list(container.read_feed_ranges())) == 3
            statuses: list[int] = []

            def record(response: PipelineResponse[Any, Any]) -> None:
                statuses.append(response.http_response.status_code)

            for number in range(15):
                container.create_item({"id": str(number), "tenant": "t"}, raw_response_hook=record)
            assert statuses.count(201) == 15
            assert set(statuses) == {201, 429}
    finally:
        assert running.stop() == 0


def test_a_broken_request_is_an_answer_not_an_end(
    cosmos: Running, client: CosmosClient, database: DatabaseProxy
) -> None:
    with httpx.Client(base_url=cosmos.url, timeout=60) as http:
        for method, path in (("POST", "/"), ("PUT", "/dbs"), ("PATCH", "/dbs/%ff/colls"), ("GET", "/dbs/AAAAAA==/")):
            assert http.request(method, path, content=b"{").status_code == 401
        assert http.get("/_health", timeout=60).status_code == 200
    assert database.id in [each["id"] for each in client.list_databases()]
