"""What all connections share: the store, who listens to what, and the clock.

It says what it needs of connections and of their links, and knows neither: they know it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from typing import Protocol

from local.servicebus.entities import Entity
from local.servicebus.errors import EntityNotFoundError
from local.servicebus.faults import Faults
from local.servicebus.store import Store

log = logging.getLogger("local.servicebus")
TICK_SECONDS = 0.1
TICKS_A_BEAT = 10


class Client(Protocol):
    """A connection."""

    def write(self) -> None:
        """Sends what is to be said by now."""

    def beat(self) -> None:
        """Lets the client know that the broker lives."""

    def abort(self) -> None:
        """Cut, without a word to the client."""


class Listener(Protocol):
    """A link that messages of an entity go out on."""

    entity: Entity

    @property
    def wants_more(self) -> bool: ...

    def deliver(self) -> bool:
        """The next message, if there is one."""

    def accept_session(self) -> bool:
        """Whether there was a session for it, if it waits for one."""

    def give_up_waiting(self) -> None:
        """If its time for a session is up."""


class Broker:
    def __init__(self, store: Store, keys: Mapping[str, str], faults: Faults) -> None:
        self.store, self.keys, self.faults = store, keys, faults
        self.connections: set[Client] = set()
        self._listening: dict[str, deque[Listener]] = {}
        """By the entity's name; each turn begins with another one."""
        self._waiting: list[Listener] = []
        """For a session that nobody holds."""

    def entity(self, path: str) -> Entity:
        try:
            return self.store.entities[path.lower()]
        except KeyError:
            raise EntityNotFoundError(path) from None

    def listen(self, listener: Listener) -> None:
        self._listening.setdefault(listener.entity.name, deque()).append(listener)
        self.store.routes.changed.add(listener.entity.name)

    def wait_for_session(self, listener: Listener) -> None:
        self._waiting.append(listener)

    def forget(self, listener: Listener) -> None:
        if listener in self._waiting:
            self._waiting.remove(listener)
        listening = self._listening.get(listener.entity.name, deque())
        if listener in listening:
            listening.remove(listener)

    def flush(self) -> None:
        """Delivers what there is, stores all that was done, and only then lets the clients know."""
        self._dispatch()
        self.store.commit()
        for connection in list(self.connections):
            connection.write()

    async def run_clock(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            ticks += 1
            try:
                self._tick(beat=ticks % TICKS_A_BEAT == 0)
            except Exception:
                log.exception("a tick of the clock failed")
                self.store.rollback()

    def _tick(self, *, beat: bool) -> None:
        self.store.tick()
        for listener in list(self._waiting):
            listener.give_up_waiting()
        if beat:
            for connection in self.connections:
                connection.beat()
        self.flush()

    def _dispatch(self) -> None:
        """Only for entities that changed: what others have was offered before."""
        changed, self.store.routes.changed = self.store.routes.changed, set()
        for name in changed:
            self._grant_sessions(name)
            self._offer(name)

    def _grant_sessions(self, name: str) -> None:
        for listener in [each for each in self._waiting if each.entity.name == name]:
            if listener.accept_session():
                self._waiting.remove(listener)

    def _offer(self, name: str) -> None:
        """One message each in turn, until there is none or nobody wants one."""
        listening = self._listening.get(name)
        if not listening:
            return
        listening.rotate(-1)
        eager = [listener for listener in listening if listener.wants_more]
        while eager:
            eager = [listener for listener in eager if listener.deliver() and listener.wants_more]
