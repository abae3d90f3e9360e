"""What is printed when everything runs: where to go, who can sign in, what to try."""

import json
from pathlib import Path

from local.stack import environment
from local.stack.health import Probe
from local.stack.ports import Ports

USERS = "cli/demo_users.json"
TRY = "cli/try.txt"
CONSOLE = "web/dist/index.html"
API_PAGES = {"API page": "/api/docs", "OpenAPI": "/api/openapi.json"}
"""Shown when the app has them."""


def users_file(data: Path, app: Path) -> Path:
    """The demo users: those of this data directory, else the app's, else nobody."""
    for file in (data / "users.json", app / USERS):
        if file.exists():
            return file
    nobody = data / "no-users.json"
    nobody.write_text("[]\n")
    return nobody


async def text(ports: Ports, app: Path, users: Path, *, with_host: bool) -> str:
    parts = [await _addresses(ports, app, with_host=with_host), _people(users)]
    if with_host and (app / TRY).exists():
        parts.append((app / TRY).read_text().strip())
    return "\n\n".join(part for part in parts if part)


async def _addresses(ports: Ports, app: Path, *, with_host: bool) -> str:
    url = environment.app_url(ports)
    rows = {"App": url} if with_host else {}
    if with_host and (app / CONSOLE).exists():
        rows = {"Console": f"{url}/", **rows}
    for name, path in API_PAGES.items() if with_host else ():
        if await Probe(ports.host, path).answers():
            rows[name] = url + path
    rows["Sign-in"] = environment.issuer(ports)
    rows["Traces"] = environment.telemetry(ports)
    rows["Mail"] = environment.inbox(ports)
    return "\n".join(f"  {name:<10} {where}" for name, where in rows.items())


def _people(users: Path) -> str:
    found = json.loads(users.read_text())
    if not found:
        return ""
    rows = [f"  {user['sub']:<22} {user.get('role', ''):<16} {user.get('organisation', '')}".rstrip() for user in found]
    return "\n".join(["Who can sign in (no password on this machine):", *rows])
