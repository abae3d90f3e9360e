"""Looks for faces in one segment of a video. Loads the codec library and the detector: for its process only."""

import json
from collections.abc import Sequence
from typing import Any, BinaryIO

from PIL.Image import Image

from shared.evidence.obscuring import detector
from shared.evidence.video import reading

EVERY = 0.2
"""Seconds between the pictures that are looked at. Measured: at every fifth of 25 a second, what is found in one
covers the face in those until the next."""
LARGE, SMALL = 640, 1280
"""The longer sides at which large and small faces are looked for. A video is upright, so it is not looked at from all
sides as a photograph is. Small faces cost four times as much and move less far: every second picture will do."""


def found(original: BinaryIO, order: dict[str, Any], made: BinaryIO) -> dict[str, Any]:
    """Writes samples as JSON: [seconds, [[x, y, width, height, confidence in percent], ...]], empty ones too."""
    samples: list[tuple[float, list[detector.Found]]] = []
    size, due = (order["width"], order["height"]), 0.0
    end = order["end"] if order["end"] is not None else float("inf")
    with reading.opened(original, order["type"]) as (container, stream):
        for picture in reading.segment(container, stream, order["begin"], end):
            if picture.begin >= due:
                sizes = (LARGE, SMALL) if len(samples) % 2 == 0 else (LARGE,)
                samples.append((round(picture.begin, 3), faces(reading.image(picture.frame, size), sizes)))
                due = picture.begin + EVERY - 0.001
    made.write(json.dumps(samples).encode())
    return {"samples": len(samples)}


def faces(picture: Image, sizes: Sequence[int]) -> list[detector.Found]:
    seen = [face for size in sizes for face in detector.one_pass(picture, size, turn=0)]
    return [detector.grown(face) for face in detector.distinct(seen)]
