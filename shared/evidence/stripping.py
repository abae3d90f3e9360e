"""A rendition of a picture that shows what the original shows and tells nothing else.

Cameras write the place, the time, the owner's name and an uncropped thumbnail beside the pixels. Removing known
fields misses unknown ones, so nothing is removed here: the pixels are painted on a fresh canvas, and only the canvas
is written.
"""

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.evidence.media_types import MediaType
from shared.evidence.refusals import Reason, Refused

if TYPE_CHECKING:
    from PIL.Image import Image

log = logging.getLogger("reeve.evidence")

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 65_500
"""What a JPEG can hold."""
QUALITY = 88
FORMATS = {
    MediaType.JPEG: "JPEG",
    MediaType.PNG: "PNG",
    MediaType.WEBP: "WEBP",
    MediaType.HEIC: "HEIF",
    MediaType.TIFF: "TIFF",
    MediaType.GIF: "GIF",
}
WITH_PREVIEWS = {"MPO": "JPEG"}
"""Telephones put smaller versions behind the picture (CIPA DC-007); only the first is the picture."""


@dataclass(frozen=True)
class Picture:
    """What an examination of a picture yields."""

    width: int
    height: int
    """Of the original, as stored."""
    rendition: bytes
    rendition_width: int
    rendition_height: int
    """Of the rendition, upright."""


def examine(content: bytes, media_type: MediaType, finish: "Callable[[Image], Image] | None" = None) -> Picture:
    """Raises :class:`Refused` for what is no single, whole picture of ``media_type`` and reasonable size.

    ``finish`` may change the canvas before it is written.
    """
    canvas, (width, height) = canvas_of(content, media_type)
    canvas = finish(canvas) if finish else canvas
    written = io.BytesIO()
    canvas.save(written, "JPEG", quality=QUALITY)
    return Picture(width, height, written.getvalue(), canvas.width, canvas.height)


def canvas_of(content: bytes, media_type: MediaType) -> tuple["Image", tuple[int, int]]:
    """The pixels upright on a fresh canvas, and the size of the original as stored. Raises as :func:`examine`."""
    from PIL import Image  # noqa: PLC0415 - only this work needs it, start-up does not

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    if media_type is MediaType.HEIC:
        import pi_heif  # noqa: PLC0415

        pi_heif.register_heif_opener(thumbnails=False)
    try:
        with Image.open(io.BytesIO(content), formats=[FORMATS[media_type]]) as image:
            _check(image, media_type)
            return _painted(image), image.size
    except (Refused, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise Refused(Reason.TOO_MANY_PIXELS) from None
    except OSError as error:
        cut_off = "truncated" in str(error)  # the only way in which Pillow tells
        raise Refused(Reason.TRUNCATED if cut_off else Reason.UNREADABLE) from None
    except Exception as error:
        # Decoders report damage in many ways (struct.error, zlib.error, SyntaxError); a retry would not help any.
        log.info("a picture could not be decoded: %s", type(error).__name__)
        raise Refused(Reason.UNREADABLE) from None


def _check(image: "Image", media_type: MediaType) -> None:
    # Pillow itself only warns up to twice its limit.
    if image.width * image.height > MOST_PIXELS or max(image.size) > LONGEST_SIDE:
        raise Refused(Reason.TOO_MANY_PIXELS)
    if WITH_PREVIEWS.get(str(image.format), image.format) != FORMATS[media_type]:
        raise Refused(Reason.TYPE_MISMATCH)
    if getattr(image, "n_frames", 1) > 1 and image.format not in WITH_PREVIEWS:
        raise Refused(Reason.SEVERAL_PICTURES)


def _painted(image: "Image") -> "Image":
    """The picture upright on white: what is transparent may still hide colours, so it is painted over."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):  # 16 bits of grey
        upright = upright.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    canvas = Image.new("RGB", upright.size, "white")
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        canvas.paste(layer, mask=layer)
    else:
        canvas.paste(upright.convert("RGB"))
    return canvas
