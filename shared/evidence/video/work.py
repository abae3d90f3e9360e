"""How far the work on a video is: kept in its item, so that one write moves both."""

from enum import StrEnum

from pydantic import Field

from shared.clock import Moment
from shared.http.models import ApiModel

MOST_SECONDS = 1800
MOST_BYTES = 2_000_000_000
MOST_PIXELS = 3840 * 2160


class Stage(StrEnum):
    NONE = "none"
    LOOKING = "looking"
    """Faces are looked for."""
    REVIEW = "review"
    """What was found waits for a person."""
    RENDERING = "rendering"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


WORKING = {Stage.LOOKING, Stage.RENDERING}


class Failure(StrEnum):
    """Why a video could not be worked on: a stable code for programs."""

    UNREADABLE = "unreadable"
    CODEC = "codec"
    TOO_LONG = "too_long"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_FACES = "too_many_faces"
    NOT_COVERED = "not_covered"
    BROKE_DOWN = "broke_down"


SENTENCES = {
    Failure.UNREADABLE: "The video is damaged, or holds no moving pictures. Export it again from where it comes.",
    Failure.CODEC: "The pictures of the video are packed in a way that is not read here. Export it as H.264 in MP4.",
    Failure.TOO_LONG: "Videos of up to 30 minutes can be obscured. Upload the part that shows the event.",
    Failure.TOO_MANY_PIXELS: "Videos of up to 3840 x 2160 pixels can be obscured. Export it smaller.",
    Failure.TOO_MANY_FACES: "Too many people are seen to suggest each of them. Upload a shorter part, or draw regions.",
    Failure.NOT_COVERED: "A region was not wholly painted over, so nothing was kept. Try again, or tell the operator.",
    Failure.BROKE_DOWN: "The work on the video broke down several times. Try again; if it stays, export it again.",
}
"""For the person who asked for it."""


class VideoWork(ApiModel):
    """``number`` counts what people asked for: whatever belongs to an older number is out of date."""

    stage: Stage
    number: int
    step: int = 0
    """Steps done; the next one is worked on."""
    steps: int = 1
    """Of all; one until the video has been looked at."""
    tracks: int | None = None
    """The number whose regions are in force."""
    keep_sound: bool = False
    waited: bool = False
    """Whether suggestions already waited for somebody before this was asked for."""
    asked_by: str
    asked_at: Moment
    failure: Failure | None = None
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    rate: float | None = None
    """Pictures a second, on average."""
    segment_seconds: float | None = None
    sound: bool | None = None


class VideoOrder(ApiModel):
    """The message that has one step done."""

    organisation_id: str
    evidence_id: str
    number: int = Field(ge=1)
    step: int = Field(ge=0)
    message_id: str
