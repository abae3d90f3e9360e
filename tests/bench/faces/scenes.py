"""Pictures with many faces, as a camera under a ceiling or a telephone on its side would take them.

Each portrait appears once in each scene, at a size that is given, somewhere on a wall of rough plaster. Everything
comes from a seed: two runs measure the same pixels.
"""

import io
import random
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image, ImageChops, ImageFilter

from tests.bench.faces.portraits import Portrait

FULL_HD, TWELVE_MEGAPIXELS = (1920, 1080), (4000, 3000)
AROUND = 0.7
"""Of a portrait's face, kept on each side: a cut too close to a face would not be a person in a picture."""

type Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""


class Group(NamedTuple):
    name: str
    heights: tuple[int, ...]
    """Of the faces, in pixels; one scene each."""
    turn: int = 0
    size: tuple[int, int] = FULL_HD
    dark: bool = False
    blurred: bool = False


class Scene(NamedTuple):
    jpeg: bytes
    faces: list[Box]


GROUPS = (
    Group("upright, 60 to 120 pixels high", (60, 90, 120)),
    Group("on the side, 60 to 120 pixels", (60, 90, 120), turn=90),
    Group("on the other side, 60 to 120 pixels", (60, 90, 120), turn=270),
    Group("upside down, 60 to 120 pixels", (60, 90, 120), turn=180),
    Group("small, 24 to 40 pixels", (24, 32, 40)),
    Group("small and on the side, 24 to 40 pixels", (24, 32, 40), turn=90),
    Group("dark and grainy, 60 to 120 pixels", (60, 90, 120), dark=True),
    Group("blurred, 60 to 120 pixels", (60, 90, 120), blurred=True),
    Group("12 megapixels, 60 to 100 pixels", (60, 80, 100), size=TWELVE_MEGAPIXELS),
)


def scenes(group: Group, portraits: list[Portrait]) -> Iterator[Scene]:
    for height in group.heights:
        yield _scene(group, height, portraits, random.Random(f"{group.name} {height}"))


def _scene(group: Group, height: int, portraits: list[Portrait], chance: random.Random) -> Scene:
    canvas, faces = wall(group.size, chance), []
    columns, rows = 7, -(-len(portraits) // 7)
    cells = [(column, row) for row in range(rows) for column in range(columns)]
    wide, high = canvas.width / columns, canvas.height / rows
    for portrait, (column, row) in zip(portraits, chance.sample(cells, len(portraits)), strict=True):
        cut_out, (left, top, right, bottom) = person(portrait, height, group.turn)
        x = round(column * wide + chance.random() * max(wide - cut_out.width, 0))
        y = round(row * high + chance.random() * max(high - cut_out.height, 0))
        canvas.paste(cut_out, (x, y))
        faces.append((x + left, y + top, x + right, y + bottom))
    return Scene(_photographed(canvas, group, chance), faces)


def wall(size: tuple[int, int], chance: random.Random) -> Image.Image:
    colour, rough = tuple(chance.randint(110, 190) for _ in range(3)), Image.new("L", (size[0] // 8, size[1] // 8))
    rough.putdata([chance.randint(80, 175) for _ in range(rough.width * rough.height)])
    shade = Image.merge("RGB", [rough.resize(size, Image.Resampling.BICUBIC)] * 3)
    return Image.blend(Image.new("RGB", size, colour), shade, 0.35)


def person(portrait: Portrait, height: int, turn: int) -> tuple[Image.Image, Box]:
    """The portrait around its face, which becomes ``height`` pixels high, turned anticlockwise; and the face in it."""
    left, top, right, bottom = portrait.face
    more_x, more_y = AROUND * (right - left), AROUND * (bottom - top)
    x, y = max(left - more_x, 0), max(top - more_y, 0)
    cut = (x, y, min(right + more_x, portrait.picture.width), min(bottom + more_y, portrait.picture.height))
    scale = height / (bottom - top)
    size = round((cut[2] - cut[0]) * scale), round((cut[3] - cut[1]) * scale)
    person = portrait.picture.resize(size, Image.Resampling.LANCZOS, box=cut).rotate(turn, expand=True)
    face = tuple(scale * each for each in (left - x, top - y, right - x, bottom - y))
    return person, _turned((face[0], face[1], face[2], face[3]), turn, size)


def _turned(box: Box, turn: int, size: tuple[int, int]) -> Box:
    left, top, right, bottom = box
    width, height = size
    match turn:
        case 90:
            return top, width - right, bottom, width - left
        case 180:
            return width - right, height - bottom, width - left, height - top
        case 270:
            return height - bottom, left, height - top, right
        case _:
            return box


def _photographed(canvas: Image.Image, group: Group, chance: random.Random) -> bytes:
    if group.blurred:
        canvas = canvas.filter(ImageFilter.GaussianBlur(2.5))
    if group.dark:
        grain = Image.new("L", canvas.size)
        grain.putdata([round(min(max(chance.gauss(128, 12), 0), 255)) for _ in range(canvas.width * canvas.height)])
        canvas = canvas.point([round(255 * (value / 255) ** 2.5) for value in range(256)] * 3)
        canvas = _with_grain(canvas, grain)
    written = io.BytesIO()
    canvas.save(written, "JPEG", quality=85)
    return written.getvalue()


def _with_grain(canvas: Image.Image, grain: Image.Image) -> Image.Image:
    return ImageChops.add(canvas, Image.merge("RGB", [grain] * 3), offset=-128)
