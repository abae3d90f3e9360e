"""Puts the pieces of a video together, packet by packet. Loads the codec library: for its process only."""

import heapq
import io
from collections.abc import Iterator
from typing import Any, BinaryIO, Protocol

import av
from av.packet import Packet
from PIL.Image import fromarray

from shared.evidence.video.painting import CLOCK, HEADER
from shared.evidence.video.unworkable import Unworkable
from shared.evidence.video.work import Failure

THUMBNAIL = 480
"""Pixels of its longer side."""


class Pieces(Protocol):
    def piece(self, name: int | str) -> bytes: ...


def joined(shelf: Pieces, order: dict[str, Any], made: BinaryIO) -> dict[str, Any]:
    """Writes the rendition, and a small picture from it as hexadecimal digits of a JPEG."""
    with av.open(made, "w", format="mp4", container_options={"fflags": "+bitexact"}) as rendition:
        rendition.metadata["comment"] = order["statement"]
        tracks = [_shifted(shelf, rendition, order["pieces"])]
        if order["sound"]:
            tracks.append(_shifted(shelf, rendition, ["sound"]))
        count = 0
        for _, packet in heapq.merge(*tracks, key=lambda each: each[0]):
            rendition.mux_one(packet)
            count += 1
    if count == 0:
        raise Unworkable(Failure.UNREADABLE)
    return {"thumbnail": _thumbnail(made).hex()}


def _shifted(shelf: Pieces, rendition: Any, names: list[int | str]) -> "Iterator[tuple[float, Packet[Any]]]":
    """The packets of pieces in their time, each with its second. The stream is made of the first of them."""
    stream = None
    for name in names:
        content = shelf.piece(name)
        if not content:
            continue
        [offset] = HEADER.unpack_from(content)
        with av.open(io.BytesIO(content[HEADER.size :]), mode="r", format="mp4") as piece:
            [source] = piece.streams
            stream = stream or rendition.add_stream_from_template(source)
            shift = round(offset / CLOCK / source.time_base)
            for packet in piece.demux(source):
                if packet.pts is None or packet.dts is None:
                    continue  # the end
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = stream
                yield float(packet.dts * source.time_base), packet


def _thumbnail(made: BinaryIO) -> bytes:
    """From the middle of what can be shared, never from the original."""
    made.seek(0)
    with av.open(made, mode="r", format="mp4") as rendition:
        [stream] = rendition.streams.video
        rendition.seek((stream.duration or 0) // 2, stream=stream)
        image = fromarray(next(rendition.decode(stream)).to_ndarray(format="rgb24"))
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    written = io.BytesIO()
    image.save(written, "JPEG", quality=80)
    return written.getvalue()
