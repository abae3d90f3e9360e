"""One process of the stack: it logs to a file, never outlives its supervisor, and can be stopped for certain."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from local.stack.directory import last_lines

STOP_SECONDS = 10
SHOWN_LINES = 20
PR_SET_PDEATHSIG = 1


class Child:
    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        self.told_to_end = False
        self.ready = False
        self.began = time.monotonic()
        self._log_start = log.stat().st_size if log.exists() else 0
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """None before it started and after it ended."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def status(self) -> int | None:
        """None until it has ended."""
        return self._process.returncode if self._process else None

    async def start(self, command: Sequence[str], environment: dict[str, str], directory: Path) -> None:
        with self.log.open("ab") as log:
            await self._spawn(command, environment, directory, log)

    async def start_in_terminal(self, command: Sequence[str], environment: dict[str, str], directory: Path) -> None:
        """Writes where the supervisor writes, instead of to a log."""
        await self._spawn(command, environment, directory, None)

    async def wait(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return await self._process.wait()

    async def stop(self) -> None:
        self.told_to_end = True
        if self.pid is None:
            return
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.wait()
        except TimeoutError:
            self.kill()
            await self.wait()

    def kill(self) -> None:
        self.told_to_end = True
        self._signal(signal.SIGKILL)

    def last_words(self) -> str:
        lines = last_lines(self.log, SHOWN_LINES, since=self._log_start)
        shown = "\n".join(f"    {line}" for line in lines) if lines else "    (nothing)"
        return f"Its last lines in {self.log}:\n{shown}"

    async def _spawn(
        self, command: Sequence[str], environment: dict[str, str], directory: Path, output: IO[bytes] | None
    ) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *command,
            cwd=directory,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT if output else None,
            start_new_session=True,  # Ctrl-C in the terminal reaches the supervisor alone, which stops all in order
            preexec_fn=_end_with_parent(),
        )

    def _signal(self, number: signal.Signals) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)


def how_it_ended(status: int | None) -> str:
    if status is not None and status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"


def _end_with_parent() -> Callable[[], None] | None:
    """Asks Linux to end the child when the supervisor dies, even by SIGKILL. Elsewhere an orderly stop has to do."""
    if sys.platform != "linux":
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def between_fork_and_exec() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return between_fork_and_exec
