"""Evidence in Blob Storage: permission to upload one file, and sealed media that only their record's key opens.

Media are sealed before they leave this process with Azure Storage client-side encryption 2.0 (AES-256-GCM in regions
of 4 MiB under a random content key). The content key is wrapped by the key of the evidence item, so whoever destroys
that key destroys the media, copies and backups included.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, Self

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobSasPermissions, UserDelegationKey, generate_blob_sas
from azure.storage.blob.aio import BlobClient, BlobServiceClient, LinearRetry

from shared.errors import CannotOpen, NotFound, Problem, Unavailable
from shared.storage.objects import Objects

UPLOADS = "uploads"
SEALED = "evidence"
PERMIT_LIFETIME = timedelta(minutes=15)
ONE_PUT = 256 << 20
"""Above this, clients send blocks, which Blob Storage allows only with the write permission."""
DELEGATION_LIFETIME = timedelta(hours=2)
CLOCK_SKEW = timedelta(minutes=5)


class MediaKey(Protocol):
    """A key encryption key, as the storage SDK wants it."""

    def wrap_key(self, key: bytes) -> bytes: ...
    def unwrap_key(self, key: bytes, algorithm: str) -> bytes: ...
    def get_key_wrap_algorithm(self) -> str: ...
    def get_kid(self) -> str: ...


@dataclass(frozen=True)
class Permit:
    """Leave to write one blob, for a short time. The URL is a secret: it never goes into a log."""

    url: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Permit(expires_at={self.expires_at!r})"


class Blobs:
    def __init__(self, client: BlobServiceClient, account_key: str | None = None) -> None:
        self._client, self._account_key = client, account_key
        self._delegated: tuple[datetime, UserDelegationKey] | None = None
        self._delegating = asyncio.Lock()

    @classmethod
    def from_connection_string(cls, text: str) -> Self:
        client = BlobServiceClient.from_connection_string(text, retry_policy=_retry())
        return cls(client, getattr(client.credential, "account_key", None))

    @classmethod
    def from_account_url(cls, url: str, credential: AsyncTokenCredential) -> Self:
        return cls(BlobServiceClient(url, credential, retry_policy=_retry()))

    async def ping(self) -> None:
        with _translating():
            await self._client.get_container_client(SEALED).get_container_properties()

    async def close(self) -> None:
        await self._client.close()

    def objects(self, container: str) -> Objects:
        """What another container of the account holds in the clear."""
        return Objects(self._client.get_container_client(container))

    # -- uploads -----------------------------------------------------------------------------------------------------

    async def permit_upload(self, name: str, size: int) -> Permit:
        """May create ``name`` and nothing else: not read, list, delete, nor, up to :data:`ONE_PUT`, overwrite.

        The storage service judges the times by its own clock, so they come from the real one.
        """
        now = datetime.now(UTC)
        expires_at = now + PERMIT_LIFETIME
        blob = self._client.get_blob_client(UPLOADS, name)
        signature = generate_blob_sas(
            str(self._client.account_name),
            UPLOADS,
            name,
            account_key=self._account_key,
            user_delegation_key=None if self._account_key else await self._delegation(now),
            permission=BlobSasPermissions(create=True, write=size > ONE_PUT),
            start=now - CLOCK_SKEW,
            expiry=expires_at,
            protocol="https,http" if blob.url.startswith("http:") else "https",
        )
        return Permit(f"{blob.url}?{signature}", expires_at)

    async def upload_size(self, name: str) -> int:
        """Raises :class:`NotFound` when nothing has arrived."""
        with _translating():
            properties = await self._client.get_blob_client(UPLOADS, name).get_blob_properties()
        return int(properties.size)

    async def upload_etag(self, name: str) -> str:
        with _translating():
            return str((await self._client.get_blob_client(UPLOADS, name).get_blob_properties()).etag)

    async def waiting_uploads(self, since: datetime, most: int) -> list[str]:
        """Names of up to ``most`` uploads that arrived before ``since`` and are still there, in no order: some may wait
        for long, and must not keep the others from their turn."""
        with _translating():
            listed = self._client.get_container_client(UPLOADS).list_blobs()
            names = [str(blob.name) async for blob in listed if blob.last_modified < since]
        return random.sample(names, min(most, len(names)))

    async def read_upload(self, name: str) -> AsyncIterator[bytes]:
        """What arrived, in chunks as they come: an upload may be far larger than a worker's memory."""
        with _translating():
            stream = await self._client.get_blob_client(UPLOADS, name).download_blob()
            async for chunk in stream.chunks():
                yield chunk

    async def delete_upload(self, name: str) -> None:
        await self._delete(UPLOADS, name)

    # -- sealed media ------------------------------------------------------------------------------------------------

    async def seal(self, name: str, content: bytes, key: MediaKey) -> None:
        """Stores ``content`` so that only ``key`` opens it; what stood under ``name`` before is replaced."""
        with _translating():
            await self._sealed(name, key).upload_blob(content, overwrite=True)

    async def open(self, name: str, key: MediaKey) -> bytes:
        with _translating():
            stream = await self._sealed(name, key).download_blob()
            return bytes(await stream.readall())

    async def sealed_names(self, prefix: str) -> list[str]:
        """Of every sealed blob whose name begins so."""
        with _translating():
            return [str(blob.name) async for blob in self._client.get_container_client(SEALED).list_blobs(prefix)]

    async def delete_all(self, prefix: str, kept: str | None = None) -> None:
        """Every sealed blob whose name begins so, but ``kept``."""
        for name in await self.sealed_names(prefix):
            if name != kept:
                await self.delete(name)

    async def open_part(self, name: str, key: MediaKey, start: int, count: int) -> bytes:
        """The bytes from ``start`` on; only the 4 MiB regions that they lie in are fetched."""
        with _translating():
            stream = await self._sealed(name, key).download_blob(offset=start, length=count)
            return bytes(await stream.readall())

    async def delete(self, name: str) -> None:
        await self._delete(SEALED, name)

    def _sealed(self, name: str, key: MediaKey) -> BlobClient:
        """On the pipeline of the one client: a client of its own would open, and leak, a connection pool each."""
        blob = self._client.get_blob_client(SEALED, name)
        blob.require_encryption, blob.encryption_version, blob.key_encryption_key = True, "2.0", key
        return blob

    async def _delete(self, container: str, name: str) -> None:
        """Gone already is gone; uncommitted blocks go by themselves within a week."""
        try:
            with _translating():
                await self._client.get_blob_client(container, name).delete_blob(delete_snapshots="include")
        except NotFound:
            return

    async def _delegation(self, now: datetime) -> UserDelegationKey:
        """Signed for by the managed identity, so that no account key exists anywhere in Azure."""
        async with self._delegating:
            if self._delegated is None or self._delegated[0] < now + PERMIT_LIFETIME + CLOCK_SKEW:
                until = now + DELEGATION_LIFETIME
                with _translating():
                    key = await self._client.get_user_delegation_key(now - CLOCK_SKEW, until)
                self._delegated = (until, key)
            return self._delegated[1]


def _retry() -> LinearRetry:
    """Somebody waits for the answer: the SDK's own policy would first sleep for a quarter of a minute."""
    return LinearRetry(backoff=1, retry_total=2, random_jitter_range=0)


def translated(error: AzureError) -> Problem:
    """A service error as one of ours."""
    if isinstance(error, ResourceNotFoundError):
        return NotFound("The content does not exist.")
    if isinstance(error, HttpResponseError) and "Decryption failed" in error.message:
        return CannotOpen("The content was altered, or sealed under another key.")
    return Unavailable("The evidence storage cannot be reached at the moment.", headers={"Retry-After": "5"})


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except AzureError as error:
        raise translated(error) from None
