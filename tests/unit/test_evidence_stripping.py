"""A rendition shows the picture and tells nothing else."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import ExifTags, Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from shared.evidence import stripping
from shared.evidence.media_types import MediaType
from shared.evidence.refusals import Reason, Refused

MARKS = (b"Kestrel 9000", b"xmp-secret", b"comment-secret", b"trailing-secret", b"text-secret")
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def photo(width: int = 64, height: int = 48) -> Image.Image:
    """Red on the left, blue on the right, so that turning it shows."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    return image


def planted_exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = MARKS[0].decode()
    exif[ExifTags.Base.Orientation] = orientation
    place = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: (51.0, 30.0, 26.0),
        ExifTags.GPS.GPSLongitudeRef: "W",
        ExifTags.GPS.GPSLongitude: (0.0, 7.0, 39.0),
    }
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(place)
    return exif


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, form, **options)
    return written.getvalue()


def full_of_secrets(media_type: MediaType) -> bytes:
    exif, icc = planted_exif(), profile()
    match media_type:
        case MediaType.JPEG:
            content = encoded(photo(), "JPEG", exif=exif, icc_profile=icc, comment=MARKS[2], xmp=b"<x>xmp-secret</x>")
        case MediaType.PNG:
            words = PngInfo()
            words.add_text("Author", MARKS[4].decode())
            words.add_itxt("XML:com.adobe.xmp", "<x>xmp-secret</x>")
            content = encoded(photo(), "PNG", exif=exif, icc_profile=icc, pnginfo=words)
        case _:
            content = encoded(photo(), "WEBP", exif=exif.tobytes(), icc_profile=icc, xmp=b"<x>xmp-secret</x>")
    return content + MARKS[3]


def segments(jpeg: bytes) -> list[int]:
    """The markers of a JPEG up to the pixels, by their second byte."""
    assert jpeg[:2] == b"\xff\xd8"
    found, at = [], 2
    while True:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        found.append(marker)
        if marker == 0xDA:
            return found
        at += 2 + length


