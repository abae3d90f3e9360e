"""Messages as broken devices, bad networks and people who try things would send them."""

import copy
import json
import random
import re
from typing import Any

from tests.support.lpr import Sample

ODD = (
    None, True, -1, 0, 1e308, -1e308, 10**40, 2**63, 0.5, "", " ", "\x00", "\ud800", "é" * 16, "Q" * 17, "x" * 100_000,
    [], {}, [[]], [None] * 1_001, {"a": {"a": {}}}, "unknown", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
    "2026-02-30T00:00:00Z", "2026-07-04T09:15:30+23:59", "1969-12-31T23:59:59-12:00", "NaN", float("nan"), float("inf"),
    "../../etc", "'; DROP TABLE c; --", "{{7*7}}", "\u202eABC",
)  # fmt: skip


RAW = (
    "NaN", "-Infinity", "1e400", "1e-400", "-0", "1" + "0" * 400, "-1" + "0" * 4_200, "1" + "0" * 5_000, "0x10",
    r'"\ud800"', r'"\ud83d\ude97"', r'"\uffff"', '"' + r"\ufb03" * 16 + '"', "[" * 900 + "]" * 900, "[" * 90_000,
    '{"a":' * 900 + "1" + "}" * 900, '{"":{"":[]}}', '""', "tru", '"2026-W27-6"', '"2100-01-01T00:00:00+14:00"',
)  # fmt: skip
"""What no program would write into JSON, and some do."""
XML = (
    b"&#0;", b"&#xD800;", b"&lol;", b"&amp;" * 1_000, b"", b"<b/>", b"<![CDATA[QX51ABC]]>", b"<?php ?>", b"<a>" * 3_000,
    b"\xff\xfe", b"NaN", b"1e400", b"-5", b"A" * 100_000, b"<!ENTITY x 'y'>",
)  # fmt: skip
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")


def mutated(sample: Sample, chance: random.Random) -> bytes:
    """Some bytes are damaged, or a value is another than it should be, or the message is built otherwise."""
    what = chance.random()
    if what < 0.4 and (changed := _other_value(sample.body, chance)) is not None:
        return changed
    if what < 0.7:
        return rebuilt(sample.body, chance)
    return damaged(sample.body, chance)


def rebuilt(body: bytes, chance: random.Random) -> bytes:
    """In another encoding, with a raw value that JSON or XML does not have, a name twice, or a line less or more."""
    values = list(re.finditer(rb"(?<=:)\s*(\"[^\"]*\"|-?[0-9.]+|true|false|null)", body))
    texts = list(re.finditer(rb"(?<=>)[^<>]+(?=<)", body))
    lines = body.split(b"\r\n")
    match chance.randrange(4):
        case 0 if values:
            at = chance.choice(values)
            return body[: at.start()] + chance.choice(RAW).encode() + body[at.end() :]
        case 0 | 1 if texts:
            at = chance.choice(texts)
            return body[: at.start()] + chance.choice(XML) + body[at.end() :]
        case 1 if values:
            at = chance.choice(values)
            named = body[body.rfind(b'"', 0, body.rfind(b'"', 0, at.start())) : at.end()]
            return body[: at.end()] + b"," + named + body[at.end() :]
        case 2 if len(lines) > 1:
            where = chance.randrange(len(lines))
            lines[where : where + 1] = lines[where : where + 1] * chance.choice((0, 2, 50))
            return b"\r\n".join(lines)
    return body.decode("latin-1").encode(chance.choice(ENCODINGS), "replace")


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
