"""Where something is in a video over time, as plain numbers: the process that paints loads nothing else of the app.

A track is a row of points. Between two of them the region moves in a straight line; before the first and after the
last there is none.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from shared.evidence.obscuring.places import Place

MARGIN = 0.2
"""Seconds that a region is painted before its first and after its last point: people are seen coming and going."""


class Point(NamedTuple):
    """A region at one moment: seconds from the first picture, and where."""

    at: float
    place: Place


type Points = Sequence[Point]


def during(points: Points, begin: float, end: float) -> Place | None:
    """Where the region is in a picture that is shown from ``begin`` until ``end`` (seconds); None: nowhere.

    A picture stands until the next one comes, so it is covered if the span touches any of that time.
    """
    first, last = points[0].at, points[-1].at
    if end <= first - MARGIN or begin > last + MARGIN:
        return None
    return at(points, min(max(begin, first), last))


def at(points: Points, time: float) -> Place:
    """The region at ``time``; at the ends of the track the outermost one."""
    after = bisect_right(points, time, key=lambda point: point.at)
    if after == 0:
        return points[0].place
    if after == len(points):
        return points[-1].place
    (begin, one), (end, other) = points[after - 1], points[after]
    return between(one, other, (time - begin) / (end - begin))


def between(one: Place, other: Place, share: float) -> Place:
    """``share`` of the way from one to the other. What lies in both lies in all of them."""
    return Place(*(a + (b - a) * share for a, b in zip(one, other, strict=True)))


def hull(*places: Place) -> Place:
    """The smallest region that holds all of them."""
    left, top = min(each.x for each in places), min(each.y for each in places)
    right = max(each.x + each.width for each in places)
    bottom = max(each.y + each.height for each in places)
    return Place(left, top, right - left, bottom - top)


def grown(place: Place, share: float) -> Place:
    """Wider by ``share`` of its size on every side, within the picture."""
    left, top = max(place.x - share * place.width, 0.0), max(place.y - share * place.height, 0.0)
    right = min(place.x + (1 + share) * place.width, 1.0)
    bottom = min(place.y + (1 + share) * place.height, 1.0)
    return Place(left, top, right - left, bottom - top)


def holds(outer: Place, inner: Place, tolerance: float = 1e-9) -> bool:
    return (
        outer.x <= inner.x + tolerance
        and outer.y <= inner.y + tolerance
        and outer.x + outer.width >= inner.x + inner.width - tolerance
        and outer.y + outer.height >= inner.y + inner.height - tolerance
    )


def segments(seconds: float, each: float) -> int:
    """Into how many parts of ``each`` seconds a video of ``seconds`` is cut; at least one."""
    return max(1, math.ceil(round(seconds / each, 6)))
