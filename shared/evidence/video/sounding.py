"""Encodes the sound of a video anew, for somebody who asked to keep it. Loads the codec library: its process only."""

import io
from typing import Any, BinaryIO

import av
from av.audio.resampler import AudioResampler

from shared.evidence.video import reading
from shared.evidence.video.painting import CLOCK, HEADER

RATE = 48_000
BITS = 96_000


def kept(original: BinaryIO, order: dict[str, Any], made: BinaryIO) -> dict[str, Any]:
    """Writes the sound as a piece; nothing if there is none that can be read."""
    written, first = io.BytesIO(), None
    with reading.opened(original, order["type"]) as (container, pictures):
        start = float((pictures.start_time or 0) * (pictures.time_base or 0))
        if not container.streams.audio:
            return {"sounds": 0}
        source = container.streams.audio[0]
        container.seek(0)
        with av.open(written, "w", format="mp4", container_options={"fflags": "+bitexact"}) as piece:
            layout = "mono" if source.codec_context.channels == 1 else "stereo"
            encoder = piece.add_stream("aac", rate=RATE, layout=layout)
            encoder.bit_rate = BITS
            resampler, passed = AudioResampler(format="fltp", layout=layout, rate=RATE), 0
            for packet in container.demux(source):
                try:
                    frames = packet.decode()
                except av.error.InvalidDataError:
                    continue
                for frame in frames:
                    if first is None:
                        first = max(frame.time or 0.0, start) - start
                    if (frame.time or 0.0) < start:
                        continue  # before the first picture
                    for part in resampler.resample(frame):
                        part.pts, passed = passed, passed + part.samples
                        piece.mux(encoder.encode(part))
            if passed:
                piece.mux(encoder.encode(None))
    if first is None or not passed:
        return {"sounds": 0}
    made.write(HEADER.pack(round(first * CLOCK)) + written.getvalue())
    return {"sounds": 1}
