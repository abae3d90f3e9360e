"""Cold start: what importing the app costs beside importing only the SDK packages that it needs."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
SDK = (
    "import azure.functions, azure.cosmos.aio, azure.servicebus.aio, azure.identity.aio, "
    "azure.keyvault.secrets.aio, azure.storage.blob.aio, pydantic, aiohttp"
)
RUNS = 7


def rows() -> list[tuple[str, str]]:
    empty, sdk, app = (_median(code) for code in ("pass", SDK, "import function_app"))
    return [
        ("import the SDK packages alone", f"{1000 * (sdk - empty):.0f} ms"),
        ("import function_app", f"{1000 * (app - empty):.0f} ms"),
        ("ratio", f"{(app - empty) / (sdk - empty):.2f} (budget 1.5)"),
    ]


def _median(code: str) -> float:
    """Seconds of a whole fresh process, median of several, after one warm-up."""
    return statistics.median([_once(code) for _ in range(RUNS + 1)][1:])


def _once(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    return time.perf_counter() - began
