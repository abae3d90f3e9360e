"""Distances on the earth."""

import math

EARTH_KM = 6371.0

type Point = tuple[float, float]
"""Latitude and longitude in degrees (WGS 84)."""


def distance_km(one: Point, other: Point) -> float:
    """Along the great circle: the haversine formula."""
    (lat1, lon1), (lat2, lon2) = ((math.radians(a), math.radians(b)) for a, b in (one, other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))
