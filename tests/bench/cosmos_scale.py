"""``python -m tests.bench.cosmos_scale``: the Cosmos DB stand-in at 10,000 and 500,000 items, beside its floor.

The floor is what no implementation on this ground can beat: a bare ASGI application that reads one row from SQLite and
returns it, asked by the same bare HTTP client. Through the SDK, the SDK itself is most of the time.
"""

import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient
from rich.console import Console
from rich.table import Table

from local.cosmos.auth import EMULATOR_KEY
from tests.local.identity.processes import Running

SIZES = tuple(int(size) for size in sys.argv[1:]) or (10_000, 500_000)
SECONDS = 3.0
BATCH = 100
BODY = "x" * 600


async def main() -> None:
    table = Table(
        "what", *(f"{size:,} items" for size in SIZES), title="Cosmos DB stand-in, one client, one after another"
    )
    columns = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as place, Running("local.cosmos", "--data", place, "--port", 0) as running:
            columns.append(await measured(running, size))
    for what in columns[0]:
        table.add_row(what, *(column[what] for column in columns))
    console = Console()
    console.print(table)
    console.print("floor, bare ASGI and SQLite:", await floor())


async def measured(running: Running, size: int) -> dict[str, str]:
    async with CosmosClient(running.url, EMULATOR_KEY) as client:
        database = await client.create_database_if_not_exists("bench")
        indexed = [{"path": "/colour/?"}, {"path": "/n/?"}]
        policy = {"includedPaths": indexed, "excludedPaths": [{"path": "/*"}]}
        container = await database.create_container_if_not_exists(
            "items", PartitionKey("/tenant"), indexing_policy=policy
        )
        began = time.perf_counter()
        await load(container, size)
        loaded = size / (time.perf_counter() - began)
        return {
            "load in batches of 100": f"{loaded:,.0f} items/s",
            "point read": await rate(lambda n: container.read_item(str(n * 7919 % size), f"t{n * 7919 % size % 100}")),
            "upsert": await rate(lambda n: container.upsert_item(item(n * 104729 % size))),
            "query of 20, equality": await rate(lambda n: page(container, f"c.colour = 'c{n % 50}'", n)),
            "query of 20, range and order": await rate(
                lambda n: page(container, f"c.n > {n % 1000}", n, " ORDER BY c.n")
            ),
            "batch of 100": await rate(lambda n: batch(container, size + n)),
            "bare point read over HTTP": await bare(running, size),
        }


def item(number: int) -> dict[str, Any]:
    fields = {"colour": f"c{number % 50}", "n": number % 1009, "at": f"2026-{number % 12 + 1:02}-01", "text": BODY}
    return {"id": str(number), "tenant": f"t{number % 100}", **fields}


async def load(container: ContainerProxy, size: int) -> None:
    for tenant in range(100):
        numbers = range(tenant, size, 100)
        for first in range(0, len(numbers), BATCH):
            operations: list[Any] = [("upsert", (item(number),)) for number in numbers[first : first + BATCH]]
            await container.execute_item_batch(operations, f"t{tenant}")


async def page(container: ContainerProxy, where: str, number: int, order: str = "") -> list[Any]:
    text = f"SELECT * FROM c WHERE {where}{order} OFFSET 0 LIMIT 20"
    return [each async for each in container.query_items(text, partition_key=f"t{number % 100}")]


async def batch(container: ContainerProxy, number: int) -> None:
    operations: list[Any] = [("upsert", ({"id": f"n{number}-{each}", "tenant": "t0"},)) for each in range(BATCH)]
    await container.execute_item_batch(operations, "t0")


async def rate(operation: Callable[[int], Awaitable[Any]]) -> str:
    for number in range(5):
        await operation(number)
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        await operation(count)
        count += 1
    return f"{count / (time.perf_counter() - began):,.0f}/s"


async def bare(running: Running, size: int) -> str:
    """Signed once: what the stand-in needs without the SDK around it."""
    headers: dict[str, str] = {}
    async with CosmosClient(running.url, EMULATOR_KEY) as client:
        container = client.get_database_client("bench").get_container_client("items")

        def seen(request: Any) -> None:
            headers.update(request.http_request.headers)

        await container.read_item("7", "t7", raw_request_hook=seen)
    async with httpx.AsyncClient(base_url=running.url, headers=headers) as http:
        path = "/dbs/bench/colls/items/docs/7"
        assert (await http.get(path)).status_code == 200, "the signature was not taken over"
        return await rate(lambda _: http.get(path))


async def floor() -> str:
    with tempfile.TemporaryDirectory() as place:
        connection = sqlite3.connect(Path(place) / "floor.db", check_same_thread=False)
        connection.execute("CREATE TABLE item(id TEXT PRIMARY KEY, body BLOB)")
        connection.execute("INSERT INTO item VALUES('7', ?)", (json.dumps(item(7)).encode(),))

        async def app(scope: Any, _receive: Any, send: Any) -> None:
            (body,) = connection.execute("SELECT body FROM item WHERE id=?", ("7",)).fetchone()
            length = (b"content-length", str(len(body)).encode())
            await send({"type": "http.response.start", "status": 200, "headers": [length]})
            await send({"type": "http.response.body", "body": body})

        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            found = await rate(lambda _: http.get("/"))
        server.should_exit = True
        await serving
        return f"{found} (in this very process, client included)"


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
