"""``python -m local.servicebus``: the Service Bus stand-in as a process of its own."""

import argparse
import asyncio
import json
import signal
from pathlib import Path

from local import serving
from local.servicebus.server import serve
from local.servicebus.store import Store

KEYS = {"RootManageSharedAccessKey": "SAS_KEY_VALUE"}
HEALTHY = b'{"status":"healthy"}'


async def health(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        % len(HEALTHY)
        + HEALTHY
    )
    await writer.drain()
    writer.close()


async def run(args: argparse.Namespace) -> None:
    args.data.mkdir(parents=True, exist_ok=True)
    config = json.loads(args.config.read_text())
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    amqp, http = serving.listen(args.port), serving.listen(args.http_port)
    async with serve(Store(args.data / "servicebus.db", config), amqp, KEYS):
        await asyncio.start_server(health, sock=http)
        print(f"ready {serving.address(amqp, 'amqp')}", flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.servicebus", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--port", type=int, default=5672)
    parser.add_argument("--http-port", type=int, default=5300)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
