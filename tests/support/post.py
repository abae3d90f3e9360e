"""What has arrived in the stack's local inbox."""

import re
from typing import Any

import httpx

from tests.support.stack import StackUnderTest
from tests.support.trust import TRUSTED
from tests.support.waiting import eventually


class Post:
    def __init__(self, stack: StackUnderTest) -> None:
        self.url = f"http://127.0.0.1:{stack.status()['mail']['ports'][1]}"

    async def to(self, address: str) -> list[dict[str, Any]]:
        """The newest first."""
        async with httpx.AsyncClient(verify=TRUSTED, timeout=60) as http:
            found: list[dict[str, Any]] = (await http.get(f"{self.url}/mails.json", params={"to": address})).json()
        return found

    async def wait_for(self, address: str, count: int = 1) -> list[dict[str, Any]]:

        async def arrived() -> list[dict[str, Any]] | None:
            return found if len(found := await self.to(address)) >= count else None

        return await eventually(arrived, what=f"{count} mails to {address}")

    async def code(self, address: str) -> str:
        [newest, *_] = await self.wait_for(address)
        code: str = re.findall(r"\b[0-9]{8}\b", newest["text"])[0]
        return code
