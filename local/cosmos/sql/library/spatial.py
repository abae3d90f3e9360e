"""Functions on GeoJSON. Shapes are compared on the plane of degrees, distances measured on a sphere.

The service uses an ellipsoid: distances differ by up to half a percent.
"""

import math
from collections.abc import Callable
from typing import Any

from local.cosmos.sql.library.definition import Function
from local.cosmos.sql.values import UNDEFINED, Value

EARTH_RADIUS = 6_371_008.8
"""Metres."""
WRONG = (AttributeError, KeyError, TypeError, ValueError, IndexError)


def _shape(value: Value) -> Any:
    """A valid shape, or None."""
    from shapely.errors import ShapelyError  # noqa: PLC0415 - heavy, and few queries need it
    from shapely.geometry import shape  # noqa: PLC0415

    try:
        found = shape(value)
    except (*WRONG, ShapelyError):
        return None
    return found if found.is_valid and not found.is_empty else None


def _distance(start: Value, end: Value) -> Value:
    try:
        (x1, y1), (x2, y2) = ([math.radians(angle) for angle in point["coordinates"][:2]] for point in (start, end))
    except WRONG:
        return UNDEFINED
    haversine = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(haversine))


def _of_shapes(body: Callable[[Any, Any], bool]) -> Callable[[Value, Value], Value]:
    def apply(left: Value, right: Value) -> Value:
        one, other = _shape(left), _shape(right)
        return UNDEFINED if one is None or other is None else body(one, other)

    return apply


FUNCTIONS: dict[str, Function] = {
    "ST_DISTANCE": Function(_distance, 2, 2),
    "ST_WITHIN": Function(_of_shapes(lambda inner, outer: bool(inner.within(outer))), 2, 2),
    "ST_INTERSECTS": Function(_of_shapes(lambda left, right: bool(left.intersects(right))), 2, 2),
    "ST_ISVALID": Function(lambda value: _shape(value) is not None, 1, 1),
}
