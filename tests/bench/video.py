"""What work on a video costs, for each minute of 720p, beside decoding and encoding it without painting anything."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from shared.evidence.video import finding, joining, painting
from shared.evidence.video.workshop import ONE_THREAD
from tests.support.videos import film, with_a_face

SECONDS = 4
SIZE = (1280, 720)
FACES = [[[0.0, x / 8, y / 4, 0.1, 0.15], [60.0, x / 8, y / 4, 0.1, 0.15]] for x in range(1, 7, 2) for y in range(4)]
"""Twelve regions all the way, as of a queue."""


def rows() -> list[tuple[str, str]]:
    """In a process of its own, with the threads that the work has."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.video"]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=True)
    return [(name, figure) for name, figure in json.loads(done.stdout)]


def measured() -> list[tuple[str, str]]:
    original = film(SECONDS, size=SIZE, drawn=with_a_face)
    order = {"type": "video/mp4", "width": SIZE[0], "height": SIZE[1], "rate": 25, "begin": 0.0, "end": None}
    pieces: dict[int | str, bytes] = {}

    def paint(tracks: list[Any]) -> None:
        made = io.BytesIO()
        painting.painted(io.BytesIO(original), order | {"tracks": tracks}, made)
        pieces[0] = made.getvalue()

    def join() -> None:
        joining.joined(_Shelf(pieces), {"statement": "", "pieces": [0], "sound": False}, io.BytesIO())

    plain, painted = _minute(lambda: paint([])), _minute(lambda: paint(FACES))
    found, joined = _minute(lambda: finding.found(io.BytesIO(original), order, io.BytesIO())), _minute(join)
    return [
        ("decode, encode, look again", f"{plain:.0f} s"),
        (f"- with {len(FACES)} regions painted", f"{painted:.0f} s, {painted / plain:.2f} x"),
        ("put together", f"{joined:.1f} s"),
        ("faces looked for, five pictures a second", f"{found:.0f} s"),
    ]


class _Shelf:
    def __init__(self, pieces: dict[int | str, bytes]) -> None:
        self._pieces = pieces

    def piece(self, name: int | str) -> bytes:
        return self._pieces[name]


def _minute(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 60 / SECONDS


if __name__ == "__main__":
    print(json.dumps(measured()))
