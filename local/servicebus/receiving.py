"""Links that messages go out on: one for each receiver of the client, to a whole entity or to one of its sessions."""

import uuid
from typing import Any, Protocol

from proton import Link, symbol

from local.servicebus import links
from local.servicebus.broker import Broker
from local.servicebus.database import now
from local.servicebus.entities import Entity
from local.servicebus.errors import (
    BusError,
    NoSessionInTimeError,
    NotAllowedError,
    SessionCannotBeLockedError,
    SessionLockLostError,
)
from local.servicebus.faults import Breakable
from local.servicebus.sessions import SessionLock

SESSION_FILTER = symbol("com.microsoft:session-filter")
TIMEOUT = symbol("com.microsoft:timeout")
LOCKED_UNTIL = symbol("com.microsoft:locked-until-utc")
TICKS_AT_EPOCH = 621_355_968_000_000_000
TICKS_A_MILLISECOND = 10_000
LONGEST_WAIT_MS = 60_000


class Owner(Breakable, Protocol):
    """The connection that a receiver belongs to."""

    gone: bool

    def forget(self, receiver: "Receiver") -> None:
        """The receiver has ended."""


class Receiver:
    def __init__(self, broker: Broker, connection: Owner, link: Any, entity: Entity) -> None:
        self._broker, self._connection, self.link, self.entity = broker, connection, link, entity
        self._deletes = link.remote_snd_settle_mode == Link.SND_SETTLED
        self._lock: SessionLock | None = None
        self._waits_until: int | None = None
        self._delayed = False
        self.tokens: dict[Any, uuid.UUID] = {}
        """Of the deliveries that are not settled yet."""

    # -- attaching -------------------------------------------------------------------------------------------
    def attach(self) -> None:
        """At once, or when a session is free."""
        if self.entity.forward_to:
            raise NotAllowedError(f"'{self.entity.name}' forwards its messages; receive them where they go.")
        asked = links.filters(self.link)
        if not self.entity.sessions:
            if SESSION_FILTER in asked:
                raise NotAllowedError("A sessionful message receiver cannot be created on an entity without sessions.")
            links.open_as_asked(self.link)
            self._broker.listen(self)
        elif SESSION_FILTER not in asked:
            raise NotAllowedError(
                "It is not possible for an entity that requires sessions to create a non-sessionful message receiver."
            )
        elif not isinstance(asked[SESSION_FILTER], str | None):
            raise NotAllowedError("The id of a session is a string.")
        elif not self.accept_session():
            self._wait(asked[SESSION_FILTER])

    def accept_session(self) -> bool:
        """The session asked for, or the next one; False while there is none."""
        wanted = links.filters(self.link)[SESSION_FILTER]
        lock = self._broker.store.sessions.lock(self.entity, wanted, self._connection, self._session_lost)
        if lock is None:
            return False
        self._lock, self._waits_until = lock, None
        links.echo(self.link)
        self.link.source.filter.clear()
        self.link.source.filter.put_object({SESSION_FILTER: lock.session})
        self.link.properties = {LOCKED_UNTIL: lock.until * TICKS_A_MILLISECOND + TICKS_AT_EPOCH}
        self.link.open()
        self._broker.listen(self)
        return True

    def give_up_waiting(self) -> None:
        """If its time for a session is up."""
        if self._waits_until is not None and self._waits_until <= now():
            self._refuse(NoSessionInTimeError())

    def _wait(self, wanted: str | None) -> None:
        if wanted is not None:
            raise SessionCannotBeLockedError(wanted)
        asked = (self.link.remote_properties or {}).get(TIMEOUT, LONGEST_WAIT_MS)
        self._waits_until = now() + int(asked)
        self._broker.wait_for_session(self)

    # -- delivering ------------------------------------------------------------------------------------------
    @property
    def wants_more(self) -> bool:
        return self.link.credit > 0 and not self._delayed and not self._connection.gone

    def deliver(self) -> bool:
        """The next message, if there is one."""
        if not self._broker.faults.armed("receive"):
            return self._deliver_next()
        if not self._broker.store.has_next(self.entity, self._lock):
            return False
        self._delayed = True
        self._broker.faults.around("receive", self._connection, self._deliver_at_last, self._refuse)
        return True

    def drain(self) -> None:
        """What fits into the credit, and the rest of the credit back. Source: AMQP 1.0 §2.6.7."""
        while self.wants_more and self.deliver():
            pass
        self.link.drained()

    def _deliver_at_last(self) -> None:
        self._delayed = False
        self._broker.store.routes.changed.add(self.entity.name)
        if self.wants_more:
            self._deliver_next()

    def _deliver_next(self) -> bool:
        taken = self._broker.store.take(self.entity, self._lock, delete=self._deletes)
        if taken is None:
            return False
        delivery = self.link.delivery((taken.token or uuid.uuid4()).bytes_le)
        self.link.send(taken.encoded)
        self.link.advance()
        if taken.token:
            self.tokens[delivery] = taken.token
        else:
            delivery.settle()
        return True

    # -- ending ----------------------------------------------------------------------------------------------
    def detached(self) -> None:
        """Messages stay locked until their locks expire, those of a session are free with it."""
        self._broker.forget(self)
        if self._lock:
            self._broker.store.release_session(self._lock)

    def _session_lost(self) -> None:
        self._refuse(SessionLockLostError())

    def _refuse(self, error: BusError) -> None:
        links.refuse(self.link, error)
        self._connection.forget(self)
