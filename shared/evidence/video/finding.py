"""Looks for faces in one segment of a video. Loads the codec library and the detector: for its process only."""

import json
from typing import Any, BinaryIO

from PIL.Image import Image

from shared.evidence.obscuring import detector
from shared.evidence.video import reading

EVERY = 0.2
"""Seconds between the pictures that are looked at. Measured: at every fifth of 25 a second, what is found in one
covers the face in those until the next."""
LARGE, SMALL = 640, 1280
"""The longer sides at which large and small faces are looked for. Small faces cost four times as much and move less
far: every second look will do. The others look for people who lie, on the one side and on the other."""
CLOSELY = 5
"""Every so many looks the picture is searched field by field, at up to twice its size: as much work as five looks."""
FAINT = 20
"""Percent. What is seen so faintly is no suggestion of its own, but tells where a face goes that was seen better."""
LEAST_BY_SIDE = ((0.25, FAINT), (0.7, detector.LEAST_CONFIDENCE), (float("inf"), 70))
"""Up to which share of the picture's width and height a face needs which confidence: the larger, the better it is seen,
or it is none."""
LARGEST_TURNED = 0.25
"""Of width and height: what is seen to lie on its side and is larger is nearly always a wall."""


def found(original: BinaryIO, order: dict[str, Any], made: BinaryIO) -> dict[str, Any]:
    """Writes samples as JSON: [seconds, [[x, y, width, height, confidence in percent], ...]], empty ones too.

    The last picture is looked at as well: nobody who appears after the look before it would be seen later.
    """
    samples: list[tuple[float, list[detector.Found]]] = []
    size, due = (order["width"], order["height"]), 0.0
    end = order["end"] if order["end"] is not None else float("inf")
    last: reading.Picture | None = None
    with reading.opened(original, order["type"]) as (container, stream):
        for picture in reading.segment(container, stream, order["begin"], end):
            last = picture
            if picture.begin >= due:
                samples.append((round(picture.begin, 3), faces(reading.image(picture.frame, size), len(samples))))
                due = picture.begin + EVERY - 0.001
        if last is not None and round(last.begin, 3) > samples[-1][0]:
            samples.append((round(last.begin, 3), faces(reading.image(last.frame, size), 0)))
    made.write(json.dumps(samples).encode())
    return {"samples": len(samples)}


def faces(picture: Image, number: int) -> list[detector.Found]:
    """What the look with this number sees."""
    seen = detector.one_pass(picture, LARGE, turn=0, least=FAINT)
    if number % 2 == 0:
        seen += detector.one_pass(picture, SMALL, turn=0, least=FAINT)
    else:
        turned = detector.one_pass(picture, LARGE, turn=90 if number % 4 == 1 else 270, least=FAINT)
        seen += [face for face in turned if max(face[2:4]) <= LARGEST_TURNED]
    if number % CLOSELY == 0:
        seen += detector.in_fields(picture, least=FAINT)
    return [detector.grown(face) for face in detector.distinct([face for face in seen if _is_likely(face)])]


def _is_likely(face: detector.Found) -> bool:
    return face[4] >= next(least for side, least in LEAST_BY_SIDE if max(face[2:4]) <= side)
