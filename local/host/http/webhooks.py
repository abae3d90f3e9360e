"""What Event Grid calls: ``/runtime/webhooks/eventgrid`` for functions, ``/runtime/webhooks/blobs`` for blob triggers.

Source: Microsoft Learn, "Azure Event Grid trigger for Azure Functions" and "Trigger Azure Functions on blob containers
using an event subscription"; azure-functions-eventgrid-extension, EventGridExtensionConfigProvider.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from .. import wire
from ..functions import Function
from ..invocation import Invoker
from ..worker import FunctionError
from .keys import Keys
from .messages import Answer, Request

PATHS = {"/runtime/webhooks/eventgrid": "eventGridTrigger", "/runtime/webhooks/blobs": "blobTrigger"}
CREATED = "Microsoft.Storage.BlobCreated"
type Notify = Callable[[Function, str, str, str], Awaitable[None]]
"""Queues a blob for a function: function, container, blob name, ETag."""


class Webhooks:
    def __init__(self, functions: list[Function], invoker: Invoker, keys: Keys, notify_blob: Notify | None) -> None:
        self._functions, self._invoker, self._keys, self._notify_blob = functions, invoker, keys, notify_blob

    async def answer(self, request: Request, content: bytes) -> Answer:
        kind = PATHS.get(request.path.rstrip("/").lower())
        if kind is None or request.method != "POST":
            return Answer(404)
        if not self._keys.opens_webhook(request.key):
            return Answer(401)
        wanted = request.query.get("functionName", "").lower().removeprefix("host.functions.")
        function = next((each for each in self._functions if each.kind == kind and each.name.lower() == wanted), None)
        if function is None:
            return Answer(404, body=f"cannot find function: '{wanted}'".encode())
        try:
            given = json.loads(content)
        except ValueError:
            return Answer(400)
        return await self._deliver(request, function, given if isinstance(given, list) else [given])

    async def _deliver(self, request: Request, function: Function, events: list[dict[str, Any]]) -> Answer:
        what = request.headers.get("aeg-event-type", "Notification").lower()
        if what == "subscriptionvalidation":
            code = events[0]["data"]["validationCode"]
            return Answer(
                200, [("content-type", "application/json")], json.dumps({"validationResponse": code}).encode()
            )
        if what != "notification":
            return Answer(202 if what == "unsubscribe" else 400)
        deliver = self._blob if function.kind == "blobTrigger" else self._event
        outcomes = await asyncio.gather(*(deliver(function, event) for event in events), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, FunctionError):
                raise outcome
        return Answer(500 if any(outcomes) else 202)  # Event Grid delivers the lot again

    async def _event(self, function: Function, event: dict[str, Any]) -> None:
        await self._invoker.run(function, wire.TypedData(json=json.dumps(event)))

    async def _blob(self, function: Function, event: dict[str, Any]) -> None:
        if self._notify_blob is None or event.get("eventType", event.get("type")) != CREATED:
            return
        container, _, name = event["subject"].split("/containers/", 1)[-1].partition("/blobs/")
        if not name:  # some senders leave the subject out of step; the address is always there
            container, _, name = urlsplit(event["data"]["url"]).path.lstrip("/").partition("/")
        await self._notify_blob(function, container, name, f'"{event["data"]["eTag"].strip(chr(34))}"')
