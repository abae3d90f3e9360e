"""Where a message goes: into a queue, out to subscriptions, on to another entity, or to the dead letters.

Sources: Microsoft Learn, "Chaining Service Bus entities with autoforwarding", "Overview of Service Bus dead-letter
queues", "Duplicate detection", "Message sequencing and timestamps".
"""

import sqlite3
from dataclasses import dataclass, replace
from enum import IntEnum

from local.servicebus import rules
from local.servicebus.database import atomic, now
from local.servicebus.entities import DEAD_LETTERS, TRANSFER_DEAD_LETTERS, Entities, Entity
from local.servicebus.errors import MessageNotFoundError, NotAllowedError
from local.servicebus.messages import HEADER_LIMIT, Incoming
from local.servicebus.rulebook import Rulebook
from local.servicebus.sql import SqlError

MOST_HOPS = 4


class State(IntEnum):
    ACTIVE = 0
    DEFERRED = 1
    SCHEDULED = 2


@dataclass(frozen=True)
class Reason:
    """Why a message is dead."""

    reason: str | None
    detail: str | None = None


TOO_MANY_HOPS = Reason("MaxTransferHopCountExceeded", f"A message may be forwarded {MOST_HOPS} times.")
HEADER_TOO_LARGE = Reason("HeaderSizeExceeded", "The size quota for this stream has been exceeded.")
NO_SESSION = Reason(
    "Session ID is null", "Session enabled entity doesn't allow a message whose session identifier is null."
)
EXPIRED = Reason("TTLExpiredException", "The message expired and was dead lettered.")


def too_many_deliveries(entity: Entity) -> Reason:
    return Reason(
        "MaxDeliveryCountExceeded", f"Message could not be consumed after {entity.max_deliveries} delivery attempts."
    )


@dataclass(frozen=True)
class Arrival:
    """A message about to be placed, and what it has been through."""

    message: Incoming
    enqueue_number: int | None = None
    """Its number where it was first sent to."""
    hops: int = 0
    dead: Reason | None = None
    source: str | None = None


