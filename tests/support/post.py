"""What has arrived in the stack's local inbox."""

import asyncio
import re
from typing import Any

import httpx

from tests.support.stack import StackUnderTest


class Post:
    def __init__(self, stack: StackUnderTest) -> None:
        self.url = f"http://127.0.0.1:{stack.status()['mail']['ports'][1]}"

    async def to(self, address: str) -> list[dict[str, Any]]:
        """The newest first."""
        async with httpx.AsyncClient(timeout=10) as http:
            found: list[dict[str, Any]] = (await http.get(f"{self.url}/mails.json", params={"to": address})).json()
        return found

    async def wait_for(self, address: str, count: int = 1) -> list[dict[str, Any]]:
        """Up to 20 seconds for so many mails."""
        for _ in range(200):
            if len(found := await self.to(address)) >= count:
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"{len(found)} mails to {address} instead of {count}")

    async def code(self, address: str) -> str:
        [newest, *_] = await self.wait_for(address)
        code: str = re.findall(r"\b[0-9]{8}\b", newest["text"])[0]
        return code
