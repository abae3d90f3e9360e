"""AMQP side of the local Service Bus: one proton engine per connection, driven by asyncio.

Every read batch is handled, committed to SQLite, and only then answered: an acknowledged message is a stored message.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import socket
import time
import urllib.parse
import uuid
from collections.abc import AsyncIterator
from typing import Any

from proton import (
    UNDESCRIBED,
    Array,
    Collector,
    Condition,
    Connection,
    Data,
    Delivery,
    Link,
    Message,
    Session,
    Terminus,
    Transport,
    int32,
    symbol,
    timestamp,
)

from local.servicebus import amqp
from local.servicebus.store import Entity, LockLostError, Store

SESSION_FILTER, TIMEOUT = symbol("com.microsoft:session-filter"), symbol("com.microsoft:timeout")
TICKS_AT_EPOCH = 621355968000000000
ONE_MB = 1 << 20


class BusError(Exception):
    def __init__(self, condition: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.condition, self.status = condition, status


class Bus:
    def __init__(self, store: Store, keys: dict[str, str] | None = None) -> None:
        self.store, self.keys = store, keys
        self.connections: set[Engine] = set()
        self.receivers: dict[str, list[Receiver]] = {}  # entity name -> links, rotated for fairness
        self.waiting: list[tuple[Engine, Link, Entity, float]] = []  # session receivers without a session yet

    def entity(self, path: str) -> Entity:
        try:
            return self.store.entities[path.lower()]
        except KeyError:
            raise BusError("amqp:not-found", f"The messaging entity '{path}' could not be found.", 404) from None

    def check_token(self, token: str) -> bool:
        """SAS tokens are verified when keys are configured; JWTs belong to the identity stand-in."""
        if self.keys is None or not token.startswith("SharedAccessSignature "):  # the SDK labels both kinds jwt
            return True
        fields = dict(urllib.parse.parse_qsl(token.removeprefix("SharedAccessSignature ")))
        text = urllib.parse.quote_plus(fields["sr"]) + "\n" + fields["se"]
        good = base64.b64encode(
            hmac.new(self.keys.get(fields["skn"], "").encode(), text.encode(), hashlib.sha256).digest()
        ).decode()
        return hmac.compare_digest(good, fields["sig"]) and float(fields["se"]) > time.time()

    def dispatch(self) -> None:
        """Offers stored messages to every link with credit, one each in turn."""
        for links in self.receivers.values():
            busy = [r for r in links if r.link.credit > 0]
            while busy:
                busy = [r for r in busy if r.deliver() and r.link.credit > 0]
            links.append(links.pop(0)) if links else None
        for entry in self.waiting[:]:
            engine, link, entity, until = entry
            if engine.grant_session(link, entity):
                self.waiting.remove(entry)
            elif until <= time.time():
                self.waiting.remove(entry)
                engine.refuse(link, BusError("com.microsoft:timeout", "No session became available in time."))

    def flush(self) -> None:
        self.dispatch()
        self.store.db.commit()
        for engine in list(self.connections):
            engine.write()

    async def run_clock(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            if self.store.tick() or self.waiting:
                self.flush()


class Receiver:
    """A client's receiving link on one queue or subscription."""

    def __init__(self, engine: "Engine", link: Link, entity: Entity, session: str | None) -> None:
        self.engine, self.link, self.entity, self.session = engine, link, entity, session
        self.delete = link.remote_snd_settle_mode == Link.SND_SETTLED

    def deliver(self) -> bool:
        taken = self.engine.bus.store.take(self.entity, delete=self.delete, session=self.session)
        if not taken:
            return False
        token, raw = taken
        delivery = self.link.delivery((token or uuid.uuid4()).bytes_le)
        self.link.send(raw)
        self.link.advance()
        if token is None:
            delivery.settle()
        else:
            self.engine.tokens[delivery] = token
        return True

    def session_lost(self) -> None:
        self.engine.refuse(self.link, BusError("com.microsoft:session-lock-lost", "The session lock has expired."))
        self.engine.forget(self.link)


