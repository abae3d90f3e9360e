"""Reeve's own format, for integrators: one read, or a batch of up to a thousand under ``reads``.

Answers tell how many were received; a batch with one wrong read is refused as a whole and says which it was, so that
nothing is half sent.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.clock import Moment
from shared.http.models import ApiModel
from shared.plates.formats.base import MOST_ALTERNATIVES, MOST_READS, Message, Part, Understood, checked, pictures
from shared.plates.models import Guess, PlateRead

type Confidence = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
type Plate = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=16)]


class PlainGuess(ApiModel):
    plate: Plate
    confidence: Confidence = 0


class PlainRead(ApiModel):
    """One passage. ``capturedAt`` has a zone; ``id`` makes it the same passage when it is sent again; ``picture`` is
    a JPEG cut-out in base64."""

    plate: Plate
    captured_at: Moment
    id: Annotated[str, StringConstraints(max_length=200)] = ""
    confidence: Confidence = 0
    alternatives: Annotated[list[PlainGuess], Field(max_length=MOST_ALTERNATIVES)] = []
    make: Annotated[str, StringConstraints(max_length=60)] | None = None
    colour: Annotated[str, StringConstraints(max_length=60)] | None = None
    direction: Annotated[float, Field(ge=0, le=360)] | None = None
    picture: Annotated[str, StringConstraints(max_length=400_000)] | None = None


class _Batch(Part):
    reads: Annotated[list[PlainRead], Field(max_length=MOST_READS)]


class Plain:
    name = "plain"

    def recognises(self, message: Message) -> bool:
        return "reads" in message.object or "capturedAt" in message.object

    def parse(self, message: Message) -> Understood:
        said = message.object
        batch = checked(_Batch, said if "reads" in said else {"reads": [said]})
        return Understood([_read(each) for each in batch.reads])


def _read(read: PlainRead) -> PlateRead:
    return PlateRead(
        read_id=read.id or f"{read.captured_at.isoformat()}|{read.plate}",
        captured_at=read.captured_at,
        best=Guess(read.plate, read.confidence),
        alternatives=tuple(Guess(each.plate, each.confidence) for each in read.alternatives),
        make=read.make,
        colour=read.colour,
        direction=read.direction,
        pictures=pictures(read.picture),
    )


FORMAT = Plain()
