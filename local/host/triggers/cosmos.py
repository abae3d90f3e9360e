"""Cosmos DB triggers: the change feed of a container, its position kept in the lease container.

One lease for the whole feed, where Azure has one for each partition: there is one host here. Without a retry policy a
failed batch is not repeated. Source: Microsoft Learn, "Azure Cosmos DB trigger for Azure Functions".
"""

import asyncio
import contextlib
import json
import logging
from datetime import UTC, datetime
from typing import Any

from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError, CosmosResourceNotFoundError

from .. import wire
from ..documents import account
from ..functions import Function
from ..invocation import Invoker
from ..settings import Settings
from ..worker import FunctionError

log = logging.getLogger("local.host.cosmos")
RETRY_SECONDS = 2.0


class ChangeFeed:
    def __init__(self, function: Function, invoker: Invoker, settings: Settings) -> None:
        trigger = function.trigger
        self._function, self._invoker, self._trigger = function, invoker, trigger
        self._connection = trigger["connection"]
        self._database = settings.resolve(trigger["databaseName"])
        self._container = settings.resolve(trigger["containerName"])
        self._leases = settings.resolve(trigger.get("leaseContainerName") or "leases")
        prefix = trigger.get("leaseContainerPrefix") or ""
        self._lease_id = f"{prefix}{settings.host_id}.{function.host_name}"
        self._pause = float(trigger.get("feedPollDelay") or 5000) / 1000
        self._most = int(trigger.get("maxItemsPerInvocation") or 100)

    async def run(self) -> None:
        while True:
            try:
                await self._follow()
            except CosmosHttpResponseError as error:
                log.warning("%s: %s; trying again", self._function.name, error.status_code)
            except OSError as error:
                log.warning("%s: %s; trying again", self._function.name, type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        client = account(self._connection)
        database = client.get_database_client(self._database)
        leases = database.get_container_client(self._leases)
        if self._trigger.get("createLeaseContainerIfNotExists"):
            leases = await database.create_container_if_not_exists(self._leases, PartitionKey("/id"))
        position = await self._position(leases)
        feed = database.get_container_client(self._container)
        while True:
            changes, position = await self._changes(feed, position)
            if changes:
                with contextlib.suppress(FunctionError):  # the feed moves on, see the module's text
                    await self._invoker.run(self._function, wire.TypedData(json=json.dumps(changes)))
            await leases.upsert_item({"id": self._lease_id, "continuation": position})
            if not changes:
                await asyncio.sleep(self._pause)

    async def _position(self, leases: ContainerProxy) -> str | None:
        try:
            lease = await leases.read_item(self._lease_id, self._lease_id)
        except CosmosResourceNotFoundError:
            return None
        return str(lease["continuation"])

    async def _changes(self, feed: ContainerProxy, position: str | None) -> tuple[list[dict[str, Any]], str]:
        options: dict[str, Any] = {"max_item_count": self._most}
        if position is not None:
            options["continuation"] = position
        else:
            options["start_time"] = "Beginning" if self._trigger.get("startFromBeginning") else datetime.now(UTC)
        seen: dict[str, str] = {}
        pages = feed.query_items_change_feed(
            **options, response_hook=lambda headers, _: seen.update(etag=headers["etag"])
        ).by_page()
        found: list[dict[str, Any]] = []
        async for page in pages:
            found = [item async for item in page]
            break
        return found, seen.get("etag") or position or ""
