"""What the code opens is defined, and what is defined is opened: containers, queues and blob containers."""

import json
import re
from pathlib import Path

import function_app
from shared.sealing.records import Record

assert function_app.app
ROOT = Path(__file__).parents[2]
CODE = {file: file.read_text() for folder in ("shared", "functions") for file in (ROOT / folder).rglob("*.py")}
COSMOS = {each["id"] for each in json.loads((ROOT / "infra" / "cosmos.json").read_text())["containers"]}
BUS = json.loads((ROOT / "infra" / "servicebus.json").read_text())["UserConfig"]["Namespaces"][0]["Queues"]
QUEUES = {each["Name"] for each in BUS}
BLOBS = set(json.loads((ROOT / "infra" / "storage.json").read_text())["evidence"]["containers"])


def of_records(model: type[Record] = Record) -> set[str]:
    found = {model.container} if hasattr(model, "container") else set()
    return found.union(*(of_records(each) for each in model.__subclasses__() if each.__module__.startswith("shared.")))


def literals(pattern: str) -> set[str]:
    return {found for text in CODE.values() for found in re.findall(pattern, text)}


def test_containers() -> None:
    named = literals(r'container\(\s*"(\w+)"') | literals(r'^(?:CONTAINER|RETENTION) = "(insights|retention)"')
    constants = literals(r'(?m)^(?:CONTAINER|RETENTION) = "(insights|retention)"$')
    assert of_records() | named | constants == COSMOS


def test_queues() -> None:
    assert literals(r'queue_name="([\w-]+)"') | literals(r'(?m)^QUEUE = "([\w-]+)"$') == QUEUES


def test_blob_containers() -> None:
    named = literals(r"(?m)^(?:UPLOADS|SEALED|UPLOADS, SEALED|IMMUTABLE, LATEST|CONTAINER) = (.+)$")
    found = {each for line in named for each in re.findall(r'"([\w-]+)"', line)}
    assert found - {"insights"} == BLOBS
