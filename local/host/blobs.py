"""Blob triggers: container scan -> receipt per etag -> host queue -> invoke, or poison queue.

The same containers, queues and names as Microsoft.Azure.WebJobs.Extensions.Storage.Blobs (polling source).
Left out: storage-analytics logs, the receipt's 30 s lease (one host only), paging across polls.
"""

import asyncio
import contextlib
import json
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient, TextBase64DecodePolicy, TextBase64EncodePolicy

from . import wire
from .settings import Settings
from .worker import Function, FunctionError, Worker

log = logging.getLogger("local.host.blobs")
HOSTS, POISON = "azure-webjobs-hosts", "webjobs-blobtrigger-poison"


def compile_path(path: str) -> tuple[str, re.Pattern[str]]:
    """'in/{name}.txt' -> container and a pattern over the blob's name; no pattern takes every blob."""
    container, _, rest = path.partition("/")
    names = re.split(r"\{(\w+)\}", rest)
    pattern = "".join(f"(?P<{p}>.+)" if i % 2 else re.escape(p) for i, p in enumerate(names))
    return container, re.compile(pattern or ".+")


class BlobTriggers:
    def __init__(self, worker: Worker, functions: list[Function], settings: Settings, poll: float = 10.0) -> None:
        self.worker, self.poll = worker, poll
        options = settings.extension("blobs")
        self.limit = options.get("poisonBlobThreshold", 5)
        self.parallel = asyncio.Semaphore(options.get("maxDegreeOfParallelism", 8))
        self.host_id = settings.host_id
        storage = settings.connection("AzureWebJobsStorage")
        self.blobs = BlobServiceClient.from_connection_string(storage)
        queues = QueueServiceClient.from_connection_string(storage)
        coded = {"message_encode_policy": TextBase64EncodePolicy(), "message_decode_policy": TextBase64DecodePolicy()}
        self.queue = queues.get_queue_client(f"azure-webjobs-blobtrigger-{self.host_id}", **coded)
        self.poison = queues.get_queue_client(POISON, **coded)
        self.hosts = self.blobs.get_container_client(HOSTS)
        self.triggers = [
            (f, self._source(f, settings), *compile_path(settings.resolve(f.trigger["path"]))) for f in functions
        ]
        self.seen: dict[str, datetime] = {}

    @staticmethod
    def _source(function: Function, settings: Settings) -> BlobServiceClient:
        """The account that the binding names; the host's own only keeps receipts and the queue."""
        name = function.trigger.get("connection") or "AzureWebJobsStorage"
        return BlobServiceClient.from_connection_string(settings.connection(name))

    async def run(self) -> None:
        for make in (self.hosts.create_container, self.queue.create_queue):
            with contextlib.suppress(ResourceExistsError):
                await asyncio.to_thread(make)
        await asyncio.gather(self._every(self.poll, self.scan), self._every(min(self.poll, 1.0), self.drain))

    @staticmethod
    async def _every(seconds: float, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except Exception:
                log.exception("blob polling")
            await asyncio.sleep(seconds)

    async def scan(self) -> None:
        for function, source, container, pattern in self.triggers:
            await asyncio.to_thread(self._scan_one, function, source, container, pattern)

    def _scan_one(self, function: Function, source: BlobServiceClient, container: str, pattern: re.Pattern[str]) -> Any:
        since = latest = self.seen.get(function.id, datetime.min.replace(tzinfo=UTC))
        try:
            for blob in source.get_container_client(container).list_blobs():
                latest = max(latest, blob.last_modified)
                if blob.last_modified >= since and pattern.fullmatch(blob.name):
                    self._enqueue(function, container, blob)
        except ResourceNotFoundError:
            return log.warning("container %s does not exist", container)
        self.seen[function.id] = latest
        return None

    def _enqueue(self, function: Function, container: str, blob: Any) -> None:
        etag, function_id = f'"{blob.etag.strip(chr(34))}"', f"Host.Functions.{function.name}"
        receipt = self.hosts.get_blob_client(
            f"blobreceipts/{self.host_id}/{function_id}/{etag}/{container}/{blob.name}"
        )
        try:
            receipt.upload_blob(b"", metadata={"Incomplete": "Incomplete"})
        except ResourceExistsError:
            if "Incomplete" not in receipt.get_blob_properties().metadata:
                return  # this version of this blob has been queued
        self.queue.send_message(
            json.dumps(
                {
                    "Type": "BlobTrigger",
                    "FunctionId": function_id,
                    "BlobType": "BlockBlob",
                    "ContainerName": container,
                    "BlobName": blob.name,
                    "ETag": etag,
                }
            )
        )
        receipt.set_blob_metadata({})

    async def drain(self) -> None:
        batch = await asyncio.to_thread(
            lambda: list(self.queue.receive_messages(max_messages=16, visibility_timeout=600))
        )
        await asyncio.gather(*(self._one(m) for m in batch))

    async def _one(self, message: Any) -> None:
        async with self.parallel:
            call = json.loads(message.content)
            try:
                await self._invoke(call)
            except FunctionError:
                if message.dequeue_count < self.limit:
                    await asyncio.to_thread(self.queue.update_message, message, visibility_timeout=0)
                    return
                log.warning("reached %d tries; moving to %s", self.limit, POISON)
                with contextlib.suppress(ResourceExistsError):
                    await asyncio.to_thread(self.poison.create_queue)
                await asyncio.to_thread(self.poison.send_message, message.content)
            await asyncio.to_thread(self.queue.delete_message, message)

    async def _invoke(self, call: dict[str, Any]) -> None:
        found = [(f, s, p) for f, s, _, p in self.triggers if f"Host.Functions.{f.name}" == call["FunctionId"]]
        if not found:
            return  # the function is gone: drop the message
        (function, source, pattern), name = found[0], call["BlobName"]
        matched = pattern.fullmatch(name)
        named = matched.groupdict() if matched else {}
        client = source.get_blob_client(call["ContainerName"], name)
        try:
            properties = await asyncio.to_thread(client.get_blob_properties)
            if f'"{properties.etag.strip(chr(34))}"' != call["ETag"]:
                return  # written again since: the newer version has its own receipt
            body = await asyncio.to_thread(lambda: client.download_blob().readall())
        except ResourceNotFoundError:
            return

        def text(value: str) -> wire.TypedData:
            return wire.TypedData(string=value)

        metadata = {
            "BlobTrigger": text(f"{call['ContainerName']}/{name}"),
            "Uri": wire.TypedData(json=json.dumps(client.url)),
            "Metadata": wire.TypedData(json=json.dumps(properties.metadata)),
            "Properties": wire.TypedData(
                json=json.dumps(
                    {
                        "LastModified": properties.last_modified.isoformat(),
                        "CreatedOn": properties.creation_time.isoformat(),
                        "ContentLength": properties.size,
                        "ContentType": properties.content_settings.content_type,
                        "ETag": call["ETag"],
                        "BlobType": 0,
                    }
                )
            ),
        } | {k: text(v) for k, v in named.items()}
        binary = str(function.trigger.get("dataType", "")).upper() == "BINARY"
        data = wire.TypedData(bytes=body) if binary else wire.TypedData(string=body.decode("utf-8", "replace"))
        await self.worker.invoke(function, data, metadata)
