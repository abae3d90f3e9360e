"""The rendition with regions painted over: made from the original's pixels, on a canvas that knows nothing else."""

import io
from collections.abc import Iterable

from shared.evidence.media_types import MediaType
from shared.evidence.obscuring.regions import Box
from shared.evidence.stripping import QUALITY, canvas_of

FILL = (0, 0, 0)


def rendered(
    original: bytes, media_type: MediaType, regions: Iterable[Box], crop: Box | None
) -> tuple[bytes, int, int]:
    """A JPEG and its size. One colour for every region: what is equal everywhere tells nothing."""
    canvas, _ = canvas_of(original, media_type)
    for region in regions:
        canvas.paste(FILL, region.pixels(canvas.width, canvas.height))
    if crop:
        canvas = canvas.crop(_inside(crop, canvas.width, canvas.height))
    written = io.BytesIO()
    canvas.save(written, "JPEG", quality=QUALITY)
    return written.getvalue(), canvas.width, canvas.height


def _inside(crop: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """Never wider than asked for."""
    left, top = round(crop.x * width), round(crop.y * height)
    right, bottom = round((crop.x + crop.width) * width), round((crop.y + crop.height) * height)
    return left, top, max(right, left + 1), max(bottom, top + 1)
