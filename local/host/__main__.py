"""python -m local.host --app DIRECTORY [--port 7071]: run an unmodified function app on this machine."""

import argparse
import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from local import serving

from .bindings.blobs import Blobs
from .bindings.cosmos import Documents
from .bindings.messages import Queues, Topics
from .functions import Function, UnsupportedBindingError
from .http.app import HttpApp
from .http.keys import Keys
from .http.site import site_of
from .invocation import BoundResource, Invoker
from .settings import Settings, SettingsError
from .triggers.blobs import BlobTriggers
from .triggers.cosmos import ChangeFeed
from .triggers.queues import QueueTrigger
from .triggers.servicebus import Listener
from .triggers.timers import Timer, run_timers
from .wire import TypedData
from .worker import FunctionError, Worker

log = logging.getLogger("local.host")
type Listen = Callable[[], Coroutine[Any, Any, None]]
CANNOT_START = 1
QUIET = ("azure.core", "azure.cosmos", "azure.functions", "azure.servicebus", "azure.identity")
DRAIN_SECONDS = 10.0
ALL_TRIGGERS = "blob,queue,timer,servicebus,cosmos"


async def serve(options: argparse.Namespace) -> None:
    began = time.perf_counter()
    bound = serving.listen(options.port)
    settings, worker = Settings(options.directory.resolve()), Worker()
    functions = await worker.load(settings.directory)
    resources: dict[str, BoundResource] = {
        "blob": Blobs(),
        "queue": Queues(settings),
        "serviceBus": Topics(),
        "cosmosDB": Documents(),
    }
    invoker = Invoker(worker, resources, settings.function_timeout)
    blobs, listening = _triggers(options, functions, invoker, settings)
    site = site_of(settings.directory, os.environ)
    app = HttpApp(functions, invoker, Keys.from_environment(), settings, blobs.notify if blobs else None, site)
    for route in app.routes:
        methods = ",".join(sorted(route.methods or ["all"]))
        log.info("%s: [%s] /%s (%s)", route.function.name, methods, route.template, route.level.lower())
    for function in functions:
        if function.kind == "warmupTrigger":
            await invoker.run(function, TypedData(json="{}"))
    tasks = [asyncio.create_task(listen()) for listen in listening]
    log.info("%d functions ready in %.0f ms", len(functions), 1e3 * (time.perf_counter() - began))
    await _until_stopped(app, bound, tasks)
    for task in tasks:
        task.cancel()
    await invoker.drain(DRAIN_SECONDS)
    await asyncio.gather(*tasks, *(each.close() for each in resources.values()), return_exceptions=True)


def _triggers(
    options: argparse.Namespace, functions: list[Function], invoker: Invoker, settings: Settings
) -> tuple[BlobTriggers | None, list[Listen]]:
    """What listens in the background, of the kinds that were asked for."""
    wanted = set(options.triggers.split(","))

    def of(kind: str, name: str) -> list[Function]:
        return [function for function in functions if function.kind == kind and name in wanted]

    listening: list[Listen] = []
    blobs = None
    if watching := of("blobTrigger", "blob"):
        blobs = BlobTriggers(watching, invoker, settings, options.blob_poll)
        listening.append(blobs.run)
    if timers := [Timer(each, invoker, settings) for each in of("timerTrigger", "timer")]:
        listening.append(partial(run_timers, timers))
    listening += [QueueTrigger(each, invoker, settings).run for each in of("queueTrigger", "queue")]
    listening += [Listener(each, invoker, settings).run for each in of("serviceBusTrigger", "servicebus")]
    listening += [ChangeFeed(each, invoker, settings).run for each in of("cosmosDBTrigger", "cosmos")]
    return blobs, listening


async def _until_stopped(app: HttpApp, bound: Any, tasks: list[asyncio.Task[None]]) -> None:
    """Serves until SIGTERM or SIGINT: requests under way are answered, then triggers are stopped and drained.

    A trigger that ends by itself ends the host: an app whose timers are silently dead is worse than none.
    """
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=120,
            timeout_graceful_shutdown=5,
        )
    )
    serving_task = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started and not serving_task.done():  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.02)
    print(f"ready {serving.address(bound)}", flush=True)
    await asyncio.wait([serving_task, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task.done():
            task.result()
    with contextlib.suppress(asyncio.CancelledError):
        await serving_task


def main() -> int:
    parser = argparse.ArgumentParser(prog="local.host", description=__doc__)
    parser.add_argument("--app", dest="directory", type=Path, required=True, help="directory with host.json")
    parser.add_argument("--port", type=int, default=7071, help="port on 127.0.0.1; 0 picks a free one (%(default)s)")
    parser.add_argument(
        "--blob-poll", type=float, default=10.0, help="seconds between scans of containers (%(default)s)"
    )
    parser.add_argument("--triggers", default=ALL_TRIGGERS, help="which triggers listen besides HTTP (%(default)s)")
    parser.add_argument("--log", default="INFO", type=str.upper, help="log level (%(default)s)")
    options = parser.parse_args()
    logging.basicConfig(level=options.log, format="%(asctime)s.%(msecs)03d %(name)s %(message)s", datefmt="%H:%M:%S")
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        with asyncio.Runner(loop_factory=uvicorn.Config(app="").get_loop_factory()) as runner:
            runner.run(serve(options))
    except (SettingsError, UnsupportedBindingError) as error:
        print(error, file=sys.stderr)
        return CANNOT_START
    except FunctionError as error:
        print(f"the app cannot be loaded: {error}\n{error.trace}", file=sys.stderr)
        return CANNOT_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
