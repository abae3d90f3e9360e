"""Cosmos DB as the services see it: small verbs on documents, our own errors, and a meter that counts every call."""

import asyncio
import heapq
import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

from azure.core import MatchConditions
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError

from shared.errors import Conflict, NotFound, PreconditionFailed, Problem, Throttled, TooLarge, Unavailable
from shared.telemetry.tracing import leaf

log = logging.getLogger("reeve.storage")

type Document = dict[str, Any]
type Key = str | Sequence[str]
"""A partition key: one value, or all levels of a hierarchical one in order."""

PAGE = 100


def has_any(field: str, name: str, values: Sequence[object]) -> tuple[str, dict[str, object]]:
    """A condition on ``c`` that the array ``field`` has one of ``values`` (never none of them), and its parameters.

    One ARRAY_CONTAINS each, because that is what Cosmos DB documents to be served by an index; ARRAY_CONTAINS_ANY is
    documented not to be, and of a subquery over the elements nothing is said.
    """
    bound = {f"{name}{number}": value for number, value in enumerate(values)}
    return "(" + " OR ".join(f"ARRAY_CONTAINS(c.{field}, @{each})" for each in bound) + ")", bound


@dataclass
class Meter:
    """What one request cost: calls to Cosmos and the request units (RU) they were charged."""

    calls: list[tuple[str, float]] = field(default_factory=list)

    def add(self, operation: str, charge: float) -> None:
        self.calls.append((operation, charge))

    @property
    def request_units(self) -> float:
        return sum(charge for _, charge in self.calls)


