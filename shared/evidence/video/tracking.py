"""From faces in single pictures to tracks: which faces are one person's, where that person is in between, and a little
longer. By place only: nothing is computed of a face, so nobody is recognised, and who leaves and comes back is two.

Faint sightings lengthen a track and fill its gaps, at both ends, but make none: a track needs a sure one. What was
chosen here was measured on films (``tests/bench/faces/flashes.py``).
"""

import math
from dataclasses import dataclass, field
from itertools import pairwise

from shared.evidence.obscuring.places import Place
from shared.evidence.video import spans
from shared.evidence.video.models import MOST_POINTS, MOST_TRACKS, MOST_UNCLEAR, Because, Track, TrackPoint, Unclear
from shared.evidence.video.spans import Point
from shared.evidence.video.unworkable import Unworkable
from shared.evidence.video.work import Failure

type Sample = tuple[float, list[tuple[float, float, float, float, int]]]
"""Seconds, and faces: x, y, width, height as fractions, and the confidence in percent."""

SURE = 50
"""Percent, of a track's best sighting at least."""
LOST_AFTER = 1.2
"""Seconds without a face until a track has ended: heads turn, and a detector misses some."""
BEFORE, AFTER = 0.6, 0.6
"""Seconds that a track is longer than what was found: people are seen from the side before they look."""
GROWTH = 0.25
"""Of width and height on every side."""
SLACK = 0.1
"""Of width and height, by which a region may be narrower on a side for the sake of fewer points."""
FINE = 10_000
REACH, FIRST_REACH = 1.5, 3.0
"""How far a face can be from where it was expected, in its own widths and heights; further where it was seen but once,
so that nothing tells where it is going."""
LEAP = 0.5
"""Widths and heights between two sightings from which on both places are covered all the time in between: it may have
been a cut, and two people."""
UNSURE_AFTER = 0.65
"""Seconds without a sure sighting, three looks that failed, from which a person had better look."""
PACE_SECONDS = 0.4
"""Of a track's beginning and end, that tell how fast somebody came and went."""


@dataclass
class _Trail:
    """One person so far."""

    points: list[Point] = field(default_factory=list)
    confidence: int = 0
    sure: list[float] = field(default_factory=list)
    """When it was seen well."""

    def add(self, point: Point, confidence: int) -> None:
        self.points.append(point)
        self.confidence = max(self.confidence, confidence)
        if confidence >= SURE:
            self.sure.append(point.at)

    @property
    def last(self) -> Point:
        return self.points[-1]

    @property
    def reach(self) -> float:
        return REACH if len(self.points) > 1 else FIRST_REACH

    def expected(self, at: float) -> Place:
        """Where the person would be who goes on as before, for a moment."""
        if len(self.points) < 2:
            return self.last.place
        before, last = self.points[-2], self.points[-1]
        share = min((at - last.at) / (last.at - before.at), 2.0)
        return Place(
            last.place.x + (last.place.x - before.place.x) * share,
            last.place.y + (last.place.y - before.place.y) * share,
            last.place.width,
            last.place.height,
        )


def tracks(samples: list[Sample]) -> list[Track]:
    """In order of appearance. Raises :class:`Unworkable` for more than a person could look through."""
    last = samples[-1][0] if samples else 0.0
    found = [_track(trail, last) for trail in _trails(samples) if trail.sure]
    if len(found) > MOST_TRACKS or sum(len(track.points) for track in found) > MOST_POINTS:
        raise Unworkable(Failure.TOO_MANY_FACES)
    return found


def _trails(samples: list[Sample]) -> list[_Trail]:
    """Each face goes to the nearest trail that it can belong to; nearest pairs first."""
    trails: list[_Trail] = []
    open_: list[_Trail] = []
    for at, faces in samples:
        open_ = [trail for trail in open_ if at <= trail.last.at + LOST_AFTER]
        places = [Place(*face[:4]) for face in faces]
        pairs = sorted(
            (distance, n, m)
            for n, trail in enumerate(open_)
            for m, place in enumerate(places)
            if (distance := _distance(trail.expected(at), place)) <= trail.reach
        )
        taken: set[int] = set()
        for _, n, m in pairs:
            if open_[n].last.at < at and m not in taken:
                open_[n].add(Point(at, places[m]), faces[m][4])
                taken.add(m)
        new = [_Trail() for _ in range(len(places) - len(taken))]
        for trail, m in zip(new, (m for m in range(len(places)) if m not in taken), strict=True):
            trail.add(Point(at, places[m]), faces[m][4])
        trails += new
        open_ += new
    return trails


