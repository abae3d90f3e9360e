"""Faults on demand: a broker on a bad day, at the n-th connection, send, delivery or settlement.

A fault says ``on`` what it happens, after how many (``after``), how often (``times``) and what (``action``):

- ``refuse`` (connections only) and ``drop-before`` cut the connection, nothing is done;
- ``drop-after`` does it, stores it, and cuts the connection without an answer;
- ``kill`` does it, stores it, and ends the process by SIGKILL;
- ``delay`` does it ``seconds`` later;
- ``error`` answers with the AMQP error ``condition`` instead.

Set over HTTP at ``/_faults``, see ``control``.
"""

import os
import signal
from collections.abc import Callable
from typing import Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from local.servicebus.errors import BusError, InjectedError

type Point = Literal["connect", "send", "receive", "settle"]
type Action = Literal["refuse", "drop-before", "drop-after", "delay", "error", "kill"]


class Fault(BaseModel):
    model_config = ConfigDict(extra="forbid")

    on: Point
    action: Action
    times: int | None = Field(default=1, ge=1)
    """None is for ever."""
    after: int = Field(default=0, ge=0)
    seconds: float = Field(default=0, ge=0, le=600)
    condition: str = "com.microsoft:server-busy"

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.action == "refuse" and self.on != "connect":
            raise ValueError("only connections can be refused")
        return self


class Breakable(Protocol):
    """The connection that a fault happens to."""

    def abort(self) -> None:
        """Cut, without a word to the client."""

    def commit(self) -> None:
        """Stores what was done so far."""

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Does it then, unless the connection is gone."""


class Faults:
    def __init__(self) -> None:
        self.left: list[Fault] = []

    def add(self, *faults: Fault) -> None:
        self.left.extend(faults)

    def clear(self) -> None:
        self.left.clear()

    def armed(self, point: Point) -> bool:
        return any(fault.on == point for fault in self.left)

    def around(
        self, point: Point, connection: Breakable, work: Callable[[], None], fail: Callable[[BusError], None]
    ) -> None:
        """Does the work, or what the first fault for this point says. ``fail`` tells the client of an error."""
        fault = self._take(point) if self.left else None
        if fault is None:
            work()
            return
        match fault.action:
            case "refuse" | "drop-before":
                connection.abort()
            case "delay":
                connection.later(fault.seconds, work)
            case "error":
                fail(InjectedError(fault.condition))
            case "drop-after":
                work()
                connection.commit()
                connection.abort()
            case "kill":
                work()
                connection.commit()
                os.kill(os.getpid(), signal.SIGKILL)

    def _take(self, point: Point) -> Fault | None:
        for fault in self.left:
            if fault.on != point:
                continue
            if fault.after:
                fault.after -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if not fault.times:
                    self.left.remove(fault)
            return fault
        return None
