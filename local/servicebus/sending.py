"""Transfers that come in: stored whole or not at all, and answered."""

from typing import Any

from proton import Delivery

from local.servicebus import links
from local.servicebus.broker import Broker
from local.servicebus.errors import BusError, MessageTooLargeError
from local.servicebus.faults import Breakable
from local.servicebus.messages import unbatched

MOST_BUFFERED = 4 * links.MESSAGE_LIMIT


class Transfer:
    """A message, or a batch of them, on its way into an entity."""

    def __init__(self, broker: Broker, connection: Breakable, delivery: Any, raw: bytes) -> None:
        self._broker, self._connection = broker, connection
        self._delivery, self._path, self._raw = delivery, links.target(delivery.link), raw

    def arrive(self) -> None:
        self._broker.faults.around("send", self._connection, self._store, self._reject)

    def _store(self) -> None:
        try:
            if len(self._raw) > links.MESSAGE_LIMIT:
                raise MessageTooLargeError(links.MESSAGE_LIMIT)
            self._broker.store.routes.send(self._broker.entity(self._path), unbatched(self._raw))
        except BusError as error:
            self._reject(error)
        else:
            self._delivery.update(Delivery.ACCEPTED)
            self._delivery.settle()

    def _reject(self, error: BusError) -> None:
        self._delivery.local.condition = links.rejection(error)
        self._delivery.update(Delivery.REJECTED)
        self._delivery.settle()


def is_too_much(delivery: Any) -> bool:
    """Whether a message that is still coming in need not be waited for."""
    return bool(delivery.pending > MOST_BUFFERED)
