"""Requests to the claims node and to management nodes: a message in on one link, its answer out on another.

Source: AMQP Claims-based Security 1.0 and AMQP Management 1.0 (working drafts), as Service Bus spells their fields.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from proton import Message, ProtonException, int32, symbol

from local.servicebus import links, management
from local.servicebus.broker import Broker
from local.servicebus.claims import Claims
from local.servicebus.errors import ArgumentError, BusError

ACCEPTED = 202


@dataclass(frozen=True)
class Names:
    status: str
    description: str


CBS_NAMES = Names("status-code", "status-description")
MANAGEMENT_NAMES = Names("statusCode", "statusDescription")


class Requests:
    """Of one connection."""

    def __init__(self, broker: Broker, claims: Claims, connection: object) -> None:
        self._broker, self._claims, self._connection = broker, claims, connection
        self._answers: dict[tuple[Any, str], Any] = {}
        """Links to the client, by their session and node."""

    def answer_on(self, link: Any, path: str) -> None:
        self._answers[link.session, path] = link

    def arrive(self, link: Any, raw: bytes) -> None:
        path = links.target(link)
        names = CBS_NAMES if path == links.CBS else MANAGEMENT_NAMES
        request = Message()
        try:
            request.decode(raw)
        except ProtonException:
            return  # nobody to answer to
        answer = Message(correlation_id=request.id)
        try:
            status, answer.body = self._done(path, request)
            answer.properties = {names.status: int32(status), names.description: "OK"}
        except BusError as error:
            answer.properties = {
                names.status: int32(error.status),
                names.description: str(error),
                "errorCondition": symbol(error.condition),
            }
        self._send(link, path, answer)

    def _done(self, path: str, request: Any) -> tuple[int, Any]:
        try:
            if path == links.CBS:
                return self._claim(request)
            name = path[: -len(links.MANAGEMENT)]
            self._claims.check(name)
            return management.Node(self._broker.store, self._broker.entity(name), self._connection).done(request)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ArgumentError(f"The request cannot be understood: {error!r}") from error

    def _claim(self, request: Any) -> tuple[int, Any]:
        expires = request.properties.get("expiration")
        expires = expires / 1000 if isinstance(expires, int) and expires > 1e11 else expires
        self._claims.put(request.properties["name"], request.body, expires)
        return ACCEPTED, None

    def _send(self, link: Any, path: str, answer: Any) -> None:
        out = self._answers.get((link.session, path))
        if out is None or links.is_closed(out):
            return
        delivery = out.delivery(uuid.uuid4().bytes)
        out.send(answer.encode())
        out.advance()
        delivery.settle()
