"""Nothing of what was painted over, and nothing that the camera wrote beside it, is anywhere in what leaves."""

import io
import random
import struct
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from PIL import ExifTags, Image
from pypdf import PdfReader
from pypdf.generic import StreamObject

from shared.evidence import intake, thumbnails, vault
from shared.evidence import service as evidence
from shared.evidence.models import Evidence, UploadRequest
from shared.evidence.obscuring import service as obscuring
from shared.evidence.obscuring.models import RegionsForm
from shared.evidence.obscuring.regions import Box
from shared.policy.decision import Purpose
from tests.service.test_cases_bundles import build, case_of, fetched, report, requested
from tests.support.media import place
from tests.support.world import World, fresh_key

SIZE = (960, 640)
FACE = Box(x=0.3, y=0.25, width=0.2, height=0.4)
MARKS = ("Kestrel 9000", "Owner of the camera", "xmp-secret", "iptc-secret", "comment-secret")
PLACE = struct.pack(">6I", 51, 1, 30, 1, 2646, 100)
"""51 degrees 30 minutes 26.46 seconds, as a camera writes it."""


class Leaving(NamedTuple):
    """Everything that can be had of an item once it is decided."""

    rendition: bytes
    thumbnail: bytes
    shown: bytes
    bundle: bytes


def scene(seed: int) -> Image.Image:
    """A smooth wall, and noise where the face is: what is behind the box is the only thing that ``seed`` changes."""
    picture = Image.linear_gradient("L").resize(SIZE).convert("RGB")
    left, top, right, bottom = FACE.place.pixels(*SIZE)
    chance, face = random.Random(seed), Image.new("RGB", (right - left, bottom - top))
    face.putdata([(chance.randint(90, 255), chance.randint(90, 255), 200) for _ in range(face.width * face.height)])
    picture.paste(face, (left, top))
    return picture


def jpeg(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=90)
    return written.getvalue()


def small(seed: int) -> bytes:
    """The whole picture, uncovered, as cameras put it into the metadata."""
    picture = scene(seed)
    picture.thumbnail((160, 120))
    return jpeg(picture)


def talkative(seed: int) -> bytes:
    """A JPEG with all that the standards allow beside the pixels: EXIF with GPS and a thumbnail, XMP, IPTC in a
    Photoshop segment with another thumbnail, a comment, and a second picture behind the first."""
    content, whole = jpeg(scene(seed)), small(seed)
    iptc = b"\x1c\x02\x78" + struct.pack(">H", len(MARKS[3])) + MARKS[3].encode()
    photoshop = b"Photoshop 3.0\0" + resource(0x0404, iptc) + resource(0x040C, bytes(28) + whole)
    beside = [
        (0xE1, b"Exif\0\0" + exif(whole)),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>%s</x:xmpmeta>" % MARKS[2].encode()),
        (0xED, photoshop),
        (0xFE, MARKS[4].encode()),
    ]
    segments = b"".join(struct.pack(">BBH", 0xFF, marker, len(text) + 2) + text for marker, text in beside)
    return content[:2] + segments + content[2:] + whole


