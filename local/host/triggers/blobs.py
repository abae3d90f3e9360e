"""Blob triggers: a scan, a receipt for each ETag, the host's queue, then the function or the poison queue.

The same containers, queues and names as Microsoft.Azure.WebJobs.Extensions.Storage.Blobs with its polling source, so
that a receipt written here is one there. A trigger with the Event Grid source is polled too: Azurite sends no events.
Left out: the storage account's analytics logs, and the receipt's lease of 30 s, which keeps several hosts apart.
"""

import asyncio
import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobClient, BlobProperties, BlobServiceClient
from azure.storage.queue import QueueMessage

from .. import storage, wire
from ..functions import Function
from ..invocation import Invoker, Metadata
from ..polling import every
from ..settings import Settings
from ..worker import FunctionError

log = logging.getLogger("local.host.blobs")
POISON = "webjobs-blobtrigger-poison"
EPOCH = datetime.min.replace(tzinfo=UTC)
BUSY_SECONDS = 600
"""How long a queued blob stays hidden while its function runs."""


@dataclass
class Watched:
    """A function and where its blobs come from. ``newest`` is the last change that a whole scan has seen."""

    function: Function
    source: BlobServiceClient
    container: str
    pattern: re.Pattern[str]
    newest: datetime = field(default=EPOCH)


def compiled(path: str) -> tuple[str, re.Pattern[str]]:
    """``in/{name}.txt`` as the container and a pattern over the blob's name; without a pattern every blob matches."""
    container, _, rest = path.strip("/").partition("/")
    pieces = re.split(r"\{(\w+)\}", rest)
    pattern = "".join(f"(?P<{piece}>.+)" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces))
    return container, re.compile(pattern or ".+", re.DOTALL)


def quoted(etag: str) -> str:
    return f'"{etag.strip(chr(34))}"'


