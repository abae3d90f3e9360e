"""A system that takes webhooks: keeps what it was sent, answers as it is told to, and checks signatures with a library
that is not ours."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook as Verifier


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content

    def checked(self, secret: str) -> dict[str, Any]:
        """What was sent, if the signature is good; else it raises."""
        verified: dict[str, Any] = Verifier(secret).verify(self.body, self.headers)
        return verified


@dataclass
class Receiver:
    url: str = ""
    answers: list[int] = field(default_factory=list)
    """Statuses of the next calls, in order; then ``usually``."""
    usually: int = 204
    redirect: str = ""
    received: list[Received] = field(default_factory=list)

    def of(self, cause_id: str) -> list[Received]:
        return [each for each in self.received if each.content["data"].get("causeId") == cause_id]

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(headers, await request.read()))
        status = self.answers.pop(0) if self.answers else self.usually
        return web.Response(status=status, headers={"Location": self.redirect} if self.redirect else {})


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    taken = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", taken.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    taken.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield taken
    finally:
        await runner.cleanup()
