"""Messages as broken devices, bad networks and people who try things would send them."""

import copy
import json
import random
from typing import Any

from tests.support.lpr import Sample

ODD = (
    None, True, -1, 0, 1e308, -1e308, 10**40, 2**63, 0.5, "", " ", "\x00", "\ud800", "é" * 16, "Q" * 17, "x" * 100_000,
    [], {}, [[]], [None] * 1_001, {"a": {"a": {}}}, "unknown", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
    "2026-02-30T00:00:00Z", "2026-07-04T09:15:30+23:59", "1969-12-31T23:59:59-12:00", "NaN", float("nan"), float("inf"),
    "../../etc", "'; DROP TABLE c; --", "{{7*7}}", "\u202eABC",
)  # fmt: skip


def mutated(sample: Sample, chance: random.Random) -> bytes:
    """Half of the time some bytes are damaged, half of the time a value is another than it should be."""
    if chance.random() < 0.5 and (changed := _other_value(sample.body, chance)) is not None:
        return changed
    return damaged(sample.body, chance)


def damaged(body: bytes, chance: random.Random) -> bytes:
    """Flipped, lost, invented and doubled bytes."""
    changed = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        if not changed:
            break
        where = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[where] = chance.randrange(256)
            case 1:
                del changed[where : where + chance.randint(1, 20)]
            case 2:
                changed[where:where] = chance.randbytes(chance.randint(1, 20))
            case _:
                changed[where:where] = changed[: chance.randint(1, 40)]
    return bytes(changed)


def _other_value(body: bytes, chance: random.Random) -> bytes | None:
    """Of a JSON message, or of the JSON in a form; None for what has none."""
    start, end = body.find(b"{"), body.rfind(b"}") + 1
    try:
        content = json.loads(body[start:end])
    except ValueError:
        return None
    for _ in range(chance.randint(1, 3)):
        _replace(content, chance)
    return body[:start] + json.dumps(content).encode() + body[end:]


def _replace(content: Any, chance: random.Random) -> None:
    """One value somewhere in it, which may be a whole branch."""
    places = list(_places(content))
    if not places:
        return
    holder, name = chance.choice(places)
    if chance.random() < 0.15:
        del holder[name]
    else:
        holder[name] = copy.deepcopy(chance.choice(ODD))


def _places(content: Any) -> Any:
    names = content.keys() if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
    for name in names:
        yield content, name
        yield from _places(content[name])
