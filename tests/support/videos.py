"""Small videos, made here and now: a grid of grey, and a bright square that walks across it. Of nobody."""

import io
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np

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
    drawn: Callable[[int, int, int], Planes] = grid,
    times: Callable[[int], int] = lambda number: number,
) -> bytes:
    """25 pictures a second, with a camera's metadata. ``times`` says at which tick each is shown."""
    written = io.BytesIO()
    keeps_all = {"movflags": "use_metadata_tags"} if FORMATS[media_type] != "avi" else {}
    with av.open(written, "w", format=FORMATS[media_type], container_options=keeps_all) as container:
        container.metadata.update(SECRETS | {"creation_time": CREATED})
        stream: Any = container.add_stream(codec, rate=RATE, options={"g": "60"})
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
