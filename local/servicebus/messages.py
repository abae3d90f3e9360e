"""Messages on their way in and out: kept as the sections that were sent, with the broker's facts put around them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from proton import int32, symbol, timestamp, uint

from local.servicebus import amqp
from local.servicebus.errors import UndecodableError

HEADER_LIMIT = 64 * 1024
"""Source: Microsoft Learn, "Service Bus quotas": message properties may have 64 KB together."""


class Incoming:
    """What routing and storing need from a sent message."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._sections = dict(amqp.split(raw))

    def system(self, name: str) -> Any:
        return self._properties.get(name)

    def user(self, name: str) -> Any:
        return self._application.get(name)

    def text(self, name: str) -> str | None:
        value = self._properties.get(name)
        return None if value is None else str(value)

    @property
    def session(self) -> str | None:
        return self.text("group-id")

    @property
    def scheduled(self) -> int | None:
        found: int | None = self._decoded(amqp.MESSAGE_ANNOTATIONS, {}).get("x-opt-scheduled-enqueue-time")
        return found

    @property
    def ttl(self) -> int | None:
        header = self._decoded(amqp.HEADER, [])
        return header[2] if len(header) > 2 else None

    @property
    def header_size(self) -> int:
        return sum(len(section) for code, section in self._sections.items() if code < amqp.DATA)

    def changed(self, system: Mapping[str, object], user: Mapping[str, object]) -> "Incoming":
        """A copy with other properties; None takes one away."""
        properties = {**self._properties, **system}
        application = {**self._application, **user}
        sections = dict(amqp.split(self.raw)) | {
            amqp.PROPERTIES: amqp.encode(amqp.PROPERTIES, [properties.get(name) for name in amqp.PROPERTY_NAMES]),
            amqp.APPLICATION_PROPERTIES: amqp.encode(
                amqp.APPLICATION_PROPERTIES,
                {name: value for name, value in application.items() if value is not None},
            ),
        }
        bodies = b"".join(section for code, section in amqp.split(self.raw) if code >= amqp.DATA)
        return Incoming(b"".join(sections[code] for code in sorted(sections) if code < amqp.DATA) + bodies)

    @cached_property
    def _properties(self) -> dict[str, Any]:
        return dict(zip(amqp.PROPERTY_NAMES, self._decoded(amqp.PROPERTIES, []), strict=False))

    @cached_property
    def _application(self) -> dict[str, Any]:
        return dict(self._decoded(amqp.APPLICATION_PROPERTIES, {}))

    def _decoded(self, code: int, default: Any) -> Any:
        return amqp.decode(self._sections[code]) if code in self._sections else default


def unbatched(raw: bytes) -> list[Incoming]:
    """The messages of one transfer. A batch is one message whose data sections are whole messages.

    Its message format (0x80013700) is not among the things that proton tells, so the content decides.
    """
    bodies = [amqp.decode(section) for code, section in amqp.split(raw) if code == amqp.DATA]
    if not bodies or not all(_may_be_message(body) for body in bodies):
        return [Incoming(raw)]
    try:
        return [Incoming(body) for body in bodies]
    except UndecodableError:
        return [Incoming(raw)]  # data that only began like a message


def _may_be_message(body: bytes) -> bool:
    return body[:2] == b"\x00\x53" and len(body) > 2 and amqp.FIRST <= body[2] <= amqp.LAST


@dataclass
class Delivery:
    """A stored message and what the broker knows about it. Times are milliseconds since the epoch."""

    raw: bytes
    number: int
    enqueue_number: int
    enqueued: int
    deliveries: int = 0
    state: int = 0
    ttl: int | None = None
    locked_until: int | None = None
    token: uuid.UUID | None = None
    source: str | None = None
    application: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The message with the broker's header and annotations in place of the sender's."""
        sections = amqp.split(self.raw)
        found = dict(sections)
        encoded = [amqp.encode(amqp.HEADER, self._header(found))]
        if hints := self._delivery_annotations(found):
            encoded.append(amqp.encode(amqp.DELIVERY_ANNOTATIONS, hints))
        encoded.append(amqp.encode(amqp.MESSAGE_ANNOTATIONS, self._annotations(found)))
        if amqp.PROPERTIES in found:
            encoded.append(found[amqp.PROPERTIES])
        if self.application:
            own = _decoded(found, amqp.APPLICATION_PROPERTIES, {})
            encoded.append(amqp.encode(amqp.APPLICATION_PROPERTIES, {**own, **self.application}))
        elif amqp.APPLICATION_PROPERTIES in found:
            encoded.append(found[amqp.APPLICATION_PROPERTIES])
        return b"".join(encoded + [section for code, section in sections if code >= amqp.DATA])

    def _header(self, found: dict[int, bytes]) -> list[Any]:
        durable, priority, ttl, *_ = list(_decoded(found, amqp.HEADER, [])) + [None] * 3
        ttl = ttl if self.ttl is None else uint(self.ttl)
        return [bool(durable), priority, ttl, None, uint(self.deliveries)]

    def _delivery_annotations(self, found: dict[int, bytes]) -> dict[Any, Any]:
        hints = dict(_decoded(found, amqp.DELIVERY_ANNOTATIONS, {}))
        if self.token:
            hints[symbol("x-opt-lock-token")] = self.token
        return hints

    def _annotations(self, found: dict[int, bytes]) -> dict[Any, Any]:
        notes = dict(_decoded(found, amqp.MESSAGE_ANNOTATIONS, {}))
        notes[symbol("x-opt-sequence-number")] = self.number
        notes[symbol("x-opt-enqueue-sequence-number")] = self.enqueue_number
        notes[symbol("x-opt-enqueued-time")] = timestamp(self.enqueued)
        notes[symbol("x-opt-message-state")] = int32(self.state)
        if self.locked_until:
            notes[symbol("x-opt-locked-until")] = timestamp(self.locked_until)
        if self.source:
            notes[symbol("x-opt-deadletter-source")] = self.source
        return notes


def _decoded(found: dict[int, bytes], code: int, default: Any) -> Any:
    return amqp.decode(found[code]) if code in found else default
