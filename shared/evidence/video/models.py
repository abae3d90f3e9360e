"""What a person says about the regions of a video, and what they are shown."""

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from shared.clock import Moment
from shared.evidence.models import Content
from shared.evidence.obscuring.models import only_fill
from shared.evidence.obscuring.regions import Box, What
from shared.evidence.video.spans import Point
from shared.evidence.video.work import MOST_SECONDS, Failure, Stage
from shared.http.models import ApiModel

MOST_TRACKS = 500
MOST_POINTS = 20_000
MOST_UNCLEAR = 50
"""About one track; the longest ones."""


class TrackPoint(Box):
    at: float = Field(ge=0, le=MOST_SECONDS, allow_inf_nan=False, description="Seconds from the first picture")

    @property
    def point(self) -> Point:
        return Point(self.at, self.place)


class Because(StrEnum):
    APPEARS = "appears"
    """First seen in the middle of the picture: who was it before?"""
    UNSURE = "unsure"
    """Not seen well for a while: the region was put where the face is expected."""
    VANISHES = "vanishes"
    """Last seen in the middle of the picture: may still be there."""


class Unclear(ApiModel):
    """Where a suggestion is most likely to be wrong, to be looked at first."""

    begin: float = Field(ge=0, le=MOST_SECONDS + 1, allow_inf_nan=False, description="Seconds from the first picture")
    end: float = Field(ge=0, le=MOST_SECONDS + 1, allow_inf_nan=False)
    why: Because


class Track(ApiModel):
    """One person or thing through time: from its first to its last point, moving in a straight line between them."""

    points: Annotated[list[TrackPoint], Field(min_length=2, max_length=5000)]
    what: What = What.FACE
    origin: Literal["suggested", "drawn"] = "drawn"
    confidence: float | None = Field(default=None, ge=0, le=1, description="The detector's best, for a suggestion")
    unclear: Annotated[list[Unclear], Field(max_length=MOST_UNCLEAR)] = Field(default_factory=list)
    obscured: bool | None = None

    @model_validator(mode="after")
    def _goes_forward(self) -> Self:
        times = [point.at for point in self.points]
        if any(later <= earlier for earlier, later in pairwise(times)):
            raise ValueError("The points of a track follow each other in time.")
        return self


class VideoForm(ApiModel):
    """All regions of the video, each with what was decided; those that are left out are gone."""

    tracks: Annotated[list[Track], Field(max_length=MOST_TRACKS)]
    method: Annotated[Literal["fill"], BeforeValidator(only_fill)] = "fill"
    keep_sound: bool = Field(default=False, description="Voices identify people: the sound is left out unless you ask")
    checked_plates_and_screens: Literal[True] = Field(
        description="You have watched it to the end and looked for number plates, screens, tattoos and reflections"
    )

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if sum(len(track.points) for track in self.tracks) > MOST_POINTS:
            raise ValueError(f"All tracks together may have {MOST_POINTS} points. Leave out points on straight lines.")
        return self


class VideoFailure(ApiModel):
    code: Failure
    detail: str


class VideoView(ApiModel):
    """Ask again while ``stage`` is looking or rendering."""

    stage: Stage
    percent: int = Field(ge=0, le=100, description="Of the work that is under way or was done last")
    failure: VideoFailure | None
    width: int | None
    height: int | None
    seconds: float | None
    sound: bool | None = Field(description="Whether the original has sound; null until somebody has looked")
    keep_sound: bool
    tracks: list[Track]
    needs_review: bool = Field(description="Whether the report waits for a decision about this video")
    obscured_by: str | None
    obscured_at: Moment | None
    rendition: Content | None
    etag: str = Field(description="Send this as If-Match to suggest, decide or cancel; progress does not change it")
