"""A static web app in front of the functions, as Azure Static Web Apps serves it from what its build made.

``web/dist/staticwebapp.config.json`` says which headers its files carry and which page answers for addresses that are
no file. Where its files say ``%NAME%``, this fills in what differs between deployments; in Azure the deployment does.

Source: Microsoft Learn, "Configure Azure Static Web Apps".
"""

import json
import mimetypes
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .messages import Answer, Request

BUILD = "web/dist"
CONFIGURATION = "staticwebapp.config.json"
FILLED_IN = (".json", ".webmanifest")
CLIENT_ID = "console"
SCOPE = "openid profile offline_access"


class Site:
    """The files of one build, read anew for each request, so that a new build shows at once."""

    def __init__(self, directory: Path, values: Mapping[str, str]) -> None:
        self._directory, self._values = directory, values

    def answer(self, request: Request) -> Answer | None:
        """None when the path belongs to somebody else: then nothing of the site is told."""
        if request.method not in {"GET", "HEAD"} or request.path.lower().startswith("/api/"):
            return None
        configuration = self._configuration()
        fallback = configuration.get("navigationFallback", {})
        file = self._file("/index.html" if request.path == "/" else request.path)
        if file is None and not any(fnmatch(request.path, each) for each in fallback.get("exclude", [])):
            file = self._file(fallback.get("rewrite", ""))
        if file is None:
            return None
        headers = {**configuration.get("globalHeaders", {}), **_of_route(configuration, request.path)}
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        text = kind.startswith("text/") or kind.endswith(("json", "javascript", "xml"))
        content = file.read_bytes()
        if file.suffix in FILLED_IN:
            content = _filled_in(content.decode(), self._values).encode()
        lines = [(name.lower(), str(value)) for name, value in headers.items()]
        return Answer(200, [("content-type", f"{kind}; charset=utf-8" if text else kind), *lines], content)

    def _configuration(self) -> dict[str, Any]:
        path = self._directory / CONFIGURATION
        read: dict[str, Any] = json.loads(_filled_in(path.read_text(), self._values)) if path.exists() else {}
        return read

    def _file(self, path: str) -> Path | None:
        """A file of the build. Hidden ones and the configuration are for the server only."""
        parts = [part for part in path.split("/") if part]
        if not parts or parts == [CONFIGURATION] or any(part.startswith(".") for part in parts) or "\0" in path:
            return None
        found = self._directory.joinpath(*parts).resolve()
        return found if found.is_relative_to(self._directory) and found.is_file() else None


def site_of(app: Path, environment: Mapping[str, str]) -> Site | None:
    """The app's static site, if it has been built."""
    directory = (app / BUILD).resolve()
    return Site(directory, _values(environment)) if (directory / "index.html").exists() else None


def _values(environment: Mapping[str, str]) -> dict[str, str]:
    issuer = next(iter(environment.get("OIDC_ISSUERS", "").split()), "")
    uploads = [
        value.removeprefix("BlobEndpoint=")
        for name, setting in environment.items()
        if name.endswith("_STORAGE")
        for value in setting.split(";")
        if value.startswith("BlobEndpoint=")
    ]
    reached = sorted({_origin(url) for url in [issuer, *uploads] if url})
    return {"API": "", "ISSUER": issuer, "CLIENT_ID": CLIENT_ID, "SCOPE": SCOPE, "CONNECT": " ".join(reached)}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _filled_in(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"%{name}%", json.dumps(value)[1:-1])
    return text


def _of_route(configuration: Mapping[str, Any], path: str) -> dict[str, str]:
    """The first route that matches says what it adds or overrides."""
    for route in configuration.get("routes", []):
        if fnmatch(path, route.get("route", "")):
            return dict(route.get("headers", {}))
    return {}
