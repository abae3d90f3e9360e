"""host.json, local.settings.json, and what binding expressions take from the application settings."""

import hashlib
import json
import os
import platform
import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

AZURITE = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ"
    "6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"
    "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
)
OVERRIDE = "AzureFunctionsJobHost__"
"""Application settings that replace a value of host.json: the path to it, joined by two underscores. Source: Microsoft
Learn, "host.json reference for Azure Functions", override host.json values."""
DEFAULT_TIMEOUT = timedelta(minutes=30)


class SettingsError(Exception):
    """The app cannot start as it is configured; the text says which setting and why."""


@dataclass(frozen=True)
class CrossOrigin:
    """The ``Host`` section of local.settings.json; in Azure the same is set on the app itself."""

    origins: frozenset[str] = frozenset()
    credentials: bool = False

    def allows(self, origin: str) -> bool:
        return "*" in self.origins or origin in self.origins


@dataclass
class Settings:
    """Reads an app's directory. The real environment wins over local.settings.json, as in Core Tools."""

    directory: Path
    host: dict[str, Any] = field(init=False)
    cross_origin: CrossOrigin = field(init=False)
    host_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.host = self._json("host.json")
        if self.host.get("version") != "2.0":
            raise SettingsError('host.json must say "version": "2.0"')
        local = self._json("local.settings.json")
        for name, value in local.get("Values", {}).items():
            os.environ.setdefault(name, value)
        for name, value in os.environ.items():
            if name.startswith(OVERRIDE):
                _override(self.host, name.removeprefix(OVERRIDE).split("__"), value)
        section = local.get("Host", {})
        origins = frozenset(origin.strip().rstrip("/") for origin in section.get("CORS", "").split(",") if origin)
        self.cross_origin = CrossOrigin(origins, bool(section.get("CORSCredentials", False)))
        self.host_id = os.environ.get("AzureFunctionsWebHost__hostid") or self._id_of_machine()  # noqa: SIM112 - Azure spells it so

    def extension(self, name: str) -> dict[str, Any]:
        return dict(self.host.get("extensions", {}).get(name, {}))

    @property
    def route_prefix(self) -> str:
        return str(self.extension("http").get("routePrefix", "api")).strip("/")

    @property
    def function_timeout(self) -> timedelta | None:
        """host.json's ``functionTimeout``; None is without end ("-1")."""
        given = self.host.get("functionTimeout")
        if given is None:
            return DEFAULT_TIMEOUT
        return None if str(given).startswith("-") else span(given)

    @staticmethod
    def resolve(text: str) -> str:
        """%NAME% in a field of a binding is an application setting.

        Raises:
            SettingsError: if there is no such setting.
        """

        def value(match: re.Match[str]) -> str:
            if match[1] not in os.environ:
                raise SettingsError(
                    f"there is no application setting {match[1]}, which a binding names as %{match[1]}%"
                )
            return os.environ[match[1]]

        return re.sub(r"%([^%]+)%", value, text)

    @staticmethod
    def connection(name: str | None) -> str:
        """The connection string that a binding's ``connection`` names: the setting X, else AzureWebJobsX.

        Raises:
            SettingsError: if there is neither.
        """
        wanted = name or "AzureWebJobsStorage"
        value = os.environ.get(wanted) or os.environ.get(f"AzureWebJobs{wanted}")
        if value is None:
            raise SettingsError(f"there is no connection string: set {wanted}")
        return AZURITE if value.strip().rstrip(";").lower() == "usedevelopmentstorage=true" else value

    def _json(self, name: str) -> dict[str, Any]:
        path = self.directory / name
        try:
            return json.loads(path.read_text(encoding="utf-8-sig")) if path.exists() else {}
        except ValueError as error:
            raise SettingsError(f"{name} is not JSON: {error}") from error

    def _id_of_machine(self) -> str:
        machine = "".join(c for c in platform.node() if c.isalnum())
        digest = int.from_bytes(hashlib.sha256(str(self.directory).encode()).digest()[:4])
        return f"{machine}-{digest}"[:32].lower().rstrip("-")


def _override(section: dict[str, Any], path: list[str], value: str) -> None:
    for name in path[:-1]:
        section = section.setdefault(name, {})
    section[path[-1]] = value


def span(text: str) -> timedelta:
    """A .NET TimeSpan: ``[d.]hh:mm:ss[.fff]``.

    Raises:
        SettingsError: if it is none.
    """
    found = re.fullmatch(r"(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d+)?)", text)
    if found is None:
        raise SettingsError(f"{text!r} is not a time span like 00:05:00")
    days, hours, minutes, seconds = found.groups()
    return timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=float(seconds))
