"""Stand-ins as the processes they are: started, waited for, killed and started again."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Self


class Running:
    """``python -m MODULE ARGUMENTS``, ready to be used. ``url`` is what its ready line says.

    ``announced`` has what other lines before it said, by their first word.
    """

    def __init__(
        self,
        module: str,
        *arguments: object,
        environment: Mapping[str, str] | None = None,
        stderr: IO[str] | None = None,
    ) -> None:
        self._command = [sys.executable, "-m", module, *map(str, arguments)]
        self._environment, self._stderr = dict(environment or {}), stderr
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            env=_environment() | self._environment,
        )
        assert self._process.stdout is not None
        self.announced: dict[str, str] = {}
        while "ready" not in self.announced:
            line = self._process.stdout.readline()
            assert line, f"{self._command} did not start"
            word, _, said = line.strip().partition(" ")
            self.announced[word] = said
        self.url = self.announced["ready"]

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        self._process.kill()
        self._end()

    def stop(self) -> int:
        if self._process.poll() is None:
            self._process.terminate()
        return self._end()

    def ended(self, seconds: float = 10) -> int:
        """Waits for a process that ends by itself."""
        return self._process.wait(seconds)

    def _end(self) -> int:
        status = self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def run_to_end(module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=170, check=False, env=_environment())


def _environment() -> dict[str, str]:
    """Without the trust settings that a test may have made for its own client."""
    return {name: value for name, value in os.environ.items() if name not in {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"}}
