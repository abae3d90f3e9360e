"""Which part of a container a request is about, by its headers: a partition key, a prefix of one, a range of hashes."""

from dataclasses import dataclass

import orjson

from local.cosmos.containers import Container, Range, canonical_key
from local.cosmos.documents import Condition, Documents
from local.cosmos.wire import RANGE_GONE, Exchange, Fault

_KEY = "x-ms-documentdb-partitionkey"
_RANGE = "x-ms-documentdb-partitionkeyrangeid"


@dataclass(frozen=True)
class Part:
    conditions: list[Condition]
    is_whole: bool
    """Whether the headers say nothing, so that a query is one across all partitions."""


def key_in(exchange: Exchange) -> str | None:
    values = exchange.json_header(_KEY)
    if values is None:
        return None
    if not isinstance(values, list):
        raise Fault(400, "The partition key supplied in the header is invalid.")
    return canonical_key(values)


def is_complete(key: str, container: Container) -> bool:
    """The key of items without one, in containers that were made without one, is empty."""
    return len(orjson.loads(key)) in {0, len(container.key_paths)}


def part_of(exchange: Exchange, container: Container) -> Part:
    key, conditions = key_in(exchange), []
    if key is not None:
        conditions.append(_of_key(key, container))
    hashes = _hashes(exchange, container)
    if hashes:
        conditions += _of_hashes(*hashes)
    return Part(conditions, is_whole=key is None and hashes is None)


def of_range(chosen: Range) -> list[Condition]:
    return _of_hashes(chosen.minimum, chosen.maximum)


def describe_state(exchange: Exchange, documents: Documents, key: str | None = None) -> None:
    """Tells the SDK's session up to where the answer has read the log of its physical partitions."""
    container = documents.container
    ranges = container.ranges if key is None else [container.range_of(key)]
    number = documents.last_log_number
    exchange.answered["x-ms-session-token"] = ",".join(f"{each.id}:-1#{number}" for each in ranges)
    exchange.answered["lsn"] = str(number)
    if len(ranges) == 1:
        exchange.answered[_RANGE] = ranges[0].id


def _of_key(key: str, container: Container) -> Condition:
    if is_complete(key, container):
        # The hash says nothing more, but every index ends with it: so none of them is searched beyond the partition.
        return Condition("pk=? AND epk=?", [key, container.effective_key(key)])
    longer = key.removesuffix("]")
    return Condition("pk>=? AND pk<?", [longer + ",", longer + "-"])  # "-" is what follows ","


def _of_hashes(minimum: str, maximum: str) -> list[Condition]:
    """Nothing where all hashes are meant: SQLite would take it for a reason to use an index."""
    lower = [Condition("epk>=?", [minimum])] if minimum else []
    return lower + ([Condition("epk<?", [maximum])] if maximum != "FF" else [])


def _hashes(exchange: Exchange, container: Container) -> tuple[str, str] | None:
    minimum, maximum = exchange.headers.get("x-ms-start-epk"), exchange.headers.get("x-ms-end-epk")
    wanted = exchange.headers.get(_RANGE)
    if wanted is None:
        return None if minimum is None and maximum is None else (minimum or "", maximum or "FF")
    chosen = next((each for each in container.ranges if each.id == wanted), None)
    if chosen is None:
        raise Fault(410, "The requested resource is no longer available at the server.", RANGE_GONE)
    return max(minimum or "", chosen.minimum), min(maximum or "FF", chosen.maximum)
