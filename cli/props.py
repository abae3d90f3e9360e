"""What the demo story's people and cameras send: a report, a camera's message, a photo."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image

from cli.world import Vehicle

STORY = "Filled a foil-lined bag with perfume testers and left by the loading bay at speed."
CLOTHING = "Mustard yellow raincoat and one red glove"
NAME = "Casimir Fenwright"


def theft(site: str, vehicle: Vehicle, **changes: Any) -> dict[str, Any]:
    return {
        "type": "theft",
        "occurredAt": (datetime.now(UTC) - timedelta(minutes=20)).isoformat(),
        "siteId": site,
        "howKnown": "witnessed",
        "methods": ["concealed"],
        "whatHappened": STORY,
        "items": [{"product": "Perfume 50 ml", "quantity": 4, "value": {"amountMinor": 5900, "currency": "GBP"}}],
        "people": [{"role": "suspect", "ageBand": "adult", "clothing": CLOTHING, "name": NAME}],
        "vehicles": [vehicle.described()],
    } | changes


def camera_message(vehicle: Vehicle) -> dict[str, Any]:
    """What a Rekor Scout agent posts for one passage."""
    plate, now = vehicle.plate.replace(" ", ""), int(datetime.now(UTC).timestamp() * 1000)
    return {
        "data_type": "alpr_group",
        "version": 2,
        "epoch_start": now - 1500,
        "epoch_end": now,
        "agent_uid": "DEMOAGENT",
        "camera_id": 1,
        "best_uuid": f"DEMOAGENT-cam1-{now}",
        "uuids": [f"DEMOAGENT-cam1-{now}"],
        "best_plate_number": plate,
        "best_confidence": 94.2,
        "candidates": [{"plate": plate, "confidence": 94.2, "matches_template": 1}],
        "vehicle": {
            "make": [{"name": vehicle.make.lower(), "confidence": 88.0}],
            "color": [{"name": vehicle.colour, "confidence": 91.0}],
        },
        "travel_direction": 88.1,
    }


def photo() -> bytes:
    """A picture whose camera noted where it was taken."""
    image, out = Image.effect_mandelbrot((640, 480), (-2, -1.2, 1, 1.2), 60).convert("RGB"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "DemoCam"
    place = exif.get_ifd(0x8825)
    place.update({1: "N", 2: (50.0, 48.0, 44.3), 3: "W", 4: (1.0, 4.0, 38.6)})
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def has_metadata(picture: bytes) -> bool:
    """Whether a picture says anything beside what it shows."""
    return bool(Image.open(io.BytesIO(picture)).getexif()) or b"Exif" in picture or b"DemoCam" in picture
