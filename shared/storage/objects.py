"""Blobs as objects with a version: created once, read, replaced under a condition. For what is no secret.

The log of the audit trail stands in two containers: ``audit-log`` holds what never changes (in Azure under an
immutability policy), ``audit-heads`` the one small blob of each log that does.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from shared.errors import NotFound, PreconditionFailed, Unavailable


@dataclass(frozen=True)
class Stored:
    """What was read, and the version that it was."""

    content: bytes
    etag: str


class Objects:
    """The objects of one container."""

    def __init__(self, client: ContainerClient) -> None:
        self._client = client

    async def read(self, name: str) -> Stored:
        """Raises :class:`NotFound` when nothing stands under the name."""
        with _translating():
            stream = await self._client.get_blob_client(name).download_blob()
            return Stored(bytes(await stream.readall()), str(stream.properties.etag))

    async def names(self, prefix: str) -> AsyncIterator[str]:
        """Of everything whose name begins with the prefix, in order."""
        with _translating():
            async for name in self._client.list_blob_names(name_starts_with=prefix):
                yield name

    async def create(self, name: str, content: bytes) -> bool:
        """False, and nothing done, when something stands there already."""
        try:
            with _translating():
                await self._client.get_blob_client(name).upload_blob(content, overwrite=False)
        except PreconditionFailed:
            return False
        return True

    async def replace(self, name: str, content: bytes, etag: str) -> None:
        """Writes only if the stored version still is ``etag``, else raises :class:`PreconditionFailed`."""
        with _translating():
            await self._client.get_blob_client(name).upload_blob(
                content, overwrite=True, etag=etag, match_condition=MatchConditions.IfNotModified
            )


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except ResourceNotFoundError:
        raise NotFound("The object does not exist.") from None
    except (ResourceExistsError, ResourceModifiedError):
        raise PreconditionFailed("The object has changed since it was read.") from None
    except AzureError:
        raise Unavailable("The log storage cannot be reached at the moment.", headers={"Retry-After": "5"}) from None
