"""Files that somebody would send who means harm, or knows no better: made here and now, harmless, of nobody."""

import io
import struct
import zipfile
import zlib
from typing import NamedTuple

from PIL import Image

from shared.evidence.media_types import MediaType
from shared.evidence.refusals import Reason
from shared.evidence.sniffing import TEST_VIRUS
from tests.support.media import movie, pdf, picture, samples

PNG = b"\x89PNG\r\n\x1a\n"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + TEST_VIRUS


class Hostile(NamedTuple):
    content: bytes
    announced: MediaType
    reason: Reason
    size: int | None = None
    """What is announced, if it is not what comes."""


def hostile() -> dict[str, Hostile]:
    good, jpeg, png, zipped = samples(), MediaType.JPEG, MediaType.PNG, archive(1000)
    noise = picture_of_noise()
    return {
        "nothing": Hostile(b"", jpeg, Reason.EMPTY, size=10),
        "another size": Hostile(good[jpeg], jpeg, Reason.WRONG_SIZE, size=len(good[jpeg]) + 1),
        "the test virus": Hostile(VIRUS, MediaType.PDF, Reason.MALWARE),
        "the test virus behind a picture": Hostile(good[png] + VIRUS, png, Reason.MALWARE),
        "SVG": Hostile(SVG, png, Reason.TYPE_NOT_ACCEPTED),
        "HTML": Hostile(PAGE, jpeg, Reason.TYPE_NOT_ACCEPTED),
        "a program": Hostile(b"MZ\x90\x00" + bytes(200), jpeg, Reason.TYPE_NOT_ACCEPTED),
        "a zip bomb": Hostile(archive(200 << 20), jpeg, Reason.TYPE_NOT_ACCEPTED),
        "a PNG called JPEG": Hostile(good[png], jpeg, Reason.TYPE_MISMATCH),
        "a film called a sound": Hostile(good[MediaType.MP4], MediaType.WAV, Reason.TYPE_MISMATCH),
        "a picture with an archive behind": Hostile(good[jpeg] + zipped, jpeg, Reason.SEVERAL_FORMATS),
        "a picture with a page behind": Hostile(good[MediaType.GIF] + PAGE, MediaType.GIF, Reason.SEVERAL_FORMATS),
        "a picture that is a document": Hostile(with_comment(b"%PDF-1.7"), jpeg, Reason.SEVERAL_FORMATS),
        "a document with an archive behind": Hostile(pdf() + zipped, MediaType.PDF, Reason.SEVERAL_FORMATS),
        "a film with an archive behind": Hostile(movie() + zipped, MediaType.MP4, Reason.SEVERAL_FORMATS),
        "an animation": Hostile(animation("GIF"), MediaType.GIF, Reason.SEVERAL_PICTURES),
        "an animated PNG": Hostile(animation("PNG"), png, Reason.SEVERAL_PICTURES),
        "60,000 by 60,000 pixels": Hostile(png_claiming(60_000, 60_000), png, Reason.TOO_MANY_PIXELS),
        "a bomb of compressed words": Hostile(with_words(300 << 20), png, Reason.UNREADABLE),
        "5,001 pages": Hostile(pdf(pages=5001), MediaType.PDF, Reason.TOO_MANY_PAGES),
        "a document with a script": Hostile(
            pdf(root=b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), MediaType.PDF, Reason.ACTIVE_CONTENT
        ),
        "a film of two days": Hostile(movie(seconds=172_800), MediaType.MP4, Reason.TOO_LONG),
        "half a picture": Hostile(noise[: len(noise) // 2], jpeg, Reason.TRUNCATED),
        "half a film": Hostile(movie()[:-40], MediaType.MP4, Reason.TRUNCATED),
        "half a document": Hostile(pdf(padding=9000)[:5000], MediaType.PDF, Reason.TRUNCATED),
        "half a sound": Hostile(good[MediaType.WAV][:900], MediaType.WAV, Reason.TRUNCATED),
    }


def archive(size: int) -> bytes:
    """A ZIP archive of that many zeros."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", bytes(size))
    return written.getvalue()


def with_comment(text: bytes) -> bytes:
    content = picture("JPEG")
    return content[:2] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + content[2:]


def animation(form: str) -> bytes:
    written, frames = io.BytesIO(), [Image.new("RGB", (64, 48), each) for each in ("orange", "navy")]
    frames[0].save(written, form, save_all=True, append_images=frames[1:])
    return written.getvalue()


def picture_of_noise() -> bytes:
    written = io.BytesIO()
    Image.effect_noise((640, 480), 90).convert("RGB").save(written, "JPEG")
    return written.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PNG + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + chunk(b"IEND", b"")


def with_words(size: int) -> bytes:
    """A PNG whose comment is that long when it is unpacked."""
    plain, after_header = picture("PNG"), len(PNG) + 25
    words = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(size), 9))
    return plain[:after_header] + words + plain[after_header:]


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum
