"""Permits as they are in Azure: signed with a key that the managed identity is given, without any account key."""

import datetime as dt
import ipaddress
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import aiohttp.connector
import jwt
import pytest
from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.storage.blob.aio import BlobServiceClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.errors import Unavailable
from shared.evidence.media_key import ItemMediaKey
from shared.sealing.envelope import RecordKey
from shared.storage.blobs import SEALED, UPLOADS, Blobs

ROOT = Path(__file__).parents[2]
TENANT = str(uuid.uuid4())


class ManagedIdentity:
    """Azurite looks at what a token says, not at who signed it."""

    def __init__(self) -> None:
        self.asked = 0

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        self.asked += 1
        now = int(time.time())
        claims = {
            "aud": "https://storage.azure.com",
            "iss": f"https://sts.windows.net/{TENANT}/",
            "iat": now - 10,
            "nbf": now - 10,
            "exp": now + 3600,
            "oid": str(uuid.uuid4()),
            "tid": TENANT,
        }
        return AccessToken(jwt.encode(claims, "a secret that nobody checks, of fair length", "HS256"), now + 3600)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    place, key = tmp_path_factory.mktemp("certificate"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (place / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (place / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return place / "certificate.pem", place / "key.pem"


@pytest.fixture(scope="module")
def account_url(certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An account that speaks HTTPS, as bearer tokens demand."""
    aiohttp.connector._SSL_CONTEXT_VERIFIED.load_verify_locations(certificate[0])
    azurite = subprocess.Popen(
        [
            *(str(ROOT / "node_modules" / ".bin" / "azurite-blob"), "--blobPort", "0", "--skipApiVersionCheck"),
            *("--location", str(tmp_path_factory.mktemp("azurite")), "--disableTelemetry", "--oauth", "basic"),
            *("--cert", str(certificate[0]), "--key", str(certificate[1])),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert azurite.stdout
    url = next(line.split()[-1] for line in azurite.stdout if "://" in line)
    yield f"{url}/devstoreaccount1"
    azurite.terminate()
    azurite.communicate(timeout=15)


@pytest.fixture(scope="module")
async def identity(account_url: str) -> ManagedIdentity:
    identity = ManagedIdentity()
    async with BlobServiceClient(account_url, cast(AsyncTokenCredential, identity)) as client:
        for name in (UPLOADS, SEALED):
            await client.create_container(name)
    return identity


@pytest.fixture
async def blobs(account_url: str, identity: ManagedIdentity) -> AsyncIterator[Blobs]:
    opened = Blobs.from_account_url(account_url, cast(AsyncTokenCredential, identity))
    yield opened
    await opened.close()


async def test_a_permit_is_signed_with_a_delegated_key_and_good_for_https_only(blobs: Blobs) -> None:
    """Azurite hands out such keys, but cannot check signatures of the version that the SDK makes."""
    await blobs.ping()
    asked = parse_qs(urlsplit((await blobs.permit_upload("org/item", 5)).url).query)
    assert (asked["sp"], asked["spr"], asked["sr"]) == (["c"], ["https"], ["b"])
    assert asked["sktid"] == [TENANT]


async def test_media_are_sealed_under_an_identity_as_under_a_key(blobs: Blobs) -> None:
    key = ItemMediaKey(RecordKey("item", bytes(32)))
    await blobs.seal("org/item/original", b"a picture", key)
    assert await blobs.open("org/item/original", key) == b"a picture"


async def test_one_delegation_serves_many_permits_and_outlives_each(blobs: Blobs) -> None:
    permits = [await blobs.permit_upload(f"org/{number}", 5) for number in range(3)]
    until = {parse_qs(urlsplit(permit.url).query)["ske"][0] for permit in permits}
    assert len(until) == 1
    assert dt.datetime.fromisoformat(until.pop()) > permits[-1].expires_at


async def test_a_storage_that_is_away_is_said_to_be_away(account_url: str, identity: ManagedIdentity) -> None:
    gone = Blobs.from_account_url("https://127.0.0.1:1/devstoreaccount1", cast(AsyncTokenCredential, identity))
    with pytest.raises(Unavailable):
        await gone.permit_upload("org/item", 5)
    await gone.close()
