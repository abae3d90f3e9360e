"""Cosmos DB accounts as bindings name them: a connection string, or an endpoint with the app's identity."""

import os
from functools import cache

from azure.cosmos.aio import CosmosClient

from .settings import SettingsError


@cache
def account(connection: str) -> CosmosClient:
    """The account of the setting ``X`` ("AccountEndpoint=…;AccountKey=…;"), or of ``X__accountEndpoint``.

    Raises:
        SettingsError: if there is neither.
    """
    if text := os.environ.get(connection):
        parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
        return CosmosClient(parts["AccountEndpoint"], parts["AccountKey"])
    if endpoint := os.environ.get(f"{connection}__accountEndpoint"):
        key = os.environ.get(f"{connection}__accountKey")
        if key:
            return CosmosClient(endpoint, key)
        from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415 - heavy, and seldom needed here

        return CosmosClient(endpoint, DefaultAzureCredential())
    raise SettingsError(f"there is no connection to Cosmos DB: set {connection}")
