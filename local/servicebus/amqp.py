"""The few AMQP 1.0 message facts the bus needs: a message is kept as its raw sections, byte for byte."""

import uuid
from typing import Any

from proton import Data, Described, int32, symbol, timestamp, uint, ulong

HEADER, DELIVERY_ANN, MESSAGE_ANN, PROPERTIES, APP_PROPERTIES, DATA, SEQUENCE, VALUE, FOOTER = range(0x70, 0x79)
PROPERTY_NAMES = [
    "message-id",
    "user-id",
    "to",
    "subject",
    "reply-to",
    "correlation-id",
    "content-type",
    "content-encoding",
    "absolute-expiry-time",
    "creation-time",
    "group-id",
    "group-sequence",
    "reply-to-group-id",
]


def decode(section: bytes) -> Any:
    data = Data()
    data.decode(section)
    data.rewind()
    data.next()
    return _owned(data.get_object().value)


def _owned(value: Any) -> Any:
    """Binary values are views into proton's memory: copy them while it lives."""
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, dict):
        return {k: _owned(v) for k, v in value.items()}
    return [_owned(v) for v in value] if isinstance(value, list) else value


def encode(code: int, value: Any) -> bytes:
    data = Data()
    data.put_object(Described(ulong(code), value))
    return bytes(data.encode())


def split(raw: bytes) -> list[tuple[int, bytes]]:
    """Encoded message -> [(section code, its bytes)]."""
    sections, at = [], 0
    while at < len(raw):
        if raw[at : at + 2] == b"\x00\x53":
            code, value = raw[at + 2], at + 3
        elif raw[at : at + 2] == b"\x00\x80":
            code, value = int.from_bytes(raw[at + 2 : at + 10]), at + 10
        else:
            raise ValueError("not an AMQP message")
        kind = raw[value]
        if kind == 0x45:
            end = value + 1
        elif kind >> 4 in (0xA, 0xC):
            end = value + 2 + raw[value + 1]
        elif kind >> 4 in (0xB, 0xD):
            end = value + 5 + int.from_bytes(raw[value + 1 : value + 5])
        else:  # a scalar amqp-value: nothing can follow but a footer
            end = len(raw)
        sections.append((code, raw[at:end]))
        at = end
    return sections


def unbatch(raw: bytes) -> list[bytes]:
    """A batch is one transfer whose data sections are whole messages.

    Its message-format (0x80013700) is not exposed by proton, so the content decides.
    """
    bodies = [s for code, s in split(raw) if code == DATA]
    inner = [decode(s) for s in bodies]
    is_message = all(m[:2] == b"\x00\x53" and len(m) > 2 and 0x70 <= m[2] <= 0x78 for m in inner)
    return inner if inner and is_message else [raw]


class Incoming:
    """What routing and storing need from a sent message."""

    def __init__(self, raw: bytes) -> None:
        self.sections = split(raw)
        by_code = dict(self.sections)
        self.annotations = decode(by_code[MESSAGE_ANN]) if MESSAGE_ANN in by_code else {}
        self.application = decode(by_code[APP_PROPERTIES]) if APP_PROPERTIES in by_code else {}
        fields = decode(by_code[PROPERTIES]) if PROPERTIES in by_code else []
        self.properties = dict(zip(PROPERTY_NAMES, fields, strict=False))
        header = decode(by_code[HEADER]) if HEADER in by_code else []
        self.ttl = header[2] if len(header) > 2 else None

    def text(self, name: str) -> str | None:
        value = self.properties.get(name)
        return None if value is None else str(value)


def outgoing(
    raw: bytes,
    *,
    seq: int | None,
    enqueued: Any,
    count: Any = 0,
    state: Any = 0,
    locked_until: Any = None,
    token: uuid.UUID | None = None,
    source: str | None = None,
    extra_properties: dict[str, Any] | None = None,
) -> bytes:
    """The stored message with the broker's header and annotations in place of the sender's."""
    sections = split(raw)
    found = dict(sections)
    header = (list(decode(found[HEADER])) if HEADER in found else []) + [None] * 5
    header = [bool(header[0]), header[1], header[2], None, uint(count)]
    notes = dict(decode(found[MESSAGE_ANN])) if MESSAGE_ANN in found else {}
    notes[symbol("x-opt-sequence-number")] = seq
    notes[symbol("x-opt-enqueue-sequence-number")] = seq
    notes[symbol("x-opt-enqueued-time")] = timestamp(enqueued)
    notes[symbol("x-opt-message-state")] = int32(state)
    if locked_until:
        notes[symbol("x-opt-locked-until")] = timestamp(locked_until)
    if source:
        notes[symbol("x-opt-deadletter-source")] = source
    out = [encode(HEADER, header)]
    hints = dict(decode(found[DELIVERY_ANN])) if DELIVERY_ANN in found else {}
    if token:
        hints[symbol("x-opt-lock-token")] = token
    if hints:
        out.append(encode(DELIVERY_ANN, hints))
    out.append(encode(MESSAGE_ANN, notes))
    if PROPERTIES in found:
        out.append(found[PROPERTIES])
    if extra_properties:
        own = dict(decode(found[APP_PROPERTIES])) if APP_PROPERTIES in found else {}
        out.append(encode(APP_PROPERTIES, {**own, **extra_properties}))
    elif APP_PROPERTIES in found:
        out.append(found[APP_PROPERTIES])
    return b"".join(out + [s for code, s in sections if code >= DATA])
