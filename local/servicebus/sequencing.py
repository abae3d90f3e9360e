"""Delivery ids as proton wants them: one after another.

The service does not mind what ids a client gives its deliveries. Proton does, and ends the connection; and the SDK,
when several threads send at once (as lock renewal does), gives one id twice or swaps two. So such ids are replaced on
their way in, and put back into what the broker says of those deliveries.
Source: AMQP 1.0 §2.3.1 (frames), §2.7.5 (transfer), §2.7.6 (disposition).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from local.servicebus.amqp import end_of_value

TRANSFER, DISPOSITION = 0x14, 0x15
AMQP_FRAME = 0
HEADER_SIZE = 8
LARGEST_FRAME = 1 << 20
PROTOCOL = b"AMQP"
NULL, TRUE = b"\x40", (b"\x41", b"\x56\x01")


@dataclass(frozen=True)
class Performative:
    """A frame whose body is a list of fields, each still encoded."""

    header: bytes
    code: int
    fields: list[bytes]
    payload: bytes

    @property
    def channel(self) -> int:
        return int.from_bytes(self.header[6:8])

    def number(self, at: int) -> int | None:
        if at >= len(self.fields) or self.fields[at] == NULL:
            return None
        return int.from_bytes(self.fields[at][1:])

    def says(self, at: int) -> bool:
        return at < len(self.fields) and self.fields[at] in TRUE

    def having(self, values: dict[int, bytes]) -> "Performative":
        return replace(self, fields=[values.get(at, each) for at, each in enumerate(self.fields)])

    def encoded(self) -> bytes:
        fields = b"".join(self.fields)
        count = len(self.fields)
        if len(fields) < 255:
            body = bytes((0, 0x53, self.code, 0xC0, len(fields) + 1, count)) + fields
        else:
            body = bytes((0, 0x53, self.code, 0xD0)) + _four(len(fields) + 4) + _four(count) + fields
        head = self.header[4:]
        return _four(HEADER_SIZE + len(body) + len(self.payload)) + head + body + self.payload


@dataclass
class _Channel:
    expected: int | None = None
    open: dict[int, int] = field(default_factory=dict)
    """The deliveries of which more is to come: the id for proton by link handle."""
    given: dict[int, int] = field(default_factory=dict)
    """The id that the client gave, by the id for proton, where they differ."""

    def id_for(self, handle: int, given: int | None, *, more: bool) -> int:
        found = self.open.pop(handle, None)
        if found is None:
            found = (given or 0) if self.expected is None else self.expected
            self.expected = (found + 1) & 0xFFFFFFFF
            if given is not None and given != found:
                self.given[found] = given
        if more:
            self.open[handle] = found
        return found


class Sequencer:
    """Of one connection. What is in order passes untouched."""

    def __init__(self) -> None:
        self._rest = b""
        self._channels: dict[int, _Channel] = {}

    def incoming(self, data: bytes) -> bytes:
        """Whole frames; the rest is kept until more comes."""
        data, passed, at = self._rest + data, [], 0
        for frame in _frames(data):
            passed.append(self._ordered(frame))
            at += len(frame)
        self._rest = data[at:]
        return b"".join(passed)

    def outgoing(self, data: bytes) -> bytes:
        """Called with whole frames, as proton writes them."""
        if not any(channel.given for channel in self._channels.values()):
            return data
        return b"".join(out for frame in _frames(data) for out in self._translated(frame))

    def _ordered(self, frame: bytes) -> bytes:
        transfer = _performative(frame, TRANSFER)
        if transfer is None:
            return frame
        channel = self._channels.setdefault(transfer.channel, _Channel())
        given = transfer.number(1)
        found = channel.id_for(transfer.number(0) or 0, given, more=transfer.says(5))
        return frame if given in (None, found) else transfer.having({1: _uint(found)}).encoded()

    def _translated(self, frame: bytes) -> Iterator[bytes]:
        """A range of deliveries becomes one disposition each, if any of them was renumbered."""
        disposition = _performative(frame, DISPOSITION)
        channels = self._channels
        if disposition is None or not disposition.says(0):  # only what we say as the receiver
            yield frame
            return
        first = disposition.number(1) or 0
        last = disposition.number(2)
        for each in range(first, (first if last is None else last) + 1):
            found = next((channel.given.pop(each) for channel in channels.values() if each in channel.given), each)
            yield disposition.having({1: _uint(found), 2: NULL}).encoded()


def _frames(data: bytes) -> Iterator[bytes]:
    """The whole ones; protocol headers count as frames."""
    at = 0
    while len(data) - at >= HEADER_SIZE:
        size = HEADER_SIZE if data[at : at + 4] == PROTOCOL else int.from_bytes(data[at : at + 4])
        if not HEADER_SIZE <= size <= LARGEST_FRAME:
            size = len(data) - at  # not AMQP: proton will say so
        if at + size > len(data):
            return
        yield data[at : at + size]
        at += size


def _performative(frame: bytes, code: int) -> Performative | None:
    """If it is the one with this code, encoded as clients and proton do."""
    start = frame[4] * 4
    if frame[:4] == PROTOCOL or frame[5] != AMQP_FRAME or frame[start : start + 3] != bytes((0, 0x53, code)):
        return None
    kind, at = frame[start + 3], start + 4
    if kind == 0xC0:
        end, count, at = at + 1 + frame[at], frame[at + 1], at + 2
    elif kind == 0xD0:
        end, count, at = at + 4 + int.from_bytes(frame[at : at + 4]), int.from_bytes(frame[at + 4 : at + 8]), at + 8
    else:
        return None
    fields = []
    for _ in range(count):
        after = end_of_value(frame, at)
        fields.append(frame[at:after])
        at = after
    return Performative(frame[:HEADER_SIZE], code, fields, frame[end:])


def _uint(value: int) -> bytes:
    return b"\x43" if value == 0 else bytes((0x52, value)) if value < 256 else b"\x70" + _four(value)


def _four(value: int) -> bytes:
    return value.to_bytes(4)
