"""As much of an HTTP server as a broker needs beside AMQP: one small request a connection, JSON answers."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

MOST_BYTES = 64 * 1024
PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def is_from_this_machine(self) -> bool:
        """No web page: that would send an Origin, or come by a host name of its own."""
        return "origin" not in self.headers and self.headers.get("host", "").rpartition(":")[0] in _LOOPBACK


type Answer = tuple[int, Any]
type Handler = Callable[[Request], Answer]

_LOOPBACK = {"127.0.0.1", "localhost"}


def server(handler: Handler) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """For ``asyncio.start_server``."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                status, body = handler(await _read(reader))
                writer.write(_encoded(status, body))
                await writer.drain()
        except (TimeoutError, ValueError, OSError, EOFError, asyncio.LimitOverrunError):
            pass  # not an HTTP request, or gone
        finally:
            writer.close()

    return serve


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= MOST_BYTES:
        raise ValueError("too large")
    return Request(method, target.partition("?")[0], headers, await reader.readexactly(length))


def _encoded(status: int, body: Any) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + content
