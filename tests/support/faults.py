"""Sets the faults of a running stand-in and takes them back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.support.trust import TRUSTED


class Faults:
    """``url`` is where the stand-in's control is: its own address, or that of a broker's second port."""

    def __init__(self, url: str, verify: Any = TRUSTED) -> None:
        self._url, self._verify = f"{url}/_faults", verify

    def set(self, *rules: dict[str, Any]) -> None:
        self._ask("POST", list(rules))

    def skew(self, seconds: float) -> None:
        self._ask("POST", {"clockSkewSeconds": seconds})

    def left(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", None)["faults"]
        return found

    def clear(self) -> None:
        self._ask("DELETE", None)

    @contextmanager
    def happening(self, *rules: dict[str, Any]) -> Iterator[None]:
        """Only within the block."""
        self.set(*rules)
        try:
            yield
        finally:
            self.clear()

    def _ask(self, method: str, body: Any) -> dict[str, Any]:
        answer = httpx.request(method, self._url, json=body, verify=self._verify, timeout=10)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
