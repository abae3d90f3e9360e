"""What cameras post, one message or more a format, and what is to be read in each. No real plate is among them."""

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from PIL import Image


def picture(
    told: str = "Camera of the back yard", *, size: tuple[int, int] = (64, 24), progressive: bool = False
) -> bytes:
    """A JPEG that tells more than it shows."""
    canvas, written, exif = Image.effect_noise(size, 40), io.BytesIO(), Image.Exif()
    exif[0x010E] = told
    canvas.save(written, "JPEG", exif=exif, comment=told.encode(), progressive=progressive)
    return written.getvalue()


PICTURE = picture()
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) + b"\r\n--\r\n\xff\xd9"
BOUNDARY = "----reeve7MA4YWxk"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True)
class Sample:
    """The site's clock is London's."""

    name: str
    format: str
    body: bytes
    plate: str | None
    """None for a message without a passage."""
    captured_at: datetime | None = None
    confidence: float = 0.0
    colour: str | None = None
    make: str | None = None
    alternatives: tuple[str, ...] = ()
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def all_headers(self) -> dict[str, str]:
        return {"content-type": self.content_type, **self.headers}


def form(**parts: bytes | str) -> bytes:
    """Fields and pictures as a browser or a camera writes them."""
    lines = b""
    for name, content in parts.items():
        picture = isinstance(content, bytes)
        file = f'; filename="{name}.jpg"\r\nContent-Type: image/jpeg' if picture else ""
        data = content if isinstance(content, bytes) else content.encode()
        lines += (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + data + b"\r\n"
        )
    return lines + f"--{BOUNDARY}--\r\n".encode()


def body(content: Any) -> bytes:
    return json.dumps(content).encode()


def at(hour: int, minute: int = 15, second: int = 30, milli: int = 0) -> datetime:
    return datetime(2026, 7, 4, hour, minute, second, milli * 1000, tzinfo=UTC)


REKOR = {
    "data_type": "alpr_group",
    "epoch_start": int(at(8).timestamp() * 1000),
    "agent_uid": "AGENT1",
    "camera_id": 773,
    "best_uuid": "AGENT1-cam773-2",
    "best_plate_number": "QX51ABC",
    "best_confidence": 92.5,
    "candidates": [{"plate": "QX51ABC", "confidence": 92.5}, {"plate": "QX5IABC", "confidence": 81}],
    "vehicle": {"make": [{"name": "ford", "confidence": 60}], "color": [{"name": "white", "confidence": 30}]},
}
STREAM = {
    "hook": {"target": "hook", "id": "gate", "event": "recognition", "filename": "gate.jpg"},
    "data": {
        "camera_id": "gate",
        "filename": "gate_7.jpg",
        "timestamp": "2026-07-04T08:15:30.000000Z",
        "timestamp_local": "2026-07-04 09:15:30.000000+01:00",
        "results": [
            {
                "box": {"xmin": 1, "ymin": 2, "xmax": 3, "ymax": 4},
                "plate": "qx51abc",
                "score": 0.9,
                "dscore": 0.8,
                "region": {"code": "gb", "score": 0.7},
                "vehicle": {"type": "Sedan", "score": 0.7},
                "candidates": [{"plate": "qx51abc", "score": 0.9}, {"plate": "qx51a8c", "score": 0.6}],
                "model_make": [{"make": "Ford", "model": "Focus", "score": 0.4}],
                "color": [{"color": "white", "score": 0.6}, {"color": "silver", "score": 0.3}],
                "direction": 210,
            }
        ],
    },
}
HIKVISION = """<?xml version="1.0" encoding="UTF-8"?>
<EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">
  <ipAddress>192.0.2.7</ipAddress><channelID>1</channelID><dateTime>{when}</dateTime>
  <activePostCount>1</activePostCount><eventType>{event}</eventType><eventState>active</eventState>
  <UUID>{uuid}</UUID>
  <ANPR><country>2</country><licensePlate>{plate}</licensePlate><line>1</line><direction>forward</direction>
    <confidenceLevel>97</confidenceLevel><plateColor>white</plateColor>
    <vehicleInfo><index>1</index><color>silver</color></vehicleInfo></ANPR>
</EventNotificationAlert>"""


def hikvision(when: str = "2026-07-04T09:15:30+01:00", event: str = "ANPR", plate: str = "QX51ABC") -> str:
    return HIKVISION.format(when=when, event=event, plate=plate, uuid="event-7")


DAHUA = {
    "Picture": {
        "Plate": {"PlateNumber": "QX51ABC", "PlateType": "Normal", "Confidence": 204, "BoundingBox": [1, 2, 3, 4]},
        "Vehicle": {"VehicleColor": "White", "VehicleType": "Car", "VehicleSign": "Ford"},
        "SnapInfo": {"SnapTime": "2026-07-04 09:15:30", "DeviceID": "gate-1", "LanNo": 1, "Direction": "Obverse"},
        "NormalPic": {"Content": "AAAA", "PicName": "x.jpg"},
    }
}
AXIS = {
    "packetCounter": "7",
    "datetime": "20260704 091530000",
    "capture_timestamp": str(int(at(8).timestamp() * 1000)),
    "plateUTF8": "QX51ABC",
    "plateText": "QX51ABC",
    "plateConfidence": "0.870000",
    "plateCountry": "GB",
    "carState": "new",
    "carID": "99",
    "sensorProviderID": "serial-1",
    "vehicle_info": {"color": "white", "make": "Ford", "type": "car"},
}
MILESIGHT = {
    "event": "License Plate Recognition",
    "time": "2026-07-04 09:15:30.000",
    "device": "gate",
    "plate": "QX51ABC",
    "plate color": "white",
    "vehicle color": "White",
    "vehicle brand": "Ford",
    "confidence": "88",
    "full image": "AAAA",
}
GENETEC = {
    "Plate": "QX51ABC",
    "State": "GB",
    "Timestamp": "2026-07-04T08:15:30Z",
    "Camera": "gate",
    "Read Id": "r-7",
    "Confidence": 88,
    "Make": "Ford",
    "Color": "white",
}
PLAIN = {
    "plate": "QX51 ABC",
    "capturedAt": "2026-07-04T09:15:30+01:00",
    "id": "r-7",
    "confidence": 0.88,
    "alternatives": [{"plate": "QX5I ABC", "confidence": 0.4}],
    "make": "Ford",
    "colour": "white",
}


