"""Blob input and output. Source: Microsoft Learn, "Azure Blob storage input binding", "… output binding"."""

import asyncio

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobClient

from .. import storage, wire
from ..expressions import BindingData, fill
from ..functions import Binding, is_binary
from ..http.messages import content_of
from ..settings import Settings


class Blobs:
    async def read(self, binding: Binding, data: BindingData) -> wire.TypedData:
        """The blob's content; null if it does not exist."""
        client = _client(binding, data)
        try:
            content = await asyncio.to_thread(lambda: client.download_blob().readall())
        except ResourceNotFoundError:
            return wire.TypedData()
        return (
            wire.TypedData(bytes=content)
            if is_binary(binding)
            else wire.TypedData(string=content.decode("utf-8", "replace"))
        )

    async def write(self, binding: Binding, data: BindingData, value: wire.TypedData) -> None:
        """Overwrites. A container that does not exist is made, as the real host makes it."""
        client, content = _client(binding, data), content_of(value)
        try:
            await asyncio.to_thread(client.upload_blob, content, overwrite=True)
        except ResourceNotFoundError:
            account = storage.blobs(binding.get("connection"))
            await asyncio.to_thread(account.create_container, client.container_name)
            await asyncio.to_thread(client.upload_blob, content, overwrite=True)

    async def close(self) -> None:
        """Its clients live as long as the process."""


def _client(binding: Binding, data: BindingData) -> BlobClient:
    container, _, name = fill(Settings.resolve(binding["path"]), data).strip("/").partition("/")
    return storage.blobs(binding.get("connection")).get_blob_client(container, name)
