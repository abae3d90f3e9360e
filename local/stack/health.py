"""Asks a service whether it is ready, with nothing but a socket: no HTTP client is worth its import time here."""

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path

from local.stack.ports import LOOPBACK

POLL_SECONDS = 0.05
ANSWER_SECONDS = 5.0


@dataclass(frozen=True)
class Probe:
    """A port that must answer: ``path`` with 200, or without a path just by accepting a connection."""

    port: int
    path: str | None = None
    authority: Path | None = None

    async def answers(self) -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._ask()
        except (OSError, TimeoutError, ssl.SSLError):
            return False

    async def _ask(self) -> bool:
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port, ssl=self._tls())
        try:
            if self.path is None:
                return True
            writer.write(
                f"GET {self.path} HTTP/1.1\r\nHost: {LOOPBACK}:{self.port}\r\nConnection: close\r\n\r\n".encode()
            )
            return b" 200 " in await reader.readline()
        finally:
            writer.close()

    def _tls(self) -> ssl.SSLContext | None:
        """The authority's file appears while the service starts; until then this raises FileNotFoundError."""
        return ssl.create_default_context(cafile=self.authority) if self.authority else None


async def ready(probes: tuple[Probe, ...]) -> None:
    for probe in probes:
        while not await probe.answers():  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(POLL_SECONDS)
