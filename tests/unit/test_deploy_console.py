"""What is deployed of the console: everything that differs is filled in, and the policy stays strict."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support import scripts

ROOT = Path(__file__).parents[2]
GIVEN = {
    "--api": "https://reeve-dev.azurewebsites.net",
    "--issuer": "https://login.microsoftonline.com/tenant/v2.0",
    "--client-id": "5f0c",
    "--uploads": "https://rvevid.blob.core.windows.net/",
}


def deploy(tmp_path: Path, **changes: str) -> Path:
    built, target = tmp_path / "dist", tmp_path / "console"
    shutil.copytree(ROOT / "web" / "public", built)
    (built / "index.html").write_text("<!doctype html>")
    (built / ".vite").mkdir()
    pairs = {**GIVEN, **{f"--{name}": value for name, value in changes.items()}, "--built": built, "--target": target}
    assert scripts.script("deploy_console").main([str(part) for pair in pairs.items() for part in pair]) == 0
    return target


def test_the_policy_names_the_places_and_nothing_unsafe(tmp_path: Path) -> None:
    target = deploy(tmp_path)
    policy = json.loads((target / "staticwebapp.config.json").read_text())["globalHeaders"]["Content-Security-Policy"]
    places = (
        "https://login.microsoftonline.com https://reeve-dev.azurewebsites.net https://rvevid.blob.core.windows.net"
    )
    assert f"connect-src 'self' {places};" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "%" not in policy


def test_the_settings_say_whom_to_ask(tmp_path: Path) -> None:
    target = deploy(tmp_path)
    found = json.loads((target / "settings.json").read_text())
    assert found == {
        "api": "https://reeve-dev.azurewebsites.net",
        "issuer": "https://login.microsoftonline.com/tenant/v2.0",
        "clientId": "5f0c",
        "scope": "openid profile offline_access api://reeve/.default",
    }
    assert not (target / ".vite").exists()


def test_an_address_without_encryption_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="not an https address"):
        deploy(tmp_path, api="http://reeve.example")
