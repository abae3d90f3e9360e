"""Storage accounts as bindings name them: one client per account, shared by triggers and bindings."""

import contextlib
from functools import cache
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, ContainerClient
from azure.storage.queue import QueueClient, QueueServiceClient, TextBase64DecodePolicy, TextBase64EncodePolicy

from .settings import Settings

HOSTS = "azure-webjobs-hosts"
"""The container in which every host keeps its receipts and the status of its timers."""


@cache
def blobs(connection: str | None = None) -> BlobServiceClient:
    return BlobServiceClient.from_connection_string(Settings.connection(connection))


@cache
def _queues(connection: str | None) -> QueueServiceClient:
    return QueueServiceClient.from_connection_string(Settings.connection(connection))


def queue(name: str, connection: str | None = None, *, encoded: bool = True) -> QueueClient:
    """A queue, its messages in base64 as the host writes and expects them, unless host.json says otherwise."""
    policies: dict[str, Any] = {}
    if encoded:
        policies = {
            "message_encode_policy": TextBase64EncodePolicy(),
            "message_decode_policy": TextBase64DecodePolicy(),
        }
    return _queues(connection).get_queue_client(name, **policies)


def hosts() -> ContainerClient:
    """The hosts' container, made if it is not there."""
    container = blobs().get_container_client(HOSTS)
    with contextlib.suppress(ResourceExistsError):
        container.create_container()
    return container


def send(target: QueueClient, content: str) -> None:
    """Sends a message to a queue, made if it is not there."""
    try:
        target.send_message(content)
    except ResourceNotFoundError:
        with contextlib.suppress(ResourceExistsError):
            target.create_queue()
        target.send_message(content)
