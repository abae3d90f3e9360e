"""Speaks to the API as one person. Every answer is checked; what comes later is waited for."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import httpx

WAIT_SECONDS = 20.0
TRY_EVERY_SECONDS = 0.2
PURPOSE: dict[str, Any] = {"purpose": "INVESTIGATE"}


class UnexpectedError(Exception):
    """Something is not as it was promised."""


def demand(holds: bool, what: str) -> None:
    if not holds:
        raise UnexpectedError(f"expected that {what}")


def answered(answer: httpx.Response, status: int) -> Any:
    demand(answer.status_code == status, f"the answer is {status}, not {answer.status_code}: {answer.text[:300]}")
    return answer.json()


def fresh_key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


async def until[T](attempt: Callable[[], Awaitable[T | None]], what: str, within: float = WAIT_SECONDS) -> T:
    """What ``attempt`` finds, as soon as it finds something."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while loop.time() < end:
        if found := await attempt():
            return found
        await asyncio.sleep(TRY_EVERY_SECONDS)
    raise UnexpectedError(f"{within:.0f} seconds were not enough until {what}")


class Person:
    """Somebody who has signed in."""

    def __init__(self, name: str, base_url: str, token: str) -> None:
        self.name = name
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.AsyncClient(base_url=base_url, headers=headers, timeout=30)

    async def get(self, path: str, *, status: int = 200, **query: Any) -> Any:
        return answered(await self.http.get(path, params=query), status)

    async def post(
        self, path: str, body: Any, *, status: int, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Any:
        answer = await self.http.post(path, json=body, params=query, headers=headers or fresh_key())
        return answered(answer, status)

    async def alerts(self) -> AsyncIterator[dict[str, Any]]:
        """All of this person's alerts, newest first."""
        cursor: dict[str, Any] = {}
        while True:
            page = await self.get("/api/alerts", limit=50, **cursor)
            for alert in page["alerts"]:
                yield alert
            if not page["nextCursor"]:
                return
            cursor = {"cursor": page["nextCursor"]}

    async def alerts_about(self, cause_id: str) -> list[dict[str, Any]]:
        return [alert async for alert in self.alerts() if alert["causeId"] == cause_id]

    async def told_of(self, cause_id: str, cause: str = "report", within: float = WAIT_SECONDS) -> dict[str, Any]:
        """The alert about this cause, as soon as it is there."""
        return await self._alert(lambda alert: alert["cause"] == cause and alert["causeId"] == cause_id, within)

    async def told_of_another(self, cause: str, known: set[str]) -> dict[str, Any]:
        """The next alert of this kind about anything but ``known``."""
        return await self._alert(lambda alert: alert["cause"] == cause and alert["causeId"] not in known, WAIT_SECONDS)

    async def _alert(self, fits: Callable[[dict[str, Any]], bool], within: float) -> dict[str, Any]:
        async def newest() -> dict[str, Any] | None:
            page = await self.get("/api/alerts", limit=50)
            return next((alert for alert in page["alerts"] if fits(alert)), None)

        return await until(newest, f"{self.name} is told", within)
