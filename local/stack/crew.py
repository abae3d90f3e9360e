"""The running processes of one stack: brought up, watched, killed on command, taken down in order."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from local.stack import environment, health
from local.stack.child import Child, how_it_ended
from local.stack.control import CommandError
from local.stack.directory import DataDirectory
from local.stack.services import ROOT, Service

READY_SECONDS = 60


class StackError(Exception):
    """The stack cannot start or go on; the message says which part and why."""


class Crew:
    def __init__(
        self,
        backing: Sequence[Service],
        hosts: Sequence[Service],
        data: DataDirectory,
        on_death: Callable[[StackError], None],
    ) -> None:
        self._services = {service.name: service for service in (*backing, *hosts)}
        self._backing = {service.name for service in backing}
        self._data = data
        self._on_death = on_death
        self._children: dict[str, Child] = {}
        self._watches: set[asyncio.Task[None]] = set()

    async def bring_up(self, service: Service) -> None:
        """Returns when the service is ready."""
        child = self._enlist(service.name)
        try:
            await child.start(service.command, environment.of_tools() | service.environment, ROOT)
        except FileNotFoundError:
            raise StackError(f"{service.command[0]} is missing. Install it with `make setup`.") from None
        self._watch(child)
        try:
            async with asyncio.timeout(READY_SECONDS):
                await health.ready(service.probes)
        except TimeoutError:
            raise StackError(f"{child.name} is not ready after {READY_SECONDS} s. {child.last_words()}") from None
        child.ready = True

    async def run(self, name: str, command: Sequence[str], settings: dict[str, str], directory: Path) -> Child:
        """Runs something that ends by itself, logging to a file."""
        child = self._enlist(name)
        await child.start(command, environment.of_tools() | settings, directory)
        await child.wait()
        return child

    async def run_in_terminal(
        self, name: str, command: Sequence[str], settings: dict[str, str], directory: Path
    ) -> Child:
        """The same, writing where the supervisor writes."""
        child = self._enlist(name)
        await child.start_in_terminal(command, environment.of_tools() | settings, directory)
        await child.wait()
        return child

    async def kill(self, name: str | None) -> None:
        child = self._children.get(self._known(name).name)
        if child is None or child.pid is None:
            raise CommandError(f"{name} does not run.")
        child.kill()
        await child.wait()

    async def restart(self, name: str | None) -> None:
        service = self._known(name)
        if service.name in self._children:
            await self._children[service.name].stop()
        try:
            await self.bring_up(service)
        except StackError as error:
            raise CommandError(str(error)) from None

    def describe(self) -> list[dict[str, object]]:
        return [self._describe(service, self._children.get(service.name)) for service in self._services.values()]

    async def stop(self) -> None:
        """In reverse order: whatever uses the services first, then the services."""
        for child in self._children.values():
            child.told_to_end = True
        for group in (self._children.keys() - self._backing, self._backing & self._children.keys()):
            await asyncio.gather(*(self._children[name].stop() for name in group))

    def kill_all(self) -> None:
        for child in self._children.values():
            child.kill()

    def _enlist(self, name: str) -> Child:
        """Before it starts, so that a stop in between finds it."""
        child = self._children[name] = Child(name, self._data.log(name))
        return child

    def _watch(self, child: Child) -> None:
        async def watch() -> None:
            status = await child.wait()
            child.ready = False
            if not child.told_to_end:
                error = f"{child.name} stopped by itself ({how_it_ended(status)}). {child.last_words()}"
                self._on_death(StackError(error))

        task = asyncio.create_task(watch())
        self._watches.add(task)
        task.add_done_callback(self._watches.discard)

    def _known(self, name: str | None) -> Service:
        try:
            return self._services[name or ""]
        except KeyError:
            raise CommandError(f"There is no service {name}; there are {', '.join(self._services)}.") from None

    @staticmethod
    def _describe(service: Service, child: Child | None) -> dict[str, object]:
        running = child if child and child.pid is not None else None
        return {
            "name": service.name,
            "state": ("ready" if running.ready else "starting") if running else "stopped",
            "pid": running.pid if running else None,
            "ports": service.ports,
            "seconds": round(time.monotonic() - running.began) if running else None,
        }
