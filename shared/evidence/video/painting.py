"""Paints one segment of a video and encodes it. Loads the codec library: for its process only."""

import io
import struct
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, BinaryIO

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from shared.evidence.obscuring.places import Place
from shared.evidence.video import reading, spans
from shared.evidence.video.reading import Array
from shared.evidence.video.spans import Point, Points
from shared.evidence.video.unworkable import Unworkable
from shared.evidence.video.work import Failure

CLOCK = 90_000
"""Ticks of a second; the usual clock of MPEG."""
CODEC = "libvpx-vp9"
BLACK = (16, 128, 128)
"""Y, U and V. One colour for every region: what is equal everywhere tells nothing."""
BITS_PER_PIXEL = 0.12
QUALITY = 31
TOLERANCE = 24
"""How far an encoder may stray from the colour inside a region, of 255."""
RIM = 8
"""Pixels at the edge of a region into which an encoder lets its surroundings run."""
HEADER = struct.Struct(">q")
"""Ticks between the first picture of the video and the first of a piece, before the piece's bytes."""

type Pixels = tuple[int, int, int, int]
"""left, top, right, bottom"""


def painted(original: BinaryIO, order: dict[str, Any], made: BinaryIO) -> dict[str, Any]:
    """Writes the piece, nothing if no picture begins in the segment. Raises :class:`Unworkable`."""
    tracks = [[Point(at, Place(*place)) for at, *place in points] for points in order["tracks"]]
    size, rate, written = (order["width"], order["height"]), order["rate"], io.BytesIO()
    begin, end = order["begin"], order["end"] if order["end"] is not None else float("inf")
    first: int | None = None
    covered: list[list[Pixels]] = []
    with (
        reading.opened(original, order["type"]) as (container, stream),
        av.open(written, "w", format="mp4", container_options={"fflags": "+bitexact"}) as piece,
    ):
        encoder = _encoder(piece, stream, size, rate)
        for picture in reading.segment(container, stream, begin, end):
            planes = reading.upright(picture.frame, size)
            covered.append(fill(planes, places(tracks, picture.begin, picture.end), size))
            ticks = round(picture.begin * CLOCK)
            first = ticks if first is None else first
            piece.mux(encoder.encode(frame_of(planes, ticks - first)))
        if first is not None:
            piece.mux(encoder.encode(None))
    if first is None:
        return {"pictures": 0}
    verify(written.getvalue(), covered)
    made.write(HEADER.pack(first) + written.getvalue())
    return {"pictures": len(covered)}


def places(tracks: Sequence[Points], begin: float, end: float) -> list[Place]:
    return [place for points in tracks if (place := spans.during(points, begin, end))]


def fill(planes: list[Array], regions: list[Place], size: tuple[int, int]) -> list[Pixels]:
    """Paints in place, and says which pixels it painted."""
    boxes = [region.pixels(*size) for region in regions]
    for left, top, right, bottom in boxes:
        planes[0][top:bottom, left:right] = BLACK[0]
        for plane, colour in zip(planes[1:], BLACK[1:], strict=True):
            plane[top // 2 : (bottom + 1) // 2, left // 2 : (right + 1) // 2] = colour
    return boxes


def frame_of(planes: list[Array], ticks: int) -> VideoFrame:
    """A picture of our own: nothing that the original's frame carried comes along."""
    width = planes[0].shape[1]
    whole = np.concatenate([planes[0], *(plane.reshape(-1, width) for plane in planes[1:])])
    frame = VideoFrame.from_ndarray(whole, format=reading.PLANES)
    frame.pts, frame.time_base = ticks, Fraction(1, CLOCK)
    return frame


def _encoder(piece: Any, stream: VideoStream, size: tuple[int, int], rate: float) -> VideoStream:
    """VP9 at the speed of live pictures, without pictures that are never shown: pieces are put together by packets."""
    bits = max(400_000, int(size[0] * size[1] * min(rate, 60) * BITS_PER_PIXEL))
    options = {"deadline": "realtime", "cpu-used": "7", "row-mt": "1", "lag-in-frames": "0", "crf": str(QUALITY)}
    options |= {"tile-columns": "2", "threads": "2", "g": "250"}
    encoder: VideoStream = piece.add_stream(CODEC, options=options)
    encoder.width, encoder.height, encoder.pix_fmt = size[0], size[1], reading.PLANES
    encoder.bit_rate = bits
    context, source = encoder.codec_context, stream.codec_context
    context.time_base, context.framerate = Fraction(1, CLOCK), Fraction(max(rate, 1)).limit_denominator(1000)
    context.color_range, context.colorspace = source.color_range, source.colorspace
    context.color_primaries, context.color_trc = source.color_primaries, source.color_trc
    return encoder


def verify(piece: bytes, covered: list[list[Pixels]]) -> None:
    """Looks at the encoded pictures again: every region must be what it was painted with."""
    with av.open(io.BytesIO(piece), mode="r", format="mp4") as container:
        shown = 0
        for frame in container.decode(video=0):
            luma = frame.to_ndarray(format=reading.PLANES)[: frame.height]
            for left, top, right, bottom in covered[shown] if shown < len(covered) else []:
                inside = luma[top + RIM : bottom - RIM, left + RIM : right - RIM].astype(np.int16)
                if inside.size and np.abs(inside - BLACK[0]).max() > TOLERANCE:
                    raise Unworkable(Failure.NOT_COVERED)
            shown += 1
    if shown != len(covered):
        raise Unworkable(Failure.NOT_COVERED)
