"""Faults on demand: what a service does on a bad day, at the n-th request, in a stand-in that otherwise behaves.

``POST /_faults`` with one fault or a list, ``GET /_faults`` what is left of them, ``DELETE /_faults`` back to normal;
``POST /_faults {"clockSkewSeconds": 90}`` sets the clock ahead. The first fault that matches a request takes it.
"""

import asyncio
import json
import os
import re
import signal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from local import clock

PATH = "/_faults"
MOST_BYTES = 64 * 1024
type Action = Literal["status", "delay", "dropBefore", "dropAfter", "killBefore", "killAfter", "refuse"]


class FaultRule(BaseModel):
    """One fault. ``after`` requests pass first, then it happens ``times`` times.

    ``status`` answers instead of the service; ``delay`` answers late; ``dropBefore`` and ``dropAfter`` cut the
    connection before and after the service did its work; ``killBefore`` and ``killAfter`` end the process by SIGKILL;
    ``refuse`` cuts new connections for ``seconds``, from now on.
    """

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, extra="forbid")

    action: Action
    method: str = ".*"
    """A pattern for the whole method, such as ``POST|PUT``."""
    path: str = ".*"
    """A pattern found anywhere in the path."""
    header: str = ""
    """A request header that must be there, such as ``x-ms-documentdb-isquery``."""
    after: int = Field(default=0, ge=0)
    times: int | None = Field(default=1, ge=1)
    """None is for ever."""
    status: int = Field(default=503, ge=400, le=599)
    sub_status: int | None = None
    retry_after_seconds: float | None = Field(default=None, ge=0)
    seconds: float = Field(default=0, ge=0, le=600)

    def matches(self, scope: Scope) -> bool:
        named = not self.header or any(name.decode("latin-1") == self.header.lower() for name, _ in scope["headers"])
        return named and re.fullmatch(self.method, scope["method"]) is not None and self._is_path(scope["path"])

    def _is_path(self, path: str) -> bool:
        return re.search(self.path, path) is not None


class ClockSkew(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, extra="forbid")

    clock_skew_seconds: Annotated[float, Field(ge=-1e8, le=1e8)]


_given: TypeAdapter[ClockSkew | FaultRule | list[FaultRule]] = TypeAdapter(ClockSkew | FaultRule | list[FaultRule])


class Connections:
    """The open connections of a server, so that one can be cut as a network cuts it: without a word."""

    def __init__(self) -> None:
        self._open: dict[Any, asyncio.Transport] = {}
        self.refusing_until = 0.0

    def protocol(self) -> type[asyncio.Protocol]:
        connections = self

        class Tracked(HttpToolsProtocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                connections.opened(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                connections.closed(self.transport)
                super().connection_lost(exc)

        return Tracked

    def opened(self, transport: asyncio.Transport) -> None:
        if asyncio.get_running_loop().time() < self.refusing_until:
            transport.abort()
            return
        self._open[transport.get_extra_info("peername")] = transport

    def closed(self, transport: asyncio.Transport) -> None:
        self._open.pop(transport.get_extra_info("peername"), None)

    def refuse(self, seconds: float) -> None:
        """Also cuts the open ones, or a pooled connection would go on."""
        self.refusing_until = asyncio.get_running_loop().time() + seconds
        for transport in list(self._open.values()):
            transport.abort()

    def cut(self, scope: Scope) -> None:
        if (transport := self._open.get(tuple(scope["client"]))) is not None:
            transport.abort()


class Faulty:
    """Wraps a stand-in's application. Without rules it costs a comparison."""

    def __init__(self, app: ASGIApp, connections: Connections) -> None:
        self._app, self._connections = app, connections
        self._rules: list[FaultRule] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == PATH:
            await self._control(scope, receive, send)
        elif self._rules and (rule := self._take(scope)):
            await self._happen(rule, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _take(self, scope: Scope) -> FaultRule | None:
        for rule in self._rules:
            if not rule.matches(scope):
                continue
            if rule.after:
                rule.after -= 1
                continue
            if rule.times is not None:
                rule.times -= 1
                if not rule.times:
                    self._rules.remove(rule)
            return rule
        return None

    async def _happen(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        match rule.action:
            case "status":
                await _consume(receive)
                await _answer(send, rule.status, _headers(rule), _error(rule.status))
            case "delay":
                await asyncio.sleep(rule.seconds)
                await self._app(scope, receive, send)
            case "dropBefore":
                self._connections.cut(scope)
            case "dropAfter":
                await self._app(scope, receive, _into_nothing)
                self._connections.cut(scope)
            case "killBefore":
                os.kill(os.getpid(), signal.SIGKILL)
            case "killAfter":
                await self._app(scope, receive, _into_nothing)
                os.kill(os.getpid(), signal.SIGKILL)
            case "refuse":
                self._connections.refuse(rule.seconds)

    async def _control(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _from_this_machine(scope):
            await _answer(send, 403, [], {"message": "faults are set by programs on this machine only"})
            return
        try:
            self._set(scope["method"], await _consume(receive))
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False, include_context=False)
            await _answer(send, 400, [], {"message": "no fault that this stand-in knows", "errors": problems})
            return
        left = [rule.model_dump(by_alias=True, exclude_defaults=True) for rule in self._rules]
        await _answer(send, 200, [], {"faults": left, "clockSkewSeconds": clock.skewed()})

    def _set(self, method: str, body: bytes) -> None:
        if method == "DELETE":
            self._rules.clear()
            self._connections.refusing_until = 0.0
            clock.skew(0)
        elif method == "POST":
            match _given.validate_json(body):
                case ClockSkew() as skew:
                    clock.skew(skew.clock_skew_seconds)
                case FaultRule() as rule:
                    self._add(rule)
                case rules:
                    for rule in rules:
                        self._add(rule)

    def _add(self, rule: FaultRule) -> None:
        """Refusing begins at once: no request would come to set it off."""
        if rule.action == "refuse":
            asyncio.get_running_loop().call_later(0.05, self._connections.refuse, rule.seconds)
        else:
            self._rules.append(rule)


def _from_this_machine(scope: Scope) -> bool:
    """No web page: it would send an Origin, or come by a host name of its own."""
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1").rpartition(":")[0]
    return b"origin" not in headers and host in {"127.0.0.1", "localhost"}


def _headers(rule: FaultRule) -> list[tuple[str, str]]:
    """As Cosmos DB and Key Vault spell them; a client reads those it knows."""
    headers = []
    if rule.retry_after_seconds is not None:
        headers.append(("retry-after", str(max(1, round(rule.retry_after_seconds)))))
        headers.append(("x-ms-retry-after-ms", str(round(1000 * rule.retry_after_seconds))))
    if rule.sub_status is not None:
        headers.append(("x-ms-substatus", str(rule.sub_status)))
    return headers


def _error(status: int) -> dict[str, Any]:
    text = {"code": f"Injected{status}", "message": "This fault was asked for."}
    return {**text, "error": text}


async def _consume(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")[: max(0, MOST_BYTES - len(body))]
        if not message.get("more_body"):
            return bytes(body)


async def _answer(send: Send, status: int, headers: list[tuple[str, str]], body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    raw = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    raw += [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": content})


async def _into_nothing(_: Message) -> None:
    """Where an answer goes that no client shall see."""
