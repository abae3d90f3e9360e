"""Genetec: what a SharpV camera exports by HTTP with the template that is set in it, and what integrators write.

One read as XML or JSON, with names in whatever case. Date and time are one field, or two as in the vendor's own
template (``AutoVu`` with ``UTCDate`` and ``UTCTime``; Genetec, "Exporting License Plate Reads in AutoVu and Security
Center", metadata reference).
"""

from collections.abc import Mapping

from pydantic import Field

from shared.plates.formats.base import Message, Part, Understood, checked, moment, pictures
from shared.plates.models import Guess, PlateRead

ROOTS = {"autovu", "lprread", "platread", "read", "alprread"}
SAME = {
    "guid": "readid",
    "cameraname": "camera",
    "confidencescore": "confidence",
    "vehiclemake": "make",
    "vehiclecolor": "color",
}
"""Names of the vendor's template beside ours."""


class _Read(Part):
    plate: str = Field(min_length=1, max_length=16)
    time: str = Field(alias="timestamp", max_length=40)
    id: str = Field(alias="readid", default="", max_length=200)
    camera: str = Field(default="", max_length=200)
    confidence: float = Field(default=0, ge=0, le=100, allow_inf_nan=False)
    make: str | None = Field(default=None, max_length=60)
    colour: str | None = Field(alias="color", default=None, max_length=60)


class Genetec:
    name = "genetec"

    def recognises(self, message: Message) -> bool:
        return {"plate", "timestamp"} <= set(_said(message))

    def parse(self, message: Message) -> Understood:
        said = _said(message)
        read = checked(_Read, said)
        scale = 100 if read.confidence > 1 else 1
        found = PlateRead(
            read_id=read.id or f"{read.camera}|{read.time}|{read.plate}",
            captured_at=moment(read.time, message.zone, "%m/%d/%Y %H:%M:%S", at="/timestamp"),
            best=Guess(read.plate, read.confidence / scale),
            make=read.make,
            colour=read.colour,
            pictures=pictures(*(said.get(name) for name in ("vehicleimage", "plateimage", "lprimage", "contextimage"))),
        )
        return Understood([found])


def _said(message: Message) -> Mapping[str, str]:
    """Names in lower case without blanks or underscores, and those of the template as ours."""
    if message.xml is not None and message.xml.name.lower() in ROOTS:
        said = {_plain(each.name): text for each in message.xml.children if (text := each.text())}
    else:
        said = {
            _plain(name): str(value) for name, value in message.object.items() if not isinstance(value, dict | list)
        }
    said |= {ours: said[theirs] for theirs, ours in SAME.items() if theirs in said and ours not in said}
    for zone, suffix in (("utc", "Z"), ("local", "")):
        if f"{zone}date" in said and f"{zone}time" in said:
            date = said[f"{zone}date"].replace(":", "-").replace("/", "-")
            said.setdefault("timestamp", f"{date}T{said[f'{zone}time']}{suffix}")
    return said


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace(" ", "")


FORMAT = Genetec()
