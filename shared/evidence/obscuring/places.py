"""Where something is in a picture, as plain numbers: the processes that paint load nothing else of the app."""

import math
from typing import NamedTuple

GRID = 16
"""Pixels. Boxes are widened to this grid, because an exact box still tells how a head was held."""


class Place(NamedTuple):
    """Fractions of the upright picture, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) in a picture of this size, outwards on the grid; right and bottom are excluded."""
        left, top = GRID * math.floor(self.x * width / GRID), GRID * math.floor(self.y * height / GRID)
        right = GRID * math.ceil(round((self.x + self.width) * width, 6) / GRID)
        bottom = GRID * math.ceil(round((self.y + self.height) * height, 6) / GRID)
        return max(left, 0), max(top, 0), min(right, width), min(bottom, height)
