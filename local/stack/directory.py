"""The data directory of one stack: who holds it, and where things are in it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KEPT_LOG_BYTES = 10 * 1024 * 1024


class AlreadyRunningError(Exception):
    """Another supervisor holds the directory."""


@dataclass(frozen=True)
class DataDirectory:
    root: Path

    @property
    def environment(self) -> Path:
        """The app's environment while the stack runs."""
        return self.root / "environment.json"

    @property
    def control(self) -> Path:
        """Where the running supervisor takes commands."""
        return self.root / "control.json"

    @property
    def _lock(self) -> Path:
        return self.root / "supervisor.pid"

    def of(self, service: str) -> Path:
        return self.root / service

    def log(self, service: str) -> Path:
        return self.root / "logs" / f"{service}.log"

    def logs(self) -> list[str]:
        return sorted(path.stem for path in (self.root / "logs").glob("*.log"))

    def prepare(self) -> None:
        for directory in (self.root, self.root / "logs"):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in self.logs():
            if self.log(name).stat().st_size > KEPT_LOG_BYTES:
                os.truncate(self.log(name), 0)

    @contextmanager
    def held(self) -> Iterator[None]:
        """The kernel drops the lock with the process, so a crash leaves nothing to clean up."""
        with self._lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunningError(
                    f"A stack already runs on {self.root} (process {self._lock.read_text().strip()}). "
                    "See it with `python -m local status`, stop it with `python -m local down`."
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def holder(self) -> int | None:
        """The process id of the running supervisor; None when nothing runs."""
        try:
            with self._lock.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return int(self._lock.read_text())
        return None


def write_private(path: Path, content: dict[str, object] | dict[str, str]) -> None:
    """A JSON file for this user's eyes, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    draft.replace(path)


def last_lines(path: Path, count: int, since: int = 0) -> list[str]:
    """The end of a log, from byte ``since`` on."""
    try:
        with path.open("rb") as file:
            file.seek(max(since, path.stat().st_size - 100_000))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []
