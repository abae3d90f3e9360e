"""The gateway as an ASGI application. It answers one request after the other, so that no write can slip between."""

import logging
import sqlite3
import time
from typing import Any

from starlette.types import Receive, Scope, Send

from local.cosmos import links, routes
from local.cosmos.auth import AccountKey
from local.cosmos.budget import Budget
from local.cosmos.resources import Resources
from local.cosmos.sql.errors import QueryError
from local.cosmos.wire import Answer, Exchange, Fault, encoded, too_large

MOST_BODY_BYTES = 4 * 1024 * 1024
SECONDS_BETWEEN_HOUSEKEEPING = 60

_log = logging.getLogger(__name__)
_THIS_MACHINE = {"127.0.0.1", "localhost"}
_SERVER_HEADERS = {
    "content-type": "application/json",
    "x-ms-version": "2020-07-15",
    "x-ms-gatewayversion": "version=2.14.0",
    "x-ms-serviceversion": "version=2.14.0.0",
}


class Gateway:
    def __init__(self, resources: Resources, budget: Budget, key: AccountKey) -> None:
        self._resources, self._budget, self._key = resources, budget, key
        self._housekeeping_due = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        exchange = Exchange.of(scope, body)
        await _respond(send, exchange, self._answer(exchange, is_cut=len(body) > MOST_BODY_BYTES))

    def _answer(self, exchange: Exchange, *, is_cut: bool) -> Answer:
        try:
            if is_cut:
                raise too_large()
            return self._routed(exchange)
        except Fault as fault:
            return _fault(exchange, fault)
        except QueryError as error:
            return _fault(exchange, Fault(400, str(error)))
        except (RecursionError, sqlite3.Error, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
            _log.exception("cannot answer %s %s", exchange.verb, "/".join(exchange.parts[::2]))
            return _fault(exchange, Fault(500, "The local stack has an error of its own. Its log tells more."))

    def _routed(self, exchange: Exchange) -> Answer:
        endpoint = _endpoint(exchange)
        if exchange.parts == ["_health"]:
            return Answer(200, {"status": "healthy"})
        by_rid = links.is_by_rid(exchange.parts, self._resources)
        self._key.check(exchange, by_rid=by_rid)
        if by_rid:
            exchange.parts = links.by_name(exchange.parts, self._resources)
        self._keep_house()
        return self._within_budget(exchange, endpoint)

    def _within_budget(self, exchange: Exchange, endpoint: str) -> Answer:
        """Only items cost anything here: the SDK has to find its way whatever is left."""
        if "docs" not in exchange.parts:
            return routes.answer(exchange, self._resources, endpoint)
        self._budget.check()
        try:
            return routes.answer(exchange, self._resources, endpoint)
        finally:
            self._budget.spend(exchange.charge)

    def _keep_house(self) -> None:
        now = time.monotonic()
        if now >= self._housekeeping_due:
            self._housekeeping_due = now + SECONDS_BETWEEN_HOUSEKEEPING
            self._resources.keep_house()


def _endpoint(exchange: Exchange) -> str:
    """Ours, as the caller calls it. No web site can reach in by resolving its own name to this machine."""
    host = exchange.headers.get("host", "")
    if host.partition(":")[0] not in _THIS_MACHINE:
        raise Fault(403, "The local stack answers to localhost and 127.0.0.1 only.")
    return f"http://{host}/"


def _fault(exchange: Exchange, fault: Fault) -> Answer:
    exchange.answered |= fault.headers
    if fault.sub_status:
        exchange.answered["x-ms-substatus"] = str(fault.sub_status)
    body = fault.body
    body["message"] = f"{body['message']}\r\nActivityId: {exchange.activity}"
    return Answer(fault.status, body)


async def _body(receive: Receive) -> bytes:
    """Up to one byte more than anybody may send."""
    body = bytearray()
    while True:
        message = await receive()
        if len(body) <= MOST_BODY_BYTES:
            body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _respond(send: Send, exchange: Exchange, answer: Answer) -> None:
    body = encoded(answer.body)
    headers: dict[str, Any] = {
        **_SERVER_HEADERS,
        "x-ms-request-charge": f"{exchange.charge:g}",
        "x-ms-activity-id": exchange.activity,
        "content-length": len(body),
        **exchange.answered,
    }
    raw = [(name.encode(), str(value).encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
