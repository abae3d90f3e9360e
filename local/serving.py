"""Runs a web application as a process of the local stack: one port on this machine, one ready line, a clean stop."""

import argparse
import logging
import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from local.faults import Connections, Faulty

LOOPBACK = "127.0.0.1"
PORT_TAKEN = 2
THIS_MACHINE_ONLY = Middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"])
"""Refuses requests for any other host name, so that no web site can reach in by resolving its own name to us."""


def add_arguments(parser: argparse.ArgumentParser, *, port: int) -> None:
    parser.add_argument("--data", type=Path, required=True, help="directory for everything that outlives the process")
    parser.add_argument("--port", type=int, default=port, help=f"port on {LOOPBACK}; 0 picks a free one (%(default)s)")
    parser.add_argument("--log", default="WARNING", type=str.upper, help="log level (%(default)s)")


def prepare(data: Path, log_level: str) -> None:
    """The data directory, and a log on stderr. Whatever the process writes is for its owner only."""
    os.umask(0o077)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    logging.basicConfig(level=log_level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # writes whole URLs


def listen(port: int) -> socket.socket:
    """A bound socket. Binding before the application is built tells it its port, and tells a second copy to go."""
    bound = socket.socket(
        socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )  # asyncio sends at once only if it says TCP
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
        bound.listen()  # two sockets may share a bound address until one of them listens
    except OSError as error:
        print(f"cannot listen on {LOOPBACK}:{port}: {error.strerror}", file=sys.stderr)
        sys.exit(PORT_TAKEN)
    return bound


def address(bound: socket.socket, scheme: str = "http") -> str:
    return f"{scheme}://{LOOPBACK}:{bound.getsockname()[1]}"


def run(
    app: ASGIApp, bound: socket.socket, *, certificate: Path | None = None, certificate_key: Path | None = None
) -> None:
    """Serves until SIGTERM or SIGINT. uvicorn ends its requests, then raises the signal again: hence the handlers."""
    connections = Connections()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        Faulty(app, connections),
        http=connections.protocol(),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=120,  # longer than the SDKs keep a connection in their pools
        ssl_certfile=certificate,
        ssl_keyfile=certificate_key,
    )
    _Announced(config, address(bound, "https" if certificate else "http")).run(sockets=[bound])


class _Announced(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, url: str) -> None:
        super().__init__(config)
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(f"ready {self._url}", flush=True)