def refusal(content: bytes, media_type: MediaType) -> Reason:
    with pytest.raises(Refused) as raised:
        stripping.examine(content, media_type)
    return raised.value.reason


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_claiming(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return PNG_SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


IMAGES = (MediaType.JPEG, MediaType.PNG, MediaType.WEBP)


@pytest.mark.parametrize("media_type", IMAGES)
def test_nothing_that_was_planted_survives(media_type: MediaType) -> None:
    content = full_of_secrets(media_type)
    planted = [mark for mark in MARKS if mark in content]
    with Image.open(io.BytesIO(content)) as original:
        assert original.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        assert original.info["icc_profile"]
    assert len(planted) >= 3

    rendition = stripping.examine(content, media_type).rendition

    assert [mark for mark in MARKS if mark in rendition] == []
    with Image.open(io.BytesIO(rendition)) as shown:
        assert shown.format == "JPEG"
        assert dict(shown.getexif()) == {}
        assert shown.getexif().get_ifd(ExifTags.IFD.GPSInfo) == {}
        assert not {"icc_profile", "xmp", "exif", "comment", "photoshop"} & set(shown.info)
    assert not {0xE1, 0xE2, 0xED, 0xFE} & set(segments(rendition))
    assert rendition.count(b"\xff\xd8\xff") == 1
    assert rendition.endswith(b"\xff\xd9")


@pytest.mark.parametrize("media_type", IMAGES)
def test_the_pixels_stay(media_type: MediaType) -> None:
    picture = stripping.examine(full_of_secrets(media_type), media_type)
    with Image.open(io.BytesIO(picture.rendition)) as shown:
        assert shown.size == (64, 48) == (picture.width, picture.height)
        left, right = shown.getpixel((8, 24)), shown.getpixel((56, 24))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 200
    assert left[2] < 60
    assert right[2] > 200
    assert right[0] < 60


def test_the_orientation_of_the_camera_is_applied() -> None:
    content = encoded(photo(), "JPEG", exif=planted_exif(orientation=6))
    picture = stripping.examine(content, MediaType.JPEG)
    assert (picture.width, picture.height) == (64, 48)
    assert (picture.rendition_width, picture.rendition_height) == (48, 64)
    with Image.open(io.BytesIO(picture.rendition)) as shown:
        top, bottom = shown.getpixel((24, 8)), shown.getpixel((24, 56))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 200
    assert bottom[2] > 200


def transparent_secret() -> Image.Image:
    return Image.new("RGBA", (16, 16), (10, 20, 30, 0))


def palette_secret() -> Image.Image:
    image = Image.new("P", (16, 16), 0)
    image.putpalette([10, 20, 30] + [0] * 765)
    image.info["transparency"] = 0
    return image


@pytest.mark.parametrize("make", [transparent_secret, palette_secret])
def test_what_is_transparent_is_painted_over(make: Callable[[], Image.Image]) -> None:
    picture = stripping.examine(encoded(make(), "PNG"), MediaType.PNG)
    with Image.open(io.BytesIO(picture.rendition)) as shown:
        assert shown.getcolors() == [(256, (255, 255, 255))]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_of_a_png_can_be_shown(mode: str) -> None:
    picture = stripping.examine(encoded(photo().convert(mode), "PNG"), MediaType.PNG)
    assert (picture.rendition_width, picture.rendition_height) == (64, 48)


def test_sixteen_bits_of_grey_keep_their_brightness() -> None:
    picture = stripping.examine(encoded(Image.new("I;16", (16, 16), 0x8000), "PNG"), MediaType.PNG)
    with Image.open(io.BytesIO(picture.rendition)) as shown:
        grey = shown.getpixel((8, 8))
    assert isinstance(grey, tuple)
    assert abs(grey[0] - 128) <= 2


def test_four_colour_print_pictures_can_be_shown() -> None:
    picture = stripping.examine(encoded(photo().convert("CMYK"), "JPEG"), MediaType.JPEG)
    with Image.open(io.BytesIO(picture.rendition)) as shown:
        assert shown.mode == "RGB"


def test_an_archive_behind_a_picture_does_not_get_into_the_rendition() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("payload.js", "alert(1)")
    polyglot = encoded(photo(), "JPEG") + packed.getvalue()
    assert zipfile.is_zipfile(io.BytesIO(polyglot))
    rendition = stripping.examine(polyglot, MediaType.JPEG).rendition
    assert not zipfile.is_zipfile(io.BytesIO(rendition))
    assert b"PK\x03\x04" not in rendition


def test_script_inside_a_picture_does_not_get_into_the_rendition() -> None:
    polyglot = encoded(photo(), "JPEG", comment=b"<script>alert(1)</script>")
    assert b"<script>" in polyglot
    assert b"<script>" not in stripping.examine(polyglot, MediaType.JPEG).rendition


def test_a_second_picture_behind_the_first_does_not_get_into_the_rendition() -> None:
    content = encoded(photo(), "JPEG") + encoded(Image.new("RGB", (300, 300), "green"), "JPEG")
    rendition = stripping.examine(content, MediaType.JPEG).rendition
    assert rendition.count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize(("width", "height"), [(8000, 8000), (60_000, 60_000), (50_000_001, 1)])
def test_bombs_are_refused_before_they_are_unpacked(width: int, height: int) -> None:
    assert refusal(png_claiming(width, height), MediaType.PNG) is Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize(("width", "height"), [(70_000, 1), (1, 70_000)])
def test_pictures_too_long_for_a_rendition_are_refused(width: int, height: int) -> None:
    assert refusal(encoded(Image.new("L", (width, height)), "PNG"), MediaType.PNG) is Reason.TOO_MANY_PIXELS


def test_a_bomb_of_compressed_words_is_refused() -> None:
    words = b"Comment\x00\x00" + zlib.compress(bytes(300 << 20), 9)
    plain = encoded(photo(), "PNG")
    after_header = len(PNG_SIGNATURE) + 25
    content = plain[:after_header] + chunk(b"zTXt", words) + plain[after_header:]
    assert refusal(content, MediaType.PNG) is Reason.UNREADABLE


@pytest.mark.parametrize(
    ("media_type", "form"),
    [(MediaType.PNG, "PNG"), (MediaType.WEBP, "WEBP"), (MediaType.GIF, "GIF"), (MediaType.TIFF, "TIFF")],
)
def test_several_pictures_in_one_file_are_refused(media_type: MediaType, form: str) -> None:
    others = [Image.new("RGB", (64, 48), "green")]
    content = encoded(photo(), form, save_all=True, append_images=others)
    assert refusal(content, media_type) is Reason.SEVERAL_PICTURES


def test_of_a_telephones_picture_with_previews_only_the_picture_is_shown() -> None:
    content = encoded(photo(), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48), "green")])
    picture = stripping.examine(content, MediaType.JPEG)
    with Image.open(io.BytesIO(picture.rendition)) as shown:
        assert getattr(shown, "n_frames", 1) == 1
        left, right = shown.getpixel((8, 24)), shown.getpixel((56, 24))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 200
    assert right[2] > 200


@pytest.mark.parametrize("media_type", IMAGES)
def test_a_torn_picture_is_refused(media_type: MediaType) -> None:
    content = encoded(photo(640, 480).effect_spread(60), stripping.FORMATS[media_type])
    assert refusal(content[: len(content) // 2], media_type) in {Reason.UNREADABLE, Reason.TRUNCATED}


def test_one_format_under_the_name_of_another_is_refused() -> None:
    assert refusal(encoded(photo(), "PNG"), MediaType.JPEG) is Reason.UNREADABLE


@pytest.mark.parametrize(
    "content", [b"\xff\xd8\xff", b"\xff\xd8\xff\xe1\xff\xff", PNG_SIGNATURE, b"RIFF\x04\x00\x00\x00WEBP"]
)
def test_a_bare_header_is_refused(content: bytes) -> None:
    for media_type in IMAGES:
        assert refusal(content, media_type) is Reason.UNREADABLE
