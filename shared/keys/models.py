"""A rotation: as asked for, as stored, as seen."""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field

from shared.clock import Moment
from shared.http.models import ApiModel
from shared.sealing.records import Clear, Record


class What(StrEnum):
    ROOT = "root"
    """The secret in Key Vault that wraps all keys: every key is wrapped anew, no record is touched."""
    INDEX = "index"
    """The key of the blind index tokens: every record that is found by them gets new ones."""
    RECORDS = "records"
    """The key of each report, candidate, watchlist entry and disclosure: each is sealed anew. After somebody may have
    had keys in their hands. Evidence keeps its keys, because they wrap its media."""


class State(StrEnum):
    RUNNING = "running"
    WAITING = "waiting"
    """All is done; what is old works on until its deadline, for whoever has it in memory."""
    DONE = "done"
    """What is old has been retired and opens nothing any more."""


class RotationForm(ApiModel):
    what: What


class Rotation(Record):
    """Where the work stands. One at a time for each organisation and kind."""

    container: ClassVar[str] = "rotations"

    kind: Literal["rotation"] = "rotation"
    what: What
    state: State = State.RUNNING
    started_by: str
    started_at: Moment
    begins_at: Moment
    """Not before: until then other workers may still write with what is old."""
    steps_left: Clear[list[str]]
    after: Clear[tuple[str, str] | None] = None
    renewed: int = 0
    deadline: Moment | None = None
    finished_at: Moment | None = None


class RotationView(ApiModel):
    id: str
    what: What
    state: State
    started_at: Moment
    renewed: int = Field(description="How many keys were wrapped, or records given tokens, anew so far")
    deadline: Moment | None = Field(description="When what is old is retired")
    finished_at: Moment | None


class RotationList(ApiModel):
    rotations: list[RotationView]
