"""Which steps the work on a video has, and which is next. Each is far shorter than a function may run."""

from typing import NamedTuple

from shared.evidence.video import spans
from shared.evidence.video.work import Stage, VideoWork

PIXELS_OF_A_STEP = 500_000_000
"""What one step decodes and encodes: 21 seconds of 720p at 25 pictures a second, which take about ten."""
SHORTEST, LONGEST = 2.0, 30.0
"""Seconds of video in one step."""


class Step(NamedTuple):
    task: str
    segment: int = 0


def segment_seconds(width: int, height: int, rate: float) -> float:
    return round(min(max(PIXELS_OF_A_STEP / (width * height * max(rate, 1)), SHORTEST), LONGEST), 3)


def planned(work: VideoWork) -> list[Step]:
    """All steps, the first of which is known only: it tells how many segments there are."""
    if work.seconds is None or work.segment_seconds is None:
        return [Step("look")]
    count = spans.segments(work.seconds, work.segment_seconds)
    if work.stage is Stage.LOOKING:
        return [Step("look"), *(Step("find", each) for each in range(count)), Step("track")]
    sound = [Step("sound")] if work.keep_sound and work.sound else []
    return [Step("look"), *(Step("paint", each) for each in range(count)), *sound, Step("join")]


def bounds(work: VideoWork, segment: int) -> tuple[float, float | None]:
    """(begin, end) of a segment in seconds; the last one has no end, whatever its header said."""
    each = work.segment_seconds or LONGEST
    last = segment + 1 >= spans.segments(work.seconds or 0, each)
    return segment * each, None if last else (segment + 1) * each
