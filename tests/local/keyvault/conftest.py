"""A vault, the issuer that it trusts, and the official clients configured by environment only, as the app is."""

import json
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from azure.identity import ManagedIdentityCredential
from azure.identity.aio import ManagedIdentityCredential as AsyncManagedIdentityCredential
from azure.keyvault.secrets import SecretClient
from azure.keyvault.secrets.aio import SecretClient as AsyncSecretClient

from tests.local.identity.processes import Running
from tests.support.settings import settings_of


@dataclass(frozen=True)
class Stack:
    issuer: Running
    vault: Running
    issuer_data: Path
    vault_data: Path


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("stack")
    users = home / "users.json"
    users.write_text(json.dumps([]))
    data = home / "identity", home / "keyvault"
    with (
        Running("local.identity", "--data", data[0], "--port", 0, "--users", users) as issuer,
        Running("local.keyvault", "--data", data[1], "--port", 0, "--issuer", issuer.url) as vault,
        settings_of(
            {
                "IDENTITY_ENDPOINT": f"{issuer.url}/msi/token",
                "IDENTITY_HEADER": "local",
                "SSL_CERT_FILE": str(data[1] / "ca-bundle.pem"),
                "REQUESTS_CA_BUNDLE": str(data[1] / "ca-bundle.pem"),
            }
        ),
    ):
        yield Stack(issuer, vault, *data)


@pytest.fixture
def secrets(stack: Stack) -> Iterator[SecretClient]:
    with ManagedIdentityCredential() as credential, SecretClient(stack.vault.url, credential) as client:
        yield client


@pytest.fixture
async def async_secrets(stack: Stack) -> AsyncIterator[AsyncSecretClient]:
    async with (
        AsyncManagedIdentityCredential() as credential,
        AsyncSecretClient(stack.vault.url, credential) as client,
    ):
        yield client


@pytest.fixture
def http(stack: Stack) -> Iterator[httpx.Client]:
    """Below the official client: what somebody else may send."""
    trust = ssl.create_default_context(cafile=stack.vault_data / "ca-bundle.pem")
    with httpx.Client(
        base_url=stack.vault.url, timeout=60, verify=trust, params={"api-version": "2026-04-01"}
    ) as client:
        yield client
