"""Creates the database and the containers of a definition, through the official SDK, as a deployment does in Azure.

Safe to run again, and then quick: a single listing tells whether there is anything to do.

    {"database": "shop", "containers": [{"id": "orders", "partitionKey": ["/tenant", "/orderId"], "defaultTtl": -1,
     "indexed": ["/state/?"], "composite": [["/createdAt", "/id"]]}]}

Several paths make a hierarchical partition key. ``indexed`` names all paths that are indexed; without it, all are.
"""

from collections.abc import Mapping
from typing import Any

from azure.cosmos import CosmosClient, DatabaseProxy, PartitionKey

type Properties = Mapping[str, Any]

_NEVER_INDEXED = '/"_etag"/?'


def provision(endpoint: str, key: str, definition: Properties) -> None:
    with CosmosClient(endpoint, key) as client:
        database = client.create_database_if_not_exists(definition["database"])
        existing = {found["id"]: found for found in database.list_containers()}
        for container in definition["containers"]:
            found = existing.get(container["id"])
            if found is None:
                _create(database, container)
                continue
            _check_key(found, container)
            if not _is_as_defined(found, container):
                _replace(database, container)


class KeyChangedError(Exception):
    """A container's partition key is for ever."""


def _create(database: DatabaseProxy, container: Properties) -> None:
    """Somebody else may have been faster."""
    database.create_container_if_not_exists(
        container["id"],
        partition_key=_partition_key(container),
        indexing_policy=_indexing_policy(container),
        default_ttl=container.get("defaultTtl"),
    )


def _replace(database: DatabaseProxy, container: Properties) -> None:
    database.replace_container(
        container["id"],
        partition_key=_partition_key(container),
        indexing_policy=_indexing_policy(container),
        default_ttl=container.get("defaultTtl"),
    )


def _partition_key(container: Properties) -> PartitionKey:
    paths = container["partitionKey"]
    return PartitionKey(path=paths[0]) if len(paths) == 1 else PartitionKey(path=paths, kind="MultiHash")


def _indexing_policy(container: Properties) -> dict[str, Any]:
    indexed = container.get("indexed")
    return {
        "indexingMode": "consistent",
        "automatic": True,
        "includedPaths": [{"path": path} for path in (["/*"] if indexed is None else indexed)],
        "excludedPaths": [] if indexed is None else [{"path": "/*"}],
        "compositeIndexes": [
            [{"path": path, "order": "ascending"} for path in paths] for paths in container.get("composite", [])
        ],
    }


def _check_key(found: Properties, container: Properties) -> None:
    paths = found["partitionKey"]["paths"]
    if paths != container["partitionKey"]:
        raise KeyChangedError(f"{container['id']} is partitioned by {paths}: delete it to have it by another key")


def _is_as_defined(found: Properties, container: Properties) -> bool:
    wanted = _indexing_policy(container)
    same_policy = _comparable(found.get("indexingPolicy", {})) == _comparable(wanted)
    return same_policy and found.get("defaultTtl") == container.get("defaultTtl")


def _comparable(policy: Properties) -> tuple[Any, ...]:
    """Without what the service adds, and whatever the order of its lists."""
    included = {entry["path"] for entry in policy.get("includedPaths", [])}
    excluded = {entry["path"] for entry in policy.get("excludedPaths", [])} - {_NEVER_INDEXED}
    composite = {
        tuple((each["path"], each.get("order", "ascending")) for each in paths)
        for paths in policy.get("compositeIndexes", [])
    }
    return included, excluded, composite