def sample(name: str, content: Any, **changes: Any) -> Sample:
    packed = content if isinstance(content, bytes) else body(content)
    expected: dict[str, Any] = {"plate": "QX51ABC", "captured_at": at(8)}
    return Sample(name, name.partition(":")[0], packed, **(expected | changes))


SAMPLES = [
    sample("rekor: group", REKOR, confidence=0.925, colour="white", make="ford", alternatives=("QX5IABC",)),
    sample(
        "rekor: alert",
        {"data_type": "alpr_alert", "group": REKOR},
        confidence=0.925,
        colour="white",
        make="ford",
        alternatives=("QX5IABC",),
    ),
    sample("rekor: heartbeat", {"data_type": "heartbeat", "agent_uid": "AGENT1"}, plate=None),
    sample(
        "plate_recognizer: stream, form",
        form(json=json.dumps(STREAM), upload=JPEG),
        content_type=FORM,
        plate="qx51abc",
        confidence=0.9,
        colour="white",
        make="Ford",
        alternatives=("qx51a8c",),
    ),
    sample(
        "plate_recognizer: stream, JSON",
        STREAM,
        plate="qx51abc",
        confidence=0.9,
        colour="white",
        make="Ford",
        alternatives=("qx51a8c",),
    ),
    sample(
        "plate_recognizer: snapshot",
        STREAM["data"],
        plate="qx51abc",
        confidence=0.9,
        colour="white",
        make="Ford",
        alternatives=("qx51a8c",),
    ),
    sample(
        "hikvision: form",
        form(**{"anpr.xml": hikvision(), "licensePlatePicture.jpg": JPEG, "detectionPicture.jpg": JPEG}),
        content_type=FORM,
        confidence=0.97,
        colour="silver",
    ),
    sample(
        "hikvision: XML alone, local time",
        hikvision("2026-07-04T09:15:30").encode(),
        content_type="application/xml",
        confidence=0.97,
        colour="silver",
    ),
    sample("hikvision: unread plate", hikvision(plate="unknown").encode(), content_type="application/xml", plate=None),
    sample(
        "hikvision: loss of video", hikvision(event="videoloss").encode(), content_type="application/xml", plate=None
    ),
    sample("dahua: 255", DAHUA, confidence=0.8, colour="White", make="Ford"),
    sample("dahua: keep alive", {"Active": "keepAlive", "DeviceID": "gate-1"}, plate=None),
    sample("axis: new", AXIS, confidence=0.87, colour="white", make="Ford"),
    sample(
        "axis: its own clock",
        {k: v for k, v in AXIS.items() if k != "capture_timestamp"},
        confidence=0.87,
        colour="white",
        make="Ford",
    ),
    sample("axis: lost, nothing read", AXIS | {"plateUTF8": "", "plateText": "", "carState": "lost"}, plate=None),
    sample("milesight: read", MILESIGHT, confidence=0.88, colour="White", make="Ford"),
    sample("milesight: nothing read", MILESIGHT | {"plate": ""}, plate=None),
    sample("genetec: JSON", GENETEC, confidence=0.88, colour="white", make="Ford"),
    sample(
        "genetec: XML",
        b"<LprRead><plate>QX51ABC</plate><timestamp>2026-07-04T08:15:30Z</timestamp><read_id>r-7</read_id></LprRead>",
        content_type="text/xml",
    ),
    sample(
        "genetec: SharpV's own template",
        b"<?xml version='1.0' encoding='utf-8'?><AutoVu><Plate>QX51ABC</Plate><State>GB</State>"
        b"<UTCDate>2026:07:04</UTCDate><UTCTime>08:15:30.000</UTCTime><CameraName>gate</CameraName>"
        b"<ContextImage>AAAA</ContextImage><ConfidenceScore>88</ConfidenceScore><Guid>r-8</Guid></AutoVu>",
        content_type="text/xml",
        confidence=0.88,
    ),
    sample(
        "genetec: JSON by template, local time",
        {"Plate": "QX51ABC", "LocalDate": "2026-07-04", "LocalTime": "09:15:30", "Camera_Name": "gate", "Guid": "r-9"},
    ),
    sample(
        "plain: one", PLAIN, plate="QX51 ABC", confidence=0.88, colour="white", make="Ford", alternatives=("QX5I ABC",)
    ),
    sample(
        "plain: batch",
        {"reads": [PLAIN]},
        plate="QX51 ABC",
        confidence=0.88,
        colour="white",
        make="Ford",
        alternatives=("QX5I ABC",),
    ),
]