_meter: ContextVar[Meter | None] = ContextVar("cosmos_meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """Counts the Cosmos calls made inside the block, in this task and those it starts."""
    meter = Meter()
    token = _meter.set(meter)
    try:
        yield meter
    finally:
        _meter.reset(token)


def _count(operation: str, headers: Mapping[str, str] | None) -> None:
    if meter := _meter.get():
        meter.add(operation, float((headers or {}).get("x-ms-request-charge", 0)))


def _hook(operation: str) -> Callable[..., None]:
    return lambda headers, _body: _count(operation, headers)


def translated(error: Exception) -> Problem:
    """A service error as one of ours. The service's own message stays out: it may quote a document."""
    status = getattr(error, "status_code", None)
    match status:
        case 404:
            return NotFound("The record does not exist.")
        case 409:
            return Conflict("A record with this id exists already.")
        case 412:
            return PreconditionFailed("The record has changed since it was read. Read it again and repeat the change.")
        case 413:
            return TooLarge("The record is too large to be stored.")
        case 429:
            return Throttled("The database is busy. Try again in a moment.", headers={"Retry-After": "1"})
        case _:
            log.error("cosmos answered %s/%s", status, getattr(error, "sub_status", None))
            return Unavailable("The database cannot be reached at the moment.", headers={"Retry-After": "5"})


@dataclass(frozen=True)
class Write:
    """One operation of a transactional batch."""

    verb: Literal["create", "upsert", "replace", "delete", "read"]
    """A ``read`` demands that the document is there: else nothing of the batch is done."""
    document: Document
    etag: str | None = None

    def as_operation(self) -> tuple[Any, ...]:
        options = {"if_match_etag": self.etag} if self.etag else {}
        identifier = self.document["id"]
        match self.verb:
            case "create" | "upsert":
                return self.verb, (self.document,), options
            case "replace":
                return self.verb, (identifier, self.document), options
            case "delete" | "read":
                return self.verb, (identifier,), options


class Container:
    """One container. ``key`` is always the full partition key, except in queries, where a prefix narrows the search."""

    def __init__(self, cosmos: "Cosmos", name: str) -> None:
        self._cosmos, self.name = cosmos, name

    async def read(self, identifier: str, key: Key) -> Document:
        proxy = await self._proxy()
        with _translating("read", self.name):
            return dict(await proxy.read_item(identifier, _key(key), response_hook=_hook("read")))

    async def create(self, document: Document) -> Document:
        proxy = await self._proxy()
        with _translating("create", self.name):
            return dict(await proxy.create_item(document, response_hook=_hook("create")))

    async def upsert(self, document: Document) -> Document:
        proxy = await self._proxy()
        with _translating("upsert", self.name):
            return dict(await proxy.upsert_item(document, response_hook=_hook("upsert")))

    async def replace(self, document: Document, etag: str) -> Document:
        """Writes only if the stored version still is ``etag``, else :class:`PreconditionFailed`."""
        proxy = await self._proxy()
        with _translating("replace", self.name):
            stored = await proxy.replace_item(
                document["id"],
                document,
                etag=etag,
                match_condition=MatchConditions.IfNotModified,
                response_hook=_hook("replace"),
            )
            return dict(stored)

    async def delete(self, identifier: str, key: Key) -> bool:
        """Whether there was something to delete: a second deletion is no error."""
        proxy = await self._proxy()
        try:
            with _translating("delete", self.name):
                await proxy.delete_item(identifier, _key(key), response_hook=_hook("delete"))
        except NotFound:
            return False
        return True

    async def increment(self, identifier: str, key: Key, field: str, by: int, otherwise: Mapping[str, object]) -> int:
        """Adds to a counter, made with the fields ``otherwise`` if there is none yet; its new value.

        Only for containers whose partition key is ``organisationId``.
        """
        proxy = await self._proxy()
        operations = [{"op": "incr", "path": f"/{field}", "value": by}]
        try:
            with _translating("patch", self.name):
                stored = await proxy.patch_item(identifier, _key(key), operations, response_hook=_hook("patch"))
                return int(stored[field])
        except NotFound:
            fresh = {"id": identifier, "organisationId": key, field: by, **otherwise}
        try:
            await self.create(fresh)
        except Conflict:
            return await self.increment(identifier, key, field, by, otherwise)
        return by

    async def batch(self, key: Key, writes: Sequence[Write]) -> list[Document]:
        """All of ``writes`` or none, in one logical partition; the resulting documents in order."""
        proxy = await self._proxy()
        with _translating("batch", self.name):
            results = await proxy.execute_item_batch(
                [write.as_operation() for write in writes], _key(key), response_hook=_hook("batch")
            )
        return [dict(result.get("resourceBody") or {}) for result in results]

    async def query(
        self, text: str, parameters: Mapping[str, object] | None = None, key: Key | None = None, page: int = PAGE
    ) -> AsyncGenerator[Document]:
        """Streams every match. Without ``key`` the query fans out over all partitions: for timers only."""
        proxy = await self._proxy()
        bound = [{"name": f"@{name}", "value": value} for name, value in (parameters or {}).items()]
        options: dict[str, Any] = {} if key is None else {"partition_key": _key(key)}
        with _translating("query", self.name):
            items = proxy.query_items(
                text, parameters=bound, max_item_count=page, response_hook=_hook("query"), **options
            )
            async for item in items:
                yield item

    async def changes(self, key: Key, mark: str | None) -> tuple[list[Document], str]:
        """What has been written in one logical partition since the ``mark`` of an earlier call, each document once as
        it is now, and the mark to go on from. Without a mark: nothing, and where the change feed stands.

        Deletions are not in it: what others have to notice ends by a change.
        """
        proxy, answers = await self._proxy(), list[Mapping[str, str]]()

        def hook(headers: Mapping[str, str], _body: object) -> None:
            _count("changes", headers)
            answers.append(headers)  # the SDK writes its mark into them only after this call

        start: dict[str, Any] = {"continuation": mark} if mark else {"start_time": "Now", "partition_key": _key(key)}
        with _translating("changes", self.name):
            feed = proxy.query_items_change_feed(max_item_count=PAGE, response_hook=hook, **start)
            found = [dict(item) async for item in feed]
        return found, answers[-1]["etag"]

    async def newest(
        self,
        where: str,
        parameters: Mapping[str, object],
        key: Key,
        *,
        by: str,
        after: tuple[str, str] | None,
        count: int,
    ) -> list[Document]:
        """Up to ``count`` documents in descending order of (``by``, id), those after the pair ``after``.

        Keyset paging: it needs no continuation token, which the SDK does not give for ordered queries that touch
        several physical partitions, and it stays right while others write. Each physical partition answers in
        order; the merge here orders them all.
        """
        bound = dict(parameters)
        if after:
            where += f" AND (c.{by} < @afterBy OR (c.{by} = @afterBy AND c.id < @afterId))"
            bound |= {"afterBy": after[0], "afterId": after[1]}
        text = f"SELECT * FROM c WHERE {where} ORDER BY c.{by} DESC, c.id DESC OFFSET 0 LIMIT {count:d}"  # noqa: S608
        found = [document async for document in self.query(text, bound, key)]
        return heapq.nlargest(count, found, key=lambda document: (document[by], document["id"]))

    async def oldest(
        self, where: str, parameters: Mapping[str, object], *, by: str, after: tuple[str, str] | None, count: int
    ) -> list[Document]:
        """Up to ``count`` documents of all partitions in ascending order of (``by``, id), those after the pair
        ``after``: a timer goes through a queue with it, and goes on where it was."""
        bound = dict(parameters)
        if after:
            where += f" AND (c.{by} > @afterBy OR (c.{by} = @afterBy AND c.id > @afterId))"
            bound |= {"afterBy": after[0], "afterId": after[1]}
        text = f"SELECT * FROM c WHERE {where} ORDER BY c.{by}, c.id OFFSET 0 LIMIT {count:d}"  # noqa: S608
        found = [document async for document in self.query(text, bound)]
        return heapq.nsmallest(count, found, key=lambda document: (document[by], document["id"]))

    async def read_many(self, pairs: Sequence[tuple[str, Key]]) -> list[Document | None]:
        """Concurrent point reads, None where a record is gone. The SDK's own ``read_items`` is wrong on
        hierarchical keys."""

        async def one(identifier: str, key: Key) -> Document | None:
            try:
                return await self.read(identifier, key)
            except NotFound:
                return None

        return list(await asyncio.gather(*(one(identifier, key) for identifier, key in pairs)))

    async def _proxy(self) -> ContainerProxy:
        return await self._cosmos.proxy(self.name)


class Cosmos:
    """One client per process, opened on first use on the worker's event loop."""

    def __init__(self, endpoint: str, credential: str | AsyncTokenCredential, database: str) -> None:
        self._endpoint, self._credential, self._database = endpoint, credential, database
        self._client: CosmosClient | None = None
        self._opening = asyncio.Lock()
        self._proxies: dict[str, ContainerProxy] = {}

    def container(self, name: str) -> Container:
        return Container(self, name)

    async def proxy(self, name: str) -> ContainerProxy:
        if name not in self._proxies:
            client = await self._open()
            self._proxies[name] = client.get_database_client(self._database).get_container_client(name)
        return self._proxies[name]

    async def ping(self) -> None:
        """Raises :class:`Unavailable` when the database does not answer."""
        client = await self._open()
        with _translating("connect"):
            await client.get_database_client(self._database).read()

    async def close(self) -> None:
        if self._client:
            await self._client.close()

    async def _open(self) -> CosmosClient:
        async with self._opening:
            if self._client is None:
                client = CosmosClient(self._endpoint, self._credential)
                with _translating("connect"):
                    await client.__aenter__()
                self._client = client
            return self._client


@contextmanager
def _translating(operation: str, name: str = "") -> Iterator[None]:
    """Failures cost request units too, so they are counted like successes."""
    said = {"db__system__name": "azure.cosmosdb", "db__operation__name": operation, "db__collection__name": name}
    with leaf(f"cosmos {operation}", **said):
        try:
            yield
        except (CosmosBatchOperationError, CosmosHttpResponseError, AzureError) as error:
            _count(operation, getattr(error, "headers", None))
            raise translated(error) from None


def _key(key: Key) -> Any:
    return key if isinstance(key, str) else list(key)
