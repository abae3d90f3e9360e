"""What databases and containers may be like, and what the service fills in where a definition is silent."""

from typing import Any

from local.cosmos.containers import Document
from local.cosmos.items import FORBIDDEN_IN_IDS, check_ttl
from local.cosmos.wire import Fault

MOST_KEY_PATHS = 3
_NEVER_INDEXED = '/"_etag"/?'


def check_name(body: Document) -> None:
    name = body.get("id")
    is_named = isinstance(name, str) and name.strip() and len(name) <= 255 and not name.endswith((" ", "\n"))
    if not is_named or any(each in str(name) for each in FORBIDDEN_IN_IDS):
        message = "The input name is invalid. Ensure to provide a unique non-empty string less than '255' characters."
        raise Fault(400, message)


def complete(body: Document) -> Document:
    """The definition of a container with everything that was left out."""
    if "defaultTtl" in body:
        check_ttl(body, "defaultTtl")
    return {
        "uniqueKeyPolicy": {"uniqueKeys": []},
        "conflictResolutionPolicy": {
            "mode": "LastWriterWins",
            "conflictResolutionPath": "/_ts",
            "conflictResolutionProcedure": "",
        },
        "geospatialConfig": {"type": "Geography"},
        **body,
        "partitionKey": _partition_key(body),
        "indexingPolicy": _indexing_policy(body),
    }


def _partition_key(body: Document) -> dict[str, Any]:
    key = body.get("partitionKey") or {"paths": ["/_partitionKey"], "kind": "Hash", "systemKey": True}
    paths = key.get("paths")
    if not paths or len(paths) > MOST_KEY_PATHS or not all(path.startswith("/") for path in paths):
        raise Fault(400, "The partition key component definition path is invalid.")
    if len(paths) > 1 and key.get("kind") != "MultiHash":
        raise Fault(400, "A partition key of several paths is of kind MultiHash.")
    return {"version": 2, **key}


def _indexing_policy(body: Document) -> dict[str, Any]:
    policy = {"indexingMode": "consistent", "automatic": True, **body.get("indexingPolicy", {})}
    if policy["indexingMode"] == "none":
        return policy
    included = policy.get("includedPaths") or ([] if policy.get("excludedPaths") else [{"path": "/*"}])
    excluded = [entry for entry in policy.get("excludedPaths", []) if entry["path"] != _NEVER_INDEXED]
    return policy | {
        "includedPaths": [{"path": entry["path"]} for entry in included],
        "excludedPaths": [*excluded, {"path": _NEVER_INDEXED}],
    }