def _distance(one: Place, other: Place) -> float:
    """Between the middles, in widths and heights; out of reach where one is more than twice the other's size."""
    width, height = (one.width + other.width) / 2, (one.height + other.height) / 2
    if max(one.width, other.width) > 2 * min(one.width, other.width):
        return float("inf")
    across = (one.x + one.width / 2 - other.x - other.width / 2) / width
    down = (one.y + one.height / 2 - other.y - other.height / 2) / height
    return float((across**2 + down**2) ** 0.5)


def _track(trail: _Trail, last_look: float) -> Track:
    seen = [Point(at, spans.grown(place, GROWTH)) for at, place in trail.points]
    points = _thinned([Point(at, spans.hull(place, *_on_the_way(seen, n))) for n, (at, place) in enumerate(seen)])
    first, last = seen[0].at, seen[-1].at
    came = Point(max(first - BEFORE, 0.0), _gone_on(seen[::-1], BEFORE))
    went = Point(last + AFTER, _gone_on(seen, AFTER))
    ends = [*([came] if came.at < first else []), *points, went]
    return Track(
        points=[_rounded(point) for point in ends],
        origin="suggested",
        confidence=trail.confidence / 100,
        unclear=_unclear(trail, last_look),
    )


def _unclear(trail: _Trail, last_look: float) -> list[Unclear]:
    """Where nobody saw well who this is; the longest ones, in their order."""
    first, last = trail.points[0], trail.points[-1]
    known = [first.at, *trail.sure, last.at]
    found = [Unclear(begin=a, end=b, why=Because.UNSURE) for a, b in pairwise(known) if b - a > UNSURE_AFTER]
    if first.at > 0 and not _at_the_rim(first.place):
        found.append(Unclear(begin=max(first.at - BEFORE, 0.0), end=first.at, why=Because.APPEARS))
    if last.at < last_look and not _at_the_rim(last.place):
        found.append(Unclear(begin=last.at, end=min(last.at + AFTER, last_look), why=Because.VANISHES))
    longest = sorted(found, key=lambda each: each.begin - each.end)[:MOST_UNCLEAR]
    return sorted(longest, key=lambda each: each.begin)


def _at_the_rim(place: Place) -> bool:
    """So near the edge of the picture that somebody can have come or gone there since the look before."""
    near = spans.grown(place, 1.0)
    return near.x <= 0 or near.y <= 0 or near.x + near.width >= 1 or near.y + near.height >= 1


def _on_the_way(points: list[Point], n: int) -> list[Place]:
    """Where the face is halfway to its neighbours: nobody moves in straight lines from sample to sample. All the way
    where it leaps."""
    here = points[n].place
    there = [points[m].place for m in (n - 1, n + 1) if 0 <= m < len(points)]
    return [each if _distance(here, each) > LEAP else spans.between(here, each, 0.5) for each in there]


def _gone_on(points: list[Point], seconds: float) -> Place:
    """Where somebody is some time after the last of these points who stood still there, or went on as before."""
    last = points[-1]
    before = next((each for each in points if abs(each.at - last.at) <= PACE_SECONDS), last)
    share = seconds / abs(last.at - before.at) if before is not last else 0.0
    x, y = (a + (a - b) * share for a, b in zip(last.place[:2], before.place[:2], strict=True))
    return spans.hull(last.place, last.place._replace(x=x, y=y))


def _thinned(points: list[Point]) -> list[Point]:
    """Without the points that the straight line between their neighbours covers anyway, but for a little."""
    kept, n = [points[0]], 0
    while n < len(points) - 1:
        until = n + 1
        while until + 1 < len(points) and _covers(points[n], points[until + 1], points[n + 1 : until + 1]):
            until += 1
        kept.append(points[until])
        n = until
    return kept


def _covers(one: Point, other: Point, between: list[Point]) -> bool:
    return all(spans.holds(spans.at([one, other], point.at), spans.grown(point.place, -SLACK)) for point in between)


def _rounded(point: Point) -> TrackPoint:
    """To a tenth of a thousandth of the picture, outwards."""
    x, y, width, height = point.place
    left, top = max(math.floor(x * FINE) / FINE, 0.0), max(math.floor(y * FINE) / FINE, 0.0)
    right, bottom = min(math.ceil((x + width) * FINE) / FINE, 1.0), min(math.ceil((y + height) * FINE) / FINE, 1.0)
    return TrackPoint(at=round(point.at, 3), x=left, y=top, width=right - left, height=bottom - top)
