"""Brings the stack up, stays with it, and takes it down again.

Nothing is restarted silently: a service that stops by itself is a fault that somebody should see, so the supervisor
says so and stops the rest. Only a commanded kill is expected.
"""

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.stack import control, definitions, display, environment, services, welcome
from local.stack.child import how_it_ended
from local.stack.control import CommandError
from local.stack.crew import Crew, StackError
from local.stack.directory import DataDirectory, write_private
from local.stack.display import Display
from local.stack.ports import Ports
from local.stack.services import ROOT, Service


@dataclass(frozen=True)
class Options:
    app: Path
    data: DataDirectory
    ports: Ports
    title: str
    audience: str
    with_host: bool = True
    quiet: bool = False
    after: str | None = None


async def supervise(options: Options) -> int:
    """Runs the stack until it ends; returns the exit status."""
    if not options.quiet:
        print(f"Starting the local stack on {options.data.root}", flush=True)
    try:
        await Supervisor(options, display.choose(quiet=options.quiet)).run()
    except StackError as error:
        print(f"\n{error}\nEverything is stopped.", file=sys.stderr)
        return 1
    if not options.quiet:
        print("\nEverything is stopped.")
    return 0


class Supervisor:
    def __init__(self, options: Options, shown: Display) -> None:
        self._options = options
        self._display = shown
        self._definitions = definitions.read(options.app)
        self._users = welcome.users_file(options.data.root, options.app)
        self._settings = environment.of_app(
            options.ports,
            options.data,
            audience=options.audience,
            database=self._definitions.database,
            accounts=self._definitions.blob_containers,
        ) | environment.pointed_here(self._definitions.values, options.ports)
        self._backing = services.backing(options.ports, options.data, self._definitions, self._users, options.title)
        host = services.host(options.ports, options.app, self._settings)
        second = self._definitions.second
        others = [services.second_host(options.ports, options.app, self._settings, second)] if second else []
        self._hosts = [host, *others] if options.with_host else []
        self._crew = Crew(self._backing, self._hosts, options.data, self._fail)
        self._complete = False
        self._one_command = asyncio.Lock()
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Returns when told to stop; raises StackError when the stack cannot go on."""
        self._listen_for_signals()
        data = self._options.data
        server = await control.serve(data, self._obey)
        start = asyncio.create_task(self._start())
        start.add_done_callback(self._started)
        try:
            await self._ended
        finally:
            self._display.close()
            start.cancel()
            await asyncio.gather(start, return_exceptions=True)
            await self._crew.stop()
            server.close()
            for path in (data.control, data.environment):
                path.unlink(missing_ok=True)

    def _listen_for_signals(self) -> None:
        """The end of the terminal is a request to stop, unless nohup said otherwise."""
        stops = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
        if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
            stops.remove(signal.SIGHUP)
        for number in stops:
            asyncio.get_running_loop().add_signal_handler(number, self._told_to_stop)

    async def _start(self) -> None:
        await _together(self._create_resources(), *map(self._bring_up, self._backing))
        await _together(*map(self._bring_up, self._hosts))
        write_private(self._options.data.environment, self._settings)
        self._complete = True
        self._display.close()
        if self._options.after:
            await self._run_after(self._options.after)
        await self._greet()

    async def _bring_up(self, service: Service) -> None:
        self._display.begin(service.name)
        await self._crew.bring_up(service)
        self._display.finish(service.name)

    async def _create_resources(self) -> None:
        """The process waits by itself for the services that keep them."""
        if not (self._definitions.cosmos or self._definitions.storage):
            return
        self._display.begin("resources")
        command = services.provisioning(self._options.ports, self._options.app)
        done = await self._crew.run("resources", command, self._settings, ROOT)
        if done.status != 0:
            raise StackError(f"The containers could not be created. {done.last_words()}")
        self._display.finish("resources")

    async def _run_after(self, command: str) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        run = self._crew.run if self._options.quiet else self._crew.run_in_terminal
        try:
            done = await run("after", shlex.split(command), self._settings | {"PATH": path}, self._options.app)
            failure = how_it_ended(done.status) if done.status else None
        except OSError as error:
            failure = str(error)
        if failure:
            print(f"The stack runs, but `{command}` failed ({failure}).", file=sys.stderr, flush=True)

    async def _greet(self) -> None:
        options = self._options
        if not options.quiet:
            text = await welcome.text(options.ports, options.app, self._users, with_host=options.with_host)
            print(f"\n{text}\n\nEverything runs. Ctrl-C stops it; the data stays.")
        url = environment.app_url(options.ports) if options.with_host else environment.issuer(options.ports)
        print(f"ready {url}", flush=True)

    async def _obey(self, command: str, service: str | None) -> object:
        if command == "status":
            return self._crew.describe()
        if not self._complete or self._ended.done():
            raise CommandError(control.BETWEEN)
        async with self._one_command:
            match command:
                case "kill":
                    await self._crew.kill(service)
                case "restart":
                    await self._crew.restart(service)
                case _:
                    raise CommandError(f"There is no command {command}.")
        return "done"

    def _started(self, start: asyncio.Task[None]) -> None:
        if not start.cancelled() and (error := start.exception()):
            self._fail(error)

    def _told_to_stop(self) -> None:
        if self._ended.done():  # told twice: no more patience
            self._crew.kill_all()
        else:
            self._ended.set_result(None)

    def _fail(self, error: BaseException) -> None:
        if not self._ended.done():
            self._ended.set_exception(error)


async def _together(*parts: Coroutine[Any, Any, None]) -> None:
    """Raises what the first that failed has raised; the others are cancelled."""
    try:
        async with asyncio.TaskGroup() as group:
            for part in parts:
                group.create_task(part)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
