"""The line between a running supervisor and everybody else: one JSON line there, one back.

Over loopback TCP with a token from a private file, because a Unix socket's path may have no more than 108 bytes.
"""

import asyncio
import hmac
import json
import os
import secrets
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

from local.stack.directory import DataDirectory, write_private
from local.stack.ports import LOOPBACK

ANSWER_SECONDS = 90
STOP_SECONDS = 60
BETWEEN = "The stack is just starting or stopping. Try again in a moment."

type Handler = Callable[[str, str | None], Awaitable[object]]


class CommandError(Exception):
    """The supervisor could not do what it was asked; the message says why."""


class NotRunningError(Exception):
    """No supervisor holds the data directory."""


async def serve(data: DataDirectory, handler: Handler) -> asyncio.Server:
    token = secrets.token_urlsafe()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(json.dumps(await _answer(await reader.readline(), token, handler)).encode() + b"\n")
            await writer.drain()
        except (ConnectionError, ValueError):
            pass  # whoever asked has gone, or did not speak our language
        finally:
            writer.close()

    server = await asyncio.start_server(connected, LOOPBACK, 0)
    write_private(data.control, {"port": server.sockets[0].getsockname()[1], "token": token})
    return server


async def _answer(line: bytes, token: str, handler: Handler) -> dict[str, object]:
    asked = json.loads(line)
    if not hmac.compare_digest(str(asked.get("token")), token):
        return {"error": "The token is wrong."}
    try:
        return {"result": await handler(asked["command"], asked.get("service"))}
    except CommandError as error:
        return {"error": str(error)}


class RunningStack:
    """A stack that a supervisor runs on this data directory, maybe in another process. For tools and tests."""

    def __init__(self, data: DataDirectory) -> None:
        self._data = data
        self._require()

    def status(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("status")
        return found

    def kill(self, service: str) -> None:
        """SIGKILL, as a crash would be. The rest of the stack goes on."""
        self._ask("kill", service)

    def restart(self, service: str) -> None:
        """Starts a service, stopping it first if it runs; returns when it is ready."""
        self._ask("restart", service)

    def environment(self) -> dict[str, str]:
        """The app's settings."""
        try:
            found: dict[str, str] = json.loads(self._data.environment.read_text())
        except FileNotFoundError:
            raise CommandError(BETWEEN) from None
        return found

    def stop(self) -> None:
        """Stops everything and waits for the end."""
        os.kill(self._require(), signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while self._data.holder() is not None:
            if time.monotonic() > until:
                raise CommandError(f"The stack has not stopped within {STOP_SECONDS} s.")
            time.sleep(0.05)

    def _require(self) -> int:
        if holder := self._data.holder():
            return holder
        raise NotRunningError(f"Nothing runs on {self._data.root}. Start it with `make run` or `python -m local`.")

    def _ask(self, command: str, service: str | None = None) -> Any:
        try:
            door = json.loads(self._data.control.read_text())
            with socket.create_connection((LOOPBACK, door["port"]), timeout=ANSWER_SECONDS) as connection:
                asked = {"token": door["token"], "command": command, "service": service}
                connection.sendall(json.dumps(asked).encode() + b"\n")
                answer = json.loads(connection.makefile().readline() or "{}")
        except FileNotFoundError:
            raise CommandError(BETWEEN) from None
        except ConnectionError as error:
            raise CommandError(f"The supervisor does not answer: {error}") from None
        if "result" not in answer:
            raise CommandError(answer.get("error", "The stack stopped in the middle."))
        return answer["result"]
