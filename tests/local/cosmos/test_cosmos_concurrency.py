"""Many clients at once, and death at any moment: no update is lost, nothing acknowledged is gone.

Sources: Microsoft Learn, "Transactions and optimistic concurrency control"; "Consistency levels" (a write that was
acknowledged is durable). ``REEVE_KILLS`` says how often the process is killed (10).
"""

import asyncio
import os
import random
from pathlib import Path
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import AzureError
from azure.cosmos import DatabaseProxy, PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosAccessConditionFailedError

from local.cosmos.auth import EMULATOR_KEY
from tests.local.identity.processes import Running

KILLS = int(os.environ.get("REEVE_KILLS", "10"))
CLIENTS, INCREMENTS = 32, 10


async def increment(container: ContainerProxy, times: int) -> None:
    """Reads, adds one, writes if nobody wrote in between; else tries again."""
    for _ in range(times):
        while True:
            item = await container.read_item("counter", "a")
            try:
                await container.replace_item(
                    "counter",
                    item | {"n": item["n"] + 1},
                    etag=item["_etag"],
                    match_condition=MatchConditions.IfNotModified,
                )
                break
            except CosmosAccessConditionFailedError:
                continue


async def test_thirty_two_clients_lose_no_update(cosmos: Running, database: DatabaseProxy) -> None:
    name = database.create_container("counters", PartitionKey("/tenant")).id
    clients = [CosmosClient(cosmos.url, EMULATOR_KEY) for _ in range(CLIENTS)]
    containers = [client.get_database_client("tests").get_container_client(name) for client in clients]
    await containers[0].create_item({"id": "counter", "tenant": "a", "n": 0})
    await asyncio.gather(*(increment(container, INCREMENTS) for container in containers))
    assert (await containers[0].read_item("counter", "a"))["n"] == CLIENTS * INCREMENTS
    await asyncio.gather(*(client.close() for client in clients))


class Account:
    """Writes from several clients until the process is gone, remembering what was acknowledged."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, int] = {}
        self.numbers = iter(range(10**9))

    async def write(self, url: str, stop: asyncio.Event) -> None:
        async with CosmosClient(url, EMULATOR_KEY, retry_total=0, connection_timeout=2) as client:
            container = client.get_database_client("tests").get_container_client("things")
            while not stop.is_set():
                number = next(self.numbers)
                name = f"i{number % 40}"
                try:
                    await container.upsert_item({"id": name, "tenant": "a", "n": number})
                    batch: list[Any] = [("create", ({"id": f"b{number}-{each}", "tenant": "a"},)) for each in "xy"]
                    self.acknowledged[name] = max(number, self.acknowledged.get(name, -1))
                    await container.execute_item_batch(batch, "a")
                    self.acknowledged[f"b{number}-x"] = self.acknowledged[f"b{number}-y"] = -1
                except (AzureError, OSError):
                    return


async def test_nothing_acknowledged_is_lost_and_no_batch_is_half_done(tmp_path: Path) -> None:
    chance, account, port = random.Random(7), Account(), "0"
    for _ in range(KILLS):
        with Running("local.cosmos", "--data", tmp_path, "--port", port) as running:
            port = running.url.rsplit(":", 1)[1]
            async with CosmosClient(running.url, EMULATOR_KEY) as client:
                database = await client.create_database_if_not_exists("tests")
                await database.create_container_if_not_exists("things", PartitionKey("/tenant"))
                stop = asyncio.Event()
                writers = [asyncio.create_task(account.write(running.url, stop)) for _ in range(4)]
                await asyncio.sleep(chance.uniform(0.15, 0.6))
                running.kill()
                stop.set()
                await asyncio.wait(writers, timeout=20)
    with Running("local.cosmos", "--data", tmp_path, "--port", port) as running:
        async with CosmosClient(running.url, EMULATOR_KEY) as client:
            container = client.get_database_client("tests").get_container_client("things")
            found = {each["id"]: each.get("n", -1) async for each in container.query_items("SELECT * FROM c")}
    lost = [name for name, number in account.acknowledged.items() if found.get(name, -2) < number]
    halves = [name for name in found if name.endswith("-x") and name[:-1] + "y" not in found]
    assert not lost
    assert not halves
    assert len(account.acknowledged) >= KILLS
