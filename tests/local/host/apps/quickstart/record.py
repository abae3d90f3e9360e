"""What the app has seen, one JSON object a line."""

import json
from pathlib import Path
from threading import Lock

_lock = Lock()


def record(function: str, **seen: object) -> None:
    with _lock, Path("seen.jsonl").open("a") as file:
        file.write(json.dumps({"function": function, **seen}, default=str) + "\n")
