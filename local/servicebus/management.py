"""The operations of an entity's ``$management`` node.

Source: Microsoft Learn, "AMQP 1.0 in Azure Service Bus: request-response-based operations".
"""

import uuid
from collections.abc import Callable
from typing import Any

from proton import UNDESCRIBED, Array, Data, int32, timestamp

from local.servicebus import rulewire
from local.servicebus.entities import Entity
from local.servicebus.errors import ArgumentError, UnsupportedError
from local.servicebus.messages import Incoming
from local.servicebus.routing import Reason
from local.servicebus.sessions import SessionLock
from local.servicebus.store import Outcome, Store, Taken

OK, NOTHING = 200, 204
PREFIX = "com.microsoft:"
NO_MOMENT = 253_402_300_800_000
"""The year 10000: all sessions, whenever they changed. Source: azure-servicebus ``_session_browser.py``."""

type Body = dict[str, Any]


class Node:
    def __init__(self, store: Store, entity: Entity, connection: object) -> None:
        """``connection`` is the one that asks: what it may settle and renew follows from what it holds."""
        self._store, self._entity, self._connection = store, entity, connection
        self._operations: dict[str, Callable[[Body], Body | None]] = {
            "peek-message": self._peek,
            "renew-lock": self._renew_locks,
            "update-disposition": self._settle,
            "schedule-message": self._schedule,
            "cancel-scheduled-message": self._cancel,
            "receive-by-sequence-number": self._receive_deferred,
            "get-message-sessions": self._list_sessions,
            "renew-session-lock": self._renew_session,
            "get-session-state": self._session_state,
            "set-session-state": self._set_session_state,
            "add-rule": self._add_rule,
            "remove-rule": self._remove_rule,
            "enumerate-rules": self._list_rules,
        }

    def done(self, request: Any) -> tuple[int, Body | None]:
        """The status and the body of the answer."""
        name = request.properties["operation"].removeprefix(PREFIX)
        operation = self._operations.get(name)
        if operation is None:
            raise UnsupportedError(f"The operation '{name}' is not supported.")
        answer = operation(request.body or {})
        return (OK, answer) if answer is not None else (NOTHING, None)

    # -- messages --------------------------------------------------------------------------------------------
    def _peek(self, body: Body) -> Body | None:
        session = body.get("session-id")
        found = self._store.peek(self._entity, body["from-sequence-number"], body["message-count"], session)
        return {"messages": [{"message": each} for each in found]} if found else None

    def _schedule(self, body: Body) -> Body:
        messages = [Incoming(bytes(each["message"])) for each in body["messages"]]
        numbers = self._store.routes.send(self._entity, messages)
        return {"sequence-numbers": Array(UNDESCRIBED, Data.LONG, *numbers)}

    def _cancel(self, body: Body) -> Body:
        self._store.routes.cancel(self._entity, _items(body["sequence-numbers"]))
        return {}

    def _receive_deferred(self, body: Body) -> Body:
        taken = self._store.take_deferred(
            self._entity, _items(body["sequence-numbers"]), self._lock(body), delete=body["receiver-settle-mode"] == 0
        )
        return {"messages": [_received(each) for each in taken]}

    def _settle(self, body: Body) -> Body:
        outcome = Outcome(body["disposition-status"])
        why = Reason(body.get("deadletter-reason"), body.get("deadletter-description"))
        self._lock(body)
        for token in _items(body["lock-tokens"]):
            self._store.settle(uuid.UUID(bytes=token.bytes), outcome, self._connection, why)
        return {}

    def _renew_locks(self, body: Body) -> Body:
        until = [self._store.renew(token) for token in _items(body["lock-tokens"])]
        return {"expirations": Array(UNDESCRIBED, Data.TIMESTAMP, *map(timestamp, until))}

    # -- sessions --------------------------------------------------------------------------------------------
    def _lock(self, body: Body) -> SessionLock | None:
        """The session that the request is about, if any; the connection must hold it."""
        session = body.get("session-id")
        return None if session is None else self._store.sessions.held(self._entity, session, self._connection)

    def _held(self, body: Body) -> SessionLock:
        lock = self._lock(body)
        if lock is None:
            raise ArgumentError("A session-id is needed.")
        return lock

    def _list_sessions(self, body: Body) -> Body | None:
        skip, top, moment = body["skip"], body["top"], body["last-updated-time"]
        sessions = self._store.sessions
        found = (
            sessions.with_messages_or_state(self._entity, skip, top)
            if moment >= NO_MOMENT
            else sessions.updated_after(self._entity, moment, skip, top)
        )
        return {"skip": int32(skip), "sessions-ids": found} if found else None

    def _renew_session(self, body: Body) -> Body:
        return {"expiration": timestamp(self._store.sessions.renew(self._held(body)))}

    def _session_state(self, body: Body) -> Body:
        return {"session-state": self._store.sessions.state(self._entity, self._held(body).session)}

    def _set_session_state(self, body: Body) -> Body:
        state = body.get("session-state")
        self._store.sessions.set_state(self._entity, self._held(body).session, None if state is None else bytes(state))
        return {}

    # -- rules -----------------------------------------------------------------------------------------------
    def _add_rule(self, body: Body) -> Body:
        self._store.rulebook.add(self._entity, rulewire.read(body["rule-name"], body["rule-description"]))
        return {}

    def _remove_rule(self, body: Body) -> Body:
        self._store.rulebook.remove(self._entity, body["rule-name"])
        return {}

    def _list_rules(self, body: Body) -> Body | None:
        skip, top = body["skip"], body["top"]
        found = sorted(self._store.rulebook.of(self._entity), key=lambda rule: rule.name)[skip : skip + top]
        return {"rules": [{"rule-description": rulewire.written(rule)} for rule in found]} if found else None


def _items(values: Any) -> list[Any]:
    """Of a list, or of a typed array."""
    return list(getattr(values, "elements", values))


def _received(taken: Taken) -> dict[str, Any]:
    return {"lock-token": taken.token, "message": taken.encoded} if taken.token else {"message": taken.encoded}
