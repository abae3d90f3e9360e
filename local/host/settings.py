"""host.json, local.settings.json and the names derived from them."""

import hashlib
import json
import os
import platform
import re
from pathlib import Path
from typing import Any

AZURITE = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ"
    "6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"
    "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
)


class Settings:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.host = self._json("host.json")
        for key, value in self._json("local.settings.json").get("Values", {}).items():
            os.environ.setdefault(key, value)  # the real environment wins, as in Core Tools
        self.host_id = os.environ.get("AzureFunctionsWebHost__hostid") or self._local_host_id()  # noqa: SIM112 - Azure spells it so

    def _json(self, name: str) -> dict[str, Any]:
        path = self.directory / name
        return json.loads(path.read_text()) if path.exists() else {}

    def _local_host_id(self) -> str:
        machine = "".join(c for c in platform.node() if c.isalnum())
        digest = int.from_bytes(hashlib.sha256(str(self.directory).encode()).digest()[:4])
        return f"{machine}-{digest}"[:32].lower().rstrip("-")

    def extension(self, name: str) -> dict[str, Any]:
        return dict(self.host.get("extensions", {}).get(name, {}))

    @staticmethod
    def resolve(text: str) -> str:
        """%NAME% in a binding expression is an application setting."""
        return re.sub(r"%([^%]+)%", lambda m: os.environ[m[1]], text)

    @staticmethod
    def connection(name: str) -> str:
        value = os.environ.get(name) or os.environ[f"AzureWebJobs{name}"]
        return AZURITE if value.strip().rstrip(";").lower() == "usedevelopmentstorage=true" else value
