"""What a file truly is, whatever it is called."""

import io
import zipfile

import pytest
from PIL import Image

from shared.evidence import sniffing
from shared.evidence.media_types import MediaKind, MediaType
from shared.evidence.refusals import SENTENCES, Reason, Refused


def picture(form: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(written, form)
    return written.getvalue()


def box(brand: bytes) -> bytes:
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00\x00\x02\x00" + brand + b"mp41" + b"\x00\x00\x00\x08mdat"


def archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr("run.txt", "hello")
    return written.getvalue()


GOOD = {
    MediaType.JPEG: picture("JPEG"),
    MediaType.PNG: picture("PNG"),
    MediaType.WEBP: picture("WEBP"),
    MediaType.MP4: box(b"isom"),
    MediaType.QUICKTIME: b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  \x00\x00\x00\x08mdat",
    MediaType.WAV: b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00",
    MediaType.MP3: b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(32),
    MediaType.PDF: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
}
BAD = {
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "zip": archive(),
    "program": b"\x7fELF\x02\x01\x01" + bytes(64),
    "windows program": b"MZ\x90\x00" + bytes(64),
    "tiff": picture("TIFF"),
    "bmp": picture("BMP"),
    "plain text": b"just some words in a file",
    "zeros": bytes(4096),
}


def refusal(content: bytes, announced: MediaType, size: int | None = None) -> Reason:
    with pytest.raises(Refused) as raised:
        sniffing.check(content, announced, len(content) if size is None else size)
    return raised.value.reason


@pytest.mark.parametrize("media_type", list(GOOD))
def test_accepted_types_are_recognised_by_their_content(media_type: MediaType) -> None:
    assert sniffing.check(GOOD[media_type], media_type, len(GOOD[media_type])) is media_type


def test_the_samples_cover_every_accepted_type() -> None:
    assert set(GOOD) == set(MediaType)


@pytest.mark.parametrize("name", list(BAD))
@pytest.mark.parametrize("announced", [MediaType.JPEG, MediaType.PDF, MediaType.MP4])
def test_everything_else_is_refused_whatever_it_claims_to_be(name: str, announced: MediaType) -> None:
    assert refusal(BAD[name], announced) is Reason.TYPE_NOT_ACCEPTED


def test_animations_are_refused_as_such() -> None:
    written = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])
    assert refusal(written.getvalue(), MediaType.PNG) is Reason.SEVERAL_PICTURES


@pytest.mark.parametrize("announced", [each for each in MediaType if each is not MediaType.PNG])
def test_an_accepted_type_under_another_name_is_refused(announced: MediaType) -> None:
    assert refusal(GOOD[MediaType.PNG], announced) is Reason.TYPE_MISMATCH


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"", MediaType.JPEG, 100) is Reason.EMPTY


@pytest.mark.parametrize("difference", [-1, 1])
def test_another_size_than_announced_is_refused(difference: int) -> None:
    content = GOOD[MediaType.JPEG]
    assert refusal(content, MediaType.JPEG, len(content) + difference) is Reason.WRONG_SIZE


def test_every_reason_has_a_sentence_for_the_uploader() -> None:
    assert set(SENTENCES) == set(Reason)


def test_types_know_their_kind_and_extension() -> None:
    assert {each.kind for each in MediaType} == set(MediaKind)
    assert MediaType.PDF.kind is MediaKind.DOCUMENT
    assert all(each.extension for each in MediaType)
