"""Short films with people who walk, turn, pass behind things and leave, each with exact notes on which pixels of every
picture show whose face.

The people are the portraits of :mod:`.portraits`. A portrait is flat: a head that turns is one that gets narrow and
then a plain shape, which is less than a real turn. Everything comes from a seed: two runs measure the same films.
"""

import io
import math
import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.bench.faces.portraits import Portrait
from tests.bench.faces.scenes import Box, person, wall

SIZE = (1280, 720)
SECONDS = 6
PEOPLE = 7
VISIBLE = 0.5
"""Of a face: whoever shows less of it is not counted."""
NARROWEST = 0.5
"""Of a face's width, seen when a head has turned by 60 degrees: from there on the back of the head is shown."""

type Mask = np.ndarray[Any, np.dtype[np.bool_]]


class Kind(NamedTuple):
    name: str
    heights: tuple[int, int] = (60, 90)
    """Of the faces, in pixels: the smallest and the largest."""
    rate: int = 25
    pace: float = 90
    """Pixels a second, of people."""
    turning: bool = False
    lying: bool = False
    approaching: bool = False
    posts: bool = False
    pan: float = 0
    """Pixels a second, of the camera; it goes back after two seconds."""
    shot: float = SECONDS
    """Seconds until the film cuts to other people."""
    dark: bool = False
    bits: int = 4_000_000
    """A second."""


KINDS = (
    Kind("walking, 60 to 90 pixels high"),
    Kind("running, 15 a second", rate=15, pace=420),
    Kind("turning and tilting their heads", turning=True),
    Kind("small, 24 to 36 pixels", heights=(24, 36), pace=40),
    Kind("coming nearer, 24 to 110 pixels", heights=(24, 110), approaching=True),
    Kind("dark and grainy", dark=True),
    Kind("behind posts", posts=True),
    Kind("camera that pans, 30 a second", rate=30, pan=240),
    Kind("a cut every 1.1 seconds", shot=1.1),
    Kind("recorder at 15 a second and 200 kbit/s", rate=15, bits=200_000),
    Kind("lying on their side", lying=True, pace=20),
)


class Seen(NamedTuple):
    """A face in one picture."""

    who: int
    box: tuple[int, int, int, int]
    """left, top, right, bottom, in pixels, within the picture."""
    visible: Mask
    """Of the box: the pixels that nothing hides."""


@dataclass(frozen=True, eq=False)
class Film:
    mp4: bytes
    rate: int
    faces: list[list[Seen]]
    """For every picture."""


class _Actor:
    """One person's way through a film. Positions are of the middle of the face, in the scene."""

    def __init__(self, kind: Kind, who: int, portrait: Portrait, row: int, chance: random.Random) -> None:
        self._kind, self.who = kind, who
        self._height = chance.uniform(*kind.heights)
        self._direction = chance.choice((-1, 1))
        self._pace = kind.pace * chance.uniform(0.6, 1.2) * self._direction
        self._x, self._y = chance.uniform(0.1, 0.9) * SIZE[0], (0.22 + 0.28 * row) * SIZE[1]
        self._phase = chance.uniform(0, 2 * math.pi)
        turn = chance.choice((90, 270)) if kind.lying else 0
        self._sprite, self._face = person(portrait, kind.heights[1], turn)

    def shown(self, at: float) -> tuple[Image.Image, tuple[int, int], Box, bool]:
        """The picture of the person, where its corner is, the face in it, and whether the face is shown at all."""
        kind, walked = self._kind, self._pace * at
        height = self._height
        if kind.approaching:
            height = kind.heights[0] * (kind.heights[1] / kind.heights[0]) ** min(at / SECONDS, 1)
        narrow = math.cos(2 * math.pi * at / 3 + self._phase) if kind.turning else 1.0
        scale = height / kind.heights[1]
        wide, high = self._sprite.size
        size = max(round(wide * scale * max(abs(narrow), 0.45)), 1), max(round(high * scale), 1)
        sprite = self._sprite.resize(size, Image.Resampling.BILINEAR)
        face = tuple(side * share for side, share in zip(self._face, (size[0] / wide, size[1] / high) * 2, strict=True))
        faces = not kind.turning or narrow >= NARROWEST
        if not faces:
            ImageDraw.Draw(sprite).ellipse((face[0] - 4, face[1] - 8, face[2] + 4, face[3] + 2), fill=(48, 36, 30))
        elif kind.turning:
            sprite, face = _tilted(sprite, face, 25 * math.sin(2.1 * at + self._phase))
        if abs(self._pace) > 200:
            sprite = _smeared(sprite, abs(self._pace) / 50)
        middle = (face[0] + face[2]) / 2, (face[1] + face[3]) / 2
        room = SIZE[0] * 1.3
        x = (self._x + walked + 0.15 * SIZE[0]) % room - 0.15 * SIZE[0]
        y = self._y + 6 * math.sin(2 * math.pi * 1.8 * at + self._phase)
        return sprite, (round(x - middle[0]), round(y - middle[1])), (face[0], face[1], face[2], face[3]), faces


