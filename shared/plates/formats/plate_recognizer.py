"""Plate Recognizer Stream and Snapshot: a form with the field ``json`` and pictures, or the JSON alone.

Scores are 0 to 1, plates in lower case. Stream repeats a message until it gets a 2xx.
"""

from typing import Annotated, Any

from pydantic import Field

from shared.plates.formats.base import MOST_ALTERNATIVES, Message, Part, Understood, checked, moment
from shared.plates.models import Guess, PlateRead

type Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
type Plate = Annotated[str, Field(min_length=1, max_length=16)]


class _Candidate(Part):
    plate: Plate
    score: Score = 0


class _Named(Part):
    make: str = Field(default="", max_length=60)
    color: str = Field(default="", max_length=60)
    score: float = 0


class _Result(Part):
    plate: Plate
    score: Score
    candidates: list[_Candidate] = Field(default=[], max_length=200)
    model_make: list[_Named] = Field(default=[], max_length=50)
    color: list[_Named] = Field(default=[], max_length=50)
    direction: float | None = Field(default=None, allow_inf_nan=False)


class _Data(Part):
    camera_id: str = Field(default="", max_length=100)
    filename: str = Field(default="", max_length=300)
    timestamp: str = Field(max_length=40)
    results: list[_Result] = Field(max_length=100)


class PlateRecognizer:
    name = "plate_recognizer"

    def recognises(self, message: Message) -> bool:
        return "results" in _data(message)

    def parse(self, message: Message) -> Understood:
        data = checked(_Data, _data(message))
        at = moment(data.timestamp, message.zone, at="/data/timestamp")
        return Understood([_read(message, data, result, at) for result in data.results])


def _data(message: Message) -> Any:
    """Stream wraps it in ``data``; Snapshot's own answer is the same without the wrapping."""
    inner = message.object.get("data", message.object)
    return inner if isinstance(inner, dict) else {}


def _read(message: Message, data: _Data, result: _Result, at: Any) -> PlateRead:
    others = (Guess(c.plate, c.score) for c in result.candidates if c.plate != result.plate)
    make = max(result.model_make, key=lambda each: each.score, default=_Named())
    colour = max(result.color, key=lambda each: each.score, default=_Named())
    return PlateRead(
        read_id=f"{data.camera_id}|{data.timestamp}|{data.filename}|{result.plate}",
        captured_at=at,
        best=Guess(result.plate, result.score),
        alternatives=tuple(others)[:MOST_ALTERNATIVES],
        make=make.make or None,
        colour=colour.color or None,
        direction=result.direction,
        pictures=message.pictures if len(data.results) == 1 else (),
    )


FORMAT = PlateRecognizer()
