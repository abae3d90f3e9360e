"""The examiner, asked as the app asks it: another process that survives nothing it should not."""

import io
import struct
import sys
import zlib
from functools import partial

import pytest
from PIL import Image

from shared.errors import Unavailable
from shared.evidence import examination
from shared.evidence.media_types import MediaKind, MediaType
from shared.evidence.obscuring.places import Place
from shared.evidence.refusals import Reason, Refused
from tests.support.media import pdf, samples

PICTURES = [each for each in MediaType if each.kind is MediaKind.IMAGE]


def _pictured(media_type: MediaType, content: bytes) -> None:
    examination.picture(content, media_type)


def refusal(content: bytes, media_type: MediaType) -> Reason:
    examine = examination.document if media_type is MediaType.PDF else partial(_pictured, media_type)
    with pytest.raises(Refused) as raised:
        examine(content)
    return raised.value.reason


def test_a_busy_machine_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused would be for good: somebody's evidence would be gone because of other people's uploads."""
    monkeypatch.setattr(examination, "COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(examination, "PATIENCE_SECONDS", 0.5)
    with pytest.raises(Unavailable):
        examination.picture(samples()[MediaType.PNG], MediaType.PNG)


@pytest.mark.parametrize("media_type", PICTURES)
def test_every_kind_of_picture_gets_a_rendition(media_type: MediaType) -> None:
    picture = examination.picture(samples()[media_type], media_type)
    assert picture.width >= 64
    with Image.open(io.BytesIO(picture.rendition)) as shown:
        assert shown.format == "JPEG"
        assert shown.size == (picture.rendition_width, picture.rendition_height)
        assert not shown.getexif()


def test_an_iphones_picture_loses_its_camera_and_keeps_its_colours() -> None:
    content = samples()[MediaType.HEIC]
    assert b"Kestrel" in content
    rendition = examination.picture(content, MediaType.HEIC).rendition
    assert b"Kestrel" not in rendition
    with Image.open(io.BytesIO(rendition)) as shown:
        left, right = shown.getpixel((8, 24)), shown.getpixel((56, 24))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 200 > left[2]
    assert right[2] > 90 > right[0]


def test_regions_are_filled_in_the_other_process_too() -> None:
    picture = examination.picture(samples()[MediaType.PNG], MediaType.PNG, [Place(0, 0, 0.5, 1)], Place(0, 0, 0.75, 1))
    with Image.open(io.BytesIO(picture.rendition)) as shown:
        assert shown.size == (240, 200)
        assert shown.getpixel((100, 100)) == (0, 0, 0)


def png(width: int, height: int) -> bytes:
    """A picture that claims this size and holds next to nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (8_000, 8_000), (65_501, 1)])
def test_bombs_are_refused(width: int, height: int) -> None:
    assert refusal(png(width, height), MediaType.PNG) is Reason.TOO_MANY_PIXELS


def test_a_picture_that_ends_early_is_refused() -> None:
    content = samples()[MediaType.JPEG]
    assert refusal(content[: len(content) // 2], MediaType.JPEG) is Reason.TRUNCATED


def test_documents_are_counted() -> None:
    assert examination.document(pdf(pages=3)) == 3


def test_a_document_of_thousands_of_pages_is_refused() -> None:
    assert refusal(pdf(pages=5_001), MediaType.PDF) is Reason.TOO_MANY_PAGES


@pytest.mark.parametrize(
    "root",
    [
        b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
        b"/OpenAction << /S /Java#53cript /J#53 (app.alert(1)) >>",
        b"/OpenAction << /S /Launch /F (calc.exe) >>",
        b"/Names << /EmbeddedFiles << /Names [] >> >>",
        b"/AA << /WC << /S /SubmitForm >> >>",
    ],
)
def test_a_document_that_does_things_is_refused(root: bytes) -> None:
    assert refusal(pdf(root=root), MediaType.PDF) is Reason.ACTIVE_CONTENT


@pytest.mark.parametrize("content", [b"%PDF-1.7\n%%EOF", pdf()[:40] + b"%%EOF", b"%PDF-1.7\n" + bytes(300) + b"%%EOF"])
def test_a_damaged_document_is_refused(content: bytes) -> None:
    assert refusal(content, MediaType.PDF) is Reason.UNREADABLE


def test_a_document_without_an_end_is_refused() -> None:
    assert refusal(pdf()[:-30], MediaType.PDF) is Reason.TRUNCATED


@pytest.mark.parametrize("end", ["SEGV", "XCPU", "KILL"])
def test_an_examiner_that_dies_or_uses_up_its_time_refuses_the_file(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(examination, "COMMAND", ("/bin/sh", "-c", f"kill -{end} $$"))
    assert refusal(samples()[MediaType.JPEG], MediaType.JPEG) is Reason.UNREADABLE
