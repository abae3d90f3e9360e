"""A container as the store knows it: its properties, its partition key, its physical partitions."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from local.cosmos.epk import effective_key
from local.cosmos.jsonpath import segments

type Document = dict[str, Any]

UNDEFINED_KEY: dict[str, Any] = {}
"""How the protocol writes a partition key value that is not there."""

_RU_PER_PARTITION = 6_000
_HASH_SPACE = 0x3FFF_FFFF


@dataclass(frozen=True)
class Database:
    number: int
    body: Document


@dataclass(frozen=True)
class Range:
    """A physical partition, and the part of the hash space that it holds."""

    id: str
    minimum: str
    maximum: str


@dataclass(frozen=True)
class Container:
    number: int
    database: int
    body: Document
    partitions: int

    @property
    def rid(self) -> str:
        return str(self.body["_rid"])

    @property
    def etag(self) -> str:
        return str(self.body["_etag"])

    @cached_property
    def key_paths(self) -> list[str]:
        return list(self.body["partitionKey"]["paths"])

    @cached_property
    def is_hierarchical(self) -> bool:
        return bool(self.body["partitionKey"].get("kind") == "MultiHash")

    @cached_property
    def is_indexed(self) -> bool:
        return bool(self.body["indexingPolicy"]["indexingMode"] != "none")

    @cached_property
    def default_ttl(self) -> int | None:
        """None keeps items whatever they say of themselves; -1 keeps those that say nothing."""
        return self.body.get("defaultTtl")

    @cached_property
    def ranges(self) -> list[Range]:
        """They share the hash space evenly."""
        inner = [f"{_HASH_SPACE * number // self.partitions:08X}" + "F" * 24 for number in range(1, self.partitions)]
        cuts = ["", *inner, "FF"]
        return [Range(str(number), *cuts[number : number + 2]) for number in range(self.partitions)]

    def range_of(self, key: str) -> Range:
        position = self.effective_key(key)
        return next(each for each in self.ranges if each.minimum <= position < each.maximum)

    def effective_key(self, key: str) -> str:
        version = self.body["partitionKey"].get("version", 2)
        return effective_key(key, hierarchical=self.is_hierarchical, version=version)

    def key_of(self, document: Document) -> str:
        """The partition key that a document says it belongs to."""
        values = [_value_at(document, path) for path in self._key_segments]
        if values == [UNDEFINED_KEY] and self.body["partitionKey"].get("systemKey"):
            values = []
        return canonical_key(values)

    @cached_property
    def _key_segments(self) -> list[list[str]]:
        return [segments(path) for path in self.key_paths]


def canonical_key(values: list[Any]) -> str:
    """The JSON list under which the store files the items of a partition key: 5.0 is 5."""
    whole = [int(each) if isinstance(each, float) and each.is_integer() else each for each in values]
    return orjson.dumps(whole).decode()


def partitions_for(throughput: int) -> int:
    return max(1, math.ceil(throughput / _RU_PER_PARTITION))


def _value_at(document: Document, path: list[str]) -> Any:
    value: Any = document
    for key in path:
        value = value.get(key, UNDEFINED_KEY) if isinstance(value, dict) else UNDEFINED_KEY
    return UNDEFINED_KEY if isinstance(value, dict | list) else value
