"""Small videos, made here and now: a grid of grey, and a bright square that walks across it. Of nobody."""

import io
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

FORMATS = {"video/mp4": "mp4", "video/quicktime": "mov", "video/x-msvideo": "avi"}
SECRETS = {"title": "Kestrel 9000", "location": "+51.5014-000.1419/", "comment": "Lena's doorbell"}
CREATED = "2019-03-04T05:06:07Z"
SQUARE = 40
BRIGHT = 235
RATE = 25

type Planes = np.ndarray[Any, np.dtype[np.uint8]]


def grid(number: int, width: int, height: int) -> Planes:
    """Never black, so that what was painted shows; the square begins at 2 pixels a picture."""
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = np.add.outer(np.arange(height), np.arange(width)) % 120 + 70
    left = number * 2 % (width - SQUARE)
    planes[100 : 100 + SQUARE, left : left + SQUARE] = BRIGHT
    return planes


def film(
    seconds: float = 6,
    *,
    media_type: str = "video/mp4",
    size: tuple[int, int] = (320, 240),
    sound: bool = False,
    codec: str = "mpeg4",
    options: dict[str, str] | None = None,
    drawn: Callable[[int, int, int], Planes] = grid,
    times: Callable[[int], int] = lambda number: number,
) -> bytes:
    """25 pictures a second, with a camera's metadata. ``times`` says at which tick each is shown."""
    written = io.BytesIO()
    keeps_all = {"movflags": "use_metadata_tags"} if FORMATS[media_type] != "avi" else {}
    with av.open(written, "w", format=FORMATS[media_type], container_options=keeps_all) as container:
        container.metadata.update(SECRETS | {"creation_time": CREATED})
        stream: Any = container.add_stream(codec, rate=RATE, options={"g": "60"} if options is None else options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.bit_rate = 4_000_000
        voice: Any = container.add_stream("aac", rate=44_100, layout="mono") if sound else None
        for number in range(int(seconds * RATE)):
            frame = av.VideoFrame.from_ndarray(drawn(number, *size), format="yuv420p")
            frame.pts, frame.time_base = times(number), Fraction(1, RATE)
            container.mux(stream.encode(frame))
            if voice and number % RATE == 0:
                container.mux(voice.encode(_hum(number // RATE)))
        container.mux(stream.encode(None))
        if voice:
            container.mux(voice.encode(None))
    return written.getvalue()


def _hum(second: int) -> Any:
    wave = (np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100) * 0.3).astype(np.float32)[None]
    frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 44_100, second * 44_100, Fraction(1, 44_100)
    return frame


def shown(content: bytes) -> list[tuple[float, Planes]]:
    """The pictures of a rendition: seconds, and brightness."""
    with av.open(io.BytesIO(content), format="mp4") as container:
        return [(float(f.time or 0), f.to_ndarray(format="yuv420p")[: f.height]) for f in container.decode(video=0)]


def portrait(size: int) -> Image.Image:
    """A drawing of a face, which a detector takes for one. Of nobody."""
    picture, unit = Image.new("RGB", (size, size), (120, 140, 150)), size / 100
    draw = ImageDraw.Draw(picture)

    def oval(left: float, top: float, right: float, bottom: float, colour: tuple[int, int, int]) -> None:
        draw.ellipse((left * unit, top * unit, right * unit, bottom * unit), fill=colour)

    skin, shade, hair = (215, 170, 145), (190, 140, 118), (50, 35, 28)
    draw.rectangle((38 * unit, 75 * unit, 62 * unit, 100 * unit), fill=shade)
    oval(22, 5, 78, 60, hair)
    oval(26, 12, 74, 90, skin)
    draw.pieslice((24 * unit, 4 * unit, 76 * unit, 60 * unit), 180, 360, fill=hair)
    oval(28, 22, 72, 60, skin)
    for x in (38, 62):
        oval(x - 8, 40, x + 8, 50, shade)
        oval(x - 6, 42, x + 6, 49, (240, 238, 235))
        oval(x - 3, 42, x + 3, 49, hair)
        draw.line(((x - 8) * unit, 37 * unit, (x + 8) * unit, 37 * unit), fill=hair, width=int(2.5 * unit))
    draw.polygon([(50 * unit, 44 * unit), (45 * unit, 62 * unit), (55 * unit, 62 * unit)], fill=shade)
    oval(44, 59, 56, 65, shade)
    oval(40, 70, 60, 78, (170, 80, 80))
    return picture.filter(ImageFilter.GaussianBlur(size / 120))


FACE = 100
"""Pixels of a drawn face's picture; the face itself fills the middle."""


def where(number: int) -> tuple[int, int]:
    """Left and top of the drawn face in this picture: it walks to the right and back, and stands still in between."""
    step = number % 100
    return 20 + 5 * min(step, 60) if step < 80 else 320 - 5 * (step - 80), 120 + step % 40


def with_a_face(number: int, width: int, height: int) -> Planes:
    canvas = Image.new("RGB", (width, height), (120, 140, 150))
    canvas.paste(portrait(FACE), where(number))
    frame = av.VideoFrame.from_image(canvas)
    return frame.to_ndarray(format="yuv420p")