def composed(kind: Kind, portraits: list[Portrait], number: int) -> Film:
    """The film with this number of its kind; each shows others of the portraits."""
    chance = random.Random(f"{kind.name} {number}")
    shots = []
    for shot in range(math.ceil(SECONDS / kind.shot)):
        chosen = [(PEOPLE * (number + shot) + each) % len(portraits) for each in range(PEOPLE)]
        actors = [_Actor(kind, 100 * shot + who, portraits[who], row % 3, chance) for row, who in enumerate(chosen)]
        shots.append((wall((SIZE[0] * 2, SIZE[1]), chance), actors))
    grain = np.random.default_rng(number)
    pictures, faces = [], []
    for frame in range(int(SECONDS * kind.rate)):
        at = frame / kind.rate
        background, actors = shots[int(at / kind.shot)]
        picture, seen = _picture(kind, background, actors, at)
        pictures.append(_darkened(picture, grain) if kind.dark else picture)
        faces.append(seen)
    return Film(_encoded(pictures, kind), kind.rate, faces)


def _picture(kind: Kind, background: Image.Image, actors: list[_Actor], at: float) -> tuple[Image.Image, list[Seen]]:
    camera = round(kind.pan * (2 - abs(at % 4 - 2)))
    canvas = background.crop((camera, 0, camera + SIZE[0], SIZE[1]))
    owner = np.full((SIZE[1], SIZE[0]), -1, np.int16)
    shown = [(actor.who, *actor.shown(at)) for actor in actors]
    for who, sprite, (x, y), _, _ in shown:
        left = x - camera
        canvas.paste(sprite, (left, y))
        owner[max(y, 0) : max(y + sprite.height, 0), max(left, 0) : max(left + sprite.width, 0)] = who
    if kind.posts:
        for left in range(90, SIZE[0], 210):
            canvas.paste((92, 84, 78), (left, 0, left + 55, SIZE[1]))
            owner[:, left : left + 55] = -1
    return canvas, [
        found
        for who, _, (x, y), face, is_shown in shown
        if is_shown and (found := _seen(owner, who, (x - camera, y), face))
    ]


def _seen(owner: Any, who: int, corner: tuple[int, int], face: Box) -> Seen | None:
    """Nothing, where too little of the face is seen."""
    x, y = corner
    left, top, right, bottom = x + face[0], y + face[1], x + face[2], y + face[3]
    box = max(round(left), 0), max(round(top), 0), min(round(right), SIZE[0]), min(round(bottom), SIZE[1])
    if box[0] >= box[2] or box[1] >= box[3]:
        return None
    visible = owner[box[1] : box[3], box[0] : box[2]] == who
    return Seen(who, box, visible) if visible.sum() >= VISIBLE * (right - left) * (bottom - top) else None


def _tilted(sprite: Image.Image, face: tuple[float, ...], degrees: float) -> tuple[Image.Image, tuple[float, ...]]:
    """The face of a picture that was turned about its middle, as the box around the turned box's middle lines."""
    turned = sprite.rotate(degrees, Image.Resampling.BILINEAR, fillcolor=sprite.getpixel((0, 0)))
    angle, (x, y) = math.radians(-degrees), ((face[0] + face[2]) / 2, (face[1] + face[3]) / 2)
    off_x, off_y = x - sprite.width / 2, y - sprite.height / 2
    x = sprite.width / 2 + off_x * math.cos(angle) - off_y * math.sin(angle)
    y = sprite.height / 2 + off_x * math.sin(angle) + off_y * math.cos(angle)
    half_x, half_y = (face[2] - face[0]) / 2, (face[3] - face[1]) / 2
    return turned, (x - half_x, y - half_y, x + half_x, y + half_y)


def _smeared(sprite: Image.Image, pixels: float) -> Image.Image:
    """As it is seen by a shutter that is open for a fiftieth of a second."""
    narrow = max(round(sprite.width / pixels), 8)
    return sprite.resize((narrow, sprite.height), Image.Resampling.BOX).resize(sprite.size, Image.Resampling.BILINEAR) \
        if pixels > 12 else sprite.filter(ImageFilter.BoxBlur((pixels / 2, 0)))  # fmt: skip


def _darkened(picture: Image.Image, grain: np.random.Generator) -> Image.Image:
    light = 255 * (np.asarray(picture, np.float32) / 255) ** 2.5
    light += grain.normal(0, 10, light.shape[:2])[:, :, None]
    return Image.fromarray(np.clip(light, 0, 255).astype(np.uint8))


def _encoded(pictures: list[Image.Image], kind: Kind) -> bytes:
    written = io.BytesIO()
    with av.open(written, "w", format="mp4") as container:
        stream: Any = container.add_stream("mpeg4", rate=kind.rate, options={"g": str(2 * kind.rate)})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *SIZE, "yuv420p", kind.bits
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_image(picture)
            frame.pts, frame.time_base = number, Fraction(1, kind.rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return written.getvalue()
