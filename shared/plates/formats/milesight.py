"""Milesight cameras: flat JSON of strings, with blanks in the names; pictures in base64."""

import math

from shared.errors import FieldError, Invalid
from shared.plates.formats.base import Message, Understood, moment, pictures
from shared.plates.models import Guess, PlateRead

LONGEST = 16


class Milesight:
    name = "milesight"

    def recognises(self, message: Message) -> bool:
        said = {name.strip().lower() for name in message.object}
        return {"device", "time"} <= said and bool(said & {"plate", "plate image", "plate color"})

    def parse(self, message: Message) -> Understood:
        said = {name.strip().lower(): str(value).strip() for name, value in message.object.items()}
        plate = said.get("plate", "")
        if not plate or plate.lower() == "unknown":
            return Understood([])
        if len(plate) > LONGEST:
            what = FieldError("/plate", "string_too_long", f"A plate has at most {LONGEST} characters.")
            raise Invalid("The plate is too long.", [what])
        read = PlateRead(
            read_id=f"{said.get('device')}|{said.get('time')}|{plate}",
            captured_at=moment(said.get("time"), message.zone, "%Y-%m-%d %H:%M:%S.%f", "%Y/%m/%d %H:%M:%S", at="/time"),
            best=Guess(plate, _confidence(said.get("confidence", ""))),
            make=said.get("vehicle brand") or None,
            colour=said.get("vehicle color") or None,
            pictures=pictures(*(said.get(f"{what} image") for what in ("vehicle", "plate", "full"))),
        )
        return Understood([read])


def _confidence(text: str) -> float:
    """0 to 1, or 0 to 100 with or without a percent sign; 0 where the firmware does not say."""
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        return 0.0
    if not math.isfinite(value):
        return 0.0
    return min(max(value / 100 if value > 1 else value, 0.0), 1.0)


FORMAT = Milesight()
