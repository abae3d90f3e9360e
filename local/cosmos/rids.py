"""Resource ids: the numbers of a database, a container and an item, as the service encodes them."""

import base64
import binascii
import struct

_CONTAINER_BIT = 1 << 31


def rid(database: int, container: int | None = None, item: int | None = None) -> str:
    encoded = struct.pack(">I", database)
    if container is not None:
        encoded += struct.pack(">I", container | _CONTAINER_BIT)
    if item is not None:
        encoded += struct.pack(">Q", item)
    return base64.b64encode(encoded).decode().replace("/", "-")


def offer_rid(number: int) -> str:
    """Four characters like the service's, but all of one case: the SDK sends this id in lower case."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return "".join(digits[number // 36**place % 36] for place in (3, 2, 1, 0))


def number(encoded: str) -> int | None:
    """The last of the numbers in a resource id; None if it is not one."""
    try:
        raw = base64.b64decode(encoded.replace("-", "/"), validate=True)
    except binascii.Error:
        return None
    match len(raw):
        case 4:
            return int.from_bytes(raw, "big")
        case 8:
            return int.from_bytes(raw[4:], "big") & ~_CONTAINER_BIT
        case 16:
            return int.from_bytes(raw[8:], "big")
    return None
