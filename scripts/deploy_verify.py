#!/usr/bin/env python3
"""Checks after a deployment that Azure has loaded every function of both apps, and that the first finds its stores.

A package whose import fails deploys without complaint and then has no functions at all; this is where that shows.

    AZURE_RESOURCE_GROUP=... .venv/bin/python scripts/deploy_verify.py
"""
# ruff: noqa: T201 - it speaks to whoever deploys

import importlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class NotAsDeployedError(Exception):
    """What is wrong, for whoever reads the pipeline's log."""


def expected(entry: str) -> set[str]:
    """The functions of this checkout in the app that begins with this module."""
    sys.path.insert(0, str(ROOT))  # the path must be set first
    app = importlib.import_module(entry).app
    return {str(function.get_function_name()) for function in app.get_functions()}


def azure(*arguments: str) -> str:
    command = ["az", *arguments, "--output", "json"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


def outputs(group: str) -> dict[str, str]:
    """Of the latest deployment of infra/main.bicep, whoever named it."""
    latest = "sort_by([?properties.outputs.functionAppName], &properties.timestamp)[-1].properties.outputs"
    found = json.loads(azure("deployment", "group", "list", "--resource-group", group, "--query", latest) or "null")
    if not found:
        raise NotAsDeployedError(f"infra/main.bicep was never deployed into {group}")
    return {name: output["value"] for name, output in found.items()}


def loaded(group: str, app: str) -> set[str]:
    """Azure names them `app/function`."""
    listed = json.loads(azure("functionapp", "function", "list", "--resource-group", group, "--name", app))
    return {each["name"].rpartition("/")[2] for each in listed}


def all_loaded(group: str, app: str, wanted: set[str]) -> None:
    found = loaded(group, app)
    if missing := sorted(wanted - found):
        raise NotAsDeployedError(f"{len(found)} of {len(wanted)} functions are loaded; missing: {', '.join(missing)}")
    if left_over := sorted(found - wanted):
        raise NotAsDeployedError(f"functions of another version are loaded: {', '.join(left_over)}")


def ready(url: str) -> None:
    try:
        with urllib.request.urlopen(f"{url}/api/health/ready", timeout=60) as answer:  # noqa: S310 - our own output
            answer.read()
    except urllib.error.HTTPError as error:
        raise NotAsDeployedError(f"the app is not ready: {error.read().decode(errors='replace')[:500]}") from error
    except OSError as error:
        raise NotAsDeployedError(f"the app does not answer: {error}") from error


def patiently(check: Callable[[], None], attempts: int, pause: float) -> None:
    """A fresh deployment needs minutes: role assignments spread, hosts restart."""
    for attempt in range(attempts - 1):
        try:
            return check()
        except (NotAsDeployedError, subprocess.CalledProcessError) as error:
            print(f"attempt {attempt + 1}: {error}", file=sys.stderr)
            time.sleep(pause)
    return check()


def main() -> None:
    group = os.environ.get("AZURE_RESOURCE_GROUP", "")
    if not group:
        sys.exit("Name the resource group in AZURE_RESOURCE_GROUP.")
    attempts, pause = int(os.environ.get("ATTEMPTS", "20")), float(os.environ.get("PAUSE", "15"))
    wanted, of_second = expected("function_app"), expected("video_app")
    try:
        made = outputs(group)
        patiently(lambda: all_loaded(group, made["functionAppName"], wanted), attempts, pause)
        patiently(lambda: all_loaded(group, made["secondAppName"], of_second), attempts, pause)
        print(f"All {len(wanted)} functions are loaded, and {len(of_second)} of the second app.")
        patiently(lambda: ready(made["functionAppUrl"]), attempts, pause)
    except NotAsDeployedError as error:
        sys.exit(f"Not as deployed: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"az failed: {error.stderr}")
    print("The app is ready: it reaches every store.")


if __name__ == "__main__":
    main()
