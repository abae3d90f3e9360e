"""Reads that the store cannot take just now wait in a queue, sealed, and the camera is told that all is well.

A message carries a key of its own, wrapped by the organisation's root: the keyring may be what is away. While the store
stays away, a message comes back later and later. One that fails again and again, or that nobody takes for a day, is put
aside, which tells the operators; what they do not send again within three days is forgotten, reads and picture.

Pictures exist for matches only, here too: a read that is like an entry of the lists as this worker remembers them waits
in a message of its own with its picture. All others wait without.
"""

import base64
import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shared.audit.trail import Entry
from shared.clock import rfc3339
from shared.errors import CannotOpen, Throttled, Unavailable
from shared.identity.principals import Principal
from shared.ids import new_id
from shared.plates import matching, pictures
from shared.plates.models import Guess, PlateRead
from shared.platform import Platform
from shared.sealing.envelope import Place, RecordKey, open_, seal
from shared.storage.cosmos import Document
from shared.storage.outbox import Message

QUEUE = "plate-reads"
AWAY = (Throttled, Unavailable)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
MOST_BYTES = 150_000
"""Of reads in one message: sealed and in base64 200 kB, where Service Bus Standard takes 256."""
MOST_PICTURE = 160_000
"""Bytes: sealed and in base64 213 kB, where Service Bus Standard takes 256. A cut-out has 5 to 50 kB."""
PICTURE_WAITS = timedelta(days=1)
"""While the store stays away for longer, the read waits on without it."""
PUT_ASIDE = timedelta(days=3)
"""For so long a message that nobody could handle can still be sent again: as long as a picture is kept at all."""
MOST_FORGOTTEN = 100
"""Of one run; the next one comes an hour later."""
ACTOR = "plates-waiting"


async def set_aside(platform: Platform, device: Principal, reads: list[PlateRead]) -> None:
    """Raises :class:`Unavailable` when the broker cannot take them either: then the camera has to send them again."""
    shown = [(each, _picture(platform, device, each)) for each in reads]
    without = [each for each, picture in shown if not picture]
    bodies = [await _sealed(platform, device, each) for each in _by_message(without)]
    bodies += [await _sealed(platform, device, [each], picture) for each, picture in shown if picture]
    for body in bodies:
        await platform.bus.send(Message(new_id(platform.clock.now()), QUEUE, body))


def _by_message(reads: Sequence[PlateRead]) -> Iterator[list[PlateRead]]:
    """As many together as a message has room for."""
    together, size = list[PlateRead](), 0
    for each in reads:
        more = len(json.dumps(_plain(each), ensure_ascii=False).encode())
        if together and size + more > MOST_BYTES:
            yield together
            together, size = [], 0
        together.append(each)
        size += more
    if together:
        yield together


def _picture(platform: Platform, device: Principal, read: PlateRead) -> bytes | None:
    """Of what may be a match only, as far as this worker knows."""
    guesses = [(each.plate, each.confidence) for each in (read.best, *read.alternatives)]
    if not read.pictures or not matching.may_match(platform, device.organisation, guesses):
        return None
    return pictures.first(read, MOST_PICTURE)


async def again_later(platform: Platform, body: Document) -> None:
    """The store is still away."""
    if body.get("picture") and platform.clock.now() - datetime.fromisoformat(body["since"]) > PICTURE_WAITS:
        body = body | {"picture": None}
    attempts = int(body.get("attempts", 0)) + 1
    wait = min(FIRST_WAIT * 2 ** min(attempts, 10), LONGEST_WAIT)
    message = Message(new_id(platform.clock.now()), QUEUE, body | {"attempts": attempts})
    await platform.bus.send_spread([message], platform.clock.now() + wait, per_second=1)


async def forget_put_aside(platform: Platform) -> int:
    """How many messages went. The entry in the log comes first: of an interrupted run it may stand there twice."""

    async def account(body: Document) -> None:
        home = str(body["organisationId"])
        entry = Entry(home, ACTOR, home, "plate:forget-waiting", [str(body["deviceId"])])
        await platform.trail.record(entry)

    before = platform.clock.now() - PUT_ASIDE
    return await platform.bus.forget_dead_letters(QUEUE, before, account, MOST_FORGOTTEN)


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
        key = RecordKey(body["keyId"], secret)
        content = open_(body["sealed"], key, _place(device, key.id))
        picture = open_(body["picture"], key, _place(device, key.id, "picture")) if body.get("picture") else None
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("the reads were not sealed here") from error
    return device, [_read(each, picture) for each in json.loads(content)]


async def _sealed(
    platform: Platform, device: Principal, reads: Sequence[PlateRead], picture: bytes | None = None
) -> Document:
    """``picture`` is that of the only one of ``reads``; sealed by itself, it can go before the read does."""
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
        "since": rfc3339(platform.clock.now()),
        "picture": seal(picture, key, _place(device, key.id, "picture")) if picture else None,
    }


def _bound(device: str, key_id: str) -> bytes:
    return f"spill|{device}|{key_id}".encode()


def _place(device: Principal, key_id: str, what: str = "reads") -> Place:
    return Place(device.organisation, QUEUE, key_id, what, 1)


def _plain(read: PlateRead) -> Document:
    guesses = [[guess.plate, guess.confidence] for guess in (read.best, *read.alternatives)]
    rest = {"make": read.make, "colour": read.colour, "direction": read.direction}
    return {"id": read.read_id, "at": rfc3339(read.captured_at), "guesses": guesses, **rest}


def _read(plain: Document, picture: bytes | None) -> PlateRead:
    best, *others = [Guess(plate, confidence) for plate, confidence in plain["guesses"]]
    return PlateRead(
        read_id=plain["id"],
        captured_at=datetime.fromisoformat(plain["at"]),
        best=best,
        alternatives=tuple(others),
        make=plain["make"],
        colour=plain["colour"],
        direction=plain["direction"],
        pictures=(picture,) if picture else (),
    )
