"""Requests per second of the host, and what each endpoint costs in Cosmos calls and estimated request units."""

import asyncio
import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from tests.support.world import World, theft

AT_ONCE = 16
SECONDS = 4.0


async def rates(world: World) -> list[tuple[str, str]]:
    headers = {"Authorization": f"Bearer {world.stack.token(world.reporter.sub)}"}
    body = json.dumps(theft(world, type="fraud")).encode()

    async def trivial(http: aiohttp.ClientSession) -> int:
        async with http.get("/api/health/live") as answer:
            return answer.status

    async def report(http: aiohttp.ClientSession) -> int:
        key = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/json"}
        async with http.post("/api/reports", data=body, headers=key) as answer:
            return answer.status

    async with aiohttp.ClientSession(world.stack.base_url, headers=headers) as http:
        return [
            (f"GET /api/health/live, {AT_ONCE} at once", await _rate(http, trivial, 200)),
            (f"POST /api/reports, {AT_ONCE} at once", await _rate(http, report, 201)),
        ]


async def costs(world: World) -> list[tuple[str, str]]:
    """Each endpoint twice; the second, warm one counts."""
    report = (await world.reporter.api.post("/api/reports", json=theft(world), headers=_key())).json()
    asked = {"purpose": "INVESTIGATE"}
    reads: dict[str, Callable[[], Awaitable[Any]]] = {
        "POST /api/reports": lambda: world.reporter.api.post("/api/reports", json=theft(world), headers=_key()),
        "GET /api/reports/{id}": lambda: world.investigator.api.get(f"/api/reports/{report['id']}", params=asked),
        "GET /api/reports (25)": lambda: world.investigator.api.get("/api/reports", params=asked),
        "GET /api/alerts": lambda: world.investigator.api.get("/api/alerts"),
        "GET /api/me": lambda: world.investigator.api.get("/api/me"),
    }
    found = []
    for name, call in reads.items():
        await call()
        timing = (await call()).headers["server-timing"]
        match = re.search(r'desc="([^"]+)".*dur=([\d.]+)', timing)
        assert match
        found.append((name, f"{match[1]}, {match[2]} ms"))
    return found


async def _rate(
    http: aiohttp.ClientSession, call: Callable[[aiohttp.ClientSession], Awaitable[int]], expected: int
) -> str:
    until, times = time.perf_counter() + SECONDS, list[float]()

    async def client() -> None:
        while time.perf_counter() < until:
            began = time.perf_counter()
            status = await call(http)
            if status != expected:
                raise RuntimeError(f"expected {expected}, got {status}")
            times.append(time.perf_counter() - began)

    await call(http)
    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    times.sort()
    middle, late = times[len(times) // 2], times[int(len(times) * 0.99)]
    return f"{len(times) / (time.perf_counter() - began):.0f}/s, p50 {1000 * middle:.1f} ms, p99 {1000 * late:.1f} ms"


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}
