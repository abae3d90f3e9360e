"""What cameras send, one module a vendor; adding a vendor is one module and one line here."""

from collections.abc import Mapping
from typing import Protocol

from shared.errors import Malformed
from shared.plates.formats.rekor import Rekor
from shared.plates.models import PlateRead


class Format(Protocol):
    name: str

    def recognises(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether this is the vendor's format; looks, does not judge."""
        ...

    def parse(self, body: bytes) -> list[PlateRead]:
        """The reads; empty for a message without any, such as a heartbeat. Raises :class:`Invalid`."""
        ...


FORMATS: tuple[Format, ...] = (Rekor(),)


def parse(headers: Mapping[str, str], body: bytes) -> list[PlateRead]:
    for each in FORMATS:
        if each.recognises(headers, body):
            return each.parse(body)
    raise Malformed("This is no message of a camera that is known here. Rekor Scout agents send JSON with 'data_type'.")
