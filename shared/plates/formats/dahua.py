"""Dahua cameras by ITSAPI: ``TollgateInfo`` and ``KeepAlive``, JSON. They want a JSON answer that says ``Result``.

Confidence is 0 to 100 or 0 to 255, depending on the firmware: what exceeds 100 is taken for the latter.
"""

from typing import Any

from pydantic import Field, model_validator

from shared.plates.formats.base import Message, Part, Understood, checked, moment, pictures
from shared.plates.models import Guess, PlateRead

HEARD = {"Result": True, "Message": "Success"}


class _Plate(Part):
    number: str = Field(alias="PlateNumber", min_length=1, max_length=16)
    confidence: float = Field(alias="Confidence", default=0, ge=0, le=255, allow_inf_nan=False)


class _Vehicle(Part):
    colour: str | None = Field(alias="VehicleColor", default=None, max_length=60)
    make: str | None = Field(alias="VehicleSign", default=None, max_length=60)


class _Snap(Part):
    time: str | None = Field(alias="AccurateTime", default=None, max_length=40)
    local: str | None = Field(alias="SnapTime", default=None, max_length=40)
    device: str = Field(alias="DeviceID", default="", max_length=100)
    lane: int | str = Field(alias="LanNo", default="")


class _Picture(Part):
    plate: _Plate = Field(alias="Plate")
    vehicle: _Vehicle = Field(alias="Vehicle", default=_Vehicle())
    snap: _Snap = Field(alias="SnapInfo")

    cutouts: tuple[Any, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _with_cutouts(cls, said: Any) -> Any:
        """The vehicle, the plate, or what there is."""
        if not isinstance(said, dict):
            return said
        found = [said.get(name) for name in ("VehiclePic", "CutoutPic", "NormalPic")]
        return said | {"cutouts": tuple(each.get("Content") for each in found if isinstance(each, dict))}


class _Tollgate(Part):
    picture: _Picture = Field(alias="Picture")


class Dahua:
    name = "dahua"

    def recognises(self, message: Message) -> bool:
        said = message.object
        return "Picture" in said or ("Active" in said and "DeviceID" in said) or set(said) == {"DeviceID"}

    def parse(self, message: Message) -> Understood:
        if "Picture" not in message.object:
            return Understood([], HEARD)
        return Understood([_read(message, checked(_Tollgate, message.json).picture)], HEARD)


def _read(message: Message, picture: _Picture) -> PlateRead:
    when = picture.snap.time or picture.snap.local
    scale = 255 if picture.plate.confidence > 100 else 100
    return PlateRead(
        read_id=f"{picture.snap.device}|{picture.snap.lane}|{when}|{picture.plate.number}",
        captured_at=moment(when, message.zone, "%Y-%m-%d %H:%M:%S", at="/Picture/SnapInfo/SnapTime"),
        best=Guess(picture.plate.number, picture.plate.confidence / scale),
        make=picture.vehicle.make or None,
        colour=picture.vehicle.colour or None,
        pictures=pictures(*picture.cutouts),
    )


FORMAT = Dahua()
