"""The encoding of AMQP messages: cut into their sections, and single sections to and from Python values.

Proton decodes a whole message only into a form that cannot be put back byte for byte; bodies stay as they were sent.
Source: AMQP 1.0 §1.6 (type encodings) and §3.2 (message format).
"""

from typing import Any

from proton import Data, Described, ProtonException, ulong

from local.servicebus.errors import UndecodableError

HEADER, DELIVERY_ANNOTATIONS, MESSAGE_ANNOTATIONS, PROPERTIES, APPLICATION_PROPERTIES, DATA = range(0x70, 0x76)
FIRST, LAST = HEADER, 0x78
PROPERTY_NAMES = (
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
)

type Section = tuple[int, bytes]


def decode(section: bytes) -> Any:
    """The value of a section."""
    data = Data()
    try:
        data.decode(section)
        data.rewind()
        data.next()
        return _owned(data.get_object().value)
    except (ProtonException, AttributeError):
        raise UndecodableError("A section of the message cannot be decoded.") from None


def encode(code: int, value: Any) -> bytes:
    data = Data()
    data.put_object(Described(ulong(code), value))
    return bytes(data.encode())


def _owned(value: Any) -> Any:
    """Binary values are views into proton's memory: copied while it lives."""
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, dict):
        return {key: _owned(each) for key, each in value.items()}
    return [_owned(each) for each in value] if isinstance(value, list) else value


def split(raw: bytes) -> list[Section]:
    """An encoded message as (code, bytes) of its sections. Raises UndecodableError."""
    sections, at = [], 0
    try:
        while at < len(raw):
            code, end = _section(raw, at)
            if not FIRST <= code <= LAST or end > len(raw):
                raise UndecodableError("This is not an AMQP message.")
            sections.append((code, raw[at:end]))
            at = end
    except (IndexError, RecursionError):
        raise UndecodableError("The message is cut short.") from None
    return sections


def _section(raw: bytes, at: int) -> tuple[int, int]:
    """The code of the section that begins here, and where it ends."""
    if raw[at : at + 2] == b"\x00\x53":
        code, value = raw[at + 2], at + 3
    elif raw[at : at + 2] == b"\x00\x80":
        code, value = int.from_bytes(raw[at + 2 : at + 10]), at + 10
    else:
        raise UndecodableError("This is not an AMQP message.")
    return code, end_of_value(raw, value)


def end_of_value(raw: bytes, at: int) -> int:
    """By the width class in the upper half of the format code; a described value is two values."""
    if raw[at] == 0:
        return end_of_value(raw, end_of_value(raw, at + 1))
    width = raw[at] >> 4
    if width in (0xA, 0xC, 0xE):
        return at + 2 + raw[at + 1]
    if width in (0xB, 0xD, 0xF):
        return at + 5 + int.from_bytes(raw[at + 1 : at + 5])
    if width not in _FIXED_WIDTHS:
        raise UndecodableError("A message has a value that AMQP does not know.")
    return at + 1 + _FIXED_WIDTHS[width]


_FIXED_WIDTHS = {0x4: 0, 0x5: 1, 0x6: 2, 0x7: 4, 0x8: 8, 0x9: 16}
