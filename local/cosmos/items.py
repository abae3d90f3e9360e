"""What can be done with one item, by itself or as part of a batch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from local.cosmos import ru
from local.cosmos.containers import Container, Document
from local.cosmos.documents import Documents, Stored
from local.cosmos.narrowing import describe_state, is_complete, key_in
from local.cosmos.patching import patched
from local.cosmos.sqlite import UniquenessError
from local.cosmos.wire import (
    KEY_MISMATCH,
    Answer,
    Exchange,
    Fault,
    key_mismatch,
    not_allowed,
    not_found,
    precondition_failed,
    too_large,
)

MOST_BYTES = 2 * 1024 * 1024
MOST_LEVELS = 128
MOST_ID_BYTES = 1023
FORBIDDEN_IN_IDS = "/\\?#"

_VERBS = {"get": "read", "put": "replace", "patch": "patch", "delete": "delete"}


@dataclass(frozen=True)
class Operation:
    verb: str
    key: str
    identifier: str
    body: Document
    """A document, the specification of a patch, or nothing."""
    if_match: str | None = None
    if_none_match: str | None = None


@dataclass(frozen=True)
class Outcome:
    status: int
    charge: float
    etag: str | None = None
    text: str | None = None


def create(exchange: Exchange, documents: Documents) -> Answer:
    verb = "upsert" if exchange.flag("x-ms-documentdb-is-upsert") else "create"
    return _answer(exchange, documents, verb, None, exchange.object())


def item(exchange: Exchange, documents: Documents, identifier: str) -> Answer:
    verb = _VERBS.get(exchange.verb)
    if verb is None:
        raise not_allowed()
    body = exchange.object() if verb in {"replace", "patch"} else {}
    return _answer(exchange, documents, verb, identifier, body)


def perform(documents: Documents, operation: Operation) -> Outcome:
    """Writes belong into a transaction of the caller's."""
    outcome = _PERFORMERS.get(operation.verb)
    if outcome is None:
        raise Fault(400, f"The operation '{operation.verb}' is not known.")
    try:
        return outcome(documents, operation)
    except UniquenessError:
        raise Fault(409, "Entity with the specified id or unique key already exists in the system.") from None


def operation_of(
    container: Container,
    verb: str,
    key: str | None,
    identifier: str | None,
    body: Document,
    conditions: Mapping[str, Any],
) -> Operation:
    """Checks what can be checked without the stored item. The identifier of a new item is in its body."""
    if verb in {"create", "upsert", "replace"}:
        _check(body)
        identifier = identifier or body["id"]
        if identifier != body["id"]:
            raise Fault(400, "The id of the document is not the one that the request names.")
        own = container.key_of(body)
        if key is not None and key != own:
            message = "PartitionKey extracted from document doesn't match the one specified in the header."
            raise Fault(400, message, KEY_MISMATCH)
        key = own
    if key is None or identifier is None:
        raise Fault(400, "PartitionKey value and id must be supplied for this operation.")
    if not is_complete(key, container):
        raise key_mismatch()
    return Operation(verb, key, identifier, body, conditions.get("if-match"), conditions.get("if-none-match"))


def _answer(exchange: Exchange, documents: Documents, verb: str, identifier: str | None, body: Document) -> Answer:
    if len(exchange.body) > MOST_BYTES:
        raise too_large()
    operation = operation_of(documents.container, verb, key_in(exchange), identifier, body, exchange.headers)
    try:
        outcome = _committed(documents, operation)
    finally:
        describe_state(exchange, documents, operation.key)
    exchange.charge = outcome.charge
    if outcome.etag:
        exchange.answered["etag"] = outcome.etag
    is_wanted = verb == "read" or exchange.headers.get("prefer") != "return=minimal"
    return Answer(outcome.status, outcome.text.encode() if outcome.text and is_wanted else None)


def _committed(documents: Documents, operation: Operation) -> Outcome:
    if operation.verb == "read":
        return perform(documents, operation)
    with documents.transaction():
        return perform(documents, operation)


