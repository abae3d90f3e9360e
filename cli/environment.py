"""Finds the running stack, takes over its settings, and asks its supervisor."""

import json
import os
import subprocess
import sys
from pathlib import Path

DEVICES = "demo-devices.json"
"""In the data directory: the demo cameras' secrets, written when the seeding is complete."""
HAS_DATA = "The stack has its data already."
WATCHED = 10
"""How many of the demo world's vehicles are on the watchlist: the first ones."""


def settings(stack: Path) -> dict[str, str]:
    """What the supervisor wrote down for the app."""
    path = stack / "environment.json"
    if not path.exists():
        sys.exit(f"No running stack in {stack}. Start one with 'make run'.")
    found: dict[str, str] = json.loads(path.read_text())
    return found


def take_over(stack: Path) -> dict[str, str]:
    """Makes the app's settings this process's environment. To be called before an Azure SDK is imported: aiohttp
    reads the certificate bundle when it is imported, once."""
    environment = settings(stack)
    os.environ.update(environment)
    return environment


def ask_supervisor(stack: Path, command: str, *arguments: str) -> str:
    """What the supervisor answers; :class:`OSError` if it cannot do it."""
    line = [sys.executable, "-m", "local", command, "--data", str(stack), *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise OSError(f"'{command}' failed: {done.stderr.strip()[-300:]}")
    return done.stdout


def app_url(stack: Path) -> str:
    return _url(stack, "host")


def inbox_url(stack: Path) -> str:
    """Where the local inbox shows what the app has mailed."""
    return _url(stack, "mail")


def _url(stack: Path, name: str) -> str:
    """A service's last port is the one that speaks HTTP: the mail server's first is for SMTP."""
    try:
        services = json.loads(ask_supervisor(stack, "status", "--json"))
    except OSError as error:
        sys.exit(f"The stack in {stack} does not run as it should: {error}")
    port = next(each["ports"] for each in services if each["name"] == name)[-1]
    return f"http://127.0.0.1:{port}"