class Engine(asyncio.Protocol):
    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.receivers: dict[str, Receiver] = {}  # by link name
        self.replies: dict[tuple[Session, str], Link] = {}  # (session, management address) -> link to the client
        self.tokens: dict[Delivery, uuid.UUID] = {}
        self.collector, self.connection = Collector(), Connection()
        self.connection.collect(self.collector)
        self.transport = Transport(Transport.SERVER)
        self.transport.max_frame_size = 1 << 16
        sasl = self.transport.sasl()
        sasl.allowed_mechs("ANONYMOUS")
        self.transport.bind(self.connection)

    # -- bytes -----------------------------------------------------------------------------------------------
    def connection_made(self, socket: Any) -> None:
        self.socket = socket
        self.bus.connections.add(self)

    def data_received(self, data: bytes) -> None:
        while data and (room := self.transport.capacity()) > 0:
            self.transport.push(data[:room])
            data = data[room:]
            self.handle_events()
        self.bus.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self.bus.connections.discard(self)
        for receiver in list(self.receivers.values()):
            self.forget(receiver.link)
        self.bus.waiting = [w for w in self.bus.waiting if w[0] is not self]

    def write(self) -> None:
        self.handle_events()
        while (n := self.transport.pending()) > 0:
            self.socket.write(self.transport.peek(n))
            self.transport.pop(n)
        if self.transport.pending() < 0:
            self.socket.close()

    def handle_events(self) -> None:
        while event := self.collector.peek():
            handler = getattr(self, event.type.method, None)
            if handler:
                handler(event)
            self.collector.pop()

    # -- endpoints -------------------------------------------------------------------------------------------
    def on_connection_remote_open(self, event: Any) -> None:
        self.connection.container = "local-service-bus"
        self.connection.open()

    def on_connection_remote_close(self, event: Any) -> None:
        self.connection.close()

    def on_session_remote_open(self, event: Any) -> None:
        event.session.open()

    def on_session_remote_close(self, event: Any) -> None:
        event.session.close()

    def on_link_remote_open(self, event: Any) -> None:
        link = event.link
        terminus = link.remote_source if link.is_sender else link.remote_target
        path = (
            urllib.parse.urlsplit(terminus.address).path.strip("/") if "://" in terminus.address else terminus.address
        )
        link.snd_settle_mode, link.rcv_settle_mode = link.remote_snd_settle_mode, link.remote_rcv_settle_mode
        try:
            if path == "$cbs" or path.lower().endswith("/$management"):
                if link.is_sender:
                    self.replies[link.session, path] = link
                self.open(link)
            elif link.is_receiver:
                self.bus.entity(path)
                link.max_message_size = ONE_MB
                self.open(link)
            else:
                self.open_receiver(link, self.bus.entity(path))
        except BusError as error:
            self.refuse(link, error)

    def open(self, link: Link) -> None:
        link.source.copy(link.remote_source)
        link.target.copy(link.remote_target)
        link.open()
        if link.is_receiver:
            link.flow(500)

    def refuse(self, link: Link, error: BusError) -> None:
        if not link.state & link.LOCAL_ACTIVE:
            link.source.type = link.target.type = Terminus.UNSPECIFIED  # refused: neither source nor target
            link.open()
        link.condition = Condition(error.condition, str(error))
        link.close()

    def open_receiver(self, link: Link, entity: Entity) -> None:
        if not entity.sessions:
            if SESSION_FILTER in self.filters(link):
                raise BusError("amqp:not-allowed", "A sessionful receiver cannot be created on this entity.")
            self.attach(link, entity, None)
        elif not self.grant_session(link, entity):
            if self.filters(link).get(SESSION_FILTER) is not None:
                raise BusError("com.microsoft:session-cannot-be-locked", "The requested session cannot be accepted.")
            wait = (link.remote_properties or {}).get(TIMEOUT, 60_000) / 1000
            self.bus.waiting.append((self, link, entity, time.time() + wait))

    @staticmethod
    def filters(link: Any) -> dict[Any, Any]:
        data: Data = link.remote_source.filter
        data.rewind()
        return (data.get_object() if data.next() else None) or {}

    def grant_session(self, link: Link, entity: Entity) -> bool:
        receiver = Receiver(self, link, entity, None)
        receiver.session = self.bus.store.lock_session(entity, self.filters(link).get(SESSION_FILTER), receiver)
        if receiver.session is None:
            return False
        until = self.bus.store.session_locks[entity.name, receiver.session][1]
        link.properties = {symbol("com.microsoft:locked-until-utc"): until * 10_000 + TICKS_AT_EPOCH}
        self.attach(link, entity, receiver)
        link.source.filter.clear()
        link.source.filter.put_object({SESSION_FILTER: receiver.session})
        return True

    def attach(self, link: Any, entity: Entity, receiver: Receiver | None) -> None:
        if receiver:
            link.source.copy(link.remote_source)
            link.source.filter.clear()
            link.source.filter.put_object({SESSION_FILTER: receiver.session})
            link.target.copy(link.remote_target)
            link.open()
        else:
            receiver = Receiver(self, link, entity, None)
            self.open(link)
        self.receivers[link.name] = receiver
        self.bus.receivers.setdefault(entity.name, []).append(receiver)

    def forget(self, link: Link) -> None:
        if receiver := self.receivers.pop(link.name, None):
            self.bus.receivers[receiver.entity.name].remove(receiver)
            if receiver.session is not None:
                self.bus.store.session_locks.pop((receiver.entity.name, receiver.session), None)

    def on_link_remote_close(self, event: Any) -> None:
        self.forget(event.link)
        event.link.close()

    on_link_remote_detach = on_link_remote_close

    def on_link_flow(self, event: Any) -> None:
        if event.link.is_sender and event.link.drain_mode and event.link.name in self.receivers:
            while event.link.credit > 0 and self.receivers[event.link.name].deliver():
                pass
            event.link.drained()

    # -- messages --------------------------------------------------------------------------------------------
    def on_delivery(self, event: Any) -> None:
        delivery, link = event.delivery, event.link
        if link.state & Link.LOCAL_CLOSED:
            return
        if link.is_sender:
            if delivery.updated:
                self.settle(delivery)
        elif delivery.readable and not delivery.partial:
            raw = link.recv(delivery.pending)
            link.advance()
            link.flow(1)
            path = link.remote_target.address
            if path == "$cbs" or path.lower().endswith("/$management"):
                delivery.update(Delivery.ACCEPTED)
                delivery.settle()
                self.request(link, path, raw)
                return
            entity = self.bus.entity(urllib.parse.urlsplit(path).path.strip("/"))
            try:
                if len(raw) > ONE_MB:
                    raise BusError("amqp:link:message-size-exceeded", "The message is larger than 1 MB.")  # noqa: TRY301
                for one in amqp.unbatch(raw):
                    self.bus.store.send(entity, one)
                delivery.update(Delivery.ACCEPTED)
            except (ValueError, BusError) as error:
                delivery.local.condition = Condition(
                    getattr(error, "condition", "amqp:not-allowed"), str(error), {symbol("local"): True}
                )  # the SDK reads three error fields
                delivery.update(Delivery.REJECTED)
            delivery.settle()

    def settle(self, delivery: Any) -> None:
        token, state, remote = self.tokens.pop(delivery, None), delivery.remote_state, delivery.remote
        reason = detail = None
        if state == Delivery.REJECTED:
            outcome = "suspended"
            info = (remote.condition.info if remote.condition else None) or {}
            reason, detail = info.get("DeadLetterReason"), info.get("DeadLetterErrorDescription")
        elif state == Delivery.MODIFIED:
            outcome = "defered" if remote.undeliverable else "abandoned" if remote.failed else "released"
        elif state == Delivery.ACCEPTED:
            outcome = "completed"
        else:
            outcome = "released"
        try:
            if token:
                self.bus.store.settle(token, outcome, reason, detail)
            if state == Delivery.MODIFIED:
                delivery.local.failed, delivery.local.undeliverable = remote.failed, remote.undeliverable
            delivery.update(state)  # the SDK demands the outcome it asked for, echoed
        except LockLostError as error:
            delivery.local.condition = Condition("com.microsoft:message-lock-lost", str(error))
            delivery.update(Delivery.REJECTED)
        delivery.settle()

    # -- request/response nodes ------------------------------------------------------------------------------
    def request(self, link: Link, path: str, raw: bytes) -> None:
        ask = Message()
        ask.decode(raw)
        names = ("status-code", "status-description") if path == "$cbs" else ("statusCode", "statusDescription")
        answer = Message(correlation_id=ask.id)
        try:
            status, body = (self.cbs if path == "$cbs" else self.manage)(path, ask)
            answer.properties = {names[0]: int32(status), names[1]: "OK" if status == 200 else "Accepted"}
            answer.body = body
        except (BusError, LockLostError) as error:
            condition = getattr(error, "condition", "com.microsoft:message-lock-lost")
            answer.properties = {
                names[0]: int32(getattr(error, "status", 410)),
                names[1]: str(error),
                "errorCondition": symbol(condition),
            }
        reply = self.replies.get((link.session, path))
        if reply:
            delivery = reply.delivery(uuid.uuid4().bytes)
            reply.send(answer.encode())
            reply.advance()
            delivery.settle()

    def cbs(self, path: str, ask: Any) -> tuple[int, Any]:
        if not self.bus.check_token(ask.body):
            raise BusError("amqp:unauthorized-access", "InvalidSignature: The token has an invalid signature.", 401)
        return 202, None

    def manage(self, path: str, ask: Any) -> tuple[int, Any]:
        store, body = self.bus.store, ask.body or {}
        entity = self.bus.entity(path[: -len("/$management")])
        operation = ask.properties["operation"].removeprefix("com.microsoft:")
        session: Any = body.get("session-id")
        tokens = list(getattr(body.get("lock-tokens"), "elements", body.get("lock-tokens") or []))
        numbers = list(getattr(body.get("sequence-numbers"), "elements", body.get("sequence-numbers") or []))
        match operation:
            case "peek-message":
                peeked = store.peek(entity, body["from-sequence-number"], body["message-count"], session)
                return (200, {"messages": [{"message": m} for m in peeked]}) if peeked else (204, None)
            case "renew-lock":
                until = [store.renew(entity, t) for t in tokens]
                return 200, {"expirations": Array(UNDESCRIBED, Data.TIMESTAMP, *map(timestamp, until))}
            case "update-disposition":
                for t in tokens:
                    store.settle(
                        t, body["disposition-status"], body.get("deadletter-reason"), body.get("deadletter-description")
                    )
                return 200, None
            case "schedule-message":
                seqs = [store.send(entity, bytes(m["message"])) for m in body["messages"]]
                return 200, {"sequence-numbers": Array(UNDESCRIBED, Data.LONG, *(s or 0 for s in seqs))}
            case "cancel-scheduled-message":
                store.cancel(entity, numbers)
                return 200, None
            case "receive-by-sequence-number":
                delete = body["receiver-settle-mode"] == 0
                taken = [found for n in numbers if (found := store.take(entity, delete=delete, seq=n))]
                if len(taken) < len(numbers):
                    raise BusError("com.microsoft:message-not-found", "Failed to find the message.", 404)
                return 200, {"messages": [{"lock-token": t, "message": m} if t else {"message": m} for t, m in taken]}
            case "get-message-sessions":
                ids = store.session_ids(entity)[body["skip"] :][: body["top"]]
                return (200, {"skip": int32(body["skip"]), "sessions-ids": ids}) if ids else (204, None)
            case "renew-session-lock":
                return 200, {"expiration": timestamp(store.renew_session(entity, session))}
            case "get-session-state":
                return 200, {"session-state": store.session_state(entity, session)}
            case "set-session-state":
                store.set_session_state(entity, session, body.get("session-state"))
                return 200, None
        raise BusError("amqp:not-implemented", f"{operation} is not supported locally.", 501)


@contextlib.asynccontextmanager
async def serve(store: Store, bound: socket.socket, keys: dict[str, str] | None = None) -> AsyncIterator[Bus]:
    bus = Bus(store, keys)
    server = await asyncio.get_running_loop().create_server(lambda: Engine(bus), sock=bound)
    clock = asyncio.create_task(bus.run_clock())
    try:
        yield bus
    finally:
        clock.cancel()
        server.close()
        store.db.close()
