"""Hikvision cameras by ISAPI: a form of XML and pictures, or the XML alone; ``EventNotificationAlert`` of type ANPR.

Other events, and the loss of video that serves as heartbeat, come to the same address and are answered with 200.
"""

from pydantic import Field

from shared.plates.formats.base import Message, Part, Understood, Xml, checked, moment
from shared.plates.models import Guess, PlateRead

UNREAD = {"unknown", "noplate"}
"""What stands in the place of a plate that the camera could not read."""


class _Anpr(Part):
    plate: str = Field(alias="licensePlate", min_length=1, max_length=16)
    confidence: float = Field(alias="confidenceLevel", default=0, ge=0, le=100, allow_inf_nan=False)


class Hikvision:
    name = "hikvision"

    def recognises(self, message: Message) -> bool:
        return message.xml is not None and message.xml.name == "EventNotificationAlert"

    def parse(self, message: Message) -> Understood:
        alert = message.xml
        anpr = alert.find("ANPR") if alert else None
        if alert is None or anpr is None or (alert.text("eventType") or "").upper() != "ANPR":
            return Understood([])
        if (anpr.text("licensePlate") or "").lower() in UNREAD:
            return Understood([])
        return Understood([_read(message, alert, anpr)])


def _read(message: Message, alert: Xml, anpr: Xml) -> PlateRead:
    given = {each.name: each.text() for each in anpr.children if each.text()}
    found, when = checked(_Anpr, given), alert.text("dateTime")
    named = alert.text("UUID") or anpr.text("picName")
    return PlateRead(
        read_id=named or f"{alert.text('channelID')}|{when}|{found.plate}",
        captured_at=moment(when, message.zone, at="/EventNotificationAlert/dateTime"),
        best=Guess(found.plate, found.confidence / 100),
        colour=anpr.text("vehicleInfo", "color"),
        pictures=tuple(sorted(message.pictures, key=len)),
    )


FORMAT = Hikvision()
