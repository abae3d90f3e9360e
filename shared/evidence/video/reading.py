"""Opens a video and gives its pictures, upright and in their time. Loads the codec library: for its process only."""

from collections.abc import Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL.Image import Image, fromarray

from shared.evidence.video.unworkable import Unworkable
from shared.evidence.video.work import MOST_PIXELS, MOST_SECONDS, Failure

FORMATS = {"video/mp4": "mov", "video/quicktime": "mov", "video/x-msvideo": "avi"}
"""Named, never guessed: a playlist would name other files, and have them opened."""
CODECS = {
    "h264", "hevc", "av1", "vp8", "vp9", "mpeg4", "msmpeg4v2", "msmpeg4v3", "h263", "mpeg1video", "mpeg2video",
    "mjpeg", "dvvideo", "prores", "rawvideo",
}  # fmt: skip
"""What cameras and recorders write. Each further decoder is one more program that reads what strangers send."""
LEAST_SIDE = 16
PLANES = "yuv420p"
LEADS = (0.0, 10.0, float("inf"))
"""Seconds before the wanted moment from which it is tried: indexes can be wrong, and pictures need earlier ones."""

type Array = np.ndarray[Any, np.dtype[np.uint8]]


class Picture(NamedTuple):
    """One picture of a video, shown from ``begin`` until ``end`` (seconds from the first one)."""

    begin: float
    end: float
    frame: VideoFrame


@contextmanager
def opened(file: BinaryIO, media_type: str) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Raises :class:`Unworkable` for what is no video that is read here."""
    try:
        with av.open(file, mode="r", format=FORMATS[media_type]) as container:
            yield container, _moving_pictures(container)
    except av.error.FFmpegError:
        raise Unworkable(Failure.UNREADABLE) from None


def _moving_pictures(container: InputContainer) -> VideoStream:
    """The first stream with pictures that is no cover."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            if stream.codec_context is None or stream.codec_context.codec.canonical_name not in CODECS:
                raise Unworkable(Failure.CODEC)
            width, height = stream.codec_context.width, stream.codec_context.height
            if min(width, height) < LEAST_SIDE:
                raise Unworkable(Failure.UNREADABLE)
            if width * height > MOST_PIXELS:
                raise Unworkable(Failure.TOO_MANY_PIXELS)
            stream.thread_type = "AUTO"
            return stream
    raise Unworkable(Failure.UNREADABLE)


def described(file: BinaryIO, media_type: str) -> dict[str, Any]:
    """Size, length and whether there is sound. Every packet is looked at, because headers are often wrong."""
    with opened(file, media_type) as (container, stream):
        last, count = 0.0, 0
        for packet in container.demux(stream):
            moment = packet.pts if packet.pts is not None else packet.dts
            if moment is not None and packet.size:
                last = max(last, _seconds(stream, moment + (packet.duration or 0)))
                count += 1
        if last > MOST_SECONDS:
            raise Unworkable(Failure.TOO_LONG)
        first = next(pictures(container, stream, 0.0), None)
        if first is None or last <= 0:
            raise Unworkable(Failure.UNREADABLE)
        width, height = upright_size(stream, first.frame)
        return {
            "width": width,
            "height": height,
            "seconds": round(last, 3),
            "rate": round(count / last, 3),
            "sound": bool(container.streams.audio),
        }


def pictures(container: InputContainer, stream: VideoStream, since: float) -> Iterator[Picture]:
    """From the one that is shown at ``since`` on. Those that are damaged are left out, as a player does."""
    for lead in LEADS if _tells_times(container) or not stream.codec_context.has_b_frames else LEADS[-1:]:
        begin = max(since - lead, 0.0)
        found = _from(container, stream, begin)
        first = next(found, None)
        if first is None or first.begin <= since or begin == 0:
            yield from (each for each in chain([first] if first else [], found) if each.end > since)
            return


def _from(container: InputContainer, stream: VideoStream, begin: float) -> Iterator[Picture]:
    """From the place that the file's index names for ``begin`` on."""
    container.seek(_moment(stream, begin), stream=stream, backward=True)
    before: tuple[float, VideoFrame] | None = None
    for time, frame in _decoded(container, stream):
        if before is not None and time <= before[0]:
            continue
        if before is not None:
            yield Picture(before[0], time, before[1])
        before = time, frame
    if before is not None:
        yield Picture(before[0], float("inf"), before[1])


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[tuple[float, VideoFrame]]:
    """Pictures in the order in which they are shown. AVI does not know when a packet's picture is shown, only when it
    is decoded: of those times, the first picture has the earliest, and so on."""
    decoding: list[int] = []
    knows = _tells_times(container)
    for packet in container.demux(stream):
        if not knows and packet.dts is not None:
            heappush(decoding, packet.dts)
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            moment = frame.pts if knows else heappop(decoding) if decoding else None
            if moment is None:
                raise Unworkable(Failure.UNREADABLE)
            yield max(_seconds(stream, moment), 0.0), frame


def _tells_times(container: InputContainer) -> bool:
    """AVI does not: where pictures need later ones, only counting from the beginning tells when each is shown."""
    return "avi" not in container.format.name


def segment(container: InputContainer, stream: VideoStream, begin: float, end: float) -> Iterator[Picture]:
    """The pictures that begin in a segment. One that began before it belongs to the segment before."""
    for picture in pictures(container, stream, begin):
        if picture.begin >= end:
            return
        if picture.begin >= begin:
            yield picture


def _seconds(stream: VideoStream, moment: int) -> float:
    return float((moment - (stream.start_time or 0)) * (stream.time_base or 0))


def _moment(stream: VideoStream, seconds: float) -> int:
    return (stream.start_time or 0) + int(seconds / float(stream.time_base or 1))


# -- pixels ----------------------------------------------------------------------------------------------------------


def turns(frame: VideoFrame) -> int:
    """How many quarter turns anticlockwise put it upright."""
    return round(frame.rotation / 90) % 4


def upright_size(stream: VideoStream, frame: VideoFrame) -> tuple[int, int]:
    """Width and height of what :func:`upright` gives: even numbers, which the planes of colour ask for."""
    width, height = stream.codec_context.width, stream.codec_context.height
    width, height = width - width % 2, height - height % 2
    return (height, width) if turns(frame) % 2 else (width, height)


def upright(frame: VideoFrame, size: tuple[int, int]) -> list[Array]:
    """Its planes Y, U and V as arrays of our own. What the decoder holds is what it foretells later pictures from:
    painting there would let ghosts of the box, or of what was behind it, run on."""
    quarter = turns(frame)
    width, height = size[::-1] if quarter % 2 else size
    whole = frame.to_ndarray(format=PLANES, width=width, height=height)
    luma, chroma = whole[:height], whole[height:].reshape(2, height // 2, width // 2)
    return [np.rot90(plane, quarter).copy() for plane in (luma, *chroma)]


def image(frame: VideoFrame, size: tuple[int, int]) -> Image:
    """Upright, for the detector."""
    quarter = turns(frame)
    width, height = size[::-1] if quarter % 2 else size
    flat = fromarray(frame.to_ndarray(format="rgb24", width=width, height=height))
    return flat.rotate(90 * quarter, expand=True)
