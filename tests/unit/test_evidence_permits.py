"""Leave to upload allows as little as can be."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.storage.blobs import ONE_PUT, Blobs

ACCOUNT_KEY = base64.b64encode(bytes(range(64))).decode()


def storage(scheme: str) -> Blobs:
    return Blobs.from_connection_string(
        f"DefaultEndpointsProtocol={scheme};AccountName=devstoreaccount1;AccountKey={ACCOUNT_KEY};"
        f"BlobEndpoint={scheme}://127.0.0.1:10000/devstoreaccount1;"
    )


@pytest.fixture
async def blobs() -> AsyncIterator[Blobs]:
    opened = storage("https")
    yield opened
    await opened.close()


async def test_a_permit_is_for_one_blob_and_a_quarter_of_an_hour(blobs: Blobs) -> None:
    permit = await blobs.permit_upload("org/item", 1000)
    url, asked = urlsplit(permit.url), parse_qs(urlsplit(permit.url).query)
    assert url.path == "/devstoreaccount1/uploads/org/item"
    assert asked["sr"] == ["b"]
    assert abs(permit.expires_at - datetime.now(UTC) - timedelta(minutes=15)) < timedelta(seconds=5)
    assert datetime.fromisoformat(asked["se"][0]) == permit.expires_at.replace(microsecond=0)


@pytest.mark.parametrize(("size", "permissions"), [(1, "c"), (ONE_PUT, "c"), (ONE_PUT + 1, "cw")])
async def test_a_permit_never_allows_to_read_list_or_delete(blobs: Blobs, size: int, permissions: str) -> None:
    assert parse_qs(urlsplit((await blobs.permit_upload("org/item", size)).url).query)["sp"] == [permissions]


async def test_plain_http_is_allowed_only_where_the_storage_speaks_it(blobs: Blobs) -> None:
    plain = storage("http")
    assert parse_qs(urlsplit((await blobs.permit_upload("o/i", 1)).url).query)["spr"] == ["https"]
    assert parse_qs(urlsplit((await plain.permit_upload("o/i", 1)).url).query)["spr"] == ["https,http"]
    await plain.close()


async def test_the_text_form_of_a_permit_does_not_hold_the_secret(blobs: Blobs) -> None:
    permit = await blobs.permit_upload("org/item", 1)
    assert "sig=" in permit.url
    assert "sig=" not in repr(permit)
