"""Axis License Plate Verifier: JSON for each car that is new, read better, or lost from view; the car's id stays.

Only the last word about a car counts, but a camera that is cut off may never say it: so each is taken, and a passage
is one passage by the car's id.
"""

from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from shared.plates.formats.base import Message, Part, Understood, checked, moment, pictures
from shared.plates.models import Guess, PlateRead


class _Vehicle(Part):
    colour: str | None = Field(alias="color", default=None, max_length=60)
    make: str | None = Field(default=None, max_length=60)


class _Car(Part):
    plate: str | None = Field(alias="plateText", default=None, max_length=16)
    plate_utf8: str | None = Field(alias="plateUTF8", default=None, max_length=16)
    confidence: float = Field(alias="plateConfidence", default=0, ge=0, le=1, allow_inf_nan=False)
    state: str = Field(alias="carState", max_length=20)
    car: str | int = Field(alias="carID", default="")
    serial: str = Field(alias="sensorProviderID", default="", max_length=100)
    capture: int | None = Field(alias="capture_timestamp", default=None, ge=946_684_800_000, le=4_102_444_800_000)
    written: str | None = Field(alias="datetime", default=None, max_length=40)
    vehicle: _Vehicle = Field(alias="vehicle_info", default=_Vehicle())
    images: Any = Field(alias="ImageArray", default=None)


class Axis:
    name = "axis"

    def recognises(self, message: Message) -> bool:
        return "carState" in message.object

    def parse(self, message: Message) -> Understood:
        car = checked(_Car, {name: value for name, value in message.object.items() if value not in (None, "")})
        plate = car.plate_utf8 or car.plate
        return Understood([_read(message, car, plate)] if plate else [])


def _read(message: Message, car: _Car, plate: str) -> PlateRead:
    if car.capture is not None:
        at = datetime.fromtimestamp(car.capture / 1000, UTC)
    else:
        at = moment(car.written, message.zone, "%Y%m%d %H%M%S%f", at="/datetime")
    return PlateRead(
        read_id=f"{car.serial}|{car.car or at.isoformat()}|{plate}",
        captured_at=at,
        best=Guess(plate, car.confidence),
        make=car.vehicle.make,
        colour=car.vehicle.colour,
        pictures=_pictures(car.images),
    )


def _pictures(images: Any) -> tuple[str, ...]:
    """The vehicle, the plate, then anything else."""
    known = [each for each in images if isinstance(each, dict)] if isinstance(images, list) else []
    order = ("vehicle", "plate")
    kinds = [str(each.get("ImageType", "")).lower() for each in known]
    ranks = [next((place for place, word in enumerate(order) if word in kind), len(order)) for kind in kinds]
    ranked = sorted(zip(ranks, known, strict=True), key=lambda each: each[0])
    return pictures(*(each.get("BinaryImage") for _, each in ranked))


FORMAT = Axis()
