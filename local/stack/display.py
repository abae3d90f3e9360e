"""Shows how the start goes: live on a terminal, as plain lines elsewhere, or not at all."""

import sys
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import TaskID


class Display(Protocol):
    def begin(self, step: str) -> None: ...
    def finish(self, step: str) -> None: ...
    def close(self) -> None: ...


class Silent:
    def begin(self, step: str) -> None:
        pass

    def finish(self, step: str) -> None:
        pass

    def close(self) -> None:
        pass


class Lines(Silent):
    def __init__(self) -> None:
        self._began: dict[str, float] = {}

    def begin(self, step: str) -> None:
        self._began[step] = time.monotonic()

    def finish(self, step: str) -> None:
        print(f"  {step:<12} ready after {time.monotonic() - self._began[step]:.1f} s", flush=True)


class Live:
    def __init__(self) -> None:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        tick = SpinnerColumn(finished_text="[green]✔")
        self._progress = Progress(tick, TextColumn("{task.description:<12}"), TimeElapsedColumn())
        self._tasks: dict[str, TaskID] = {}
        self._progress.start()

    def begin(self, step: str) -> None:
        self._tasks[step] = self._progress.add_task(step, total=1)

    def finish(self, step: str) -> None:
        self._progress.update(self._tasks[step], completed=1)

    def close(self) -> None:
        self._progress.stop()


def choose(*, quiet: bool) -> Display:
    if quiet:
        return Silent()
    return Live() if sys.stdout.isatty() else Lines()
