"""The broker on a socket: a connection for each client, and the clock, until it is told to stop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from local.servicebus.broker import Broker
from local.servicebus.connection import Connection


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