def resource(number: int, content: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + b"\0" * (len(content) % 2)


def exif(thumbnail: bytes) -> bytes:
    """TIFF 6.0, section 2: a directory with model, owner and place, and one with the thumbnail (EXIF 2.3, 4.5)."""
    model, owner = (each.encode() + b"\0" for each in MARKS[:2])
    tags, base = ExifTags.Base, 8
    first, second, gps = base, base + 2 + 3 * 12 + 4, base + 2 + 3 * 12 + 4 + 2 + 3 * 12 + 4
    texts = gps + 2 + 2 * 12 + 4
    places = [texts, texts + len(model), texts + len(model) + len(owner)]
    after = places[2] + len(PLACE)
    written = struct.pack(">2sHI", b"MM", 42, first)
    written += directory(
        (tags.Model, 2, len(model), places[0]),
        (tags.Artist, 2, len(owner), places[1]),
        (tags.GPSInfo, 4, 1, gps),
        following=second,
    )
    written += directory(
        (tags.Compression, 4, 1, 6),
        (tags.JpegIFOffset, 4, 1, after),
        (tags.JpegIFByteCount, 4, 1, len(thumbnail)),
    )
    north = struct.unpack(">I", b"N\0\0\0")[0]
    written += directory((ExifTags.GPS.GPSLatitudeRef, 2, 2, north), (ExifTags.GPS.GPSLatitude, 5, 3, places[2]))
    return written + model + owner + PLACE + thumbnail


def directory(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    packed = b"".join(struct.pack(">HHII", *each) for each in entries)
    return struct.pack(">H", len(entries)) + packed + struct.pack(">I", following)


async def leaving(world: World, content: bytes, mime_type: str) -> Leaving:
    """From the upload to the bundle, with the face painted over."""
    of, reporter, author = await report(world), world.reporter.principal, world.investigator.principal
    values = {"reportId": of.id, "kind": "image", "mimeType": mime_type, "sizeBytes": len(content)}
    key = fresh_key()["Idempotency-Key"]
    permit = await evidence.request_upload(world.platform, reporter, UploadRequest.model_validate(values), key)
    name = f"{world.home.id}/{permit.evidence_id}"
    await place(world.platform, name, content)
    await intake.process(world.platform, name)
    item = await stored(world, permit.evidence_id)
    region = FACE.model_dump() | {"obscured": True}
    form = RegionsForm.model_validate({"regions": [region], "checkedPlatesAndScreens": True})
    await obscuring.decide(world.platform, author, item.id, form, Purpose.INVESTIGATE, item.etag)
    item = await stored(world, item.id)
    rendition = await vault.unseal(world.platform, item, vault.rendition_part(item))
    shown = await evidence.content(world.platform, author, item.id, Purpose.INVESTIGATE, rendition=True)
    bundle = await build(world, await requested(world, await case_of(world, of), evidence=[{"id": item.id}]))
    return Leaving(rendition, thumbnails.of(rendition), shown.content, await fetched(world, bundle))


async def stored(world: World, evidence_id: str) -> Evidence:
    return await world.platform.records(Evidence).read(evidence_id, [world.home.id, evidence_id])


def inside(bundle: bytes) -> Iterator[tuple[str, bytes]]:
    """Every file of a bundle, and every stream of its document as it is stored and unpacked."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    yield from files.items()
    reader = PdfReader(io.BytesIO(files["report.pdf"]))
    for number in range(1, int(str(reader.trailer["/Size"]))):
        if isinstance(found := reader.get_object(number), StreamObject):
            yield f"stream {number}", found.get_data()


def pictures(bundle: bytes) -> list[bytes]:
    """The pixels of those in the document."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        reader = PdfReader(io.BytesIO(opened.read("report.pdf")))
    shown = [image.image for page in reader.pages for image in page.images]
    return [image.convert("RGB").tobytes() for image in shown if image]


def needles(thumbnail: bytes) -> Iterator[bytes]:
    """Each mark as it may be written, the place, and every stretch of the uncovered thumbnail's pixels."""
    for mark in MARKS:
        yield from (mark.encode(coding) for coding in ("utf-8", "utf-16-le", "utf-16-be"))
    yield PLACE
    pixels = thumbnail[thumbnail.index(b"\xff\xda") + 14 : -2]
    yield from (pixels[at : at + 16] for at in range(0, len(pixels) - 16, 16))


@pytest.fixture(scope="module")
async def talked(world: World) -> Leaving:
    return await leaving(world, talkative(1), "image/jpeg")


def test_the_source_holds_what_is_looked_for() -> None:
    """Otherwise the next test could not fail."""
    content = talkative(1)
    with Image.open(io.BytesIO(content)) as opened:
        exif_ = opened.getexif()
        assert exif_[ExifTags.Base.Model] == MARKS[0]
        assert exif_.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude][0] == 51
        assert exif_.get_ifd(ExifTags.IFD.IFD1)[ExifTags.Base.JpegIFByteCount] == len(small(1))
    found = [each in content for each in needles(small(1))]
    assert sum(found) >= len(found) - 2 * len(MARKS)


def test_no_byte_of_what_was_beside_the_pixels_survives(talked: Leaving) -> None:
    places = [("rendition", talked.rendition), ("thumbnail", talked.thumbnail), ("shown", talked.shown)]
    for name, content in (*places, ("archive", talked.bundle), *inside(talked.bundle)):
        assert [each for each in needles(small(1)) if each in content] == [], name
    for name, content in places:
        assert content.count(b"\xff\xd8\xff") == 1, name
        assert content.endswith(b"\xff\xd9"), name
        with Image.open(io.BytesIO(content)) as opened:
            assert not opened.getexif(), name
            assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}, name


def test_no_pixel_of_the_face_survives(talked: Leaving) -> None:
    """The box lies on the grid of a JPEG's blocks, so it is black to its very edge; smaller ones blend there."""
    with zipfile.ZipFile(io.BytesIO(talked.bundle)) as opened:
        [exhibit] = [opened.read(name) for name in opened.namelist() if name.startswith("evidence/")]
    assert exhibit == talked.rendition
    darkest(talked.rendition, edge=0)
    darkest(talked.thumbnail, edge=3)
    [drawn] = pictures(talked.bundle)
    with Image.open(io.BytesIO(talked.thumbnail)) as thumbnail:
        darkest(jpeg(Image.frombytes("RGB", thumbnail.size, drawn)), edge=3)


def darkest(content: bytes, edge: int) -> None:
    with Image.open(io.BytesIO(content)) as opened:
        scale = opened.width / SIZE[0]
        left, top, right, bottom = (round(scale * each) for each in FACE.place.pixels(*SIZE))
        box = opened.convert("RGB").crop((left + edge, top + edge, right - edge, bottom - edge))
    extrema: Any = box.getextrema()
    assert max(high for _, high in extrema) <= 6


async def test_whoever_was_behind_the_box_the_result_is_the_same(world: World) -> None:
    """Two pictures that differ only there: whatever is derived from them is equal, so nothing can be told from it."""
    one, other = [await leaving(world, png(scene(seed)), "image/png") for seed in (1, 2)]
    assert scene(1).tobytes() != scene(2).tobytes()
    assert one.rendition == other.rendition
    assert one.thumbnail == other.thumbnail
    assert pictures(one.bundle) == pictures(other.bundle)


def png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()
