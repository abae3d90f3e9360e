"""Runs the local stack for tests, as a user would: ``python -m local`` in a process of its own."""

import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from local.identity.tokens import mint
from local.stack.control import RunningStack
from local.stack.directory import DataDirectory, last_lines
from tests.support.faults import Faults

ROOT = Path(__file__).parents[2]
READY_SECONDS = 180
STOP_SECONDS = 60


class StackUnderTest:
    """A running stack with a data directory and ports of its own."""

    def __init__(self, process: subprocess.Popen[str], data: DataDirectory, output: Path) -> None:
        self.process = process
        self.data = data
        self._output = output
        self.base_url = self._wait_until_ready()
        self._running = RunningStack(data)
        self.environment: dict[str, str] = self._running.environment()

    @property
    def issuer(self) -> str:
        return self.environment["OIDC_ISSUERS"].split()[0]

    @property
    def output(self) -> str:
        """What the supervisor has printed so far."""
        return self._output.read_text()

    def token(self, sub: str, **claims: Any) -> str:
        """An access token of a user, signed with the issuer's own key."""
        audience = self.environment["OIDC_AUDIENCE"]
        return mint(self.data.of("identity"), self.issuer, sub, audience, **claims)

    def faults(self, service: str) -> Faults:
        """What goes wrong in ``cosmos``, ``keyvault`` or ``identity``."""
        if service == "keyvault":
            trusted = ssl.create_default_context(cafile=self.environment["SSL_CERT_FILE"])
            return Faults(self.environment["KEY_VAULT_URL"], verify=trusted)
        return Faults({"cosmos": self.environment["COSMOS_ENDPOINT"], "identity": self.issuer}[service])

    def kill(self, service: str) -> None:
        self._running.kill(service)

    def restart(self, service: str) -> None:
        self._running.restart(service)

    def status(self) -> dict[str, dict[str, Any]]:
        return {each["name"]: each for each in self._running.status()}

    def logs(self, lines: int = 40) -> dict[str, str]:
        """The ends of the logs that have anything to say."""
        found = {name: "\n".join(last_lines(self.data.log(name), lines)) for name in self.data.logs()}
        return {name: text for name, text in found.items() if text}

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(STOP_SECONDS)

    def _wait_until_ready(self) -> str:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            for line in self.output.splitlines():
                if line.startswith("ready "):
                    return line.removeprefix("ready ")
            if self.process.poll() is not None:
                raise RuntimeError(f"the stack stopped with {self.process.returncode}:\n{self.output}")
            time.sleep(0.02)
        self.process.kill()
        raise RuntimeError(f"the stack is not ready after {READY_SECONDS} s:\n{self.output}")


@contextmanager
def running_stack(app: Path, data: Path, *options: str) -> Iterator[StackUnderTest]:
    data.mkdir(parents=True, exist_ok=True)
    output = data / "output.txt"
    with output.open("w") as file:
        process = start(file, "--app", str(app), "--data", str(data), "--port-offset", "auto", *options)
    try:
        yield StackUnderTest(process, DataDirectory(data), output)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(STOP_SECONDS)


def start(output: IO[str], *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "local", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, text=True)


def local(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One command of ``python -m local``, to its end."""
    command = [sys.executable, "-m", "local", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
    )


def as_json(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
