"""What may be announced for upload."""

from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from shared.evidence.media_types import MediaType
from shared.evidence.models import LARGEST_UPLOAD, Evidence, UploadRequest


def announced(**changes: Any) -> UploadRequest:
    values = {"reportId": str(uuid4()), "kind": "image", "mimeType": "image/jpeg", "sizeBytes": 1000} | changes
    return UploadRequest.model_validate(values)


def test_a_plain_announcement_is_accepted() -> None:
    form = announced(description="  Camera 4, from the left ", capturedAt="2026-11-20T10:00:00+01:00")
    assert form.mime_type is MediaType.JPEG
    assert form.description == "Camera 4, from the left"


@pytest.mark.parametrize(
    ("kind", "said", "meant"),
    [
        ("image", "image/jpg", MediaType.JPEG),
        ("image", "IMAGE/PNG", MediaType.PNG),
        ("image", "image/heif", MediaType.HEIC),
        ("audio", "audio/x-wav", MediaType.WAV),
        ("audio", "audio/mp3", MediaType.MP3),
        ("document", "application/pdf", MediaType.PDF),
        ("video", "video/quicktime", MediaType.QUICKTIME),
    ],
)
def test_the_names_that_browsers_use_are_understood(kind: str, said: str, meant: MediaType) -> None:
    assert announced(kind=kind, mimeType=said).mime_type is meant


@pytest.mark.parametrize(
    "changes",
    [
        {"mimeType": "image/svg+xml"},
        {"mimeType": "text/html"},
        {"mimeType": "image/x-icon"},
        {"mimeType": 5},
        {"kind": "video"},
        {"kind": "picture"},
        {"kind": "document", "mimeType": "image/png"},
        {"sizeBytes": 0},
        {"sizeBytes": -1},
        {"sizeBytes": LARGEST_UPLOAD + 1},
        {"reportId": "../reports"},
        {"description": "x" * 2001},
        {"description": "  "},
        {"capturedAt": "2026-11-20T10:00:00"},
        {"fileName": "anna-smith.jpg"},
    ],
)
def test_everything_else_is_turned_away(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        announced(**changes)


def test_the_largest_upload_is_accepted() -> None:
    assert announced(kind="video", mimeType="video/mp4", sizeBytes=LARGEST_UPLOAD).size_bytes == 5_000_000_000


def test_words_and_fingerprints_are_sealed() -> None:
    assert set(Evidence.sealed_fields) == {"description", "original", "rendition", "regions"}
