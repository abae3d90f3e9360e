"""Effective partition keys: where the values of a partition key lie in the hash space.

The SDK computes the same to find the physical partition of an item, so every bit counts. A plain key hashes all its
values together; a hierarchical one hashes each by itself, so that the hash of a prefix is a prefix of the hash.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson

_MASK = (1 << 64) - 1
_C1, _C2 = 0x87C37B91114253D5, 0x4CF5AD432745937F


@lru_cache(65_536)
def effective_key(key: str, *, hierarchical: bool, version: int = 2) -> str:
    """``key`` is the JSON list of the values, as the store keeps it."""
    values = orjson.loads(key)
    if version == 1 and not hierarchical:
        return _legacy(values)
    hashed = [_encoded(value) for value in values] if hierarchical else [b"".join(map(_encoded, values))]
    return "".join(map(_hash, hashed))


def _hash(data: bytes) -> str:
    """The top two bits are clear, by definition of the hash space."""
    first, *rest = murmur3_128(data)
    return bytes([first & 0x3F, *rest]).hex().upper()


def _encoded(value: Any) -> bytes:
    if value == {}:  # undefined
        return b"\x00"
    if value is None:
        return b"\x01"
    if isinstance(value, bool):
        return b"\x03" if value else b"\x02"
    if isinstance(value, str):
        return b"\x08" + value.encode() + b"\xff"
    return b"\x05" + struct.pack("<d", value)


def _legacy(values: Sequence[Any]) -> str:
    """Containers of version 1 are rare enough to borrow the SDK's own arithmetic."""
    from azure.cosmos.partition_key import PartitionKey  # noqa: PLC0415 - the stand-in starts without the SDK

    key = PartitionKey(path="/key", kind="Hash", version=1)
    return str(key._get_effective_partition_key_string(list(values))).upper()


def murmur3_128(data: bytes) -> bytes:
    first = second = 0
    for low, high in struct.iter_unpack("<QQ", data[: len(data) & ~15]):
        first ^= _scrambled(low, 31, _C1, _C2)
        first = ((_rotated(first, 27) + second) * 5 + 0x52DCE729) & _MASK
        second ^= _scrambled(high, 33, _C2, _C1)
        second = ((_rotated(second, 31) + first) * 5 + 0x38495AB5) & _MASK
    tail = data[len(data) & ~15 :]
    second ^= _scrambled(int.from_bytes(tail[8:], "little"), 33, _C2, _C1)
    first ^= _scrambled(int.from_bytes(tail[:8], "little"), 31, _C1, _C2)
    first, second = _summed(first ^ len(data), second ^ len(data))
    first, second = _summed(_avalanche(first), _avalanche(second))
    return (second << 64 | first).to_bytes(16, "big")


def _scrambled(block: int, bits: int, before: int, after: int) -> int:
    return _rotated(block * before & _MASK, bits) * after & _MASK


def _rotated(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (64 - bits))) & _MASK


def _summed(first: int, second: int) -> tuple[int, int]:
    total = (first + second) & _MASK
    return total, (second + total) & _MASK


def _avalanche(value: int) -> int:
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD & _MASK
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 & _MASK
    return value ^ value >> 33
