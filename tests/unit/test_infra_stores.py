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


ROLES = {
    "09976791-48a7-449e-bb21-39d1a415f350": ("Communication and Email Service Owner", r"emails:send"),
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": ("Storage Blob Data Contributor", r"upload_blob\("),
    "db58b8e5-c6ad-4a2a-8342-4190687cbf4a": ("Storage Blob Delegator", r"get_user_delegation_key\("),
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": ("Storage Queue Data Contributor", r"BlobSource\.EVENT_GRID"),
    "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39": ("Azure Service Bus Data Sender", r"get_queue_sender\("),
    "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0": ("Azure Service Bus Data Receiver", r"service_bus_queue_trigger\("),
    "3913510d-42f4-4e42-8a64-420c390055eb": ("Monitoring Metrics Publisher", r"AzureMonitorTraceExporter\("),
    "00000000-0000-0000-0000-000000000002": ("Cosmos DB Built-in Data Contributor", r"\.create_item\("),
}
PLATFORM_ROLES = {
    "e147488a-f6f5-4113-8e2d-b22465e65bf6": "Key Vault Crypto Service Encryption User: the stores' own encryption",
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner: the Functions host's own storage",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor: the Functions host's own storage",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor: the Functions host's own storage",
}
GUID = re.compile(r"'([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'|sqlRoleDefinitions/([0-9a-f-]{36})")


def test_every_role_is_used_by_code_and_every_use_has_its_role() -> None:
    """A role that no line of the app needs is one too many; a call without its role fails in production only."""
    given = set()
    for file in (ROOT / "infra").rglob("*.bicep"):
        given |= {guid for pair in GUID.findall(file.read_text()) for guid in pair if guid}
    everything = "\n".join(CODE.values())
    for guid, (role, use) in ROLES.items():
        assert guid in given, f"nobody is given {role}"
        assert re.search(use, everything), f"nothing uses {role}"
    assert given <= set(ROLES) | set(PLATFORM_ROLES)
