"""Finds the running stack and takes over its settings."""

import json
import os
import sys
from pathlib import Path

DEVICES = "demo-devices.json"
"""In the data directory: the demo cameras' secrets, written when the seeding is complete."""
HAS_DATA = "The stack has its data already."


def take_over(stack: Path) -> dict[str, str]:
    """Sets the environment that the supervisor wrote down. To be called before an Azure SDK is imported: aiohttp
    reads the certificate bundle when it is imported, once."""
    path = stack / "environment.json"
    if not path.exists():
        sys.exit(f"No running stack in {stack}. Start one with 'make run'.")
    environment: dict[str, str] = json.loads(path.read_text())
    os.environ.update(environment)
    return environment
