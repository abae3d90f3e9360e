"""What making bystanders unrecognisable costs, beside reading and writing the same picture without it."""

import io
import statistics
import time
from collections.abc import Callable

from PIL import Image, ImageFilter

from shared.evidence.media_types import MediaType
from shared.evidence.obscuring import detector
from shared.evidence.obscuring.places import Place
from shared.evidence.obscuring.rendering import rendered

TWELVE_MEGAPIXELS, FULL_HD = (4000, 3000), (1920, 1080)
FACES = [Place(x / 8, y / 4, 0.06, 0.08) for x in range(1, 7, 2) for y in range(4)]
"""As many regions as a picture of a queue has."""
RUNS = 5


def rows() -> list[tuple[str, str]]:
    large, frame = _photo(TWELVE_MEGAPIXELS), _photo(FULL_HD)
    plain = _median(lambda: _decoded_and_encoded(large))
    filled = _median(lambda: rendered(large, MediaType.JPEG, FACES, None))
    found = _median(lambda: detector.detect(large))
    whole = filled + found
    return [
        ("12-megapixel JPEG: decode and encode alone", f"{1e3 * plain:.0f} ms"),
        (f"- with {len(FACES)} regions filled", f"{1e3 * filled:.0f} ms, {filled / plain:.2f} x"),
        ("- with detection and regions filled", f"{1e3 * whole:.0f} ms, {whole / plain:.2f} x"),
        ("detection, 1080p", f"{1e3 * _median(lambda: detector.detect(frame)):.0f} ms"),
    ]


def _photo(size: tuple[int, int]) -> bytes:
    """Noise, softened until a JPEG of it is about as large as one of a camera; there is nobody in it."""
    picture, written = Image.effect_noise(size, 90).filter(ImageFilter.GaussianBlur(1.5)).convert("RGB"), io.BytesIO()
    picture.save(written, "JPEG", quality=90)
    return written.getvalue()


def _decoded_and_encoded(jpeg: bytes) -> None:
    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.convert("RGB").save(io.BytesIO(), "JPEG", quality=88)


def _median(work: Callable[[], object]) -> float:
    return statistics.median(_seconds(work) for _ in range(RUNS))


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
