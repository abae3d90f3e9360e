"""A vault that is killed at random moments loses nothing that it acknowledged.

``REEVE_KILLS`` says how often (10); a longer run is for when the store changes.
"""

import os
import random
import ssl
import threading
import time
from pathlib import Path

import httpx
import pytest
from azure.identity import ManagedIdentityCredential

from tests.local.identity.processes import Running
from tests.local.keyvault.conftest import Stack

KILLS = int(os.environ.get("REEVE_KILLS", "10"))


class Writer(threading.Thread):
    """Sets secrets one after another until the vault is gone, and remembers what was acknowledged."""

    def __init__(self, vault: str, token: str, trust: ssl.SSLContext, first: int) -> None:
        super().__init__(daemon=True)
        self._vault, self._token, self._trust, self._next = vault, token, trust, first
        self.acknowledged: dict[str, str] = {}
        self.under_way = threading.Event()

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.Client(base_url=self._vault, timeout=60, verify=self._trust, headers=headers) as client:
            while True:
                name, value = f"s{self._next}", os.urandom(8).hex()
                try:
                    answer = client.put(f"/secrets/{name}", json={"value": value}, params={"api-version": "7.4"})
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    self.acknowledged[name] = value
                    self.under_way.set()
                self._next += 1


def test_nothing_acknowledged_is_lost(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = "0"
    expected: dict[str, str] = {}
    chance = random.Random(1)
    with ManagedIdentityCredential() as credential:
        token = credential.get_token("https://vault.azure.net/.default").token
    for _ in range(KILLS):
        with Running("local.keyvault", "--data", tmp_path, "--port", port, "--issuer", stack.issuer.url) as vault:
            port = vault.url.rsplit(":", 1)[1]
            trust = ssl.create_default_context(cafile=tmp_path / "ca-bundle.pem")
            writer = Writer(vault.url, token, trust, len(expected) * 10)
            writer.start()
            assert writer.under_way.wait(30)
            time.sleep(chance.uniform(0.0, 0.4))
            vault.kill()
            writer.join(10)
            expected |= writer.acknowledged
    with Running("local.keyvault", "--data", tmp_path, "--port", port, "--issuer", stack.issuer.url) as vault:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=vault.url, timeout=60, verify=trust, headers=headers) as client:
            for name, value in expected.items():
                found = client.get(f"/secrets/{name}/", params={"api-version": "7.4"}).json()
                assert found["value"] == value
    assert len(expected) >= KILLS
