"""The rendition with regions painted over: made from the original's pixels, on a canvas that knows nothing else."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from shared.evidence.media_types import MediaType
from shared.evidence.obscuring.places import Place
from shared.evidence.stripping import Picture, examine

if TYPE_CHECKING:
    from PIL.Image import Image

FILL = (0, 0, 0)


def rendered(original: bytes, media_type: MediaType, regions: Iterable[Place], crop: Place | None) -> Picture:
    """One colour for every region: what is equal everywhere tells nothing. Raises as ``examine``."""

    def painted(canvas: "Image") -> "Image":
        for region in regions:
            canvas.paste(FILL, region.pixels(canvas.width, canvas.height))
        return canvas.crop(_inside(crop, canvas.width, canvas.height)) if crop else canvas

    return examine(original, media_type, painted)


def _inside(crop: Place, width: int, height: int) -> tuple[int, int, int, int]:
    """Never wider than asked for."""
    left, top = round(crop.x * width), round(crop.y * height)
    right, bottom = round((crop.x + crop.width) * width), round((crop.y + crop.height) * height)
    return left, top, max(right, left + 1), max(bottom, top + 1)
