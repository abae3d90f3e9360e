"""Reads that the store cannot take just now wait in a queue, sealed, and the camera is told that all is well.

A message carries a key of its own, wrapped by the organisation's root: the keyring may be what is away. While the store
stays away, a message comes back later and later; after a day it is put aside and somebody is told.
"""

import base64
import json
import secrets
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shared.clock import rfc3339
from shared.errors import CannotOpen, Throttled, Unavailable
from shared.identity.principals import Principal
from shared.ids import new_id
from shared.plates.models import Guess, PlateRead
from shared.platform import Platform
from shared.sealing.envelope import Place, RecordKey, open_, seal
from shared.storage.cosmos import Document
from shared.storage.outbox import Message

QUEUE = "plate-reads"
AWAY = (Throttled, Unavailable)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
MOST_READS = 200
"""In one message: far below the size that a queue takes."""


async def set_aside(platform: Platform, device: Principal, reads: list[PlateRead]) -> None:
    """Raises :class:`Unavailable` when the broker cannot take them either: then the camera has to send them again."""
    for first in range(0, len(reads), MOST_READS):
        body = await _sealed(platform, device, reads[first : first + MOST_READS])
        await platform.bus.send(Message(new_id(platform.clock.now()), QUEUE, body))


async def again_later(platform: Platform, body: Document) -> None:
    """The store is still away."""
    attempts = int(body.get("attempts", 0)) + 1
    wait = min(FIRST_WAIT * 2 ** min(attempts, 10), LONGEST_WAIT)
    message = Message(new_id(platform.clock.now()), QUEUE, body | {"attempts": attempts})
    await platform.bus.send_spread([message], platform.clock.now() + wait, per_second=1)


async def opened(platform: Platform, body: Document) -> tuple[Principal, list[PlateRead]]:
    """The device and its reads. Raises :class:`CannotOpen` for what was not sealed here."""
    device = Principal(
        id=body["deviceId"],
        organisation=body["organisationId"],
        kind="device",
        sites=frozenset([body["siteId"]]),
        keeps_unmatched=body["keepUnmatched"],
    )
    root = await platform.roots.root(device.organisation, body["root"])
    try:
        secret = AESSIV(root.wrapping).decrypt(base64.b64decode(body["wrapped"]), [_bound(device.id, body["keyId"])])
        content = open_(body["sealed"], RecordKey(body["keyId"], secret), _place(device, body["keyId"]))
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("the reads were not sealed here") from error
    return device, [_read(each) for each in json.loads(content)]


async def _sealed(platform: Platform, device: Principal, reads: list[PlateRead]) -> Document:
    root, key = (
        await platform.roots.root(device.organisation),
        RecordKey(secrets.token_hex(16), secrets.token_bytes(32)),
    )
    [site] = device.sites
    content = json.dumps([_plain(each) for each in reads], ensure_ascii=False).encode()
    return {
        "deviceId": device.id,
        "organisationId": device.organisation,
        "siteId": site,
        "keepUnmatched": device.keeps_unmatched,
        "keyId": key.id,
        "root": root.version,
        "wrapped": base64.b64encode(AESSIV(root.wrapping).encrypt(key.secret, [_bound(device.id, key.id)])).decode(),
        "sealed": seal(content, key, _place(device, key.id)),
    }


def _bound(device: str, key_id: str) -> bytes:
    return f"spill|{device}|{key_id}".encode()


def _place(device: Principal, key_id: str) -> Place:
    return Place(device.organisation, QUEUE, key_id, "reads", 1)


def _plain(read: PlateRead) -> Document:
    guesses = [[guess.plate, guess.confidence] for guess in (read.best, *read.alternatives)]
    rest = {"make": read.make, "colour": read.colour, "direction": read.direction}
    return {"id": read.read_id, "at": rfc3339(read.captured_at), "guesses": guesses, **rest}


def _read(plain: Document) -> PlateRead:
    best, *others = [Guess(plate, confidence) for plate, confidence in plain["guesses"]]
    return PlateRead(
        read_id=plain["id"],
        captured_at=datetime.fromisoformat(plain["at"]),
        best=best,
        alternatives=tuple(others),
        make=plain["make"],
        colour=plain["colour"],
        direction=plain["direction"],
    )
