"""What a receiver says of a delivery, and what the broker answers.

The SDK waits for the outcome that it asked for, echoed and settled; any other is an error to it, and so is a rejection
that carries one. Source: azure-sdk-for-python azure-servicebus, ``_pyamqp/receiver.py``.
"""

import uuid
from typing import Any

from proton import Condition, Delivery

from local.servicebus.broker import Broker
from local.servicebus.errors import BusError
from local.servicebus.faults import Breakable
from local.servicebus.routing import Reason
from local.servicebus.store import Outcome


class Settlement:
    def __init__(self, broker: Broker, connection: Breakable, delivery: Any, token: uuid.UUID) -> None:
        self._broker, self._connection = broker, connection
        self._delivery, self._token = delivery, token

    def arrive(self) -> None:
        self._broker.faults.around("settle", self._connection, self._settle, self._refuse)

    def _settle(self) -> None:
        delivery, asked = self._delivery, self._delivery.remote
        try:
            self._broker.store.settle(self._token, _outcome(delivery), self._connection, _reason(delivery))
        except BusError as error:
            self._refuse(error)
            return
        if delivery.remote_state == Delivery.MODIFIED:
            delivery.local.failed, delivery.local.undeliverable = asked.failed, asked.undeliverable
        delivery.update(delivery.remote_state)
        delivery.settle()

    def _refuse(self, error: BusError) -> None:
        self._delivery.local.condition = Condition(error.condition, str(error))
        self._delivery.update(Delivery.REJECTED)
        self._delivery.settle()


def _outcome(delivery: Any) -> Outcome:
    """A delivery that is settled without any outcome is given back."""
    match delivery.remote_state:
        case Delivery.ACCEPTED:
            return Outcome.COMPLETED
        case Delivery.REJECTED:
            return Outcome.DEAD_LETTERED
        case Delivery.MODIFIED if delivery.remote.undeliverable:
            return Outcome.DEFERRED
        case Delivery.MODIFIED if delivery.remote.failed:
            return Outcome.ABANDONED
        case _:
            return Outcome.RELEASED


def _reason(delivery: Any) -> Reason:
    condition = delivery.remote.condition
    told = (condition.info if condition else None) or {}
    return Reason(told.get("DeadLetterReason"), told.get("DeadLetterErrorDescription"))
