"""An HTTP request as the worker gets it, and the worker's answer as the client gets it.

Source: azure-functions-host, GrpcMessageConversionExtensions.ToRpcHttp with the capabilities of the Python worker.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, unquote

from .. import wire

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY = 104_857_600
"""Bytes. Source: azure-functions-host, ScriptConstants.DefaultMaxRequestBodySize."""
SAME_SITE = {1: "Lax", 2: "Strict", 3: "None"}


class BodyTooLargeError(Exception):
    """Beyond what the host takes."""


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


@dataclass(frozen=True)
class Request:
    """What every part of the host reads of a request. Header names are lower case, repeated values joined by commas."""

    method: str
    path: str
    raw_path: str
    raw_query: str
    scheme: str
    headers: Mapping[str, str]
    query: Mapping[str, str]

    @property
    def key(self) -> str:
        """The access key: the header wins over the query."""
        return self.headers.get("x-functions-key") or self.query.get("code", "")

    @property
    def url(self) -> str:
        query = f"?{self.raw_query}" if self.raw_query else ""
        return f"{self.scheme}://{self.headers.get('host', '')}{self.raw_path}{query}"


def request_of(scope: Scope) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        _join(headers, raw_name.decode("latin-1").lower(), raw_value.decode("latin-1"))
    raw_query = scope["query_string"].decode("latin-1")
    query: dict[str, str] = {}
    for name, value in parse_qsl(raw_query):  # blank values are dropped, as the host drops them
        _join(query, name, value)
    raw_path = scope["raw_path"].decode("latin-1")
    return Request(scope["method"], _decoded(raw_path), raw_path, raw_query, scope["scheme"], headers, query)


def _decoded(path: str) -> str:
    """As Kestrel does it: everything but an encoded slash, which would split a segment."""
    return unquote(re.sub("%2F", "%252F", path, flags=re.IGNORECASE))


def _join(values: dict[str, str], name: str, value: str) -> None:
    values[name] = f"{values[name]},{value}" if name in values else value


async def body_of(request: Request, receive: Receive) -> bytes:
    """The whole body; a chunked one arrives empty, because the host passes a body on only by its Content-Length.

    Raises:
        BodyTooLargeError: beyond 100 MB, before all of it is read.
    """
    if int(request.headers.get("content-length") or 0) > MAX_BODY:
        raise BodyTooLargeError
    chunks, size, more = list[bytes](), 0, True
    while more:
        event = await receive()
        chunks.append(event.get("body", b""))
        size, more = size + len(chunks[-1]), event.get("more_body", False)
        if size > MAX_BODY:
            raise BodyTooLargeError
    return b"".join(chunks) if request.headers.get("content-length") else b""


def for_worker(request: Request, parameters: Mapping[str, str], content: bytes) -> wire.TypedData:
    body = wire.TypedData(bytes=content) if content else wire.TypedData()
    http = wire.RpcHttp(
        method=request.method,
        url=request.url,
        headers=request.headers,
        params=parameters,
        query=request.query,
        body=body,
    )
    return wire.TypedData(http=http)


def from_worker(value: Any) -> Answer:
    """A function that returns nothing is 204, text is 200; an HttpResponse is itself."""
    if value is None:
        return Answer(204)
    if value.WhichOneof("data") != "http":
        return Answer(200, [("content-type", "text/plain; charset=utf-8")], content_of(value))
    http = value.http
    headers = [(name.lower(), str(text)) for name, text in http.headers.items()]
    headers += [("set-cookie", _cookie(each)) for each in http.cookies or ()]
    return Answer(int(http.status_code), headers, content_of(http.body))


def content_of(data: Any) -> bytes:
    kind = data.WhichOneof("data") if data is not None else None
    value = getattr(data, kind) if kind else b""
    return value if isinstance(value, bytes) else str(value).encode()


async def respond(send: Send, method: str, answer: Answer) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if not any(name == "content-length" for name, _ in answer.headers):
        headers.append((b"content-length", b"%d" % len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})


def _cookie(cookie: Any) -> str:
    """A Set-Cookie header from the worker's RpcHttpCookie, whose optional fields are nullable wrappers."""
    parts = [f"{cookie.name}={cookie.value}"]
    if cookie.max_age:
        parts.append(f"Max-Age={int(cookie.max_age.value)}")
    for field_name, label in (("domain", "Domain"), ("path", "Path")):
        if (given := getattr(cookie, field_name)) and given.value:
            parts.append(f"{label}={given.value}")
    if cookie.expires:
        parts.append(f"Expires={formatdate(cookie.expires.value.seconds, usegmt=True)}")
    for field_name, label in (("secure", "Secure"), ("http_only", "HttpOnly")):
        if (given := getattr(cookie, field_name)) and given.value:
            parts.append(label)
    if same_site := SAME_SITE.get(cookie.same_site):
        parts.append(f"SameSite={same_site}")
    return "; ".join(parts)
