"""The vault as a process: what it promised survives a kill, and its certificate is trusted through the bundle only."""

import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import certifi
import httpx
import pytest
from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient
from cryptography import x509

from local.identity import mint
from local.keyvault.access import ASK_AGAIN_SECONDS
from tests.local.identity.processes import Running, run_to_end
from tests.local.keyvault.conftest import Stack


@pytest.fixture
def own_vault(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    with Running("local.keyvault", "--data", tmp_path, "--port", 0, "--issuer", stack.issuer.url) as vault:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca-bundle.pem"))
        yield vault


def port_of(running: Running) -> str:
    return running.url.rsplit(":", 1)[1]


def test_what_was_acknowledged_survives_a_kill(stack: Stack, own_vault: Running, tmp_path: Path) -> None:
    with ManagedIdentityCredential() as credential, SecretClient(own_vault.url, credential) as client:
        versions = {f"s{n}": client.set_secret(f"s{n}", f"value {n}").properties.version for n in range(20)}
        client.begin_delete_secret("s0").wait()
        backup = client.backup_secret("s1")
        own_vault.kill()
        certificate = (tmp_path / "certificate.pem").read_bytes()
        options = ("--data", tmp_path, "--port", port_of(own_vault), "--issuer", stack.issuer.url)
        with Running("local.keyvault", *options):
            assert (tmp_path / "certificate.pem").read_bytes() == certificate
            for n in range(1, 20):
                found = client.get_secret(f"s{n}")
                assert (found.value, found.properties.version) == (f"value {n}", versions[f"s{n}"])
            client.begin_recover_deleted_secret("s0").wait()
            assert client.get_secret("s0").value == "value 0"
            client.begin_delete_secret("s1").wait()
            client.purge_deleted_secret("s1")
            client.restore_secret_backup(backup)
            assert client.get_secret("s1").value == "value 1"


def test_a_purged_value_is_on_the_disk_no_more(own_vault: Running, tmp_path: Path) -> None:
    value = "purged-" * 40
    with ManagedIdentityCredential() as credential, SecretClient(own_vault.url, credential) as client:
        client.set_secret("kept", "something else")
        client.set_secret("key", value)
        assert any(value.encode() in file.read_bytes() for file in tmp_path.iterdir())
        client.begin_delete_secret("key").wait()
        client.purge_deleted_secret("key")
    assert not any(b"purged-purged-" in file.read_bytes() for file in tmp_path.iterdir())


def test_the_bundle_adds_the_vault_to_the_public_authorities(stack: Stack) -> None:
    certificate = (stack.vault_data / "certificate.pem").read_bytes()
    bundle = (stack.vault_data / "ca-bundle.pem").read_bytes()
    assert bundle.startswith(Path(certifi.where()).read_bytes())
    assert bundle.endswith(certificate)
    own = x509.load_pem_x509_certificate(certificate)
    assert not own.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (stack.vault_data / "certificate.key").stat().st_mode & 0o077 == 0


def test_without_the_bundle_the_certificate_is_not_trusted(stack: Stack) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{stack.vault.url}/_health", verify=ssl.create_default_context(cafile=certifi.where()))


def test_an_issuer_that_comes_back_with_a_new_key_is_trusted_again(tmp_path: Path) -> None:
    """Also: the vault starts without its issuer, and says so instead of letting anybody in."""
    users = tmp_path / "users.json"
    users.write_text(json.dumps([]))
    with Running("local.identity", "--data", tmp_path / "one", "--port", 0, "--users", users) as issuer:
        url, port = issuer.url, port_of(issuer)
    with Running("local.keyvault", "--data", tmp_path / "vault", "--port", 0, "--issuer", url) as vault:
        trust = ssl.create_default_context(cafile=tmp_path / "vault" / "ca-bundle.pem")
        asked = {"params": {"api-version": "7.4"}, "verify": trust}

        def status(data: str) -> int:
            bearer = {"Authorization": f"Bearer {mint(tmp_path / data, url, 'x', 'https://vault')}"}
            return httpx.get(f"{vault.url}/secrets", headers=bearer, **asked).status_code

        assert status("one") == 503
        for data in ("one", "two"):
            with Running("local.identity", "--data", tmp_path / data, "--port", port, "--users", users):
                time.sleep(ASK_AGAIN_SECONDS)  # the vault asks no more often for a key that it does not know
                assert status(data) == 200
        assert status("two") == 200  # its key is known, so the issuer's absence does no harm
        assert status("one") in {401, 503}


def test_a_taken_port_is_said_in_one_line(stack: Stack, tmp_path: Path) -> None:
    second = run_to_end("local.keyvault", "--data", tmp_path, "--port", port_of(stack.vault))
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert port_of(stack.vault) in second.stderr


def test_it_stops_cleanly(tmp_path: Path) -> None:
    vault = Running("local.keyvault", "--data", tmp_path / "made" / "by it", "--port", 0)
    assert vault.stop() == 0