def _check(document: Any) -> None:
    identifier = document.get("id") if isinstance(document, dict) else None
    if not isinstance(identifier, str) or not identifier:
        raise Fault(400, "The input content is invalid because the required properties - 'id; ' - are missing.")
    if len(identifier.encode()) > MOST_ID_BYTES or any(each in identifier for each in FORBIDDEN_IN_IDS):
        raise Fault(400, "The input name is invalid: it is too long, or contains '/', '\\', '?' or '#'.")
    check_ttl(document, "ttl")
    if _levels(document) > MOST_LEVELS:
        raise Fault(400, f"The document is nested more than {MOST_LEVELS} levels deep.")


def check_ttl(holder: Mapping[str, Any], name: str) -> None:
    ttl = holder.get(name, -1)
    if type(ttl) is not int or ttl < -1 or ttl == 0:
        raise Fault(400, "The input ttl is invalid. Ensure to provide a nonzero positive integer or -1.")


def _levels(value: Any) -> int:
    deepest, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        deepest += 1
        level = [child for each in level for child in (each.values() if isinstance(each, dict) else each)]
    return deepest


def _read(documents: Documents, operation: Operation) -> Outcome:
    stored = _found(documents, operation)
    charge = ru.read(len(stored.text))
    if operation.if_none_match == stored.etag:
        return Outcome(304, charge, stored.etag)
    return Outcome(200, charge, stored.etag, stored.text)


def _create(documents: Documents, operation: Operation) -> Outcome:
    if documents.find(operation.key, operation.identifier):
        raise Fault(409, "Entity with the specified id already exists in the system.")
    return _inserted(documents, operation)


def _upsert(documents: Documents, operation: Operation) -> Outcome:
    stored = documents.find(operation.key, operation.identifier)
    if stored is None:
        return _inserted(documents, operation)
    _check_conditions(operation, stored)
    return _overwritten(documents, stored, operation.body)


def _replace(documents: Documents, operation: Operation) -> Outcome:
    stored = _found(documents, operation)
    _check_conditions(operation, stored)
    return _overwritten(documents, stored, operation.body)


def _patch(documents: Documents, operation: Operation) -> Outcome:
    stored = _found(documents, operation)
    _check_conditions(operation, stored)
    document = patched(orjson.loads(stored.text), operation.body)
    _check(document)
    if documents.container.key_of(document) != operation.key or document["id"] != operation.identifier:
        raise Fault(400, "Patch may not change the partition key or id.")
    return _overwritten(documents, stored, document, len(operation.body["operations"]))


def _delete(documents: Documents, operation: Operation) -> Outcome:
    stored = _found(documents, operation)
    _check_conditions(operation, stored)
    documents.delete(stored.sequence)
    return Outcome(204, ru.write(_version(documents, stored), ru.ABSENT))


def _inserted(documents: Documents, operation: Operation) -> Outcome:
    stored = documents.insert(operation.key, operation.body)
    _check_size(stored)
    return Outcome(201, ru.write(ru.ABSENT, _version(documents, stored, operation.body)), stored.etag, stored.text)


def _overwritten(documents: Documents, old: Stored, document: Document, patches: int = 0) -> Outcome:
    new = documents.overwrite(old.sequence, document)
    _check_size(new)
    charge = ru.write(_version(documents, old), _version(documents, new, document), patches)
    return Outcome(200, charge, new.etag, new.text)


def _version(documents: Documents, stored: Stored, document: Document | None = None) -> ru.Version:
    is_indexed = documents.container.is_indexed
    return ru.version(len(stored.text), document or orjson.loads(stored.text), indexed=is_indexed)


def _check_size(stored: Stored) -> None:
    """The transaction takes the write back. A patch can make an item larger than any request."""
    if len(stored.text) > MOST_BYTES and len(stored.text.encode()) > MOST_BYTES:
        raise too_large()


def _found(documents: Documents, operation: Operation) -> Stored:
    stored = documents.find(operation.key, operation.identifier)
    if stored is None:
        raise not_found()
    return stored


def _check_conditions(operation: Operation, stored: Stored) -> None:
    if operation.if_match not in {None, "*", stored.etag} or operation.if_none_match in {"*", stored.etag}:
        raise precondition_failed()


_PERFORMERS: dict[str, Callable[[Documents, Operation], Outcome]] = {
    "read": _read,
    "create": _create,
    "upsert": _upsert,
    "replace": _replace,
    "patch": _patch,
    "delete": _delete,
}