class Routes:
    def __init__(self, database: sqlite3.Connection, entities: Entities, rulebook: Rulebook) -> None:
        self._db, self._entities, self._rulebook = database, entities, rulebook
        self.changed: set[str] = set()
        """Names of entities that have something to receive since somebody last looked."""

    def send(self, entity: Entity, messages: list[Incoming]) -> list[int]:
        """The sequence numbers; 0 for a message that was there before. All messages are stored or none."""
        if entity.is_dead_letters:
            raise NotAllowedError("Messages cannot be sent to a dead-letter queue.")
        with atomic(self._db):
            return [self._sent(entity, message) for message in messages]

    def cancel(self, entity: Entity, numbers: list[int]) -> None:
        """Source: the service's own words, as users of MassTransit quote them."""
        with atomic(self._db):
            missing = [number for number in numbers if not self._cancelled(entity, number)]
            if missing:
                raise MessageNotFoundError(f"Messages not found. Missing sequence numbers: {missing}")

    def enqueue_due(self) -> None:
        """A scheduled message joins the queue as if it were sent now, with a new sequence number."""
        query = "SELECT * FROM message WHERE state=2 AND due<=? ORDER BY due, id"
        for row in filter(self.knows, self._db.execute(query, (now(),)).fetchall()):
            self._db.execute("DELETE FROM message WHERE id=?", (row["id"],))
            self._place(self.entity(row), _arrival(row))

    def dead_letter(self, row: sqlite3.Row, why: Reason) -> None:
        entity = self.entity(row)
        if entity.forward_dead_letters_to:
            self._db.execute("DELETE FROM message WHERE id=?", (row["id"],))
            dead = replace(_arrival(row), dead=why, source=entity.name)
            self._forward(entity, entity.forward_dead_letters_to, dead)
            return
        self._db.execute(
            "UPDATE message SET entity=?, state=0, token=NULL, locked_until=NULL, expires=NULL, reason=?, detail=?"
            " WHERE id=?",
            (entity.name + DEAD_LETTERS, why.reason, why.detail, row["id"]),
        )
        self.changed.add(entity.name + DEAD_LETTERS)

    def knows(self, row: sqlite3.Row) -> bool:
        """Messages of entities that are no longer declared rest until they are declared again."""
        return row["entity"].lower() in self._entities

    def entity(self, row: sqlite3.Row) -> Entity:
        return self._entities[row["entity"].lower()]

    def _sent(self, entity: Entity, message: Incoming) -> int:
        if entity.sessions and message.session is None:
            raise NotAllowedError("The SessionId was not set on a message, and it cannot be sent to the entity.")
        return self._submitted(entity, Arrival(message))

    def _submitted(self, entity: Entity, arrival: Arrival) -> int:
        if self._is_duplicate(entity, arrival.message):
            return 0
        due = arrival.message.scheduled
        if due and due > now():
            return self._stored(entity.name, self._next_number(entity), arrival, due=due)
        return self._place(entity, arrival)

    def _place(self, entity: Entity, arrival: Arrival) -> int:
        number = self._next_number(entity)
        arrival = replace(arrival, enqueue_number=arrival.enqueue_number or number)
        if entity.is_topic:
            self._publish(entity, arrival)
        elif entity.forward_to:
            self._forward(entity, entity.forward_to, arrival)
        elif arrival.message.header_size > HEADER_LIMIT:
            self._stored(entity.name + DEAD_LETTERS, number, replace(arrival, dead=HEADER_TOO_LARGE))
        elif entity.sessions and arrival.message.session is None:
            self._stored(entity.name + DEAD_LETTERS, number, replace(arrival, dead=NO_SESSION))
        else:
            self._stored(entity.name, number, arrival, longest=entity.ttl_ms)
        return number

    def _publish(self, topic: Entity, arrival: Arrival) -> None:
        for subscription in topic.subscriptions or []:
            try:
                copies = rules.copies(self._rulebook.of(subscription), arrival.message)
            except SqlError as error:
                if subscription.dead_letters_filter_errors:
                    dead = replace(arrival, dead=Reason("FilterException", str(error)))
                    self._stored(subscription.name + DEAD_LETTERS, self._next_number(subscription), dead)
                continue
            for copy in copies:
                self._place(subscription, replace(arrival, message=copy))

    def _forward(self, entity: Entity, target: str, arrival: Arrival) -> None:
        if arrival.hops < MOST_HOPS:
            self._submitted(self._entities[target.lower()], replace(arrival, hops=arrival.hops + 1))
        else:
            dead = replace(arrival, dead=TOO_MANY_HOPS)
            self._stored(entity.name + TRANSFER_DEAD_LETTERS, self._next_number(entity), dead)

    def _stored(
        self, name: str, number: int, arrival: Arrival, *, due: int | None = None, longest: int | None = None
    ) -> int:
        """``longest`` is how long the entity lets a message live, whatever the message says."""
        message, at = arrival.message, now()
        ttl = min((each for each in (message.ttl, longest) if each), default=None)
        dead = arrival.dead or Reason(None)
        mortal = ttl is not None and due is None and not name.endswith(DEAD_LETTERS)
        self._db.execute(
            "INSERT INTO message(entity, number, enqueue_number, state, session, enqueued, due, ttl, expires, hops,"
            " source, reason, detail, raw) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                *(name, number, arrival.enqueue_number or number, State.SCHEDULED if due else State.ACTIVE),
                *(message.session, at, due, ttl, at + ttl if mortal and ttl else None, arrival.hops),
                *(arrival.source, dead.reason, dead.detail, message.raw),
            ),
        )
        self.changed.add(name)
        return number

    def _next_number(self, entity: Entity) -> int:
        row = self._db.execute(
            "INSERT INTO counter VALUES(?,1) ON CONFLICT DO UPDATE SET last=last+1 RETURNING last", (entity.name,)
        ).fetchone()
        return int(row[0])

    def _is_duplicate(self, entity: Entity, message: Incoming) -> bool:
        """Remembers the message if it is not."""
        name = message.text("message-id")
        if entity.duplicates_ms is None or name is None:
            return False
        at = now()
        self._db.execute("DELETE FROM seen WHERE entity=? AND at<?", (entity.name, at - entity.duplicates_ms))
        added = self._db.execute("INSERT OR IGNORE INTO seen VALUES(?,?,?)", (entity.name, name, at))
        return added.rowcount == 0

    def _cancelled(self, entity: Entity, number: int) -> bool:
        gone = self._db.execute("DELETE FROM message WHERE entity=? AND number=? AND state=2", (entity.name, number))
        return gone.rowcount > 0


def _arrival(row: sqlite3.Row) -> Arrival:
    return Arrival(Incoming(row["raw"]), row["enqueue_number"], row["hops"], source=row["source"])
