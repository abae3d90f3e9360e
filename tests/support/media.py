"""Files of every accepted kind, made here and now: small, whole, and of nobody."""

import base64
import io
import struct
import wave
from typing import Any

from PIL import Image

from shared.evidence.media_types import MediaType
from shared.platform import Platform


async def place(platform: Platform, name: str, content: bytes) -> None:
    """What an uploader does with its URL."""
    client = platform.blobs._client.get_blob_client("uploads", name)
    await client.upload_blob(content, overwrite=True)


def picture(form: str, colour: str = "orange", size: tuple[int, int] = (320, 200), **options: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, form, **options)
    return written.getvalue()


def pdf(*, pages: int = 1, padding: int = 0, root: bytes = b"") -> bytes:
    """A document of empty pages; ``root`` stands in its catalogue, ``padding`` in a stream."""
    kids = b" ".join(b"%d 0 R" % (4 + number) for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % root,
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (padding, b"." * padding),
        *[b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"] * pages,
    ]
    written, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % each for each in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(written))
    return written + head + table + tail


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def movie(brand: bytes = b"isom", *, seconds: int = 10, media: bytes = b"frames" * 40) -> bytes:
    """ISO base media with everything that a container needs, and no picture that anybody could see."""
    header = struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000) + bytes(80)
    parts = (
        box(b"ftyp", brand + struct.pack(">I", 512) + brand),
        box(b"mdat", media),
        box(b"moov", box(b"mvhd", header)),
    )
    return b"".join(parts)


def wav(seconds: float = 0.1) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(int(16000 * seconds)))
    return written.getvalue()


def riff(form: bytes, content: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(content)) + form + content


def avi() -> bytes:
    return riff(b"AVI ", b"LIST" + struct.pack("<I", 4) + b"hdrl" + bytes(200))


def mp3() -> bytes:
    frame = b"\xff\xfb\x90\x64" + bytes(413)
    return b"ID3\x04\x00\x00\x00\x00\x00\x00" + frame * 4


def heic() -> bytes:
    """64 x 48, orange and navy, with the camera "Kestrel 9000" in its EXIF: ours, made once, because no encoder for it
    is among the packages here."""
    return base64.b64decode(HEIC)


def samples() -> dict[MediaType, bytes]:
    return {
        MediaType.JPEG: picture("JPEG"),
        MediaType.PNG: picture("PNG"),
        MediaType.WEBP: picture("WEBP"),
        MediaType.HEIC: heic(),
        MediaType.TIFF: picture("TIFF"),
        MediaType.GIF: picture("GIF"),
        MediaType.MP4: movie(),
        MediaType.QUICKTIME: movie(b"qt  "),
        MediaType.AVI: avi(),
        MediaType.WAV: wav(),
        MediaType.MP3: mp3(),
        MediaType.M4A: movie(b"M4A "),
        MediaType.PDF: pdf(),
    }


HEIC = """
AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAb5tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAA
AAAERAAAIAAQAAAAAB4gABAAAAAAAAAEsAAgAAAAACLQABAAAAAAAAADIAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVp
bmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGE
ABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkA
AAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEH
BpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAAhW1kYXQAAABHKAGvWOb06r4v
5K8//53fSHqP59f/98L1X9Mv8/3xJWlfbNFrBHIzPYvGaPKsETJQW/f24eIdm5/4jnpCU5BY4Ftj8uBRVsAAAAAGRXhpZgAATU0AKgAAAAgAAQ
EQAAIAAAANAAAAGgAAAABLZXN0cmVsIDkwMDAAAA==
"""
