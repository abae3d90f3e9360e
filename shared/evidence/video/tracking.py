"""From faces in single pictures to tracks: which faces are one person's, where that person is in between, and a little
longer. By place only: nothing is computed of a face, so nobody is recognised, and who leaves and comes back is two.
"""

import math
from dataclasses import dataclass, field

from shared.evidence.obscuring.places import Place
from shared.evidence.video import spans
from shared.evidence.video.models import MOST_POINTS, MOST_TRACKS, Track, TrackPoint
from shared.evidence.video.spans import Point
from shared.evidence.video.unworkable import Unworkable
from shared.evidence.video.work import Failure

type Sample = tuple[float, list[tuple[float, float, float, float, int]]]
"""Seconds, and faces: x, y, width, height as fractions, and the confidence in percent."""

LOST_AFTER = 1.2
"""Seconds without a face until a track has ended: heads turn, and a detector misses some."""
BEFORE, AFTER = 0.6, 0.6
"""Seconds that a track is longer than what was found: people are seen from the side before they look."""
GROWTH = 0.25
"""Of width and height on every side."""
FINE = 10_000
REACH = 1.5
"""How far a face can get until the next sample, in its own widths and heights."""


@dataclass
class _Trail:
    """One person so far."""

    points: list[Point] = field(default_factory=list)
    confidence: int = 0

    @property
    def last(self) -> Point:
        return self.points[-1]

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
    found = [_track(trail) for trail in _trails(samples)]
    if len(found) > MOST_TRACKS or sum(len(track.points) for track in found) > MOST_POINTS:
        raise Unworkable(Failure.TOO_MANY_FACES)
    return found


def _trails(samples: list[Sample]) -> list[_Trail]:
    """Each face goes to the nearest trail that it can belong to; nearest pairs first."""
    trails: list[_Trail] = []
    for at, faces in samples:
        open_ = [trail for trail in trails if trail.last.at < at <= trail.last.at + LOST_AFTER]
        places = [Place(*face[:4]) for face in faces]
        pairs = sorted(
            (distance, n, m)
            for n, trail in enumerate(open_)
            for m, place in enumerate(places)
            if (distance := _distance(trail.expected(at), place)) <= REACH
        )
        taken: set[int] = set()
        for _, n, m in pairs:
            if open_[n].last.at < at and m not in taken:
                open_[n].points.append(Point(at, places[m]))
                open_[n].confidence = max(open_[n].confidence, faces[m][4])
                taken.add(m)
        trails += [
            _Trail([Point(at, place)], face[4])
            for m, (place, face) in enumerate(zip(places, faces, strict=True))
            if m not in taken
        ]
    return trails


def _distance(one: Place, other: Place) -> float:
    """Between the middles, in widths and heights; out of reach where one is more than twice the other's size."""
    width, height = (one.width + other.width) / 2, (one.height + other.height) / 2
    if max(one.width, other.width) > 2 * min(one.width, other.width):
        return float("inf")
    across = (one.x + one.width / 2 - other.x - other.width / 2) / width
    down = (one.y + one.height / 2 - other.y - other.height / 2) / height
    return float((across**2 + down**2) ** 0.5)


def _track(trail: _Trail) -> Track:
    points = _thinned(trail.points)
    first, last = points[0], points[-1]
    ends = [Point(max(first.at - BEFORE, 0.0), first.place), *points, Point(last.at + AFTER, last.place)]
    ends = [point for number, point in enumerate(ends) if number == 0 or point.at > ends[number - 1].at]
    return Track(
        points=[_rounded(point) for point in ends],
        origin="suggested",
        confidence=trail.confidence / 100,
    )


def _thinned(points: list[Point]) -> list[Point]:
    """Grown, and without the points that the straight line between their neighbours covers anyway."""
    wide = [Point(at, spans.grown(spans.hull(place, *_halfway(points, n)), GROWTH)) for n, (at, place) in
            enumerate(points)]  # fmt: skip
    kept, n = [wide[0]], 0
    while n < len(points) - 1:
        until = n + 1
        while until + 1 < len(points) and _covers(wide[n], wide[until + 1], points[n + 1 : until + 1]):
            until += 1
        kept.append(wide[until])
        n = until
    return kept


def _halfway(points: list[Point], n: int) -> list[Place]:
    """Where the face is halfway to its neighbours: nobody moves in straight lines from sample to sample."""
    return [spans.between(points[n].place, points[m].place, 0.5) for m in (n - 1, n + 1) if 0 <= m < len(points)]


def _covers(one: Point, other: Point, between: list[Point]) -> bool:
    return all(spans.holds(spans.at([one, other], point.at), point.place) for point in between)


def _rounded(point: Point) -> TrackPoint:
    """To a tenth of a thousandth of the picture, outwards."""
    x, y, width, height = point.place
    left, top = math.floor(x * FINE) / FINE, math.floor(y * FINE) / FINE
    right, bottom = min(math.ceil((x + width) * FINE) / FINE, 1.0), min(math.ceil((y + height) * FINE) / FINE, 1.0)
    return TrackPoint(at=round(point.at, 3), x=left, y=top, width=right - left, height=bottom - top)
