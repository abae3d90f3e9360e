"""What all connections share: the store, who listens to what, and the clock."""

import asyncio
import contextlib
import logging
import socket
from collections import deque
from collections.abc import AsyncIterator, Mapping

from local.servicebus.connection import Connection
from local.servicebus.entities import Entity
from local.servicebus.errors import EntityNotFoundError
from local.servicebus.faults import Faults
from local.servicebus.receiving import Receiver
from local.servicebus.store import Store

log = logging.getLogger("local.servicebus")
TICK_SECONDS = 0.1
TICKS_A_BEAT = 10


class Broker:
    def __init__(self, store: Store, keys: Mapping[str, str], faults: Faults) -> None:
        self.store, self.keys, self.faults = store, keys, faults
        self.connections: set[Connection] = set()
        self._listening: dict[str, deque[Receiver]] = {}
        """By the entity's name; each turn begins with another one."""
        self._waiting: list[Receiver] = []
        """For a session that nobody holds."""

    def entity(self, path: str) -> Entity:
        try:
            return self.store.entities[path.lower()]
        except KeyError:
            raise EntityNotFoundError(path) from None

    def listen(self, receiver: Receiver) -> None:
        self._listening.setdefault(receiver.entity.name, deque()).append(receiver)
        self.store.routes.changed.add(receiver.entity.name)

    def wait_for_session(self, receiver: Receiver) -> None:
        self._waiting.append(receiver)

    def forget(self, receiver: Receiver) -> None:
        if receiver in self._waiting:
            self._waiting.remove(receiver)
        listening = self._listening.get(receiver.entity.name, deque())
        if receiver in listening:
            listening.remove(receiver)

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
        for receiver in list(self._waiting):
            receiver.give_up_waiting()
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
        for receiver in [each for each in self._waiting if each.entity.name == name]:
            if receiver.accept_session():
                self._waiting.remove(receiver)

    def _offer(self, name: str) -> None:
        """One message each in turn, until there is none or nobody wants one."""
        listening = self._listening.get(name)
        if not listening:
            return
        listening.rotate(-1)
        eager = [receiver for receiver in listening if receiver.wants_more]
        while eager:
            eager = [receiver for receiver in eager if receiver.deliver() and receiver.wants_more]


@contextlib.asynccontextmanager
async def serve(broker: Broker, bound: socket.socket) -> AsyncIterator[None]:
    server = await asyncio.get_running_loop().create_server(lambda: Connection(broker), sock=bound)
    clock = asyncio.create_task(broker.run_clock())
    try:
        yield
    finally:
        clock.cancel()
        server.close()
        for connection in list(broker.connections):
            connection.abort()
        await server.wait_closed()
        broker.store.close()
