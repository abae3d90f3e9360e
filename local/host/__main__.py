"""python -m local.host DIRECTORY [--port 7071]: run an unmodified function app on this machine."""

import argparse
import asyncio
import logging
import os
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import uvicorn
from azure.storage.blob import BlobServiceClient

from local import serving

from .blobs import BlobTriggers
from .http import HttpApp, Keys
from .servicebus import ServiceBus
from .settings import Settings
from .timers import run_timers
from .worker import Function, Worker

log = logging.getLogger("local.host")


async def serve(args: argparse.Namespace) -> None:
    began = time.perf_counter()
    settings, worker = Settings(args.directory.resolve()), Worker()
    functions = sorted(await worker.load(settings.directory), key=lambda f: f.name.lower())  # the host's route order

    def of(kind: str) -> list[Function]:
        return [function for function in functions if function.trigger["type"] == kind]

    background: list[Coroutine[Any, Any, None]] = []
    send = None
    if "blob" in args.triggers and of("blobTrigger"):
        background.append(BlobTriggers(worker, of("blobTrigger"), settings, poll=args.blob_poll).run())
    if "timer" in args.triggers and of("timerTrigger"):
        storage = BlobServiceClient.from_connection_string(settings.connection("AzureWebJobsStorage"))
        background.append(run_timers(worker, of("timerTrigger"), settings, storage))
    if "servicebus" in args.triggers:
        bus = ServiceBus(worker, of("serviceBusTrigger"), settings)
        background.append(bus.run())
        send = bus.send
    keys = Keys(os.environ.get("LOCAL_HOST_MASTER_KEY", "master"), [os.environ.get("LOCAL_HOST_KEY", "default")])
    app = HttpApp(worker, functions, keys, settings.extension("http").get("routePrefix", "api"), send)
    for route in app.routes:
        log.info(
            "%s: [%s] %s (%s)",
            route.function.name,
            ",".join(sorted(route.methods or ["all"])),
            route.pattern.pattern,
            route.level,
        )
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=120,
            timeout_graceful_shutdown=5,
        )
    )
    bound = serving.listen(args.port)
    tasks = [asyncio.create_task(t) for t in background]
    log.info("%d functions ready in %.0f ms", len(functions), 1e3 * (time.perf_counter() - began))
    task = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.02)
    print(f"ready {serving.address(bound)}", flush=True)
    await task
    for task in tasks:
        task.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.host", description=__doc__)
    parser.add_argument("--app", dest="directory", type=Path, required=True)
    parser.add_argument("--port", type=int, default=7071)
    parser.add_argument("--blob-poll", type=float, default=10.0)
    parser.add_argument("--triggers", default="blob,timer,servicebus", help="which non-HTTP triggers to start")
    parser.add_argument("--log", default="INFO")
    args = parser.parse_args()
    logging.basicConfig(level=args.log, format="%(asctime)s.%(msecs)03d %(name)s %(message)s", datefmt="%H:%M:%S")
    for noisy in ("azure.core", "azure.functions", "azure.servicebus"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    uvicorn_loop = uvicorn.Config(app="").get_loop_factory()
    with asyncio.Runner(loop_factory=uvicorn_loop) as runner:
        runner.run(serve(args))


if __name__ == "__main__":
    main()
