"""Documents in and out. Source: Microsoft Learn, "Azure Cosmos DB input binding", "Azure Cosmos DB output binding"."""

import json
import re
from typing import Any

from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from .. import wire
from ..documents import account
from ..expressions import BindingData, fill
from ..functions import Binding
from ..settings import Settings


class Documents:
    async def read(self, binding: Binding, data: BindingData) -> wire.TypedData:
        """One document by id and partition key, else what the query finds, else everything; null if there is none."""
        container = _container(binding, data)
        if binding.get("id"):
            key = fill(binding.get("partitionKey") or "", data)
            try:
                return _typed(await container.read_item(fill(binding["id"], data), key))
            except CosmosResourceNotFoundError:
                return wire.TypedData()
        text, parameters = _parametrised(Settings.resolve(binding.get("sqlQuery") or "SELECT * FROM c"), data)
        options: dict[str, Any] = {"parameters": parameters}
        if binding.get("partitionKey"):
            options["partition_key"] = fill(binding["partitionKey"], data)
        return _typed([item async for item in container.query_items(text, **options)])

    async def write(self, binding: Binding, data: BindingData, value: wire.TypedData) -> None:
        given = json.loads(getattr(value, value.WhichOneof("data") or "json"))
        container = _container(binding, data)
        if binding.get("createIfNotExists"):
            client = account(binding["connection"])
            database = await client.create_database_if_not_exists(fill(Settings.resolve(binding["databaseName"]), data))
            name = fill(Settings.resolve(binding["containerName"]), data)
            await database.create_container_if_not_exists(name, PartitionKey(binding.get("partitionKey") or "/id"))
        for document in given if isinstance(given, list) else [given]:
            await container.upsert_item(document)

    async def close(self) -> None:
        """Its clients live as long as the process."""


def _container(binding: Binding, data: BindingData) -> ContainerProxy:
    database = fill(Settings.resolve(binding["databaseName"]), data)
    container = fill(Settings.resolve(binding["containerName"]), data)
    return account(binding["connection"]).get_database_client(database).get_container_client(container)


def _parametrised(query: str, data: BindingData) -> tuple[str, list[dict[str, object]]]:
    """Expressions become parameters of the query, so that what a caller sends is never part of its text."""
    parameters: list[dict[str, object]] = []

    def parameter(match: re.Match[str]) -> str:
        name = f"@p{len(parameters)}"
        parameters.append({"name": name, "value": fill(match[0], data)})
        return name

    return re.sub(r"\{[^{}]+\}", parameter, query), parameters


def _typed(value: object) -> wire.TypedData:
    return wire.TypedData(json=json.dumps(value))
