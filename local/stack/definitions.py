"""What the app says about the resources it needs: ``infra/*.json``, each optional, so that any Functions app runs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EMPTY_NAMESPACE = {
    "UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": [], "Topics": []}], "Logging": {"Type": "Console"}}
}


@dataclass(frozen=True)
class SecondApp:
    """Functions in the same directory that run in a host of their own, from another script, with settings of theirs."""

    name: str
    script: str
    settings: dict[str, str]


@dataclass(frozen=True)
class Definitions:
    cosmos: dict[str, Any] | None
    storage: dict[str, Any]
    servicebus: Path | None
    values: dict[str, str]
    """The settings in the app's local.settings.json."""
    second: SecondApp | None = None

    @property
    def database(self) -> str | None:
        return self.cosmos["database"] if self.cosmos else None

    @property
    def blob_containers(self) -> dict[str, list[str]]:
        """Containers by storage account. All accounts are one in the emulator."""
        return {account: list(defined.get("containers", [])) for account, defined in self.storage.items()}


def read(app: Path) -> Definitions:
    infra = app / "infra"
    servicebus = infra / "servicebus.json"
    second = _json(infra / "second-app.json")
    return Definitions(
        cosmos=_json(infra / "cosmos.json"),
        storage=_json(infra / "storage.json") or {},
        servicebus=servicebus if servicebus.exists() else None,
        values=(_json(app / "local.settings.json") or {}).get("Values", {}),
        second=SecondApp(**second) if second else None,
    )


def _json(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    content: dict[str, Any] = json.loads(path.read_text())
    return content
