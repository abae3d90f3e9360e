"""Rekor Scout and OpenALPR agents: JSON with ``data_type``; a *group* is one passage of one vehicle.

Agents queue a message until they get a 200, so a heartbeat or a message of another kind is answered with 200 as well.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.plates.formats.base import MOST_ALTERNATIVES, Message, Part, Understood, checked, pictures
from shared.plates.models import Guess, PlateRead

YEAR_2000_MS, YEAR_2100_MS = 946_684_800_000, 4_102_444_800_000

type Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
type Plate = Annotated[str, Field(min_length=1, max_length=16)]


class _Candidate(Part):
    plate: Plate
    confidence: Percent = 0


class _Attribute(Part):
    name: str = Field(max_length=60)
    confidence: float = 0


class _Vehicle(Part):
    color: list[_Attribute] = Field(default=[], max_length=50)
    make: list[_Attribute] = Field(default=[], max_length=50)


class _Group(Part):
    data_type: Literal["alpr_group"]
    epoch_start: int = Field(ge=YEAR_2000_MS, le=YEAR_2100_MS, description="ms, UTC")
    agent_uid: str = Field(default="", max_length=100)
    camera_id: int | str = ""
    best_uuid: str = Field(default="", max_length=200)
    uuids: list[str] = Field(default=[], max_length=1000)
    best_plate_number: Plate
    best_confidence: Percent
    candidates: list[_Candidate] = Field(default=[], max_length=200)
    vehicle: _Vehicle = _Vehicle()
    vehicle_crop_jpeg: Any = None
    best_plate: Any = None
    travel_direction: float | None = Field(default=None, allow_inf_nan=False)


class _Alert(Part):
    data_type: Literal["alpr_alert"]
    group: _Group


class Rekor:
    name = "rekor"

    def recognises(self, message: Message) -> bool:
        return "data_type" in message.object

    def parse(self, message: Message) -> Understood:
        match message.object["data_type"]:
            case "alpr_group":
                return Understood([_read(checked(_Group, message.json))])
            case "alpr_alert":
                return Understood([_read(checked(_Alert, message.json).group)])
            case _:
                return Understood([])


def _read(group: _Group) -> PlateRead:
    others = (Guess(c.plate, c.confidence / 100) for c in group.candidates if c.plate != group.best_plate_number)
    named = group.best_uuid or next(iter(group.uuids), "")
    return PlateRead(
        read_id=named or f"{group.agent_uid}|{group.camera_id}|{group.epoch_start}|{group.best_plate_number}",
        captured_at=datetime.fromtimestamp(group.epoch_start / 1000, UTC),
        best=Guess(group.best_plate_number, group.best_confidence / 100),
        alternatives=tuple(others)[:MOST_ALTERNATIVES],
        make=_likeliest(group.vehicle.make),
        colour=_likeliest(group.vehicle.color),
        direction=group.travel_direction,
        pictures=pictures(group.vehicle_crop_jpeg, _plate_crop(group)),
    )


def _plate_crop(group: _Group) -> Any:
    return group.best_plate.get("plate_crop_jpeg") if isinstance(group.best_plate, dict) else None


def _likeliest(attributes: list[_Attribute]) -> str | None:
    best = max(attributes, key=lambda each: each.confidence, default=None)
    return best.name if best else None


FORMAT = Rekor()
