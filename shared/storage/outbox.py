"""The transactional outbox: a message is stored in the very batch that writes its cause, so neither exists alone.

The writer sends the message at once. Whoever handles it deletes the outbox document when the work is done; the relay
timer re-sends what was left behind. A message may therefore arrive twice, never not at all.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.clock import rfc3339
from shared.storage.cosmos import Container, Document, Key
from shared.telemetry.tracing import traceparent

KIND = "outbox"


@dataclass(frozen=True)
class Message:
    """An instruction on its way: ids only, no personal data. ``id`` is the broker's MessageId for de-duplication."""

    id: str
    queue: str
    body: Document
    trace: str = field(default_factory=traceparent, compare=False)
    """The trace that it belongs to, so that whoever handles it goes on with it."""


def document(message: Message, key_fields: dict[str, str], at: datetime) -> Document:
    """The outbox document that travels in the batch of its cause; ``key_fields`` place it in the same partition."""
    return {
        "id": message.id,
        **key_fields,
        "kind": KIND,
        "queue": message.queue,
        "body": message.body,
        "trace": message.trace,
        "createdAt": rfc3339(at),
    }


async def left_behind(container: Container, now: datetime, older_than: timedelta) -> AsyncIterator[Message]:
    """The messages whose sending or handling has not been confirmed for ``older_than``."""
    text = "SELECT c.id, c.queue, c.body, c.trace FROM c WHERE c.kind = @kind AND c.createdAt < @before"
    found = container.query(text, {"kind": KIND, "before": rfc3339(now - older_than)})
    async for item in found:
        yield Message(id=item["id"], queue=item["queue"], body=item["body"], trace=item.get("trace", ""))


async def confirm(container: Container, message_id: str, key: Key) -> None:
    """The message has been handled: it need not be sent again."""
    await container.delete(message_id, key)