class BlobTriggers:
    def __init__(self, functions: Sequence[Function], invoker: Invoker, settings: Settings, poll: float) -> None:
        options = settings.extension("blobs")
        self._invoker, self._poll, self._host_id = invoker, poll, settings.host_id
        self._tries = int(options.get("poisonBlobThreshold", 5))
        self._parallel = asyncio.Semaphore(int(options.get("maxDegreeOfParallelism", 8)))
        self._queue = storage.queue(f"azure-webjobs-blobtrigger-{self._host_id}")
        self._watched = [self._watch(function, settings) for function in functions]

    @staticmethod
    def _watch(function: Function, settings: Settings) -> Watched:
        """The account that the binding names; the host's own only keeps receipts and the queue."""
        container, pattern = compiled(settings.resolve(function.trigger["path"]))
        return Watched(function, storage.blobs(function.trigger.get("connection")), container, pattern)

    async def run(self) -> None:
        drain = every(min(self._poll, 1.0), self.drain, "blob queue")
        await asyncio.gather(every(self._poll, self.scan, "blob scan"), drain)

    async def scan(self) -> None:
        for watched in self._watched:
            await asyncio.to_thread(self._scan, watched)

    async def notify(self, function: Function, container: str, name: str, etag: str) -> None:
        """Queues a blob that Event Grid reports; it needs no receipt, but leaves one so that the scan passes it by."""
        for watched in self._watched:
            if watched.function is function and watched.container == container and watched.pattern.fullmatch(name):
                await asyncio.to_thread(self._enqueue, watched, name, etag)

    def _scan(self, watched: Watched) -> None:
        newest = watched.newest
        try:
            for blob in watched.source.get_container_client(watched.container).list_blobs():
                newest = max(newest, blob.last_modified)
                if blob.last_modified >= watched.newest and watched.pattern.fullmatch(blob.name):
                    self._enqueue(watched, blob.name, quoted(blob.etag))
        except ResourceNotFoundError:
            return  # the container may come yet
        watched.newest = newest

    def _enqueue(self, watched: Watched, name: str, etag: str) -> None:
        """The receipt says *queued*, not processed: a crash between the two steps queues again, so at least once."""
        function_id = watched.function.host_name
        path = f"blobreceipts/{self._host_id}/{function_id}/{etag}/{watched.container}/{name}"
        receipt = storage.hosts().get_blob_client(path)
        try:
            receipt.upload_blob(b"", metadata={"Incomplete": "Incomplete"})
        except ResourceExistsError:
            if "Incomplete" not in receipt.get_blob_properties().metadata:
                return
        call = {"Type": "BlobTrigger", "FunctionId": function_id, "BlobType": "BlockBlob"}
        call |= {"ContainerName": watched.container, "BlobName": name, "ETag": etag}
        storage.send(self._queue, json.dumps(call))
        receipt.set_blob_metadata({})

    async def drain(self) -> None:
        messages = await asyncio.to_thread(self._receive)
        await asyncio.gather(*(self._handle(message) for message in messages))

    def _receive(self) -> list[QueueMessage]:
        try:
            return list(self._queue.receive_messages(max_messages=16, visibility_timeout=BUSY_SECONDS))
        except ResourceNotFoundError:
            return []  # nothing has been queued yet

    async def _handle(self, message: QueueMessage) -> None:
        """A failed function is tried again at once, without delay; then its message goes to the poison queue."""
        async with self._parallel:
            try:
                await self._invoke(json.loads(str(message.content)))
            except FunctionError:
                if (message.dequeue_count or 0) < self._tries:
                    await asyncio.to_thread(self._queue.update_message, message, visibility_timeout=0)
                    return
                log.warning("moved to the queue %s after %d tries", POISON, self._tries)
                await asyncio.to_thread(storage.send, storage.queue(POISON), str(message.content))
            await asyncio.to_thread(self._queue.delete_message, message)

    async def _invoke(self, call: dict[str, str]) -> None:
        """Calls the function, unless it is gone, its blob is gone, or the blob was written again since."""
        watched = next((each for each in self._watched if each.function.host_name == call["FunctionId"]), None)
        if watched is None:
            return
        client = watched.source.get_blob_client(call["ContainerName"], call["BlobName"])
        try:
            properties = await asyncio.to_thread(client.get_blob_properties)
            if quoted(properties.etag) != call["ETag"]:
                return  # the newer version has a receipt of its own
            payload = await asyncio.to_thread(_payload, watched, client)
        except ResourceNotFoundError:
            return
        metadata = _metadata(watched, call["BlobName"], client.url, properties)
        await self._invoker.run(watched.function, payload, metadata)


def _payload(watched: Watched, client: BlobClient) -> wire.TypedData:
    """The content, or for a function that takes an SDK client only where it is (deferred binding)."""
    trigger = watched.function.trigger
    if (trigger.get("properties") or {}).get("SupportsDeferredBinding"):
        place = {"Connection": trigger.get("connection") or "AzureWebJobsStorage"}
        place |= {"ContainerName": client.container_name, "BlobName": client.blob_name}
        return wire.TypedData(
            model_binding_data=wire.Message(
                version="1.0",
                source="AzureStorageBlobs",
                content_type="application/json",
                content=json.dumps(place).encode(),
            )
        )
    content = client.download_blob().readall()
    # Without dataType a stream reaches the worker as text: binary content is then damaged, here as in Azure.
    if watched.function.is_binary:
        return wire.TypedData(bytes=content)
    return wire.TypedData(string=content.decode("utf-8", "replace"))


def _metadata(watched: Watched, name: str, url: str, properties: BlobProperties) -> Metadata:
    described: dict[str, Any] = {
        "LastModified": properties.last_modified.isoformat(),
        "CreatedOn": properties.creation_time.isoformat(),
        "ETag": quoted(properties.etag),
        "ContentLength": properties.size,
        "ContentType": properties.content_settings.content_type,
        "BlobType": 0,
    }
    found = watched.pattern.fullmatch(name)
    return {
        "BlobTrigger": wire.TypedData(string=f"{watched.container}/{name}"),
        "Uri": wire.TypedData(json=json.dumps(url)),
        "Properties": wire.TypedData(json=json.dumps(described)),
        "Metadata": wire.TypedData(json=json.dumps(properties.metadata)),
        **{key: wire.TypedData(string=value) for key, value in (found.groupdict() if found else {}).items()},
    }
