"""One client's connection: bytes to proton's engine and back, and its events to whoever they concern."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from proton import Collector, Condition, Delivery, Transport
from proton import Connection as Engine

from local.servicebus import links
from local.servicebus.broker import Broker
from local.servicebus.claims import Claims
from local.servicebus.errors import BusError, MessageTooLargeError
from local.servicebus.receiving import Receiver
from local.servicebus.request_nodes import Requests
from local.servicebus.sending import Transfer, is_too_much
from local.servicebus.sequencing import Sequencer
from local.servicebus.settlement import Settlement

log = logging.getLogger("local.servicebus")
MOST_FRAME_BYTES = 1 << 16


class Connection(asyncio.Protocol):
    """Whatever the bytes of one read ask for is done, then stored, and only then answered: see ``Broker.flush``."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._claims = Claims(broker.keys)
        self.gone = False
        self._receivers: dict[str, Receiver] = {}
        self._requests = Requests(broker, self._claims, self)
        self._refusal: BusError | None = None
        self._may_write = True
        self._sequencer = Sequencer()
        self._events, self._engine = Collector(), Engine()
        self._engine.collect(self._events)
        self._transport = Transport(Transport.SERVER)
        self._transport.max_frame_size = MOST_FRAME_BYTES
        self._transport.sasl().allowed_mechs("ANONYMOUS")
        self._transport.bind(self._engine)

    # -- bytes -----------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._socket = transport
        self._socket.pause_reading()
        self._broker.connections.add(self)
        self._broker.faults.around("connect", self, self._socket.resume_reading, self._refuse_connection)

    def data_received(self, data: bytes) -> None:
        self.guarded(lambda: self._read(data))

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True
        self._broker.connections.discard(self)
        for receiver in list(self._receivers.values()):
            self.forget(receiver)
        self.guarded(lambda: None)

    def pause_writing(self) -> None:
        self._may_write = False

    def resume_writing(self) -> None:
        self._may_write = True
        self.write()

    def write(self) -> None:
        """Sends what the engine has to say."""
        if self.gone or not self._may_write:
            return
        while self._may_write and (size := self._transport.pending()) > 0:
            self._socket.write(self._sequencer.outgoing(self._transport.peek(size)))
            self._transport.pop(size)
        if self._transport.pending() < 0:
            self._socket.close()

    def beat(self) -> None:
        """Empty frames for a client that wants to hear from us. Source: AMQP 1.0 §2.4.5."""
        self._transport.tick(time.monotonic())

    def guarded(self, work: Callable[[], None]) -> None:
        """A mistake of ours costs this connection and what it did just now, not the broker."""
        try:
            work()
            self._broker.flush()
        except Exception:
            log.exception("a connection is cut because of an unexpected error")
            self._broker.store.rollback()
            self.abort()

    def _read(self, data: bytes) -> None:
        data = self._sequencer.incoming(data)
        while data and not self.gone and (room := self._transport.capacity()) > 0:
            self._transport.push(data[:room])
            data = data[room:]
            self._handle_events()

    def _handle_events(self) -> None:
        while not self.gone and (event := self._events.peek()):
            handler = getattr(self, event.type.method, None)
            if handler:
                handler(event)
            self._events.pop()

    # -- faults ----------------------------------------------------------------------------------------------
    def abort(self) -> None:
        self.gone = True
        self._socket.abort()

    def commit(self) -> None:
        self._broker.store.commit()

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        def do() -> None:
            if not self.gone:
                self.guarded(work)

        asyncio.get_running_loop().call_later(seconds, do)

    def _refuse_connection(self, error: BusError) -> None:
        self._refusal = error
        self._socket.resume_reading()

    # -- proton's events -------------------------------------------------------------------------------------
    def on_connection_remote_open(self, _: Any) -> None:
        self._engine.container = "local-service-bus"
        self._engine.open()
        if self._refusal:
            self._engine.condition = Condition(self._refusal.condition, str(self._refusal))
            self._engine.close()

    def on_connection_remote_close(self, _: Any) -> None:
        self._engine.close()

    def on_session_remote_open(self, event: Any) -> None:
        event.session.open()

    def on_session_remote_close(self, event: Any) -> None:
        event.session.close()

    def on_link_remote_open(self, event: Any) -> None:
        link = event.link
        try:
            path = links.target(link)
            if links.is_request_node(path):
                if link.is_sender:
                    self._requests.answer_on(link, path)
                links.open_as_asked(link)
                return
            self._claims.check(path)
            entity = self._broker.entity(path)
            if link.is_receiver:
                links.open_as_asked(link)
            else:
                self._attach(Receiver(self._broker, self, link, entity))
        except BusError as error:
            links.refuse(link, error)

    def on_link_remote_close(self, event: Any) -> None:
        if receiver := self._receivers.get(event.link.name):
            self.forget(receiver)
        event.link.close()

    on_link_remote_detach = on_link_remote_close

    def on_link_flow(self, event: Any) -> None:
        receiver = self._receivers.get(event.link.name)
        if receiver is None or not event.link.is_sender:
            return
        if event.link.drain_mode:
            receiver.drain()
        else:
            self._broker.store.routes.changed.add(receiver.entity.name)

    def on_delivery(self, event: Any) -> None:
        delivery, link = event.delivery, event.link
        if links.is_closed(link):
            return  # data after a refused attach
        if link.is_sender:
            if delivery.updated:
                self._settled(delivery)
        elif delivery.aborted:
            delivery.settle()
        elif is_too_much(delivery):
            links.refuse(link, MessageTooLargeError(links.MESSAGE_LIMIT))
        elif delivery.readable and not delivery.partial:
            self._received(delivery)

    # -- links -----------------------------------------------------------------------------------------------
    def forget(self, receiver: Receiver) -> None:
        self._receivers.pop(receiver.link.name, None)
        receiver.detached()

    def _attach(self, receiver: Receiver) -> None:
        receiver.attach()
        self._receivers[receiver.link.name] = receiver

    def _received(self, delivery: Any) -> None:
        link = delivery.link
        raw = link.recv(delivery.pending) or b""
        link.advance()
        link.flow(1)
        if links.is_request_node(links.target(link)):
            delivery.update(Delivery.ACCEPTED)
            delivery.settle()
            self._requests.arrive(link, raw)
        else:
            Transfer(self._broker, self, delivery, raw).arrive()

    def _settled(self, delivery: Any) -> None:
        receiver = self._receivers.get(delivery.link.name)
        token = receiver.tokens.pop(delivery, None) if receiver else None
        if token is None:
            delivery.settle()
        else:
            Settlement(self._broker, self, delivery, token).arrive()
