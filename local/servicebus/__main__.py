"""``python -m local.servicebus``: the Service Bus stand-in as a process of its own."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from local import serving
from local.servicebus import entities, http
from local.servicebus.broker import Broker
from local.servicebus.control import Control, health
from local.servicebus.errors import ArgumentError
from local.servicebus.faults import Faults
from local.servicebus.server import serve
from local.servicebus.store import Store

KEYS = {"RootManageSharedAccessKey": "SAS_KEY_VALUE"}
BAD_CONFIGURATION = 2


async def run(options: argparse.Namespace, declared: entities.Entities) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    amqp, health_port = serving.listen(options.port), serving.listen(options.http_port)
    faults = Faults()
    broker = Broker(Store(options.data / "bus.db", declared, options.synchronous), KEYS, faults)
    async with contextlib.AsyncExitStack() as running:
        await running.enter_async_context(serve(broker, amqp))
        await asyncio.start_server(http.server(health), sock=health_port)
        if options.faults_port is not None:
            faults_port = serving.listen(options.faults_port)
            await asyncio.start_server(http.server(Control(faults)), sock=faults_port)
            print(f"faults {serving.address(faults_port)}", flush=True)
        print(f"ready {serving.address(amqp, 'amqp')}", flush=True)
        await stop.wait()


def read_configuration(path: Path) -> entities.Entities:
    try:
        return entities.read(path)
    except (OSError, ValueError, ArgumentError) as error:
        print(f"cannot use {path}: {error}", file=sys.stderr)
        sys.exit(BAD_CONFIGURATION)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.servicebus", description=__doc__)
    serving.add_arguments(parser, port=5672)
    parser.add_argument(
        "--config", type=Path, required=True, help="queues and topics, as the official emulator reads them"
    )
    parser.add_argument("--http-port", type=int, default=5300, help="port of /health (%(default)s)")
    parser.add_argument("--faults-port", type=int, help="port of /_faults; 0 picks a free one (off)")
    parser.add_argument(
        "--synchronous",
        choices=["NORMAL", "FULL"],
        default="NORMAL",
        help="FULL survives the end of the machine too (%(default)s)",
    )
    options = parser.parse_args()
    serving.prepare(options.data, options.log)
    asyncio.run(run(options, read_configuration(options.config)))


if __name__ == "__main__":
    main()
