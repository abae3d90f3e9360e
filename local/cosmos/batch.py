"""Transactional batches: up to 100 operations on the items of one partition key, all of them or none."""

from collections.abc import Mapping
from typing import Any

import orjson

from local.cosmos.documents import Documents
from local.cosmos.items import MOST_BYTES, Outcome, operation_of, perform
from local.cosmos.narrowing import describe_state, is_complete, key_in
from local.cosmos.wire import Answer, Exchange, Fault, key_mismatch, too_large

MOST_OPERATIONS = 100
_MULTI_STATUS, _FAILED_DEPENDENCY = 207, 424


class _FailedError(Exception):
    """Takes the batch back, and says why."""

    def __init__(self, position: int, fault: Fault) -> None:
        super().__init__(position)
        self.position, self.fault = position, fault


def execute(exchange: Exchange, documents: Documents) -> Answer:
    operations, key = _checked(exchange, documents)
    try:
        with documents.transaction():
            outcomes = [_performed(documents, key, *each) for each in enumerate(operations)]
    except _FailedError as failed:
        return Answer(_MULTI_STATUS, _failures(failed, len(operations)))
    finally:
        describe_state(exchange, documents, key)
    exchange.charge = round(sum(outcome.charge for outcome in outcomes), 2)
    return Answer(200, [_result(outcome) for outcome in outcomes])


def _checked(exchange: Exchange, documents: Documents) -> tuple[list[Any], str]:
    operations, key = exchange.json(), key_in(exchange)
    if not isinstance(operations, list) or not operations:
        raise Fault(400, "Batch request has no operations.")
    if key is None or not is_complete(key, documents.container):
        raise key_mismatch()
    if len(operations) > MOST_OPERATIONS:
        raise Fault(400, "Batch request has more operations than what is supported.")
    if len(exchange.body) > MOST_BYTES:
        raise too_large()
    return operations, key


def _performed(documents: Documents, key: str, position: int, asked: Mapping[str, Any]) -> Outcome:
    try:
        verb, body = str(asked["operationType"]).lower(), asked.get("resourceBody") or {}
        conditions = {"if-match": asked.get("ifMatch"), "if-none-match": asked.get("ifNoneMatch")}
        return perform(documents, operation_of(documents.container, verb, key, asked.get("id"), body, conditions))
    except Fault as fault:
        raise _FailedError(position, fault) from None


def _result(outcome: Outcome) -> dict[str, Any]:
    result: dict[str, Any] = {"statusCode": outcome.status, "requestCharge": outcome.charge}
    if outcome.etag:
        result["eTag"] = outcome.etag
    if outcome.text:
        result["resourceBody"] = orjson.Fragment(outcome.text)
    return result


def _failures(failed: _FailedError, count: int) -> list[dict[str, Any]]:
    """The one that failed says why, the others that they were not done."""
    results: list[dict[str, Any]] = [{"statusCode": _FAILED_DEPENDENCY, "requestCharge": 0} for _ in range(count)]
    results[failed.position] = {"statusCode": failed.fault.status, "requestCharge": 1}
    if failed.fault.sub_status:
        results[failed.position]["subStatusCode"] = failed.fault.sub_status
    return results
