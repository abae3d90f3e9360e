"""A limit of request units per second, so that a laptop throttles as an account does."""

import math
import time

from local.cosmos.wire import THROTTLED, Fault


class Budget:
    """A bucket of one second's worth. A request may overdraw it; the next ones wait until it is made good."""

    def __init__(self, per_second: int | None = None) -> None:
        self._per_second = per_second
        self._left, self._since = float(per_second or 0), time.monotonic()

    def check(self) -> None:
        if self._per_second is None:
            return
        now = time.monotonic()
        self._left = min(self._per_second, self._left + (now - self._since) * self._per_second)
        self._since = now
        if self._left < 0:
            wait = math.ceil(-self._left / self._per_second * 1000)
            message = "Request rate is large. More Request Units may be needed."
            raise Fault(429, message, THROTTLED, {"x-ms-retry-after-ms": str(wait)})

    def spend(self, charge: float) -> None:
        self._left -= charge
